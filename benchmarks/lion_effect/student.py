"""The small student: its tokenizer, and the base model that knows the format and little more."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from families import FAMILIES, pose, vocabulary
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

LENGTH = 64
_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<' + message.role + '> ' + message.content + ' ' }}"
    "{% if message.role == 'assistant' %}{{ '<end>' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant> ' }}{% endif %}"
)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token a word, letter, number or sign; answers are words with spaces between."""
    special = ["<pad>", "<end>", "<user>", "<assistant>", "<unknown>"]
    words = {word: number for number, word in enumerate([*special, *vocabulary()])}
    core = Tokenizer(models.WordLevel(words, unk_token="<unknown>"))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(r"[^\w]"), behavior="isolated"),
        ]
    )
    core.decoder = decoders.WordPiece(cleanup=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<end>", unk_token="<unknown>",
        extra_special_tokens=["<user>", "<assistant>"], model_max_length=LENGTH,
    )  # fmt: skip
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def save_base(
    folder: Path, seed: int, *, steps: int, batch: int, levels: Mapping[int, float], rate: float
) -> None:
    """Makes a model, teaches it tasks of the given levels for some steps, and saves it.

    Args:
        folder: Where to.
        seed: Of weights and tasks.
        steps: Of AdamW, each on fresh tasks, so that nothing is learned by heart.
        batch: Tasks a step.
        levels: How often each level occurs.
        rate: The peak learning rate.
    """
    torch.manual_seed(seed)
    rng = random.Random(f"{seed} base")
    tokenizer = make_tokenizer()
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=128, intermediate_size=344,
            num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=4,
            max_position_embeddings=LENGTH, tie_word_embeddings=True, bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
        )
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    for _ in range(steps):
        rows = [_fresh(rng, levels) for _ in range(batch)]
        model(**_batch(tokenizer, rows)).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _fresh(rng: random.Random, levels: Mapping[int, float]) -> tuple[str, str]:
    (level,) = rng.choices(list(levels), list(levels.values()))
    posed = pose(rng.choice(list(FAMILIES)), rng, level)
    return posed.text, posed.task.answer


def _batch(tokenizer: Any, rows: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
    """Questions and answers, with the loss on answers alone."""
    asked = [f"<user> {question} <assistant>" for question, _ in rows]
    whole = [f"{prompt} {answer} <end>" for prompt, (_, answer) in zip(asked, rows, strict=True)]
    tokens = tokenizer(whole, padding=True, padding_side="right", return_tensors="pt")
    labels = tokens["input_ids"].masked_fill(tokens["attention_mask"] == 0, -100)
    for line, prompt in enumerate(asked):
        labels[line, : len(tokenizer(prompt)["input_ids"])] = -100
    return {
        "input_ids": tokens["input_ids"],
        "attention_mask": tokens["attention_mask"],
        "labels": labels,
    }
