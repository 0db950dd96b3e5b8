"""How fast, how complete and how right is the search for near-duplicate requests?

    python benchmarks/webr_dedup.py [--texts 200000] [--only "webr-synth;rensa"]

Made-up requests (words drawn by Zipf's law, 10 to 100 of them), one in ten a changed copy of an
earlier one. What each tool finds is held against exact Jaccard similarity of sets of strings,
which is computed here by plain Python: recall is the share of planted pairs at or above 0.7 whose
later text was found, precision the share of found texts that have an earlier one at or above 0.7
among those the tool names. Every tool starts from the texts, cuts 5-word shingles, and runs in a
process of its own, one thread. Prints a table and writes benchmarks/results/webr_dedup.json.

Needs datasketch and rensa beside webr-synth.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import statistics
import time
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
THRESHOLD, PERMUTATIONS, WORDS = 0.7, 128, 5
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


def vocabulary(rng: random.Random, size: int = 30_000) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < size:
        length = min(2 + int(rng.expovariate(0.25)), 14)
        words["".join(rng.choices(LETTERS, range(26, 0, -1), k=length))] = None
    return sorted(words, key=len)


def changed(words: list[str], known: list[str], rng: random.Random) -> list[str]:
    """A copy in which about one word in thirty is another one, is gone, or is new."""
    copy = list(words)
    for _ in range(rng.randint(1, max(1, len(copy) // 25))):
        at = rng.randrange(len(copy))
        copy[at : at + rng.choice((0, 1, 1))] = rng.choice(([], [rng.choice(known)]))
    return copy


def make(count: int, seed: int = 0) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts, and pairs (original, copy) of them."""
    rng = random.Random(seed)
    known = vocabulary(rng)
    weights = list(accumulate(1 / rank for rank in range(2, len(known) + 2)))
    rows: list[list[str]] = []
    pairs: list[tuple[int, int]] = []
    originals: list[int] = []  # what is a copy itself may be gone, and its own copies stay
    while len(rows) < count:
        if originals and rng.random() < 0.1:
            original = rng.choice(originals)
            pairs.append((original, len(rows)))
            rows.append(changed(rows[original], known, rng))
        else:
            originals.append(len(rows))
            rows.append(rng.choices(known, cum_weights=weights, k=rng.randint(10, 100)))
    return [" ".join(row).capitalize() + "?" for row in rows], pairs


def shingles(text: str) -> set[str]:
    words = text.lower().replace("?", "").split()
    return {" ".join(words[at : at + WORDS]) for at in range(max(len(words) - WORDS + 1, 1))}


def jaccard(one: str, other: str) -> float:
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


def webr_synth(texts: list[str]) -> dict[int, list[int]]:
    from webr_synth.dedup import NearDuplicates

    index = NearDuplicates(THRESHOLD, PERMUTATIONS, WORDS)
    found = index.add_batch([str(at) for at in range(len(texts))], texts)
    return {at: [int(match)] for at, match in enumerate(found) if match is not None}


def _datasketch(texts: list[str], signatures) -> dict[int, list[int]]:
    from datasketch import MinHashLSH

    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    found = {}
    for at, signature in enumerate(signatures):
        matches = lsh.query(signature)
        if matches:
            found[at] = matches
        else:
            lsh.insert(at, signature)
    return found


def datasketch_loop(texts: list[str]) -> dict[int, list[int]]:
    from datasketch import MinHash

    def signatures():
        for text in texts:
            signature = MinHash(num_perm=PERMUTATIONS)
            for shingle in shingles(text):
                signature.update(shingle.encode())
            yield signature

    return _datasketch(texts, signatures())


def datasketch_batch(texts: list[str]) -> dict[int, list[int]]:
    from datasketch import MinHash

    def signatures():
        for text in texts:
            signature = MinHash(num_perm=PERMUTATIONS)
            signature.update_batch([shingle.encode() for shingle in shingles(text)])
            yield signature

    return _datasketch(texts, signatures())


def datasketch_bulk(texts: list[str]) -> dict[int, list[int]]:
    from datasketch import MinHash

    sets = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    return _datasketch(texts, MinHash.generator(sets, num_perm=PERMUTATIONS))


def rensa(texts: list[str]) -> dict[int, list[int]]:
    from rensa import RMinHash, RMinHashLSH

    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
    sets = [list(shingles(text)) for text in texts]
    signatures = RMinHash.from_token_sets(sets, PERMUTATIONS, 0)
    found = {}
    for at, signature in enumerate(signatures):
        matches = lsh.query(signature)
        if matches:
            found[at] = matches
        else:
            lsh.insert(at, signature)
    return found


TOOLS = {
    "webr-synth": webr_synth,
    "datasketch, plain loop": datasketch_loop,
    "datasketch, update_batch": datasketch_batch,
    "datasketch, bulk": datasketch_bulk,
    "rensa": rensa,
}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def work(name: str, count: int, answer) -> None:
    texts, _ = make(count)
    TOOLS[name](texts[:2000])  # imports and tables
    before = peak_mb()
    started, busy = time.perf_counter(), time.process_time()
    found = TOOLS[name](texts)
    took = time.perf_counter() - started
    answer.send((took, time.process_time() - busy, peak_mb() - before, found))


def measured(name: str, count: int):
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(name, count, theirs))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument(
        "--repeats", type=int, default=3, help="of the fast ones; the median counts"
    )
    parser.add_argument("--only", default="", help="some of the tools; writes nothing")
    args = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"

    texts, pairs = make(args.texts)
    planted = [pair for pair in pairs if jaccard(texts[pair[0]], texts[pair[1]]) >= THRESHOLD]
    names = [name for name in TOOLS if not args.only or name in args.only.split(";")]
    rows = []
    for name in names:
        quick = name in ("webr-synth", "rensa")
        runs = [measured(name, args.texts) for _ in range(args.repeats if quick else 1)]
        found = runs[0][3]
        hits = sum(copy in found for _, copy in planted)
        right = sum(
            any(jaccard(texts[at], texts[int(other)]) >= THRESHOLD for other in others)
            for at, others in found.items()
        )
        rows.append(
            {
                "tool": name,
                "seconds": statistics.median(run[0] for run in runs),
                "cpu_seconds": statistics.median(run[1] for run in runs),
                "peak_mb_above_texts": max(run[2] for run in runs),
                "found": len(found),
                "recall": hits / len(planted),
                "precision": right / len(found),
            }
        )
        print(rows[-1], flush=True)
    print(f"\n{len(texts):,} requests, {len(planted):,} planted pairs at or above {THRESHOLD}")
    print(f"{'':<26}{'s':>8}{'CPU s':>8}{'MB':>8}{'recall':>9}{'precision':>11}")
    for row in rows:
        print(
            f"{row['tool']:<26}{row['seconds']:>8.2f}{row['cpu_seconds']:>8.2f}"
            f"{row['peak_mb_above_texts']:>8.0f}{row['recall']:>9.4f}{row['precision']:>11.4f}"
        )
    if args.only:
        return
    times, cpu = ({row["tool"]: row[key] for row in rows} for key in ("seconds", "cpu_seconds"))
    result = {
        "requests": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "planted": len(planted),
        "threshold": THRESHOLD,
        "permutations": PERMUTATIONS,
        "tools": rows,
        "times_faster_than_plain_loop": times["datasketch, plain loop"] / times["webr-synth"],
        "times_less_cpu_than_plain_loop": cpu["datasketch, plain loop"] / cpu["webr-synth"],
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "datasketch", "rensa")},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "webr_dedup.json").write_text(json.dumps(result, indent=2) + "\n")
    print(f"{result['times_faster_than_plain_loop']:.1f} times the plain loop's speed")


if __name__ == "__main__":
    main()
