"""Does BMC work? A miniature on one small model that is trained here, whatever it shows.

    python benchmarks/bmc_effect/run.py [--seeds 5] [--steps 150]

A tiny Llama learns to add three numbers step by step from demonstrations of which a part is
wrong (SFT). From there each method trains on the same pairs for the same number of steps: DPO,
DPO-BC (bridged winners), DPO-MC (token weights), DPO-BMC (both), SimPO and SimPO-BMC. Seeds
change the model, the data and their order. Accuracy is exact match on fresh problems, greedy.

Prints a table; writes benchmarks/results/bmc_effect.json and docs/images/bmc-effect.svg.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import datasets
import torch
from task import demonstration, pair, problems, read_answer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    PrinterCallback,
)
from transformers.utils import logging as transformers_logging

from bmc_dpo import BMCConfig, BMCTrainer

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "results" / "bmc_effect.json"
PLOT = HERE.parents[1] / "docs" / "images" / "bmc-effect.svg"

LETTERS = "0123456789+=;.,?: abcdefghijklmnopqrstuvwxyz"
METHODS: dict[str, dict[str, Any]] = {
    "DPO": {"variant": "plain"},
    "DPO-BC": {"variant": "bc"},
    "DPO-MC": {"variant": "mc"},
    "DPO-BMC": {"variant": "bmc"},
    "SimPO": {"objective": "simpo", "beta": 2.0, "variant": "plain"},
    "SimPO-BMC": {"objective": "simpo", "beta": 2.0, "variant": "bmc"},
}


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token a letter."""
    vocabulary = {token: number for number, token in enumerate(["<pad>", "<eos>", *LETTERS])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    core.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", padding_side="left"
    )


def sft(tokenizer: Any, seed: int, options: argparse.Namespace) -> LlamaForCausalLM:
    """The base model, by plain AdamW on demonstrations."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=128, intermediate_size=344,
            num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=4,
            max_position_embeddings=128, pad_token_id=0, eos_token_id=1, bos_token_id=None,
        )
    )  # fmt: skip
    rows = [
        demonstration(rng, problem, options.right) for problem in problems(rng, options.examples)
    ]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    steps = options.sft_steps
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps)
    model.train()
    for _ in range(steps):
        batch = rng.sample(rows, 64)
        texts = [row["prompt"] + row["completion"] + "<eos>" for row in batch]
        tokens = tokenizer(texts, padding=True, padding_side="right", return_tensors="pt")
        labels = tokens["input_ids"].masked_fill(tokens["attention_mask"] == 0, -100)
        for line, row in enumerate(batch):
            labels[line, : len(row["prompt"])] = -100
        model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"],
              labels=labels).loss.backward()  # fmt: skip
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


def accuracy(model: Any, tokenizer: Any, tested: list[Any]) -> float:
    """Percent of problems whose greedy solution ends in the right number."""
    model.eval()
    right = 0
    for start in range(0, len(tested), 250):
        part = tested[start : start + 250]
        tokens = tokenizer([each.prompt for each in part], padding=True, return_tensors="pt")
        with torch.no_grad():
            out = model.generate(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"],
                max_new_tokens=72, do_sample=False, pad_token_id=0, eos_token_id=1,
            )  # fmt: skip
        texts = tokenizer.batch_decode(
            out[:, tokens["input_ids"].size(1) :], skip_special_tokens=True
        )
        right += sum(
            read_answer(text) == each.answer for text, each in zip(texts, part, strict=True)
        )
    return 100 * right / len(tested)


def prefer(
    folder: Path, tokenizer: Any, fields: dict[str, Any], rows: list[dict[str, Any]], seed: int,
    options: argparse.Namespace,
) -> tuple[Any, list[float]]:  # fmt: skip
    """Trains one method from the base; gives the model and its reward margins."""
    args = BMCConfig(
        str(folder / "out"), seed=seed, max_steps=options.steps, per_device_train_batch_size=32,
        learning_rate=options.learning_rate, logging_steps=10, save_strategy="no",
        disable_tqdm=True, gradient_checkpointing=False, max_length=128, delta=options.delta,
        **{"beta": options.beta, **fields},
    )  # fmt: skip
    trainer = BMCTrainer(
        str(folder), args=args, train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    margins = [log["rewards/margins"] for log in trainer.state.log_history if "loss" in log]
    return trainer.model, margins


def interval(values: list[float]) -> tuple[float, float]:
    """Mean, and half the 95 % interval over seeds (Student's t)."""
    if len(values) < 2:
        return values[0], math.nan
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    half = t.get(len(values), 1.96) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), half


def draw(accuracies: dict[str, list[float]], margins: dict[str, list[list[float]]]) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "bmc-effect"
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for place, values in enumerate(accuracies.values()):
        mean, half = interval(values)
        left.errorbar(mean, place, xerr=half, fmt="o", capsize=3, color=f"C{place}")
        left.plot(values, [place] * len(values), "|", color=f"C{place}", alpha=0.6)
    left.set_yticks(range(len(accuracies)), list(accuracies))
    left.invert_yaxis()
    left.set_xlabel("accuracy, % (mean of seeds, 95 % interval)")
    for place, (name, curves) in enumerate(margins.items(), 1):
        mean = [statistics.mean(points) for points in zip(*curves, strict=True)]
        steps = [10 * (number + 1) for number in range(len(mean))]
        if name.startswith("DPO"):
            right.plot(steps, mean, label=name, color=f"C{place}")
    right.set_xlabel("step")
    right.set_ylabel("reward margin")
    right.legend(frameon=False, fontsize=8)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150, help="of preference training")
    parser.add_argument("--sft-steps", type=int, default=2500)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--pairs", type=int, default=4800)
    parser.add_argument("--tested", type=int, default=1000)
    parser.add_argument("--right", type=float, default=0.6, help="share of right demonstrations")
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--beta", type=float, default=0.1)
    parser.add_argument("--delta", type=float, default=2.5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    transformers_logging.set_verbosity_error()
    datasets.disable_progress_bars()
    tokenizer = make_tokenizer()
    accuracies: dict[str, list[float]] = {name: [] for name in ("SFT", *METHODS)}
    margins: dict[str, list[list[float]]] = {name: [] for name in METHODS}
    started = time.perf_counter()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        rng = random.Random(1000 + seed)
        fresh = problems(rng, options.pairs + options.tested)
        rows = [pair(rng, problem) for problem in fresh[options.tested :]]
        tested = fresh[: options.tested]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            model = sft(tokenizer, seed, options)
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            accuracies["SFT"].append(accuracy(model, tokenizer, tested))
            for method, fields in METHODS.items():
                trained, curve = prefer(folder, tokenizer, fields, rows, seed, options)
                accuracies[method].append(accuracy(trained, tokenizer, tested))
                margins[method].append(curve)
        shown = "  ".join(f"{name} {values[-1]:.1f}" for name, values in accuracies.items())
        print(f"seed {seed} ({time.perf_counter() - started:.0f} s): {shown}", flush=True)
    print(f"\n{'method':<12}{'accuracy':>10}{'± 95 %':>8}  by seed")
    for name, values in accuracies.items():
        mean, half = interval(values)
        print(f"{name:<12}{mean:>10.1f}{half:>8.1f}  {', '.join(f'{v:.1f}' for v in values)}")
    if options.no_files:
        return
    record = {
        "accuracy": accuracies,
        "interval": {name: interval(values) for name, values in accuracies.items()},
        "options": {key: value for key, value in vars(options).items() if key != "no_files"},
        "seconds": time.perf_counter() - started,
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n")
    draw(accuracies, margins)


if __name__ == "__main__":
    main()
