"""One test of the benchmark, in a process of its own: ``test.py JSON``.

The JSON names the aligned model, the methods, the seed, how many records, the numbers of edits in
one memory, and the folder of test records.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lte_edit.cases import Case
from lte_edit.evaluation import EvalChoice, Loading, Outcome, Setting, evaluate
from lte_edit.evaluation.models import Models
from lte_edit.evaluation.rows import Row
from lte_edit.evaluation.summary import summarise

DEVELOPMENT = 200  # records that learning rates are chosen on, and that are not reported


def records(folder: Path, seed: int, number: int, *, development: bool = False) -> list[Case]:
    """Test records, of all sources mixed; each seed draws its own."""
    from lte_edit.sources import read_cases

    cases = [case for file in sorted(folder.glob("*.json")) for case in read_cases(file)]
    random.Random(0).shuffle(cases)
    if development:
        return cases[:DEVELOPMENT][:number]
    rest = cases[DEVELOPMENT:]
    random.Random(seed).shuffle(rest)
    if number > len(rest):
        raise SystemExit(f"there are {len(rest):,} test records, not {number:,}")
    return rest[:number]


def in_memories(
    cases: Sequence[Case], methods: Sequence[str], size: int, **options: Any
) -> dict[str, list[Row]]:
    """All records, ``size`` of them in one memory at a time; 1 is each under its own edits."""
    found: dict[str, list[Row]] = defaultdict(list)
    setting = Setting("single") if size == 1 else Setting("mass", size)
    step = len(cases) if size == 1 else size
    for start in range(0, len(cases) - step + 1, step):
        for outcome in evaluate(
            cases[start : start + step], methods, [setting], **options
        ).outcomes:
            found[outcome.method] += _moved(outcome, start)
    return found


def _moved(outcome: Outcome, start: int) -> list[Row]:
    return [{**row, "record": row["record"] + start} for row in outcome.rows]


def figures(rows: Sequence[Row], *, fluent: bool) -> dict[str, Any]:
    """The metrics of all aspects together, in percent, and the records behind each."""
    scores = summarise([{**row, "aspect": "all"} for row in rows], retrieves=True)
    n, generation, retrieval = scores["n"], scores["generation"], scores["retrieval"]
    table = {
        "edit_success": scores["edit_success"],
        "rephrase": scores["rephrase"],
        "portability": scores["portability"].get("all"),
        "locality": scores["locality"].get("all"),
        "locality_original": scores.get("locality_original", {}).get("all"),
        "written": generation.get("contains", {}).get("edit_success"),
        "written_portability": generation.get("contains", {}).get("portability", {}).get("all"),
        "fluency": scores["fluency"] if fluent else None,
        "retrieved_at_1": retrieval["at_1"],
        "retrieved_at_k": retrieval["at_k"],
    }
    return {
        **{name: None if value is None else round(value, 2) for name, value in table.items()},
        "records": n["records"],
        "questions": scores["questions"],
    }


def test_one(job: dict[str, Any]) -> dict[str, Any]:
    """Asks the methods everything, at each number of edits."""
    import torch

    from lte_edit.encoder import load_encoder

    gpu = torch.cuda.is_available()
    choice = EvalChoice(
        batch_tokens=65536 if gpu else 8192,
        max_tokens=job["written"],
        fluency_tokens=job["fluency"] or job["written"],
    )
    loading = Loading(dtype="float32" if gpu else "auto")
    begun = time.time()
    found = Models(job["model"], "demo", choice, loading)
    cases = records(
        Path(job["data"]), job["seed"], job["records"], development=job.get("development", False)
    )
    options = {
        "model": found.get("aligned"),
        "unaligned": found.get("unaligned"),
        "encoder": load_encoder(job["encoder"]),
        "choice": choice,
        "loading": loading,
    }
    scores: dict[str, dict[str, Any]] = defaultdict(dict)
    by_source: dict[str, dict[str, Any]] = defaultdict(dict)
    for size in job["sizes"]:
        # Without edits it is the same however many there are.
        methods = [name for name in job["methods"] if name != "none" or size == job["sizes"][0]]
        for name, rows in in_memories(cases, methods, size, **options).items() if methods else ():
            scores[name][str(size)] = figures(rows, fluent=bool(job["fluency"]))
            if size == job["sizes"][0]:
                for source in sorted({case.source for case in cases}):
                    own = [row for row in rows if cases[row["record"]].source == source]
                    by_source[name][source] = figures(own, fluent=bool(job["fluency"]))
    return {
        **job,
        "scores": scores,
        "by_source": by_source,
        "seconds": round(time.time() - begun, 1),
    }


if __name__ == "__main__":
    tested = test_one(json.loads(sys.argv[1]))
    Path(tested["output"]).write_text(json.dumps(tested) + "\n", "utf-8")
