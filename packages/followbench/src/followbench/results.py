"""A scored run: the summary that is published and one row for each item behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from followbench.__about__ import __version__
from followbench.answers import Answers
from followbench.data import CATEGORIES, Benchmark, Constraint, Key
from followbench.metrics import CategoryScores, by_category, summarize
from followbench.scoring import ItemScore, Mode, score_items
from truing_core.errors import InputError
from truing_core.records import read_rows, write_json, write_rows


@dataclass(frozen=True)
class Result:
    """What ``followbench score`` makes and every report reads.

    Attributes:
        summary: The published scores (the JSON of ``score --json``).
        items: One row for each item: ``category, example_id, level, fingerprint, status, hard,
            soft, reason, instruction, path, generation, judgement, constraints``, the last a
            list of ``{"kind", "text", "ok", "message"}``.
    """

    summary: dict[str, Any]
    items: list[dict[str, Any]]

    @property
    def label(self) -> str:
        """What to call the run in a table: its model, without a server's address."""
        return re.sub(r"@https?://[^\s,]+", "", self.summary.get("model") or "unnamed model")

    def tables(self) -> list[CategoryScores]:
        """The item scores, one table a category."""
        return by_category((key, row["hard"], row["soft"]) for key, row in self.by_key().items())

    def by_key(self) -> dict[Key, dict[str, Any]]:
        """The rows by category, id and level."""
        return {_key(row): row for row in self.items}


def evaluate(
    benchmark: Benchmark,
    generations: Answers,
    judgements: Answers | None = None,
    mode: Mode = "fixed",
    *,
    seed: int = 0,
) -> Result:
    """Scores a benchmark's answers.

    Args:
        benchmark: What was asked.
        generations: The model's answers.
        judgements: The judge's words; ``None`` scores without a judge.
        mode: ``fixed`` or ``released``.
        seed: Seeds the bootstrap.
    """
    texts = judgements.texts if judgements is not None else None
    scores = score_items(benchmark, generations.texts, texts, mode)
    tables = by_category((score.item.key, score.hard, score.soft) for score in scores)
    summary: dict[str, Any] = {
        "checks": mode,
        "lang": benchmark.lang,
        "data": {"name": benchmark.name, "fingerprint": benchmark.fingerprint},
        "model": generations.author,
        "judge": None,
        "constraints": "checks-only",
        "coverage": _coverage(scores, generations, judgements),
        **summarize(tables, seed=seed),
        "followbench": __version__,
    }
    if judgements is not None:
        summary["constraints"] = "all"
        summary["judge"] = {"model": judgements.author, "templates": judgements.templates}
    items = list(_rows(scores, generations.texts, texts or {}))
    return Result(summary, items)


def save(result: Result, folder: Path) -> list[Path]:
    """Writes scores.json, scores.csv, items.jsonl and items.parquet; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("scores.json", "scores.csv", "items.jsonl", "items.parquet")
    paths = [folder / name for name in names]
    write_json(paths[0], result.summary)
    write_rows(paths[1], flat_scores(result.summary))
    write_rows(paths[2], result.items)
    write_rows(paths[3], result.items)
    return paths


def load(path: Path) -> Result:
    """Reads a run folder, or the scores.json of one, back.

    Raises:
        InputError: It holds no scores; the message names the command that makes them.
    """
    if not path.exists():
        raise InputError("there is no such run", path=path)
    if path.is_file() and path.name != "scores.json":
        raise InputError("expected a run folder, or the scores.json of one", path=path)
    folder = path if path.is_dir() else path.parent
    scores, items = folder / "scores.json", folder / "items.jsonl"
    if not scores.is_file() or not items.is_file():
        raise InputError(
            f"no scores here; 'followbench score --run-dir {folder}' makes them", path=path
        )
    try:
        summary = json.loads(scores.read_text(encoding="utf-8"))
        if not {"checks", "data", "coverage", "categories", "average"} <= summary.keys():
            raise ValueError
    except (ValueError, AttributeError):
        raise InputError("not a scores file of followbench", path=scores) from None
    return Result(summary, [_row(row, items, number) for number, row in read_rows(items)])


def flat_scores(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The summary as rows ``category, metric, level, value, low, high`` for a spreadsheet."""
    for name, block in [*summary["categories"].items(), ("average", summary["average"])]:
        for metric in ("hsr", "ssr"):
            for level, value in enumerate(block[metric], start=1):
                bounds = block["intervals"][metric][level - 1] or (None, None)
                yield _flat(name, metric, level, value, bounds)
        yield _flat(name, "csl", None, block["csl"], block["intervals"]["csl"] or (None, None))


def _flat(
    name: str, metric: str, level: int | None, value: float | None, bounds: Sequence[float | None]
) -> dict[str, Any]:
    low, high = bounds
    return {
        "category": name,
        "metric": metric,
        "level": level,
        "value": value,
        "low": low,
        "high": high,
    }


def _coverage(
    scores: Sequence[ItemScore], generations: Answers, judgements: Answers | None
) -> dict[str, int]:
    statuses = [score.status for score in scores]
    wanting_judge = [score for score in scores if score.item.judged]
    decided = sum(verdict.ok is not None for score in scores for verdict in score.verdicts)
    return {
        "items": len(scores),
        "generations": len(scores) - statuses.count("no_generation"),
        "judged": sum(
            judgements is not None and score.status == "scored" for score in wanting_judge
        ),
        "unparsed": statuses.count("unread"),
        "missing": statuses.count("no_generation") + statuses.count("no_judgement"),
        "scored": statuses.count("scored"),
        "constraints": sum(len(score.item.constraints) for score in scores),
        "constraints_decided": decided,
        "failed": generations.failed + (judgements.failed if judgements else 0),
        "unknown_rows": generations.strangers + (judgements.strangers if judgements else 0),
    }


def _rows(
    scores: Sequence[ItemScore], generations: Mapping[Key, str], judgements: Mapping[Key, str]
) -> Iterator[dict[str, Any]]:
    for score in scores:
        item = score.item
        verdicts = score.verdicts or (None,) * len(item.constraints)
        yield {
            "category": item.category,
            "example_id": item.example_id,
            "level": item.level,
            "fingerprint": item.fingerprint,
            "status": score.status,
            "hard": score.hard,
            "soft": score.soft,
            "reason": score.reason,
            "instruction": item.instruction,
            "path": list(item.path),
            "generation": generations.get(item.key),
            "judgement": judgements.get(item.key) if item.judged else None,
            "constraints": [
                {
                    "kind": constraint.kind,
                    "text": constraint_name(constraint, step),
                    "ok": verdict.ok if verdict else None,
                    "message": verdict.message if verdict else "",
                }
                for step, constraint, verdict in zip(
                    item.steps, item.constraints, verdicts, strict=True
                )
            ],
        }


def constraint_name(constraint: Constraint, step: int) -> str:
    """What to call the constraint that a level added, for people."""
    if constraint.kind == "rule":
        return f"official rule {constraint.rule}"
    return constraint.text or constraint.criterion or f"constraint {step} of the path"


def _row(row: dict[str, Any], path: Path, number: int) -> dict[str, Any]:
    missing = {"category", "example_id", "level", "fingerprint", "hard", "soft"} - row.keys()
    if missing or row["category"] not in CATEGORIES:
        raise InputError("not a row that followbench scored", path=path, row=number)
    return row


def _key(row: Mapping[str, Any]) -> Key:
    return (row["category"], str(row["example_id"]), int(row["level"]))
