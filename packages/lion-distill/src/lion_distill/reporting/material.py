"""Everything a report shows, read from a run folder; what is not there yet is left out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lion_distill.lineage import Lineage
from lion_distill.reporting.journaled import usage
from lion_distill.reporting.manifest import Manifest, mapping, number, read_manifest
from lion_distill.reporting.measures import Discrimination, measure
from lion_distill.reporting.summary import summary
from lion_distill.rows import Answers, Instruction, Review, Row, Verdict
from lion_distill.workspace import Iteration, each_row, iterations, seeds_file
from truing_core.errors import InputError

_RECORD = "lion_run.json"
_HARD, _OTHERS = 4, 1
_Row = TypeVar("_Row", bound=Row)


@dataclass(frozen=True)
class Example:
    """An instruction with both answers and what the referee said of them.

    Attributes:
        instruction: What was to be done.
        verdict: The side it lies on.
        answers: Of teacher and student, where they are there.
        review: The referee's, where it is there.
        line: Its ancestors and itself, the oldest first.
        children: Those that were made from it.
    """

    instruction: Instruction
    verdict: Verdict
    answers: Answers | None
    review: Review | None
    line: list[Instruction]
    children: list[Instruction]


@dataclass
class Material:
    """What a report shows.

    Attributes:
        root: The run folder.
        manifest: What it says of itself.
        summary: The run in figures.
        discrimination: The referee's work, by iteration.
        losses: Training losses by step, by iteration.
        examples: To read, by iteration.
        threshold: τ.
        usage: Replies, prompt and completion tokens by model, as the journal holds them.
    """

    root: Path
    manifest: Manifest
    summary: dict[str, Any]
    discrimination: dict[int, Discrimination] = field(default_factory=dict)
    losses: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    examples: dict[int, list[Example]] = field(default_factory=dict)
    threshold: float = 1.0
    usage: dict[str, tuple[int, int, int]] = field(default_factory=dict)


def gather(root: Path) -> Material:
    """Reads a run folder.

    Raises:
        InputError: It holds no run of this tool, or a file of it is damaged.
    """
    manifest = read_manifest(root)
    found = Material(root, manifest, summary(root))
    threshold = number(manifest.config.get("threshold"))
    if threshold is not None:
        found.threshold = threshold
    seed = int(number(manifest.config.get("seed")) or 0)
    lineage = Lineage(root)
    for at in iterations(root):
        if at.reviews.is_file() or at.split.is_file():
            found.discrimination[at.number] = measure(
                _rows(at.reviews, Review), _rows(at.split, Verdict)
            )
        if losses := _losses(at):
            found.losses[at.number] = losses
        if examples := _examples(at, lineage, seed):
            found.examples[at.number] = examples
    found.usage = usage(root)
    return found


def _rows(path: Path, kind: type[_Row]) -> Iterator[_Row]:
    if path.is_file():
        yield from each_row(path, kind)


def _losses(at: Iteration) -> list[tuple[float, float]]:
    """From the record of a training that is done, or the state of its last checkpoint."""
    points: list[tuple[float, float]] = []
    record = _json(at.student / _RECORD).get("losses")
    for pair in record if isinstance(record, list) else []:
        if isinstance(pair, list) and len(pair) == 2:
            step, loss = map(number, pair)
            if step is not None and loss is not None:
                points.append((step, loss))
    if points:
        return points
    states = at.student.glob("checkpoint-*/trainer_state.json")
    history = _json(max(states, key=_step, default=at.student)).get("log_history")
    for entry in history if isinstance(history, list) else []:
        step, loss = (number(mapping(entry).get(name)) for name in ("step", "loss"))
        if step is not None and loss is not None:
            points.append((step, loss))
    return points


def _json(path: Path) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _step(path: Path) -> int:
    digits = path.parent.name.removeprefix("checkpoint-")
    return int(digits) if digits.isdecimal() else -1


def _examples(at: Iteration, lineage: Lineage, seed: int) -> list[Example]:
    """A few hard ones, and one each of the others, drawn by the seed."""
    if not at.split.is_file() or not seeds_file(at.root).is_file():
        return []
    known = lineage.instructions
    verdicts = {each.id: each for each in each_row(at.split, Verdict) if each.id in known}
    chosen: list[str] = []
    for kind, most in (("hard", _HARD), ("easy", _OTHERS), ("undecided", _OTHERS)):
        ids = sorted(key for key, each in verdicts.items() if each.kind == kind)
        random.Random(f"{seed} {at.number} {kind} examples").shuffle(ids)
        made = [key for key in ids if known[key].parent is not None]
        # Half of them with ancestors, where there are any, to see what became of what.
        chosen += list(dict.fromkeys([*made[: most // 2], *ids]))[:most]
    wanted = set(chosen)
    answers = {each.id: each for each in _rows(at.answers, Answers) if each.id in wanted}
    reviews = {each.id: each for each in _rows(at.reviews, Review) if each.id in wanted}
    return [
        Example(
            known[key],
            verdicts[key],
            answers.get(key),
            reviews.get(key),
            _line(lineage, key),
            lineage.children(key),
        )
        for key in chosen
    ]


def _line(lineage: Lineage, id: str) -> list[Instruction]:
    try:
        return lineage.ancestry(id)
    except InputError:  # a parent is nowhere; the rest of the page stands
        return [lineage.instructions[id]]
