"""How fast is the search for the nearest instruction, and is it exact?

    python benchmarks/lion_novelty.py [--pool 52000] [--candidates 2000]

Made-up tasks: Self-Instruct's seed tasks in which every third word is another one, some with a
second clause, four in ten with an input put together from sentences of web pages. One candidate in
five is a changed copy of a task of the pool. Ours sieves all candidates against the pool and each
other. Beside it, in the same run, on a sample: ``rouge_score`` as it is usually called, its inner
function on tokens that were made before, and rapidfuzz's LCSseq over all pairs without bounds.
Maxima of some candidates over the whole pool, and the decisions of a whole sieve over a part of it,
are held against ``rouge_score``. Every measurement of ours runs in a process of its own. Prints a
table and writes benchmarks/results/lion_novelty.json.

Needs rouge_score beside lion-distill, and the project's test data (TRUING_TEST_DATA, or
../shared/data beside the checkout).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import re
import statistics
import tempfile
import time
from importlib.metadata import version
from itertools import islice
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
DATA = Path(os.environ.get("TRUING_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
LIMIT, GROWTH = 0.7, (10_000, 50_000, 250_000)
ASKED, SIEVED, SIEVED_AGAINST = 3, 60, 400  # what rouge_score can do in a minute


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


def memory_mb(name: str) -> float:
    """VmRSS (now) or VmHWM (the peak), of this process alone; the kernel has to be Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def timed(call):
    wall, busy = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - wall, time.process_time() - busy, result


def work(file: Path, size: int, count: int, workers: int, repeats: int, answer) -> None:
    from lion_distill.novelty import NoveltyIndex

    with open(file, encoding="utf-8") as lines:  # line by line, so that the peak is not from here
        texts = [json.loads(line) for line in islice(lines, count)]
        pool = [json.loads(line) for line in islice(lines, size)]
    NoveltyIndex(pool[:500], workers=workers).screen(texts[:100])  # imports
    before = memory_mb("VmRSS")
    built, sieved = [], []
    for _ in range(repeats):
        index = None  # two at once would count twice
        *took, index = timed(
            lambda: NoveltyIndex(pool, max_rouge_l=LIMIT, tokenizer="rouge", workers=workers)
        )
        built.append(took)
        *took, screened = timed(lambda index=index: index.screen(texts))
        sieved.append(took)
    middle = [statistics.median(column) for column in zip(*built, strict=True)]
    answer.send(
        {
            "pool": size,
            "candidates": count,
            "build_seconds": middle[0],
            "build_cpu_seconds": middle[1],
            "seconds": statistics.median(took[0] for took in sieved),
            "cpu_seconds": statistics.median(took[1] for took in sieved),
            "peak_mb_above_texts": memory_mb("VmHWM") - before,
            "kept": sum(each.kept for each in screened),
            "outcome": [(each.kept, each.similarity, each.position) for each in screened],
        }
    )


def measured(*arguments) -> dict:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*arguments, theirs))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    return result


def peers(pool: list[str], texts: list[str], cores: int) -> list[dict]:
    """What one comparison costs others, on a random sample of the pairs."""
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cdist
    from rouge_score import rouge_scorer, tokenize

    rng = random.Random("pairs")
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    pairs = [(rng.choice(pool), rng.choice(texts)) for _ in range(20_000)]
    cut = [(tokenize.tokenize(one, None), tokenize.tokenize(two, None)) for one, two in pairs]
    rows = []

    def row(name: str, count: int, call) -> None:
        wall, busy, _ = timed(call)
        rows.append(
            {"tool": name, "pairs": count, "ns": wall / count * 1e9, "cpu_ns": busy / count * 1e9}
        )
        print(rows[-1], flush=True)

    row("rouge_score, score()", len(pairs), lambda: [scorer.score(*pair) for pair in pairs])
    row(
        "rouge_score, on tokens",
        len(cut),
        lambda: [rouge_scorer._score_lcs(*pair) for pair in cut],
    )
    numbers: dict[str, str] = {}

    def encoded(text: str) -> str:
        words = tokenize.tokenize(text, None)
        return "".join(numbers.setdefault(word, chr(len(numbers) + 1)) for word in words)

    choices, some = [encoded(text) for text in pool], [encoded(text) for text in texts[:150]]
    for name, workers in (("1 core", 1), (f"{cores} cores", -1)):
        row(
            f"rapidfuzz cdist, {name}",
            len(some) * len(choices),
            lambda workers=workers: cdist(
                some, choices, scorer=LCSseq.similarity, dtype="uint16", workers=workers
            ),
        )
    return rows


def checked(pool: list[str], texts: list[str], outcome: list) -> dict:
    """Our values and decisions, held against rouge_score's."""
    from rouge_score.rouge_scorer import RougeScorer

    from lion_distill.novelty import NoveltyIndex

    score = RougeScorer(["rougeL"], use_stemmer=False).score
    index = NoveltyIndex(pool)
    worst, places = 0.0, 0
    for text in texts[:ASKED]:
        values = [score(other, text)["rougeL"].fmeasure for other in pool]
        near = index.nearest(text)
        worst = max(worst, abs(near.similarity - max(values)))
        places += near.position == values.index(max(values))
    known, same = pool[:SIEVED_AGAINST], 0
    near_ones = [text for text, (kept, *_) in zip(texts, outcome, strict=True) if not kept]
    some = [*texts[:SIEVED], *near_ones[: SIEVED // 6], *texts[: SIEVED // 6]]
    sieved = NoveltyIndex(known, max_rouge_l=LIMIT).screen(some)
    for text, ours in zip(some, sieved, strict=True):
        value = max(score(other, text)["rougeL"].fmeasure for other in known)
        worst = max(worst, abs(ours.similarity - value))
        same += ours.kept == (value <= LIMIT)
        if value <= LIMIT:
            known.append(text)
    return {
        "maxima_over_the_pool": ASKED,
        "same_nearest": places,
        "decisions": len(some),
        "same_decisions": same,
        "dropped_among_them": sum(not each.kept for each in sieved),
        "largest_difference": worst,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=int, default=52_000)
    parser.add_argument("--candidates", type=int, default=2_000)
    args = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    cores = len(os.sched_getaffinity(0))
    started, load = time.perf_counter(), os.getloadavg()[0]

    longest = tasks(max(args.pool, *GROWTH), 0)
    pool = longest[: args.pool]
    texts = candidates_for(pool, args.candidates)
    runs, growth = {}, []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.jsonl"
        file.write_text("".join(json.dumps(text) + "\n" for text in texts + longest))
        for name, workers in (("1 core", 1), (f"{cores} cores", cores)):
            runs[name] = measured(file, args.pool, args.candidates, workers, 3)
            outcome = runs[name].pop("outcome")
            print(name, runs[name], flush=True)
        for size in GROWTH:
            growth.append(measured(file, size, args.candidates, 1, 1))
            del growth[-1]["outcome"]
            print(growth[-1], flush=True)
    others = peers(pool, texts, cores)
    check = checked(pool, texts, outcome)
    print(check, flush=True)

    slow = {row["tool"]: row for row in others}
    for run in (*runs.values(), *growth):
        pairs = run["pool"] * run["candidates"]  # those with kept ones come on top
        run["ns"], run["cpu_ns"] = (run[key] / pairs * 1e9 for key in ("seconds", "cpu_seconds"))
    ratios = {
        f"{name}, against {tool}": slow[tool]["ns"] / run["ns"]
        for name, run in runs.items()
        for tool in list(slow)[:2]
    }
    print(f"\n{args.candidates:,} candidates against {args.pool:,} instructions and each other")
    print(f"{'':<28}{'ns a pair':>12}{'CPU ns':>12}")
    for name, row in (*slow.items(), *((f"lion-distill, {n}", r) for n, r in runs.items())):
        print(f"{name:<28}{row['ns']:>12,.1f}{row['cpu_ns']:>12,.1f}")
    print(f"\n{'pool':<10}{'build s':>9}{'sieve s':>9}{'ns a pair':>11}{'MB':>7}")
    for run in growth:
        print(
            f"{run['pool']:<10,}{run['build_seconds']:>9.2f}{run['seconds']:>9.2f}"
            f"{run['ns']:>11.2f}{run['peak_mb_above_texts']:>7.0f}"
        )
    result = {
        "tokens_a_text": statistics.fmean(len(re.findall("[a-z0-9]+", t.lower())) for t in pool),
        "limit": LIMIT,
        "cores": cores,
        "load_average_before": load,
        "ours": runs,
        "others": others,
        "times_faster": ratios,
        "times_less_cpu": {
            tool: slow[tool]["cpu_ns"] / runs["1 core"]["cpu_ns"] for tool in list(slow)[:2]
        },
        "growth": growth,
        "check": check,
        "seconds_of_this_benchmark": time.perf_counter() - started,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "rapidfuzz", "rouge_score")},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "lion_novelty.json").write_text(json.dumps(result, indent=2) + "\n")
    for name, ratio in ratios.items():
        print(f"{ratio:>10,.0f} times as fast: {name}")
    assert check["same_decisions"] == check["decisions"], check
    assert check["same_nearest"] == check["maxima_over_the_pool"], check
    assert check["largest_difference"] <= 1e-12, check


if __name__ == "__main__":
    main()
