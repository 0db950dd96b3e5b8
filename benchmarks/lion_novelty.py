"""How fast is the search for the nearest instruction, and is it exact?

    python benchmarks/lion_novelty.py
    python benchmarks/lion_novelty.py --peer rouge-score=PYTHON --peer rouge-score-rs=PYTHON

Made-up tasks: Self-Instruct's seed tasks in which every third word is another one, some with a
second clause, four in ten with an input put together from sentences of web pages. One candidate in
five is a changed copy of a task of the pool. Ours sieves all candidates against the pool and each
other, in one thread. Beside it, on a sample of the pairs: ``rouge_score`` as it is usually called,
its inner function on tokens that were made before, ``rouge_score_rs`` (the same in Rust), and
rapidfuzz's LCSseq over all pairs without bounds. Maxima of some candidates over the whole pool, and
the decisions of a whole sieve over a part of it, are held against each package. Every measurement
is a process of its own with one thread. Prints a table and writes
benchmarks/results/lion_novelty.json.

Needs the project's test data (TRUING_TEST_DATA, or ../shared/data beside the checkout).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from side_by_side.processes import add_peers, measured, memory_mb, peers_of, timed, version_in

RESULT = Path(__file__).parent / "results" / "lion_novelty.json"
DATA = Path(os.environ.get("TRUING_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
LIMIT, GROWTH = 0.7, (10_000, 50_000, 250_000)
ASKED, SIEVED, SIEVED_AGAINST = 3, 60, 400  # what rouge_score can do in a minute
SAMPLE = 20_000  # pairs
PEERS = {"rouge-score": "rouge_score", "rouge-score-rs": "rouge_score_rs"}


def tasks(count: int, seed: int) -> list[str]:
    rng = random.Random(f"{seed} tasks")
    with open(DATA / "lion" / "seed_tasks.jsonl", encoding="utf-8") as file:
        seeds = [json.loads(line)["instruction"].split() for line in file]
    pages = json.loads((DATA / "webr" / "web_en_1k.json").read_text("utf-8"))
    cut = (part.split() for page in pages for part in re.split(r"(?<=[.!?])\s+", page["webpage"]))
    sentences = [words for words in cut if 5 < len(words) < 60]
    known = [word for words in sentences[:8000] for word in words if word.isalpha()]
    made = []
    while len(made) < count:
        words = [rng.choice(known) if rng.random() < 1 / 3 else word for word in rng.choice(seeds)]
        if rng.random() < 0.3:
            words += rng.choice(seeds)[: rng.randint(4, 12)]
        text = " ".join(words)
        if rng.random() < 0.4:
            first, second = rng.choice(sentences), rng.choice(sentences)
            part = first[: rng.randint(3, len(first))] + second[rng.randint(0, len(second) - 3) :]
            text += "\n\n" + " ".join(part)
        made.append(text)
    return made


def candidates_for(pool: list[str], count: int) -> list[str]:
    rng = random.Random("candidates")
    texts = tasks(count, 1)
    for at in range(0, count, 5):
        words = rng.choice(pool).split()
        for _ in range(rng.randint(0, len(words) // 3)):
            words[rng.randrange(len(words))] = rng.choice(rng.choice(texts).split())
        texts[at] = " ".join(words)
    return texts


# What a process of its own does: each function answers with what is printed as JSON.


def ours(file: Path, size: int, count: int, repeats: int) -> dict[str, Any]:
    """The whole sieve."""
    from lion_distill.novelty import NoveltyIndex

    with open(file, encoding="utf-8") as lines:  # line by line, so that the peak is not from here
        texts = [json.loads(line) for line in islice(lines, count)]
        pool = [json.loads(line) for line in islice(lines, size)]
    NoveltyIndex(pool[:500]).screen(texts[:100])  # imports
    before = memory_mb("VmRSS")
    built, sieved = [], []
    for _ in range(repeats):
        index = None  # two at once would count twice
        *took, index = timed(lambda: NoveltyIndex(pool, max_rouge_l=LIMIT, tokenizer="rouge"))
        built.append(took)
        *took, screened = timed(lambda index=index: index.screen(texts))
        sieved.append(took)
    (build, build_cpu), (seconds, cpu) = (
        [statistics.median(column) for column in zip(*rows, strict=True)]
        for rows in (built, sieved)
    )
    pairs = size * count  # those with kept ones come on top
    return {
        "pool": size,
        "candidates": count,
        "build_seconds": build,
        "build_cpu_seconds": build_cpu,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "ns": seconds / pairs * 1e9,
        "cpu_ns": cpu / pairs * 1e9,
        "peak_mb_above_texts": memory_mb("VmHWM") - before,
        "kept": [each.kept for each in screened],
    }


def rapidfuzz(file: Path, repeats: int) -> dict[str, Any]:
    """LCSseq without bounds, over all pairs of some candidates and the pool."""
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cdist

    work = json.loads(file.read_text("utf-8"))
    numbers: dict[str, str] = {}

    def encoded(text: str) -> str:
        words = re.findall("[a-z0-9]+", text.lower())
        return "".join(numbers.setdefault(word, chr(len(numbers) + 1)) for word in words)

    pool, some = ([encoded(text) for text in work[name]] for name in ("pool", "texts"))

    def all_pairs() -> object:
        return cdist(some, pool, scorer=LCSseq.similarity, dtype="uint16", workers=1)

    return {"rapidfuzz cdist": row(len(some) * len(pool), repeats, all_pairs)}


def package(file: Path, repeats: int, name: str) -> dict[str, Any]:
    """What a comparison costs by a package, its maxima, and the sieve a plain loop makes of it."""
    from importlib import import_module

    work = json.loads(file.read_text("utf-8"))
    module = PEERS[name]
    scorer = import_module(f"{module}.rouge_scorer").RougeScorer(["rougeL"], use_stemmer=False)
    pairs = work["pairs"]
    rows = {
        f"{name}, score()": row(
            len(pairs), repeats, lambda: [scorer.score(*pair) for pair in pairs]
        )
    }
    if name == "rouge-score":
        from rouge_score.rouge_scorer import _score_lcs
        from rouge_score.tokenize import tokenize

        cut = [(tokenize(one, None), tokenize(two, None)) for one, two in pairs]
        rows[f"{name}, on tokens"] = row(
            len(cut), repeats, lambda: [_score_lcs(*pair) for pair in cut]
        )
    else:
        first, second = map(list, zip(*pairs, strict=True))
        rows[f"{name}, score_batch()"] = row(
            len(pairs), repeats, lambda: scorer.score_batch(first, second)
        )

    def values(text: str, others: list[str]) -> list[float]:
        return [scorer.score(other, text)["rougeL"].fmeasure for other in others]

    maxima = [
        (max(found), found.index(max(found)))
        for found in (values(text, work["pool"]) for text in work["texts"][:ASKED])
    ]
    known, sieve = list(work["known"]), []
    for text in work["sieved"]:
        sieve.append(max(values(text, known)))
        if sieve[-1] <= LIMIT:
            known.append(text)
    return {"rows": rows, "maxima": maxima, "sieve": sieve}


def row(pairs: int, repeats: int, call: Callable[[], object]) -> dict[str, float]:
    runs = [timed(call)[:2] for _ in range(repeats)]
    wall, busy = (statistics.median(column) for column in zip(*runs, strict=True))
    return {"pairs": pairs, "ns": wall / pairs * 1e9, "cpu_ns": busy / pairs * 1e9}


# The measuring.


def work_for(pool: list[str], texts: list[str], kept: list[bool]) -> dict[str, Any]:
    """What peers are given."""
    rng = random.Random("pairs")
    near_ones = [text for text, new in zip(texts, kept, strict=True) if not new]
    return {
        "pool": pool,
        "texts": texts[:150],
        "pairs": [(rng.choice(pool), rng.choice(texts)) for _ in range(SAMPLE)],
        "known": pool[:SIEVED_AGAINST],
        "sieved": [*texts[:SIEVED], *near_ones[: SIEVED // 6], *texts[: SIEVED // 6]],
    }


def checked(work: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Our values and decisions, held against a package's."""
    from lion_distill.novelty import NoveltyIndex

    index = NoveltyIndex(work["pool"])
    near = [index.nearest(text) for text in work["texts"][:ASKED]]
    sieved = NoveltyIndex(work["known"], max_rouge_l=LIMIT).screen(work["sieved"])
    values = [
        *zip([each.similarity for each in near], [m[0] for m in theirs["maxima"]], strict=True),
        *zip([each.similarity for each in sieved], theirs["sieve"], strict=True),
    ]
    return {
        "maxima_over_the_pool": ASKED,
        "same_nearest": sum(
            each.position == position
            for each, (_, position) in zip(near, theirs["maxima"], strict=True)
        ),
        "decisions": len(sieved),
        "same_decisions": sum(
            each.kept == (value <= LIMIT)
            for each, value in zip(sieved, theirs["sieve"], strict=True)
        ),
        "dropped_among_them": sum(not each.kept for each in sieved),
        "largest_difference": max(abs(one - other) for one, other in values),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pool", type=int, default=52_000)
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5, help="medians count")
    parser.add_argument("--output", type=Path, default=RESULT)
    add_peers(parser, PEERS)
    parser.add_argument("--as", dest="part", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        if args.part == "ours":
            answer = ours(args.file, args.pool, args.candidates, args.repeats)
        elif args.part == "rapidfuzz":
            answer = rapidfuzz(args.file, args.repeats)
        else:
            answer = package(args.file, args.repeats, args.part)
        print("\n" + json.dumps(answer))
        return

    peers = peers_of(parser, args.peer, PEERS)
    longest = tasks(max(args.pool, *GROWTH), 0)
    pool = longest[: args.pool]
    texts = candidates_for(pool, args.candidates)
    repeats = ["--repeats", args.repeats]
    others, versions, checks = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        file, asked = Path(folder) / "texts.jsonl", Path(folder) / "work.json"
        file.write_text("".join(json.dumps(text) + "\n" for text in texts + longest))
        mine = ["--as", "ours", "--file", file, "--candidates", len(texts)]
        growth = [
            measured(
                sys.executable,
                __file__,
                [*mine, "--pool", size, *repeats],
            )
            for size in (args.pool, *GROWTH)
        ]
        work = work_for(pool, texts, growth[0]["kept"])
        asked.write_text(json.dumps(work))
        call = ["--file", asked, *repeats, "--as"]
        others |= measured(sys.executable, __file__, [*call, "rapidfuzz"])
        for name, python in peers.items():
            theirs = measured(python, __file__, [*call, name])
            others |= theirs["rows"]
            versions[name] = version_in(python, name)
            checks[name] = checked(work, theirs)
    for each in growth:
        each["kept"] = sum(each["kept"])
    run, *growth = growth
    for each in others.values():
        each["times_ours"] = each["cpu_ns"] / run["cpu_ns"]

    print(f"{len(texts):,} candidates against {len(pool):,} instructions and each other")
    print(f"{'':<28}{'ns a pair':>12}{'CPU ns':>12}{'× ours':>10}")
    for name, each in {**others, "lion-distill": {**run, "times_ours": 1.0}}.items():
        print(f"{name:<28}{each['ns']:>12,.1f}{each['cpu_ns']:>12,.1f}{each['times_ours']:>10,.0f}")
    print(f"\n{'pool':<10}{'build CPU s':>12}{'sieve CPU s':>12}{'ns a pair':>11}{'MB':>7}")
    for each in growth:
        print(
            f"{each['pool']:<10,}{each['build_cpu_seconds']:>12.2f}{each['cpu_seconds']:>12.2f}"
            f"{each['cpu_ns']:>11.2f}{each['peak_mb_above_texts']:>7.0f}"
        )
    print(json.dumps(checks, indent=2))
    result = {
        "tokens_a_text": statistics.fmean(len(re.findall("[a-z0-9]+", t.lower())) for t in pool),
        "limit": LIMIT,
        "repeats": args.repeats,
        "ours": run,
        "others": others,
        "growth": growth,
        "checks": checks,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "rapidfuzz")} | versions,
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")
    for check in checks.values():
        assert check["same_decisions"] == check["decisions"], check
        assert check["same_nearest"] == check["maxima_over_the_pool"], check
        assert check["largest_difference"] <= 1e-12, check


if __name__ == "__main__":
    main()
