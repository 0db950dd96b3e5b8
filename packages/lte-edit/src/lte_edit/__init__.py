"""LTE: learning to edit (arXiv 2402.11905).

    from lte_edit import Edit, EditedModel, EditMemory, load_encoder
    from truing_core.models import load_model

    with EditMemory.open("edits.sqlite", load_encoder("demo")) as memory:
        memory.add([Edit(prompt="Who leads Acme?", target="Ada Byron", subject="Acme")])
        [[hit]] = memory.search(["Who is the head of Acme?"], k=1)
        print(EditedModel(load_model("hf/aligned"), memory).ask("Who heads Acme?").text)

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lte_edit.__about__ import __version__
from truing_core.public_names import public_names

if TYPE_CHECKING:
    from lte_edit.edited_model import Answer, EditedModel
    from lte_edit.edits import Edit
    from lte_edit.encoder import load_encoder
    from lte_edit.evaluation.choices import EvalChoice, Setting
    from lte_edit.evaluation.pipeline import evaluate
    from lte_edit.memory import EditMemory
    from lte_edit.sources import read_cases

__all__ = [
    "Answer",
    "Edit",
    "EditMemory",
    "EditedModel",
    "EvalChoice",
    "Setting",
    "__version__",
    "evaluate",
    "load_encoder",
    "read_cases",
]

__getattr__, __dir__ = public_names(
    __name__,
    {
        "Answer": "edited_model",
        "Edit": "edits",
        "EditMemory": "memory",
        "EditedModel": "edited_model",
        "EvalChoice": "evaluation.choices",
        "Setting": "evaluation.choices",
        "evaluate": "evaluation.pipeline",
        "load_encoder": "encoder",
        "read_cases": "sources",
    },
)
