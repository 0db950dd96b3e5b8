"""Reading the authors' outputs as our generations and judgements, so that they can be rescored.

Their rows name no item; they hold the prompt that was sent. A generation belongs to the item
whose instruction its prompt is. A judgement belongs to the item that the scripts' own list of
questions names; without that list, to the item whose constraint-evolution path and answer its
prompt holds. Rows without a prompt, or whose prompt fits several items, are taken in order if
there is one for every judged item and no prompt speaks against it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from followbench.data import CATEGORIES, Category, Group, Item, Key, Lang
from followbench.official_outputs import (
    OutputFile,
    Role,
    find_outputs,
    read_outputs,
    read_questions,
)
from truing_core.errors import InputError, UsageError


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row that belongs to no item, and why."""

    path: Path
    row: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, row {self.row}: {self.reason}"


@dataclass(frozen=True)
class Imported:
    """What was read, as rows of our files, in the benchmark's order.

    Attributes:
        model: Whose outputs they are.
        generations: Rows of ``category, example_id, level, generation, model``; ``generation``
            is ``null``, with an ``error``, where an output holds no text.
        judgements: Rows of ``category, example_id, level, judgement``.
        unmatched: Rows that belong to no item.
    """

    model: str
    generations: list[dict[str, Any]] = field(default_factory=list)
    judgements: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)


def import_official(
    folder: str | Path, groups: Sequence[Group], model: str | None = None
) -> Imported:
    """Reads one model's outputs.

    Args:
        folder: Where the authors' scripts ran, or one of their output folders.
        groups: The benchmark that was run.
        model: Whose outputs, if the folder holds several models'.

    Raises:
        InputError: A file is malformed, stands twice, or nothing in it belongs to the benchmark.
        UsageError: The model is not there, or must be named.
    """
    lang: Lang = groups[0].lang if groups else "en"
    files = find_outputs(Path(folder), lang)
    chosen = _choose_model([file.model for file in files], model, Path(folder))
    by_place = _by_place([file for file in files if file.model == chosen])
    imported = Imported(chosen)
    texts: dict[Key, str | None] = {}
    judged: dict[Key, str | None] = {}
    for category in CATEGORIES:
        items = [item for group in groups if group.category == category for item in group.items()]
        outputs = by_place.get(("generations", category))
        if outputs is not None:
            texts |= _match_generations(outputs, items, imported.unmatched)
        replies = by_place.get(("judgements", category))
        if replies is not None:
            asked = by_place.get(("questions", category))
            judging = _Judging(
                [item for item in items if item.judged], texts, _questions(asked), category
            )
            judged |= judging.match(replies, imported.unmatched)
    imported.generations.extend(
        _row(item, "generation", texts[item.key], model=chosen) for item in _items(groups, texts)
    )
    imported.judgements.extend(
        _row(item, "judgement", judged[item.key]) for item in _items(groups, judged)
    )
    if imported.unmatched and not (imported.generations or imported.judgements):
        raise InputError(
            f"none of its {len(imported.unmatched)} rows belongs to this benchmark ({lang}); is it "
            "the right language and version? The first: " + str(imported.unmatched[0]),
            path=folder,
        )
    return imported


def _items(groups: Iterable[Group], keys: Mapping[Key, object]) -> Iterable[Item]:
    return (item for group in groups for item in group.items() if item.key in keys)


def _row(item: Item, name: str, text: str | None, **more: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "category": item.category,
        "example_id": item.example_id,
        "level": item.level,
        name: text,
        **more,
    }
    return row if text is not None else row | {"error": "the output holds no text"}


def _choose_model(found: Iterable[str], model: str | None, folder: Path) -> str:
    models = sorted(set(found))
    if model is None:
        if len(models) == 1:
            return models[0]
        raise UsageError(
            f"{folder} holds outputs of {len(models)} models; choose one with --model: "
            + ", ".join(models)
        )
    if model in models:
        return model
    close = difflib.get_close_matches(model, models, n=3, cutoff=0.4) or models
    raise UsageError(f"{folder} holds no outputs of '{model}'; there are: {', '.join(close)}")


def _by_place(files: Iterable[OutputFile]) -> dict[tuple[Role, Category], OutputFile]:
    places: dict[tuple[Role, Category], OutputFile] = {}
    for file in files:
        other = places.setdefault((file.role, file.category), file)
        if other is not file:
            raise InputError(
                f"{file.model}'s {file.role} of category {file.category} stand in {other.path} "
                "too; name the folder of one of them",
                path=file.path,
            )
    return places


def _questions(file: OutputFile | None) -> dict[str, list[tuple[str, int]]]:
    """The examples and levels that each question to the judge was about."""
    asked: dict[str, list[tuple[str, int]]] = {}
    if file is not None:
        for _, row in read_questions(file):
            asked.setdefault(row.prompt_new, []).append((row.example_id, row.level))
    return asked


def _squashed(text: str) -> str:
    return " ".join(text.split())


def _match_generations(
    file: OutputFile, items: Sequence[Item], unmatched: list[Unmatched]
) -> dict[Key, str | None]:
    wanted: dict[str, list[Item]] = {}
    for item in items:
        wanted.setdefault(_squashed(item.instruction), []).append(item)
    answers: dict[str, list[str | None]] = {}
    for number, row in read_outputs(file):
        prompt = _squashed(row.asked or "")
        if prompt not in wanted:
            reason = f"its prompt is no instruction of category {file.category}"
            unmatched.append(Unmatched(file.path, number, reason))
        elif len(answers.get(prompt, ())) == len(wanted[prompt]):
            unmatched.append(Unmatched(file.path, number, "a second answer to its prompt"))
        else:
            answers.setdefault(prompt, []).append(row.text)
    # Items with the same instruction share one answer if there is but one, as the scripts do.
    return {
        item.key: given[min(at, len(given) - 1)]
        for prompt, given in answers.items()
        for at, item in enumerate(wanted[prompt])
    }


@dataclass
class _Judging:
    """Finds the item that each of the judge's replies is about."""

    items: Sequence[Item]
    answers: Mapping[Key, str | None]
    questions: Mapping[str, list[tuple[str, int]]]
    category: Category

    def match(self, file: OutputFile, unmatched: list[Unmatched]) -> dict[Key, str | None]:
        """The reply about each item; rows that are about none go to ``unmatched``."""
        rows = [(number, row, self._candidates(row.asked)) for number, row in read_outputs(file)]
        found: dict[Key, str | None] = {}
        failed: list[Unmatched] = []
        for number, row, keys in rows:
            free = [key for key in keys if key not in found]
            # One question may have been about two items with the same path and answer.
            if free and (len(free) == 1 or row.asked in self.questions):
                found[free[0]] = row.text
            else:
                failed.append(Unmatched(file.path, number, self._reason(keys, free)))
        if failed and len(rows) == len(self.items):
            pairs = list(zip(self.items, rows, strict=True))
            if all(row.asked is None or item.key in keys for item, (_, row, keys) in pairs):
                return {item.key: row.text for item, (_, row, _) in pairs}
        unmatched.extend(failed)
        return found

    def _reason(self, keys: Sequence[Key], free: Sequence[Key]) -> str:
        if not keys:
            return f"its prompt holds the path of no judged item of category {self.category}"
        return f"its prompt fits {len(free)} items" if free else "a second judgement of its item"

    def _candidates(self, prompt: str | None) -> list[Key]:
        """The items that a prompt may be about."""
        if prompt is None:
            return []
        if prompt in self.questions:
            known = {item.key for item in self.items}
            named = [(self.category, *question) for question in self.questions[prompt]]
            return [key for key in named if key in known]
        for template in ("#\n{}\n\n#", "{}"):
            keys = self._holding(prompt, template)
            if keys:
                break
        answered = [key for key in keys if self._answer_in(prompt, key)]
        return answered if len(keys) > 1 and answered else keys

    def _holding(self, prompt: str, template: str) -> list[Key]:
        """For each group whose path a prompt holds, the item at the last step it holds."""
        last: dict[str, Key] = {}
        broken: set[str] = set()
        for item in self.items:
            steps = item.path if item.level == 1 else item.path[-1:]
            if item.example_id in broken:
                continue
            if all(template.format(step) in prompt for step in steps):
                last[item.example_id] = item.key
            else:
                broken.add(item.example_id)
        return list(last.values())

    def _answer_in(self, prompt: str, key: Key) -> bool:
        answer = self.answers.get(key)
        return bool(answer) and str(answer) in prompt
