"""How fast, how complete and how right is the search for near-duplicate requests?

    python benchmarks/webr_dedup.py
    python benchmarks/webr_dedup.py --peer datasketch=PYTHON --peer rensa=PYTHON \\
        --peer semhash=PYTHON --peer text-dedup=PYTHON

Made-up requests (words drawn by Zipf's law, 10 to 100 of them), one in ten a changed copy of an
earlier one. What each tool finds is held against exact Jaccard similarity of sets of strings,
which is computed here by plain Python: recall is the share of planted pairs at or above 0.7 of
which the tool finds one by the other, precision the share of found texts that are at or above 0.7
to one of those the tool names for it. Every tool starts from the texts and runs in a process of its
own, one thread; all but semhash compare 5-word shingles.

semhash compares meanings: its question is another one. The weights that it fetches by default come
from the hub, so it is given a static model that is made here, a random vector for each word, by how
rare the word is; for made-up words there is no better one. Its threshold is its own default.
text-dedup reads and writes files, as its command does; memory is that of its first process.

Prints a table and writes benchmarks/results/webr_dedup.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from side_by_side.processes import add_peers, measured, memory_mb, peers_of, timed, version_in

RESULT = Path(__file__).parent / "results" / "webr_dedup.json"
THRESHOLD, PERMUTATIONS, WORDS = 0.7, 128, 5
DIMENSION = 256  # of semhash's default model
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


# The tools: each says which texts repeat others, and which ones.

Found = dict[int, list[int]]


def webr_synth(texts: list[str]) -> Found:
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


def word_model(texts: list[str]) -> Any:
    """A static model: a random vector for each word, by the weight a / (a + share of the word)."""
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    counts = Counter(word for text in texts for word in text.lower().replace("?", " ?").split())
    tokens = {word: number for number, word in enumerate(["[UNK]", "[PAD]", *counts])}
    tokenizer = Tokenizer(WordLevel(tokens, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    vectors = np.random.default_rng(0).standard_normal((len(tokens), DIMENSION), np.float32)
    shares = np.array([0.0, 0.0, *counts.values()], np.float32) / sum(counts.values())
    return StaticModel(vectors * (1e-3 / (1e-3 + shares))[:, None], tokenizer, normalize=True)


def semhash(texts: list[str]) -> Found:
    from semhash import SemHash

    places: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        places[text].append(at)
    made = SemHash.from_records(texts, model=word_model(texts)).self_deduplicate()
    found: Found = {}
    for own in made.filtered:
        first, *copies = places[own.record]
        if own.exact:
            found.update((copy, [first]) for copy in copies)
        else:
            found[first] = [places[own.duplicate_of][0]]
    return found


def text_dedup(texts: list[str]) -> Found:
    from text_dedup import minhash

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "texts.jsonl").write_text(
            "".join(json.dumps({"text": text}) + "\n" for text in texts)
        )
        options = {
            "path": "json",
            "data_files": f"{folder}/texts.jsonl",
            "split": "train",
            "cache_dir": f"{folder}/cache",
            "output": f"{folder}/out",
            "column": "text",
            "ngram": WORDS,
            "num_perm": PERMUTATIONS,
            "threshold": THRESHOLD,
            "num_proc": 1,
        }
        arguments = [part for name, each in options.items() for part in (f"--{name}", str(each))]
        minhash.main.main(arguments, standalone_mode=False)
    clusters: dict[int, list[int]] = defaultdict(list)
    for at in range(len(texts)):
        clusters[minhash.uf.find(at)].append(at)
    return {
        at: cluster[:place]
        for cluster in clusters.values()
        for place, at in enumerate(cluster)
        if place
    }


Tool = Callable[[list[str]], Found]
OURS: dict[str, Tool] = {"webr-synth": webr_synth}
PEERS: dict[str, dict[str, Tool]] = {
    "datasketch": {
        "datasketch, plain loop": datasketch_loop,
        "datasketch, update_batch": datasketch_batch,
        "datasketch, bulk": datasketch_bulk,
    },
    "rensa": {"rensa": rensa},
    "semhash": {"semhash": semhash},
    "text-dedup": {"text-dedup": text_dedup},
}
TOOLS: dict[str, Tool] = OURS | {name: tool for own in PEERS.values() for name, tool in own.items()}
LONG = 30.0  # seconds; what takes longer is measured once


def work(name: str, file: Path) -> dict[str, Any]:
    """What the process of a tool does."""
    texts = json.loads(file.read_text("utf-8"))
    TOOLS[name](texts[:2000])  # imports and tables
    before = memory_mb("VmRSS")
    seconds, cpu, found = timed(lambda: TOOLS[name](texts))
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_mb": memory_mb("VmHWM") - before,
        "found": list(found.items()),
    }


def row(
    name: str, runs: list[dict[str, Any]], texts: list[str], planted: list[tuple[int, int]]
) -> dict[str, Any]:
    found = dict(runs[0]["found"])
    hits = sum(copy in found or copy in found.get(original, ()) for original, copy in planted)
    right = sum(
        any(jaccard(texts[at], texts[other]) >= THRESHOLD for other in others)
        for at, others in found.items()
    )
    return {
        "tool": name,
        "runs": len(runs),
        "seconds": statistics.median(run["seconds"] for run in runs),
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs),
        "peak_mb_above_texts": max(run["peak_mb"] for run in runs),
        "found": len(found),
        "recall": hits / len(planted),
        "precision": right / len(found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument(
        "--repeats", type=int, default=3, help=f"of what takes less than {LONG:.0f} s; medians"
    )
    parser.add_argument("--output", type=Path, default=RESULT)
    add_peers(parser, PEERS)
    parser.add_argument("--as", dest="tool", choices=list(TOOLS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.tool:
        answer = work(args.tool, args.file)
        print("\n" + json.dumps(answer))
        return

    peers = peers_of(parser, args.peer, PEERS)
    pythons = dict.fromkeys(OURS, sys.executable) | {
        name: python for peer, python in peers.items() for name in PEERS[peer]
    }
    texts, pairs = make(args.texts)
    planted = [pair for pair in pairs if jaccard(texts[pair[0]], texts[pair[1]]) >= THRESHOLD]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), "utf-8")
        for name, python in pythons.items():
            runs: list[dict[str, Any]] = []
            while len(runs) < args.repeats and (not runs or runs[0]["cpu_seconds"] < LONG):
                runs.append(measured(python, __file__, ["--as", name, "--file", file]))
            rows.append(row(name, runs, texts, planted))
            print(rows[-1], flush=True)
    print(f"\n{len(texts):,} requests, {len(planted):,} planted pairs at or above {THRESHOLD}")
    print(f"{'':<26}{'s':>8}{'CPU s':>8}{'MB':>8}{'recall':>9}{'precision':>11}")
    for each in rows:
        each["times_the_cpu"] = each["cpu_seconds"] / rows[0]["cpu_seconds"]
        print(
            f"{each['tool']:<26}{each['seconds']:>8.2f}{each['cpu_seconds']:>8.2f}"
            f"{each['peak_mb_above_texts']:>8.0f}{each['recall']:>9.4f}{each['precision']:>11.4f}"
        )
    result = {
        "requests": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "planted": len(planted),
        "threshold": THRESHOLD,
        "permutations": PERMUTATIONS,
        "tools": rows,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {"numpy": version("numpy")}
        | {name: version_in(python, name) for name, python in peers.items()},
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
