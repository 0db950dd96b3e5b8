"""A real causal language model small enough to make anew in every test run.

Two Llama layers over a byte-level tokenizer of about 500 tokens, taught a few questions by
heart, so that its greedy answers have known texts, different lengths, and an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truing_core.models.chat import quiet

ANSWERS = {
    "Where does the river go?": "To the sea.",
    "Name three fruits.": "An apple, a pear and a plum.",
    "Say yes.": "Yes",
    "What colour is the sky when the sun has not come up yet?": "It is still dark, so none.",
    "Count to five.": "One, two, three, four, five.",
    "谁写诗？": "诗人写诗。",
    "Who keeps the old lighthouse on the hill above the town, and for how long?": (
        "An old woman and her cat keep it; they have kept it for twenty years, and every "
        "evening they climb the stairs, light the lamp and look out over the water."
    ),
}
"""What the tiny model answers, word for word."""

CONTEXT = 256
"""Its longest prompt and reply together, in tokens."""

_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def save_tiny_model(
    folder: Path,
    *,
    architecture: str = "llama",
    context: int = CONTEXT,
    answers: Mapping[str, str] | None = None,
) -> Path:
    """Makes the model and saves it as ``save_pretrained`` does; the same on every call.

    Args:
        folder: Where to; made if need be.
        architecture: ``llama``, or another that transformers knows by the same settings.
        context: Its longest prompt and reply together, in tokens.
        answers: What it learns beside :data:`ANSWERS`, with more words for its tokenizer.

    Raises:
        ImportError: torch, transformers or tokenizers is not installed.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    known = {**ANSWERS, **(answers or {})}
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000 if answers else 500,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator([*known, *known.values()], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = _TEMPLATE

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(
            AutoConfig.for_model(
                architecture,
                vocab_size=len(tokenizer),
                hidden_size=64,
                intermediate_size=128,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=context,
                tie_word_embeddings=True,
                bos_token_id=None,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
        _teach(model, tokenizer, known)
    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def _teach(model: Any, tokenizer: Any, answers: Mapping[str, str], steps: int = 60) -> None:
    """Full-batch AdamW on the answers alone."""
    import torch

    chats = [
        [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        for question, answer in answers.items()
    ]
    whole = [tokenizer.apply_chat_template(chat, tokenize=False) for chat in chats]
    asked = [
        tokenizer.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True)
        for chat in chats
    ]
    batch = tokenizer(whole, padding=True, return_tensors="pt", add_special_tokens=False)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, text in enumerate(asked):
        labels[row, : len(tokenizer(text, add_special_tokens=False)["input_ids"])] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(steps):
        loss = model(**batch, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
