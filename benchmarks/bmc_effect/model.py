"""The small model: its tokenizer, its supervised training, and how it is tested."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import torch
from task import WORDS, Problem, World, problems, read_answer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

LENGTH = 96


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token a word."""
    vocabulary = {token: number for number, token in enumerate(["<pad>", "<eos>", *WORDS])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    core.decoder = decoders.WordPiece(cleanup=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", padding_side="left"
    )


def train_base(
    tokenizer: Any, world: World, seed: int, *, steps: int, examples: int, mistakes: float
) -> LlamaForCausalLM:
    """Trains a model on demonstrations, by AdamW; this is the SFT model all methods start from."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=128, intermediate_size=344,
            num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4,
            max_position_embeddings=LENGTH, pad_token_id=0, eos_token_id=1, bos_token_id=None,
        )
    )  # fmt: skip
    rows = [
        (problem.prompt, world.demonstration(rng, problem, mistakes))
        for problem in problems(rng, examples)
    ]
    rate = 3e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    for _ in range(steps):
        batch = rng.sample(rows, 32)
        texts = [f"{prompt} {solution} <eos>" for prompt, solution in batch]
        tokens = tokenizer(texts, padding=True, padding_side="right", return_tensors="pt")
        labels = tokens["input_ids"].masked_fill(tokens["attention_mask"] == 0, -100)
        for line, (prompt, _) in enumerate(batch):
            labels[line, : len(prompt.split())] = -100
        loss = model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], labels=labels
        ).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


def accuracy(model: Any, tokenizer: Any, tested: Sequence[Problem]) -> float:
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
