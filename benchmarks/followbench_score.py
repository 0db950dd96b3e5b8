"""How fast are 820 items scored, for one model and for thirteen?

    python benchmarks/followbench_score.py --data DIR        # the authors' six English files

Answers are made up (lengths as a real model's), since only the time matters; a part of them is
right, so that every rule runs to its end. Start-up is a process of its own: `score` on one item.
Prints a table and writes benchmarks/results/followbench_score.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
MODELS = 13
VOCABULARY = "We have seen the actor in Potter films is having only 3 **1. Ideas:** today"
WORDS = VOCABULARY.split()


def made_up(item, rng: random.Random) -> str:
    """An answer of 5 to 300 words; sometimes the rule's own target."""
    target = item.constraints[-1].target
    if target and "{" not in target and rng.random() < 0.4:
        return target
    words = [rng.choice(WORDS) for _ in range(rng.choice((8, 20, 60, 150, 300)))]
    return ". ".join(" ".join(words[n : n + 12]) for n in range(0, len(words), 12)) + "."


def write_answers(folder: Path, benchmark, seed: int) -> tuple[Path, Path]:
    rng = random.Random(seed)
    generations, judgements = folder / f"g{seed}.jsonl", folder / f"j{seed}.jsonl"
    with generations.open("w") as g, judgements.open("w") as j:
        for item in benchmark.items:
            key = {"category": item.category, "example_id": item.example_id, "level": item.level}
            answer = {**key, "generation": made_up(item, rng), "model": f"m{seed}"}
            g.write(json.dumps(answer) + "\n")
            if item.judged:
                verdicts = [rng.choice(["YES", "NO"]) for _ in range(item.judged)]
                text = "Each constraint in turn: ...\n" + json.dumps(verdicts)
                j.write(json.dumps({**key, "judgement": text, "judge": "made-up"}) + "\n")
    return generations, judgements


def command(data: str, generations: Path, judgements: Path, *extra: str) -> float:
    """Seconds of one `followbench score` process."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "followbench", "score", "--data", data, "--lang", "en",
         "--generations", str(generations), "--judgements", str(judgements), "--json", *extra],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TRUING_TEST_DATA", "../shared/data")
    parser.add_argument("--data", default=f"{default}/followbench/en")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()

    from followbench.answers import read_generations, read_judgements
    from followbench.results import evaluate
    from followbench.sources import load_benchmark

    benchmark = load_benchmark(args.data, "en")
    with tempfile.TemporaryDirectory() as name:
        files = [write_answers(Path(name), benchmark, seed) for seed in range(MODELS)]
        whole = [command(args.data, *files[0]) for _ in range(args.repeats)]
        empty = [
            command(args.data, *files[0], "--categories", "style", "--limit", "1")
            for _ in range(args.repeats)
        ]
        rounds = []
        for _ in range(args.repeats):
            started = time.perf_counter()
            for generations, judgements in files:
                evaluate(
                    benchmark,
                    read_generations(generations, benchmark),
                    read_judgements(judgements, benchmark),
                    "fixed",
                )
            rounds.append(time.perf_counter() - started)
    row = {
        "items": len(benchmark.items),
        "score_command_s": statistics.median(whole),
        "score_command_one_group_s": statistics.median(empty),
        "beyond_start_up_s": statistics.median(whole) - statistics.median(empty),
        "thirteen_models_s": statistics.median(rounds),
        "python": platform.python_version(),
        "repeats": args.repeats,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "followbench_score.json").write_text(json.dumps(row, indent=2) + "\n")
    for key, value in row.items():
        print(f"{key:<28} {value:.3f}" if isinstance(value, float) else f"{key:<28} {value}")


if __name__ == "__main__":
    main()
