"""Methods by name: those that come along, and those of other packages."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from lte_edit.evaluation.methods.base import Method
from lte_edit.evaluation.methods.prompting import Shown, Unedited
from lte_edit.evaluation.methods.tuning import FineTuning, LoraTuning
from truing_core.errors import ModelError, UsageError

GROUP = "lte_edit.methods"

OWN: dict[str, Callable[[], Method]] = {
    "none": Unedited,
    "icl": lambda: Shown(start="unaligned"),
    "lte": Shown,
    "ft": FineTuning,
    "lora": LoraTuning,
}


def method_of(name: str) -> Method:
    """The method of a name.

    Raises:
        UsageError: There is none; the message has those there are.
        ModelError: The package that brings it cannot be used.
    """
    if name in OWN:
        return OWN[name]()
    others = {each.name: each for each in entry_points(group=GROUP)}
    if name not in others:
        known = ", ".join([*OWN, *sorted(others)])
        raise UsageError(f"there is no method '{name}'; known: {known}")
    try:
        method = others[name].load()()
    except Exception as error:  # another package's code
        raise ModelError(f"the method '{name}' cannot be used: {error}") from error
    if not isinstance(method, Method):
        raise ModelError(
            f"the method '{name}' is a {type(method).__name__} without all of start, retrieves, "
            "config and edit"
        )
    return method
