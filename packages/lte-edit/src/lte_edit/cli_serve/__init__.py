"""``lte-edit serve`` and ``keys``: a model under the edits of a memory, over OpenAI's API."""

from __future__ import annotations

from lte_edit.cli_serve.keys import keys_app
from lte_edit.cli_serve.serving import serve_command

__all__ = ["keys_app", "serve_command"]
