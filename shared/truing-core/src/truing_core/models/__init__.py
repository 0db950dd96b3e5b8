"""Chat models behind one protocol: remote, local, or the packaged demo.

Importing this package is cheap; an engine is imported when a model of its kind is loaded.
"""

from truing_core.models.base import ChatModel, ChatReply, ChatRequest, Message, Sampling, Usage
from truing_core.models.load import load_model
from truing_core.models.load_options import LoadOptions
from truing_core.models.spec import ModelSpec

__all__ = [
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "LoadOptions",
    "Message",
    "ModelSpec",
    "Sampling",
    "Usage",
    "load_model",
]
