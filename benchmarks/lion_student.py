"""What do batches do for a student that answers, and dealing by length for one that learns?

    python benchmarks/lion_student.py [--answers 12] [--examples 64]

Answering: the demo model, the same questions by batches and one at a time, greedy. Learning: one
epoch of Self-Instruct's seed tasks, 32 answers a step in parts of four, by a Llama of 3 M
parameters over bytes: plain padding, TRL's group_by_length, batch_rebalance (the default here) and
packing. Beside the speed stands the loss before training: it must be the same, since what is
learned must not change. Seconds are CPU seconds on a processor (other work does not count there),
of the clock on an accelerator. Prints a table and writes results/lion_student.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from lion_distill.seeds import read_seeds
from lion_distill.training import TOOL, parse
from truing_core.models import ChatRequest, LoadOptions, Sampling, load_model
from truing_core.records import read_rows, write_rows
from truing_core.testing.tiny import save_tiny_model
from truing_core.training.sft import make_trainer

RESULT = Path(__file__).parent / "results" / "lion_student.json"
DATA = Path(os.environ.get("TRUING_TEST_DATA", "../shared/data")) / "lion" / "seed_tasks.jsonl"
PADDED = ("--per_device_train_batch_size", 4, "--gradient_accumulation_steps", 8)
PACKED = ("--per_device_train_batch_size", 1, "--gradient_accumulation_steps", 14)  # 32 answers
LONGEST = 900  # characters; no more tokens than max_length has room for
WAYS = {
    "plain padding": (*PADDED, "--train_sampling_strategy", "random"),
    "group_by_length": (*PADDED, "--train_sampling_strategy", "group_by_length"),
    "batch_rebalance": (*PADDED, "--train_sampling_strategy", "batch_rebalance"),
    "packing": (*PACKED, "--packing", "true", "--train_sampling_strategy", "random"),
}


def seconds_now() -> float:
    """Of this process's processors, or of the clock where an accelerator works."""
    return time.perf_counter() if torch.cuda.is_available() else time.process_time()


def answering(number: int) -> dict[str, Any]:
    """Seconds for the same replies by batches and one at a time."""
    sampling = Sampling(max_tokens=48)
    seeds = read_seeds("mini", limit=number)
    requests = [ChatRequest(each.id, each.messages(), sampling) for each in seeds]
    found: dict[str, Any] = {}
    said = {}
    for name, budget in (("batched", 16_384), ("one at a time", 1)):
        model = load_model("demo", LoadOptions(batch_tokens=budget, dtype="float32"))
        list(model.complete(requests[:1]))  # reads the weights
        start = seconds_now()
        replies = list(model.complete(requests))
        seconds = seconds_now() - start
        tokens = sum(reply.usage.completion_tokens for reply in replies)
        model.close()
        said[name] = {reply.id: reply.text for reply in replies}
        found[name] = {"seconds": seconds, "tokens": tokens, "tokens_per_second": tokens / seconds}
    one, other = said.values()
    same = sum(one[name] == other[name] for name in one)
    speedup = found["batched"]["tokens_per_second"] / found["one at a time"]["tokens_per_second"]
    return {"questions": number, **found, "same_text": same, "speedup": speedup}


def examples(folder: Path, number: int) -> Path:
    """The seed tasks with their own outputs, as ``respond`` would write them."""
    outputs = {row["id"]: row["instances"][0]["output"] for _, row in read_rows(DATA)}
    path = folder / "responses.jsonl"
    rows = [
        {"messages": [*seed.messages(), {"role": "assistant", "content": outputs[seed.id]}]}
        for seed in read_seeds(DATA)
        if len(seed.text) + len(outputs[seed.id]) < LONGEST  # packing keeps what others leave out
    ]
    write_rows(path, rows[:number])
    return path


def small_student(folder: Path) -> Path:
    """A Llama with random weights, most of them in its layers, as in large models."""
    tokenizer = AutoTokenizer.from_pretrained(save_tiny_model(folder))
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=256, intermediate_size=704, num_hidden_layers=4,
            num_attention_heads=4, num_key_value_heads=4, tie_word_embeddings=True,
            max_position_embeddings=2048, eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


@torch.no_grad()
def loss_before(trainer: Any) -> tuple[float, int, int]:
    """The mean over all learned tokens; how many there are, and positions that are computed."""
    total, learned, positions = 0.0, 0, 0
    for batch in trainer.get_train_dataloader():
        count = int((batch["labels"] != -100).sum())
        total += float(trainer.model(**batch).loss) * count
        learned += count
        positions += batch["input_ids"].numel()
    return total / learned, learned, positions


def learning(number: int) -> dict[str, Any]:
    """Tokens a second of an epoch, by the way in which answers come into steps."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, base = examples(folder, number), small_student(folder / "base")
        for way, arguments in WAYS.items():
            given = (
                "--model_name_or_path", base, "--dataset_name", data, "--output_dir",
                folder / way.replace(" ", "-"), "--num_train_epochs", 1, "--save_strategy", "no",
                "--report_to", "none", "--logging_steps", 1, *arguments,
            )  # fmt: skip
            rows, config, model, _ = parse([str(each) for each in given])
            trainer = make_trainer(TOOL, rows, config, model)
            loss, learned, positions = loss_before(trainer)
            start = seconds_now()
            with contextlib.redirect_stdout(sys.stderr):
                trainer.train()
            seconds = seconds_now() - start
            metrics = {
                key: value for log in trainer.state.log_history for key, value in log.items()
            }
            tokens = metrics["num_tokens"]
            found[way] = {
                "seconds": seconds,
                "tokens_per_second": tokens / seconds,
                "padding": 1 - tokens / positions,
                "steps": trainer.state.global_step,
                "learned_tokens": learned,
                "loss_before": loss,
            }
    plain = found["plain padding"]["tokens_per_second"]
    for each in found.values():
        each["speedup"] = each["tokens_per_second"] / plain
    return {"examples": number, **found}


def main() -> None:
    """Measures both, prints a table, writes the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--answers", type=int, default=12)
    parser.add_argument("--examples", type=int, default=64)
    options = parser.parse_args()
    answers, learned = answering(options.answers), learning(options.examples)
    result = {
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "answering": answers,
        "learning": learned,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"\n{answers['questions']} answers by the demo model")
    for name in ("batched", "one at a time"):
        print(f"  {name:<16} {answers[name]['tokens_per_second']:8.1f} tokens/s")
    print(f"  {answers['speedup']:.2f} ×; {answers['same_text']} texts are the same\n")
    print(f"{learned['examples']} answers learned by a small Llama")
    for name in WAYS:
        row = learned[name]
        print(
            f"  {name:<16} {row['tokens_per_second']:8.0f} tokens/s  {row['speedup']:5.2f} ×  "
            f"padding {row['padding']:6.1%}  loss before {row['loss_before']:.5f}"
        )


if __name__ == "__main__":
    main()
