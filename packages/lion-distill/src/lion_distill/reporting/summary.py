"""A run in figures, one entry for each iteration: what ``status`` and the report show.

What a stage recorded in ``run.json`` counts; what it did not record is counted in its file.
Nothing is missed that is not there yet: it is ``None``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lion_distill.reporting.journaled import paid, usage
from lion_distill.reporting.manifest import Manifest, mapping, number, read_manifest
from lion_distill.stages import STAGES
from lion_distill.workspace import Iteration, iterations, seeds_file

_ROLES = {"respond": "teacher", "referee": "referee", "generate": "generator"}
"""Whose tokens a stage's count is, where it names no role."""


def summary(root: Path) -> dict[str, Any]:
    """The whole run.

    Returns:
        ``folder``, ``models`` by role, ``created``, ``updated``, ``stopped`` (why it ended, or
        ``None``), ``tokens`` by role over all iterations, as stages worked with them, ``paid``, the
        tokens in the journal, each reply once, and ``iterations``. An iteration has
        ``iteration``, ``stages`` (by name: ``done`` or ``open``), ``train_pool``,
        ``cache_pool``, ``counts`` (hard, easy, undecided), ``hard_share`` of those decided,
        ``generated`` (all, and by kind), ``candidates``, ``rejected`` by reason,
        ``acceptance_rate``, ``evaluation``, ``score``, ``training``, ``tokens`` by role
        and ``paid``.

    Raises:
        InputError: The folder holds no run of this tool.
    """
    manifest = read_manifest(root)
    seeds = _lines(seeds_file(root))
    found: list[dict[str, Any]] = []
    new, pool = seeds, seeds
    keeps_all = mapping(manifest.config.get("pools")).get("train") == "all"
    for at in iterations(root):
        entry = _iteration(manifest, at, train=pool if keeps_all else new, cache=pool)
        found.append(entry)
        new = entry["generated"]["all"] if entry["generated"] else None
        pool = None if pool is None or new is None else pool + new
    counts = paid(manifest, [each["iteration"] for each in found])
    for entry, count in zip(found, counts, strict=False):
        entry["paid"] = count
    return {
        "folder": str(root),
        "models": manifest.models(),
        "created": manifest.created,
        "updated": manifest.updated,
        "stopped": manifest.facts.get("stopped"),
        "seeds": seeds,
        "tokens": _added(each["tokens"] for each in found),
        "paid": sum(read + written for _, read, written in usage(root).values()),
        "iterations": found,
    }


def _iteration(
    manifest: Manifest, at: Iteration, *, train: int | None, cache: int | None
) -> dict[str, Any]:
    stages = {name: manifest.stage(at.number, name) for name in STAGES}
    counts = _counts(at, stages["split"])
    decided = counts["hard"] + counts["easy"] if counts else 0
    generated, rejected = _generated(at), _rejected(at, stages["generate"])
    kept = generated["all"] if generated else None
    # A request that failed gave no candidate.
    passed_over = (
        sum(rejected.values()) - rejected.get("failed", 0) if rejected is not None else None
    )
    candidates = None if kept is None or passed_over is None else kept + passed_over
    rate = number(mapping(stages["generate"]).get("acceptance_rate"))
    if rate is None and kept is not None and candidates:
        rate = kept / candidates
    evaluation = _json(at.evaluation)
    if benchmarks := _json(at.benchmarks):
        evaluation = {**(evaluation or {}), "lm_eval": benchmarks}
    score = number(mapping(stages["evaluate"]).get("score"))
    return {
        "iteration": at.number,
        "stages": {name: "open" if facts is None else "done" for name, facts in stages.items()},
        "train_pool": train,
        "cache_pool": cache,
        "responses": _lines(at.responses),
        "counts": counts,
        "hard_share": counts["hard"] / decided if counts and decided else None,
        "generated": generated,
        "candidates": candidates,
        "rejected": rejected,
        "acceptance_rate": rate,
        "evaluation": evaluation,
        "score": number(mapping(evaluation).get("score")) if score is None else score,
        "training": _training(stages["imitate"]),
        "tokens": _added(tokens_of(name, facts) for name, facts in stages.items() if facts),
        "paid": 0,
    }


def _counts(at: Iteration, facts: Mapping[str, Any] | None) -> dict[str, int] | None:
    noted = mapping(mapping(facts).get("n"))
    found: Mapping[str, Any] = noted or _tally(at.split, "kind") or {}
    if not found:
        return None
    return {side: int(found.get(side) or 0) for side in ("hard", "easy", "undecided")}


def _generated(at: Iteration) -> dict[str, int] | None:
    kinds = _tally(at.generated, "kind")
    if kinds is None:
        return None
    return {"all": sum(kinds.values()), "hard": kinds["hard"], "easy": kinds["easy"]}


def _rejected(at: Iteration, facts: Mapping[str, Any] | None) -> dict[str, int] | None:
    noted = mapping(facts).get("rejected")
    if isinstance(noted, Mapping):
        return {str(reason): int(count) for reason, count in noted.items() if number(count)}
    found = _tally(at.rejected, "reason")
    return dict(found.most_common()) if found is not None else None


def _training(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Figures and names of a training, without the folders of this machine."""
    if facts is None:
        return None
    flat = {**facts, **mapping(facts.get("metrics"))}
    return {
        name: value
        for name, value in flat.items()
        if number(value) is not None or (isinstance(value, str) and name != "output_dir")
    }


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def tokens_of(stage: str, facts: Mapping[str, Any]) -> dict[str, int]:
    """The tokens a stage recorded, by role.

    Under ``tokens`` stands a number, a pair or mapping of prompt and completion tokens, or any of
    these by role.
    """
    noted = facts.get("tokens")
    if isinstance(noted, Mapping) and not set(noted) & {
        "prompt", "completion", "prompt_tokens", "completion_tokens", "read", "written",
    }:  # fmt: skip
        found = {str(role): _count(value) for role, value in noted.items()}
    else:
        pair = {name: facts.get(name) for name in ("prompt_tokens", "completion_tokens")}
        found = {_ROLES.get(stage, stage): _count(pair if noted is None else noted)}
    return {role: count for role, count in found.items() if count}


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_count(each) for each in value.values())
    if isinstance(value, list | tuple):
        return sum(_count(each) for each in value)
    found = number(value)
    return int(found) if found is not None else 0


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _lines(path: Path) -> int | None:
    found = _stamp(path)
    return _line_count(path, found) if found else None


def _tally(path: Path, field: str) -> Counter[str] | None:
    found = _stamp(path)
    return Counter(_values(path, field, found)) if found else None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


# Kept by the file's state, so that a status that is watched reads only what is new.
@lru_cache(maxsize=64)
def _line_count(path: Path, stamp: tuple[int, int]) -> int:
    count = 0
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            count += block.count(b"\n")
    return count


@lru_cache(maxsize=64)
def _values(path: Path, field: str, stamp: tuple[int, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    with path.open("rb") as file:
        for line in file:
            try:
                value = json.loads(line).get(field)
            except (ValueError, AttributeError):
                continue
            if isinstance(value, str):
                found[value] += 1
    return found
