"""A pair as training sees it: token ids, as TRL's DPO trainer makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bmc_dpo.pairs import Pair


@dataclass(frozen=True)
class TokenPair:
    """Token ids of a pair.

    Attributes:
        prompt: What both sides begin with.
        chosen: The preferred completion, its end included.
        rejected: The other one.
    """

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]

    def cut(self, max_length: int) -> TokenPair:
        """The same, with rows no longer than ``max_length`` (their start is kept)."""
        room = max(max_length - len(self.prompt), 0)
        return TokenPair(self.prompt[:max_length], self.chosen[:room], self.rejected[:room])


def tokenise(pair: Pair, tokenizer: Any) -> TokenPair:
    """Tokenises a pair: messages by the chat template, plain text with the end appended.

    Args:
        pair: The pair.
        tokenizer: A transformers tokenizer; with a chat template, for messages.
    """
    columns = pair.columns()
    if pair.conversational:
        prompt = _chat(tokenizer, columns["prompt"], add_generation_prompt=True)
        chosen = _chat(tokenizer, columns["prompt"] + columns["chosen"])
        rejected = _chat(tokenizer, columns["prompt"] + columns["rejected"])
    else:
        end = tokenizer.eos_token or ""
        text = {
            side: columns[side] if columns[side].endswith(end) else columns[side] + end
            for side in ("chosen", "rejected")
        }
        prompt = tokenizer(columns["prompt"])["input_ids"]
        chosen = tokenizer(columns["prompt"] + text["chosen"])["input_ids"]
        rejected = tokenizer(columns["prompt"] + text["rejected"])["input_ids"]
    # Tokens may merge across the border: the completion begins where the two diverge.
    start = min(_common(prompt, chosen), _common(prompt, rejected))
    return TokenPair(list(prompt[:start]), list(chosen[start:]), list(rejected[start:]))


def _chat(tokenizer: Any, messages: list[dict[str, str]], **options: Any) -> list[int]:
    ids: list[int] = tokenizer.apply_chat_template(
        messages, tokenize=True, return_dict=True, **options
    )["input_ids"]
    return ids


def _common(one: list[int], other: list[int]) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
