"""Worked examples for the editor: some ship, and a user's file may take their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bmc_dpo.bridge.kinds import KINDS, Kind
from bmc_dpo.pairs import Pair
from truing_core.errors import UsageError
from truing_core.records import parse_row, read_rows
from truing_core.run import rng


class Example(BaseModel):
    """A pair and how it is mended.

    Attributes:
        task: The template it suits; ``None`` suits all.
        prompt: The task.
        rejected: The losing response.
        chosen: The winning response.
        edited: The losing response, mended; ``None`` where nothing had to change.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    task: Kind | None = None
    prompt: str
    rejected: str
    chosen: str
    edited: str | None


def load_examples(path: Path | None = None) -> list[Example]:
    """The examples in a file (by default those that ship).

    Raises:
        InputError: A row lacks a field, or has another task than the three.
    """
    if path is None:
        with as_file(files("bmc_dpo") / "prompts" / "bridge" / "examples.jsonl") as own:
            return load_examples(own)
    return [
        parse_row(Example, row, path=path, row_number=number) for number, row in read_rows(path)
    ]


def check_enough(examples: Sequence[Example], few_shot: int, kinds: Iterable[Kind]) -> None:
    """Makes sure that so many can be drawn.

    Raises:
        UsageError: A kind of task has fewer.
    """
    for kind in KINDS:
        if kind not in kinds:
            continue
        there = len(_suiting(examples, kind))
        if there < few_shot:
            raise UsageError(
                f"--few-shot {few_shot} is too many: there are {there} examples for task {kind}; "
                "give more with --examples FILE"
            )


def draw(
    examples: Sequence[Example], few_shot: int, kind: Kind, pair: Pair, seed: int
) -> list[Example]:
    """Examples for a pair, by chance; never the pair itself."""
    suiting = [each for each in _suiting(examples, kind) if each.prompt != pair.task]
    chance = rng(seed, pair.id, "few-shot")
    return chance.sample(suiting, min(few_shot, len(suiting)))


def shown(examples: Iterable[Example]) -> list[Mapping[str, Any]]:
    """As templates take them."""
    return [example.model_dump() for example in examples]


def _suiting(examples: Sequence[Example], kind: Kind) -> list[Example]:
    return [example for example in examples if example.task in (None, kind)]
