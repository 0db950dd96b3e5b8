"""How fast are 820 items scored, for one model and for thirteen?

    python benchmarks/followbench_score.py --data DIR        # the authors' six English files
    python benchmarks/followbench_score.py --peer inspect-ai=PYTHON

Answers are made up (lengths as a real model's), since only the time matters; a part of them is
right, so that every rule runs to its end. Start-up is a process of its own: `score` on one item.

No peer has these rules, so inspect-ai runs ours: its `score` on a log of the same answers, by the
Inspect task that followbench ships (its environment needs "followbench[inspect]"), with checks
only, which give the same rates. Beside both, the rules alone on one item after the other.
CPU seconds are those of all threads and processes. Prints a table and writes
benchmarks/results/followbench_score.json.
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
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from side_by_side.processes import add_peers, measured, peers_of, timed, version_in

RESULT = Path(__file__).parent / "results" / "followbench_score.json"
PEERS = ("inspect-ai",)
MODELS = 13
VOCABULARY = "We have seen the actor in Potter films is having only 3 **1. Ideas:** today"
WORDS = VOCABULARY.split()


def made_up(item: Any, rng: random.Random) -> str:
    """An answer of 5 to 300 words; sometimes the rule's own target."""
    target = item.constraints[-1].target
    if target and "{" not in target and rng.random() < 0.4:
        return target
    words = [rng.choice(WORDS) for _ in range(rng.choice((8, 20, 60, 150, 300)))]
    return ". ".join(" ".join(words[n : n + 12]) for n in range(0, len(words), 12)) + "."


def write_answers(folder: Path, benchmark: Any, seed: int) -> tuple[Path, Path]:
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


def command(data: str, generations: Path, judgements: Path, *extra: str) -> object:
    """One `followbench score` process."""
    return subprocess.run(
        [sys.executable, "-m", "followbench", "score", "--data", data, "--lang", "en",
         "--generations", str(generations), "--judgements", str(judgements), "--json", *extra],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def medians(call: Callable[[], object], repeats: int) -> dict[str, float]:
    runs = [timed(call)[:2] for _ in range(repeats)]
    wall, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
    return {"seconds": wall, "cpu_seconds": cpu}


def checks_only(data: str, generations: Path, repeats: int) -> dict[str, Any]:
    """Ours, from files to rates with intervals, and the rules alone."""
    from followbench.answers import read_generations
    from followbench.results import evaluate
    from followbench.scoring import score_item
    from followbench.sources import load_benchmark

    benchmark = load_benchmark(data, "en")
    answers = read_generations(generations, benchmark)
    average = evaluate(benchmark, answers).summary["average"]
    texts = answers.texts

    def rules() -> object:
        return [
            score_item(item, texts.get(item.key), None, "fixed", judged=False)
            for item in benchmark.items
        ]

    return {
        "the rules alone": medians(rules, repeats),
        "followbench": medians(
            lambda: evaluate(benchmark, read_generations(generations, benchmark)), repeats
        ),
        "rates": {"hsr": mean(average["hsr"]), "ssr": mean(average["ssr"]), "csl": average["csl"]},
    }


def mean(rates: list[float | None]) -> float:
    return statistics.mean(rate for rate in rates if rate is not None)


def inspect_ai(data: str, generations: Path, repeats: int) -> dict[str, Any]:
    """inspect-ai's score, by our task, on a log of the same answers."""
    from inspect_ai import eval as run
    from inspect_ai import score
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import solver

    from followbench.answers import read_generations
    from followbench.inspect_task import constraints, followbench
    from followbench.sources import load_benchmark

    benchmark = load_benchmark(data, "en")
    texts = read_generations(generations, benchmark).texts
    answers = {item.id: texts[item.key] for item in benchmark.items if item.key in texts}

    @solver
    def given() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            state.output = ModelOutput.from_content("made-up", answers[str(state.sample_id)])
            return state

        return solve

    with tempfile.TemporaryDirectory() as folder:
        [log] = run(
            followbench(data, "en"), model="mockllm/model", solver=given(), score=False,
            log_dir=folder, display="none",
        )  # fmt: skip
        assert log.status == "success", log.error
        scored = score(log, constraints(data, "en"), display="none")
        assert scored.results is not None
        rates = {name: found.value for name, found in scored.results.scores[0].metrics.items()}
        took = medians(lambda: score(log, constraints(data, "en"), display="none"), repeats)
    return {"inspect-ai": took, "rates": {name: rates[name] for name in ("hsr", "ssr", "csl")}}


PARTS = {"checks only": checks_only, "inspect-ai": inspect_ai}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = os.environ.get("TRUING_TEST_DATA", "../shared/data")
    parser.add_argument("--data", default=f"{default}/followbench/en")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULT)
    add_peers(parser, PEERS)
    parser.add_argument("--as", dest="part", choices=list(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        answer = PARTS[args.part](args.data, args.file, args.repeats)
        print("\n" + json.dumps(answer))
        return

    from followbench.answers import read_generations, read_judgements
    from followbench.results import evaluate
    from followbench.sources import load_benchmark

    peers = peers_of(parser, args.peer, PEERS)
    benchmark = load_benchmark(args.data, "en")

    def thirteen() -> None:
        for generations, judgements in files:
            evaluate(
                benchmark,
                read_generations(generations, benchmark),
                read_judgements(judgements, benchmark),
                "fixed",
            )

    with tempfile.TemporaryDirectory() as name:
        files = [write_answers(Path(name), benchmark, seed) for seed in range(MODELS)]
        one_group = ("--categories", "style", "--limit", "1")
        whole = medians(lambda: command(args.data, *files[0]), args.repeats)
        empty = medians(lambda: command(args.data, *files[0], *one_group), args.repeats)
        rounds = medians(thirteen, args.repeats)
        call = ["--data", args.data, "--file", files[0][0], "--repeats", args.repeats, "--as"]
        parts = {
            part: measured(python, __file__, [*call, part])
            for part, python in {"checks only": sys.executable, **peers}.items()
        }
    rates = {part: own.pop("rates") for part, own in parts.items()}
    for part, found in rates.items():
        apart = max(abs(found[each] - value) for each, value in rates["checks only"].items())
        assert apart < 1e-6, (part, rates)
    tools = {name: row for own in parts.values() for name, row in own.items()}
    for row in tools.values():
        row["times_the_cpu"] = row["cpu_seconds"] / tools["followbench"]["cpu_seconds"]
    result = {
        "items": len(benchmark.items),
        "score_command": whole,
        "score_command_one_group": empty,
        "beyond_start_up": {key: whole[key] - empty[key] for key in whole},
        "thirteen_models": rounds,
        "checks_only": tools,
        "repeats": args.repeats,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {"followbench": version("followbench")}
        | {name: version_in(python, name) for name, python in peers.items()},
    }
    args.output.parent.mkdir(exist_ok=True)
    args.output.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
