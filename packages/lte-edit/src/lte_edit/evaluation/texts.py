"""What is scored by token: a question, a target after it, and where the target stands.

``paper`` puts the question through the tokenizer's chat template, as serving does. ``released`` is
what the authors' evaluation feeds: for tokenizers with ChatML markers a turn of the user without
any system turn, for others the question, a space and the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Protocol = Literal["paper", "released"]

_CHATML = ("<|im_start|>", "<|im_end|>")


@dataclass(frozen=True)
class Scored:
    """A row to score.

    Attributes:
        ids: The whole row, target included.
        target: Token ids that the model should predict.
        end: How many tokens follow the target in ``ids``.
    """

    ids: tuple[int, ...]
    target: tuple[int, ...]
    end: int = 0


def is_chatml(tokenizer: Any) -> bool:
    """Whether the tokenizer has ChatML's markers as tokens of their own."""
    ids = tokenizer.convert_tokens_to_ids(list(_CHATML))
    return all(each is not None and each != tokenizer.unk_token_id for each in ids)


def scored(tokenizer: Any, question: str, target: str, protocol: Protocol) -> Scored:
    """The row of a question and its target.

    Args:
        tokenizer: A transformers tokenizer; with a chat template for ``paper``.
        question: As the model is asked, block of edits and all.
        target: The answer whose tokens are compared.
        protocol: Whose text it is.
    """
    if protocol == "paper":
        wanted = _ids(tokenizer, target)
        return Scored((*asked(tokenizer, question, protocol), *wanted), tuple(wanted))
    if is_chatml(tokenizer):
        text = f"{_turn(question)}{target}{_CHATML[1]}"
        return Scored(tuple(_ids(tokenizer, text)), tuple(_ids(tokenizer, target)), end=1)
    wanted = tokenizer(target)["input_ids"]
    # The released code drops the first token, meant as BOS, whether it is one or not.
    return Scored(tuple(tokenizer(f"{question} {target}")["input_ids"]), tuple(wanted[1:]))


def asked(tokenizer: Any, question: str, protocol: Protocol) -> tuple[int, ...]:
    """Token ids of a question, up to where an answer begins."""
    if protocol == "paper":
        turn = [{"role": "user", "content": question}]
        return tuple(
            tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=True)[
                "input_ids"
            ]
        )
    if is_chatml(tokenizer):
        return tuple(_ids(tokenizer, _turn(question)))
    return tuple(tokenizer(question)["input_ids"])


def _turn(question: str) -> str:
    start, stop = _CHATML
    return f"{start}user\n{question}{stop}\n{start}assistant\n"


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found
