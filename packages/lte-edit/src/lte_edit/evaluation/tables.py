"""The metrics of an outcome as lines of a table, in one order everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lte_edit.evaluation.results import Outcome

Path = tuple[str, ...]

_NAMES = {
    "edit_success": "edit success",
    "rephrase": "rephrased",
    "portability": "portability",
    "locality": "locality",
    "locality_original": "locality to the unaligned model",
    "fluency": "fluency",
    "at_1": "the right edit at 1",
    "at_k": "the right edit at k",
    "own_edit": "shown the record's own edit",
    "any_edit": "shown an edit",
    "exact": "exact",
    "contains": "contains the answer",
    "same": "written as before",
}
_LONG = {"retrieval", "generation"}
_KEPT = {
    ("retrieval", "at_1"),
    ("retrieval", "at_k"),
    ("retrieval", "locality", "any_edit"),
    ("generation", "exact", "edit_success"),
    ("generation", "contains", "edit_success"),
    ("generation", "contains", "rephrase"),
}
_ORDER = ("edit_success", "rephrase", "portability", "locality", "locality_original", "fluency")


@dataclass(frozen=True)
class Line:
    """One metric.

    Attributes:
        path: Where it stands in the scores.
        label: As people read it.
    """

    path: Path
    label: str


def lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Every metric that one of the outcomes has."""
    paths: dict[Path, None] = {}
    for outcome in outcomes:
        paths.update(dict.fromkeys(_leaves(outcome.scores["n"])))
    known = [path for path in paths if path != ("records",)]
    known.sort(key=lambda path: _rank(path[0]))
    return [Line(path, _label(path)) for path in known]


def main_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Those that fit on a screen; the report has all."""
    return [line for line in lines(outcomes) if line.path[0] not in _LONG or line.path in _KEPT]


def at(tree: Mapping[str, Any], path: Path) -> Any:
    """What stands at a path; ``None`` where nothing does."""
    found: Any = tree
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def shown(outcome: Outcome, line: Line) -> str:
    """The value with its interval, or a dash."""
    value = at(outcome.scores, line.path)
    if value is None:
        return "–"
    low, high = at(outcome.scores["intervals"], line.path)
    return f"{value:.1f} ({low:.0f}–{high:.0f})"


def groups(outcomes: Sequence[Outcome]) -> dict[tuple[str, int], list[Outcome]]:
    """Outcomes that stand side by side: those of one setting and number of edits."""
    found: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault((outcome.setting, outcome.edits), []).append(outcome)
    return found


def title(setting: str, edits: int) -> str:
    """What a group is called."""
    if setting == "single":
        return f"single edits, {edits:,} records"
    return f"{setting}, {edits:,} records"


def _leaves(tree: Mapping[str, Any], path: Path = ()) -> list[Path]:
    found: list[Path] = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found += _leaves(value, (*path, name))
        else:
            found.append((*path, name))
    return found


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER) + (name == "generation")


def _label(path: Path) -> str:
    if path[0] == "generation":
        what, of = _NAMES[path[1]], [_NAMES.get(name, name) for name in path[2:]]
        return f"{of[0]}{''.join(f', {name}' for name in of[1:])}: {what}"
    if path[0] == "retrieval":
        of = [_NAMES.get(name, name) for name in path[1:]]
        return f"{of[-2]}: {of[-1]}" if len(of) > 1 else of[0]
    return ", ".join(_NAMES.get(name, name) for name in path)
