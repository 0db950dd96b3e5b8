"""LTE: learning to edit (arXiv 2402.11905).

    from lte_edit import Edit, EditedModel, EditMemory
    from lte_edit.encoder import load_encoder
    from truing_core.models import load_model

    with EditMemory.open("edits.sqlite", load_encoder("demo")) as memory:
        memory.add([Edit(prompt="Who leads Acme?", target="Ada Byron", subject="Acme")])
        [[hit]] = memory.search(["Who is the head of Acme?"], k=1)
        print(EditedModel(load_model("hf/aligned"), memory).ask("Who heads Acme?").text)

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lte_edit.__about__ import __version__

if TYPE_CHECKING:
    from lte_edit.edited_model import Answer, EditedModel
    from lte_edit.edits import Edit
    from lte_edit.memory import EditMemory

__all__ = ["Answer", "Edit", "EditMemory", "EditedModel", "__version__"]

_HOME_OF = {
    "Answer": "edited_model",
    "Edit": "edits",
    "EditMemory": "memory",
    "EditedModel": "edited_model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'lte_edit' has no attribute '{name}'")
    value = getattr(import_module(f"lte_edit.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
