"""Does BMC work? A miniature on one small model that is trained here, whatever it shows.

    python benchmarks/bmc_effect/run.py      # half an hour on two cores

How the first learning rate was chosen, on a seed that is not among those reported:

    python benchmarks/bmc_effect/run.py --first-seed 0 --seeds 1 --rates 2e-5 5e-5 1e-4 --no-files

A tiny Llama learns from demonstrations that hold systematic mistakes (SFT). From there each method
trains on the same pairs for the same number of steps: DPO on the original winners, DPO-BC (bridged
winners), DPO-MC (token weights), DPO-BMC (both), SimPO and SimPO-BMC. Seeds change the mistakes,
the model, the data and their order. Accuracy is exact match on fresh problems, greedy, at the
learning rate that suits every method best, and at twice that.

Prints a table; writes benchmarks/results/bmc_effect.json and docs/images/bmc-effect.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import datasets
import torch
from model import LENGTH, accuracy, make_tokenizer, train_base
from report import draw, interval, table
from task import World, problems
from transformers import PrinterCallback
from transformers.utils import logging as transformers_logging

from bmc_dpo import BMCConfig, BMCTrainer

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "results" / "bmc_effect.json"
PLOT = HERE.parents[1] / "docs" / "images" / "bmc-effect.svg"

SIMPO = {"objective": "simpo", "beta": 2.0, "simpo_gamma": 0.5}
METHODS: dict[str, dict[str, Any]] = {
    "DPO": {"variant": "plain"},
    "DPO-BC": {"variant": "bc"},
    "DPO-MC": {"variant": "mc"},
    "DPO-BMC": {"variant": "bmc"},
    "SimPO": {**SIMPO, "variant": "plain"},
    "SimPO-BMC": {**SIMPO, "variant": "bmc"},
}
LOGGING_STEPS = 10


class Setting:
    """One seed: its mistakes, base model, pairs and test problems."""

    def __init__(self, seed: int, folder: Path, options: argparse.Namespace) -> None:
        self.seed, self.folder, self.options = seed, folder, options
        self.tokenizer = make_tokenizer()
        rng = random.Random(1000 + seed)
        world = World(rng, options.misconceptions)
        fresh = problems(rng, options.tested + 3 * options.pairs)
        self.tested = fresh[: options.tested]
        made = (world.pair(rng, problem) for problem in fresh[options.tested :])
        rows = [row for row in made if row is not None][: options.pairs]
        texts = ("chosen", "rejected", "chosen_original")
        self.rows = [{**row, **{name: " " + row[name] for name in texts}} for row in rows]
        base = train_base(
            self.tokenizer, world, seed, steps=options.sft_steps, examples=options.examples,
            mistakes=options.mistakes,
        )  # fmt: skip
        base.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        self.base_accuracy = accuracy(base, self.tokenizer, self.tested)

    def prefer(self, fields: dict[str, Any]) -> tuple[float, list[float]]:
        """Trains one method from the base; gives its accuracy and its reward margins."""
        options = self.options
        chosen = {"beta": options.beta, "delta": options.delta, **fields}
        args = BMCConfig(
            str(self.folder / "out"), seed=self.seed, max_steps=options.steps,
            per_device_train_batch_size=32, logging_steps=LOGGING_STEPS, save_strategy="no",
            disable_tqdm=True, gradient_checkpointing=False, max_length=LENGTH, **chosen,
        )  # fmt: skip
        trainer = BMCTrainer(
            str(self.folder), args=args, processing_class=self.tokenizer,
            train_dataset=datasets.Dataset.from_list(self.rows),
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        logs = [log for log in trainer.state.log_history if "loss" in log]
        margins = [log["bmc/plain_margins"] for log in logs]
        return accuracy(trainer.model, self.tokenizer, self.tested), margins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--steps", type=int, default=64, help="of preference training")
    parser.add_argument("--sft-steps", type=int, default=1200)
    parser.add_argument("--examples", type=int, default=20_000, help="demonstrations")
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--tested", type=int, default=1000, help="problems")
    parser.add_argument("--misconceptions", type=float, default=0.2, help="share of table entries")
    parser.add_argument("--mistakes", type=float, default=0.6, help="how often they show")
    parser.add_argument("--beta", type=float, default=0.1, help="of the DPO family")
    parser.add_argument("--delta", type=float, default=2.5)
    parser.add_argument("--rates", type=float, nargs="+", default=(5e-5, 1e-4))
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    datasets.disable_progress_bars()
    accuracies: dict[float, dict[str, list[float]]] = {
        rate: {name: [] for name in ("SFT", *options.methods)} for rate in options.rates
    }
    margins: dict[str, list[list[float]]] = {name: [] for name in options.methods}
    started = time.perf_counter()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            setting = Setting(seed, Path(folder), options)
            for rate, reached in accuracies.items():
                reached["SFT"].append(setting.base_accuracy)
                for name in options.methods:
                    percent, curve = setting.prefer({**METHODS[name], "learning_rate": rate})
                    reached[name].append(percent)
                    if rate == options.rates[0]:
                        margins[name].append(curve)
                shown = "  ".join(f"{name} {values[-1]:.1f}" for name, values in reached.items())
                spent = time.perf_counter() - started
                print(f"seed {seed}, {rate:.0e} ({spent:.0f} s): {shown}", flush=True)
    for rate, reached in accuracies.items():
        print(f"\nlearning rate {rate:.0e}\n{table(reached)}")
    if options.no_files:
        return
    record = {
        "accuracy": accuracies,
        "interval": {
            rate: {name: interval(values) for name, values in reached.items()}
            for rate, reached in accuracies.items()
        },
        "methods": METHODS,
        "options": {name: value for name, value in vars(options).items() if name != "no_files"},
        "seconds": round(time.perf_counter() - started),
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    draw(accuracies, margins, LOGGING_STEPS, PLOT)


if __name__ == "__main__":
    main()
