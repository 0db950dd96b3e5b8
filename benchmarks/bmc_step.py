"""What does a BMC step cost beside TRL's DPO step, and preparing its masks?

    python benchmarks/bmc_step.py

One model, one batch of pairs of some 512 tokens a side, steps of both trainers in turn in one
process, medians; both are classes of the TRL that is installed here, so both run on the same one.
Peak memory of each trainer in a process of its own. Beside them: BMC as the authors' code does it,
aligning the padded rows by difflib and looking up stopwords in each forward of policy and
reference. Prints a table and writes benchmarks/results/bmc_step.json.
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
from importlib.metadata import version
from pathlib import Path
from typing import Any

from side_by_side.processes import memory_mb

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
RESULTS = Path(__file__).parent / "results"
KINDS = ("dpo", "bmc", "bmc, masks in each forward")
WORDS = [f"word{number}" for number in range(400)]
TOKENS = 512


def pair(rng: random.Random, tokenizer: Any) -> dict[str, str]:
    """A losing text of some 512 tokens, and one that differs from it in a tenth of its words."""
    per_word = len(tokenizer(" ".join(WORDS), add_special_tokens=False)["input_ids"]) / len(WORDS)
    rejected = [rng.choice(WORDS) for _ in range(int(TOKENS / per_word))]
    chosen = [rng.choice(WORDS) if rng.random() < 0.1 else word for word in rejected]
    return {"prompt": "Say: ", "chosen": " ".join(chosen), "rejected": " ".join(rejected)}


def make_model(folder: Path) -> None:
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from truing_core.testing.tiny import save_tiny_model

    save_tiny_model(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=8192, hidden_size=320, intermediate_size=864, num_hidden_layers=6,
            num_attention_heads=5, num_key_value_heads=5, pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    ).save_pretrained(folder)  # fmt: skip


def trainer(kind: str, folder: Path) -> Any:
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import DPOTrainer

    from bmc_dpo import BMCConfig, BMCTrainer, token_diff_masks
    from bmc_dpo.stopwords import stopword_ids

    class InEachForward(BMCTrainer):
        """Aligns anew for policy and reference, as the authors' concatenated forward does."""

        def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
            for _ in ("policy", "reference"):
                ids = stopword_ids(self.processing_class)
                rows = inputs["input_ids"].cpu().tolist()
                half = len(rows) // 2
                for chosen, rejected in zip(rows[:half], rows[half:], strict=True):
                    token_diff_masks(rejected, chosen, algorithm="difflib", ignore_ids=ids)
            return super()._compute_loss(model, inputs, return_outputs)

    classes = dict(zip(KINDS, (DPOTrainer, BMCTrainer, InEachForward), strict=True))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rng = random.Random(0)
    pairs = Dataset.from_list([pair(rng, tokenizer) for _ in range(8)])
    args = BMCConfig(
        str(folder / "out"), per_device_train_batch_size=2, max_length=2048, report_to="none",
        gradient_checkpointing=False, save_strategy="no", disable_tqdm=True, max_steps=1,
    )  # fmt: skip
    return classes[kind](str(folder), args=args, train_dataset=pairs)


def steps(made: Any) -> Any:
    """A function that runs one step, forward to optimizer, and says how long it took."""
    import torch

    batches = [made._prepare_inputs(batch) for batch in made.get_train_dataloader()]
    made.create_optimizer()
    made.current_gradient_accumulation_steps = 1  # the training loop would set it
    model = made.model.train()
    count = 0

    def step() -> float:
        nonlocal count
        batch = dict(batches[count % len(batches)])
        count += 1
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        started = time.perf_counter()
        made.training_step(model, batch)
        made.optimizer.step()
        made.optimizer.zero_grad()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return time.perf_counter() - started

    return step


def peak(kind: str, folder: Path) -> float:
    """MB a process of three steps takes at most."""
    command = [sys.executable, __file__, "--worker", kind, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def worker(kind: str, folder: Path) -> None:
    import torch

    step = steps(trainer(kind, folder))
    for _ in range(3):
        step()
    if torch.cuda.is_available():
        print(torch.cuda.max_memory_allocated() / 1e6)
    else:
        print(memory_mb("VmHWM"))  # getrusage's maximum would contain the parent's, which is larger


def masks_a_second(seconds: float) -> dict[str, float]:
    """Pairs a second and core, at 512 tokens a side."""
    from bmc_dpo import token_diff_masks

    rng = random.Random(1)
    pairs = []
    for _ in range(200):
        rejected = [rng.randrange(30_000) for _ in range(TOKENS)]
        chosen = [rng.randrange(30_000) if rng.random() < 0.1 else token for token in rejected]
        pairs.append((rejected, chosen))
    rates = {}
    for algorithm in ("levenshtein", "difflib"):
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            token_diff_masks(*pairs[count % len(pairs)], algorithm=algorithm)
            count += 1
        rates[algorithm] = count / (time.perf_counter() - started)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--worker", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.folder)
        return

    import torch

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder)
        step = {kind: steps(trainer(kind, folder)) for kind in KINDS}
        for kind in KINDS:
            step[kind]()
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(options.repeats):
            for kind in KINDS:
                times[kind].append(step[kind]())
        medians = {kind: statistics.median(times[kind]) for kind in KINDS}
        # Of pairs of neighbouring steps: what else the machine does then hits both.
        pairs = {
            kind: [other / dpo for other, dpo in zip(times[kind], times["dpo"], strict=True)]
            for kind in KINDS
        }
        ratios = {kind: statistics.median(pairs[kind]) for kind in KINDS}
        spread = {kind: statistics.quantiles(pairs[kind], n=4)[::2] for kind in KINDS}
        memory = {kind: statistics.median(peak(kind, folder) for _ in range(3)) for kind in KINDS}
    rates = masks_a_second(3.0)
    row = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "step_s": medians,
        "step_ratio_to_dpo": ratios,
        "step_ratio_quartiles": spread,
        "peak_mb": memory,
        "peak_ratio_to_dpo": {kind: memory[kind] / memory["dpo"] for kind in KINDS},
        "masks_pairs_per_s_per_core": rates,
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
        "transformers": version("transformers"),
        "trl": version("trl"),
        "cores": os.cpu_count(),
        "repeats": options.repeats,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bmc_step.json").write_text(json.dumps(row, indent=2) + "\n")
    head = ("s a step", "× dpo", "quartiles", "peak MB", "× dpo")
    print("{:<28}{:>10}{:>8}{:>14}{:>10}{:>8}".format("", *head))
    for kind in KINDS:
        memory_ratio = memory[kind] / memory["dpo"]
        quartiles = "–".join(f"{each:.3f}" for each in spread[kind])
        print(
            f"{kind:<28}{medians[kind]:>10.3f}{ratios[kind]:>8.3f}{quartiles:>14}"
            f"{memory[kind]:>10.0f}{memory_ratio:>8.3f}"
        )
    for algorithm, rate in rates.items():
        print(f"masks by {algorithm}: {rate:,.0f} pairs a second and core")


if __name__ == "__main__":
    main()
