"""Does Lion's loop work? A miniature with a program as teacher, whatever it shows.

    python benchmarks/lion_effect/run.py            # half an hour on one core
    python benchmarks/lion_effect/run.py --quick    # one seed, tiny, to see that it runs

An oracle behind a real HTTP server solves ten families of tasks at four levels and varies them on
demand; a small student, taught the format and a little more beforehand, imitates seeds of which
most are easy. From there each arm (see arms.py) spends the same number of examples and steps. The
referee is lion-distill's exact one. Seeds change the tasks, the draws and the order; the base model
is the same. Tested is on held-out tasks, as many of each family and level; greedy, exact match.

What is done is not done again: the same command goes on. Prints a table; writes
benchmarks/results/lion_effect.json and docs/images/lion-effect.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from arms import ARMS, begin, spend
from families import FAMILIES, LEVELS, Posed, pose
from oracle import oracle
from report import draw, intervals, table
from student import LENGTH, save_base

from lion_distill.choices import (
    GeneratorChoice,
    LionChoice,
    PoolChoice,
    RefereeChoice,
    StopChoice,
    StudentChoice,
)
from lion_distill.rows import Instruction, instruction_id
from truing_core.files import write_json
from truing_core.models import ChatRequest, LoadOptions, Sampling, load_model
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "results" / "lion_effect.json"
PLOT = HERE.parents[1] / "docs" / "images" / "lion-effect.svg"

# Most of what people ask is easy.
SEED_LEVELS = {1: 0.6, 2: 0.25, 3: 0.1, 4: 0.05}
BASE_LEVELS = {1: 0.5, 2: 0.3, 3: 0.15, 4: 0.05}
QUICK: dict[str, Any] = {
    "seeds": [0], "base_steps": 60, "examples": 80, "rounds": 2, "epochs": 1, "tested": 3,
}  # fmt: skip


def make_seeds(seed: int, count: int) -> list[Instruction]:
    """Distinct tasks, each family as often; no answers are given."""
    rng = random.Random(f"{seed} seeds")
    found: dict[str, Instruction] = {}
    while len(found) < count:
        (level,) = rng.choices(list(SEED_LEVELS), list(SEED_LEVELS.values()))
        posed = pose(list(FAMILIES)[len(found) % len(FAMILIES)], rng, level)
        name = instruction_id(posed.instruction, posed.input)
        found[name] = Instruction(id=name, instruction=posed.instruction, input=posed.input)
    return list(found.values())


def make_tests(seed: int, count: int) -> list[Posed]:
    """So many held-out tasks of each family and level."""
    rng = random.Random(f"{seed} tests")
    return [
        pose(family, rng, level, held_out=True)
        for family in FAMILIES
        for level in LEVELS
        for _ in range(count)
    ]


def accuracy(student: Path, tests: Sequence[Posed]) -> dict[str, float]:
    """Percent of right answers by family and level, greedy."""
    sampling = Sampling(temperature=0, max_tokens=12)
    model = load_model(f"hf/{student}")
    right: defaultdict[str, list[bool]] = defaultdict(list)
    try:
        requests = [
            ChatRequest(str(place), ({"role": "user", "content": each.text},), sampling)
            for place, each in enumerate(tests)
        ]
        for reply in model.complete(requests):
            task = tests[int(reply.id)].task
            right[f"{task.family} {task.level}"].append(reply.text.strip() == task.answer)
    finally:
        model.close()
    return {cell: 100 * sum(each) / len(each) for cell, each in sorted(right.items())}


class Bench:
    """The folder of the work, and what is done in it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.work = options, options.work
        self.work.mkdir(parents=True, exist_ok=True)
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def base(self) -> Path:
        """The base model of all seeds."""
        folder = self.work / "base"
        if not (folder / "tokenizer.json").is_file():
            save_base(
                folder, 0, steps=self.options.base_steps, batch=64, levels=BASE_LEVELS, rate=3e-3
            )
            self.say("the base model is there")
        return folder

    def choice(self, seed: int, url: str) -> LionChoice:
        """What all arms have in common."""
        options = self.options
        model = f"openai/oracle@{url}"
        training = {
            "learning_rate": options.rate, "num_train_epochs": options.epochs,
            "per_device_train_batch_size": 32, "gradient_accumulation_steps": 1, "seed": seed,
            "max_length": LENGTH, "save_strategy": "no", "logging_steps": 10,
            "gradient_checkpointing": False, "disable_tqdm": True,
        }  # fmt: skip
        prompts = Prompts("lion_distill")
        return LionChoice(
            teacher=ModelChoice(model, Sampling(temperature=0, max_tokens=64)),
            student=StudentChoice(
                str(self.base()), training, sampling=Sampling(temperature=0, max_tokens=12)
            ),
            referee=RefereeChoice("exact", None, prompts),
            generator=GeneratorChoice(
                ModelChoice(
                    model, Sampling(temperature=1, max_tokens=200, seed=seed),
                    LoadOptions(concurrency=8),
                ),
                prompts, num=options.examples, seed=seed,
                max_rouge_l=options.max_rouge_l, attempts=20,
            ),
            pools=PoolChoice(sample=options.sample),
            stop=StopChoice(iterations=options.rounds),
            seed=seed,
        )  # fmt: skip

    def seed(self, seed: int) -> dict[str, Any]:
        """All arms of one seed: their accuracies by iteration, and what their rounds were."""
        options = self.options
        tests = make_tests(seed, options.tested)
        seeds = make_seeds(seed, options.examples)
        found: dict[str, Any] = {}
        with oracle(f"seed {seed}") as server:
            choice = self.choice(seed, server.url)
            begun: Path | None = None
            for arm in options.arms:
                done = self.work / f"seed{seed}-{arm.replace(' ', '-')}.json"
                if not done.is_file():
                    folder = self.work / f"seed{seed}"
                    if begun is None:
                        shutil.rmtree(folder, ignore_errors=True)
                        begun = begin(folder / "begun", seeds, choice)
                    began = time.monotonic()
                    outcome = spend(arm, folder / arm.replace(" ", "-"), begun, seeds, choice)
                    spent = time.monotonic() - began
                    write_json(done, {
                        "accuracy": [accuracy(student, tests) for student in outcome.students],
                        "rounds": outcome.rounds, "stopped": outcome.stopped,
                        "seconds": round(spent, 1),
                    })  # fmt: skip
                found[arm] = json.loads(done.read_text("utf-8"))
                means = [sum(each.values()) / len(each) for each in found[arm]["accuracy"]]
                self.say(f"seed {seed}, {arm}: " + ", ".join(f"{mean:.1f}" for mean in means))
            found["base"] = {"accuracy": [accuracy(self.base(), tests)]}
            shutil.rmtree(self.work / f"seed{seed}", ignore_errors=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("lion_effect.work"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--arms", nargs="+", choices=ARMS,
                        default=[arm for arm in ARMS if arm != "more alike"])  # fmt: skip
    parser.add_argument("--base-steps", type=int, default=2000, help="of 64 tasks")
    parser.add_argument("--examples", type=int, default=4000, help="seeds, and new ones a round")
    parser.add_argument("--sample", type=int, default=2000, help="of the pool, discriminated on")
    parser.add_argument("--max-rouge-l", type=float, default=0.85,
                        help="above 0.7, since tasks are of ten words")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate")
    parser.add_argument("--tested", type=int, default=30, help="tasks of each family and level")
    parser.add_argument("--quick", action="store_true", help="tiny; writes no files")
    parser.add_argument("--no-files", action="store_true", help="print only")
    if parser.parse_known_args()[0].quick:
        parser.set_defaults(**QUICK, no_files=True)
    options = parser.parse_args()

    import torch
    from datasets import disable_progress_bars
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    disable_progress_bars()
    bench = Bench(options)
    found = {str(seed): bench.seed(seed) for seed in options.seeds}
    print(table(found))
    if options.no_files:
        return
    kept = ("quick", "no_files", "work")
    record = {
        "interval": intervals(found),
        "seeds": found,
        "options": {name: value for name, value in vars(options).items() if name not in kept},
        "seed_levels": SEED_LEVELS,
        "base_levels": BASE_LEVELS,
        "seconds": round(time.monotonic() - bench.began),
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    draw(found, PLOT)


if __name__ == "__main__":
    main()
