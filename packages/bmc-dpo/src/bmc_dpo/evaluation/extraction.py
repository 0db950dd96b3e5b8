"""Reading the answer of a reply: tolerantly (``fixed``), or as the authors do (``released``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from bmc_dpo.evaluation.items import Item
from truing_core.final_answers import (
    final_answer,
    option_meant,
    same_answer,
    same_text,
    stated_answer,
)

Extraction = Literal["fixed", "released"]
EXTRACTIONS: tuple[Extraction, ...] = get_args(Extraction)

_MARK = "The answer is"
_LAST_STATED = re.compile(r"answer\s*(?:is|:)\s*:?\s*", re.IGNORECASE)
_LETTER = re.compile(r"^\W*(?:option|choice)?\s*\(?([A-Za-z])\)?(?:[).:,]|\s*$)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Verdict:
    """What a reply answers.

    Attributes:
        extracted: Its answer; ``None`` if it states none.
        correct: Whether that is the right one.
    """

    extracted: str | None
    correct: bool


def read_reply(item: Item, reply: str, extraction: Extraction = "fixed") -> Verdict:
    """Reads and scores a reply to a question that has an answer.

    ``fixed``: of multiple choice, the option that the last "the answer is" names, by its text or
    its letter, whatever case and marks; of math, the last stated answer or number, compared by
    value. ``released``: what follows the last "The answer is", stripped and in lower case, must
    equal the answer to the letter (so an answer with a capital is never right); of math, its
    last number without commas must equal the answer's.
    """
    assert item.answer is not None
    if extraction == "released":
        return _released(item, reply)
    if item.kind == "math":
        found = final_answer(reply)
        return Verdict(found, found is not None and same_answer(found, item.answer))
    found = _choice(item, reply)
    return Verdict(found, found is not None and same_text(found, item.answer))


def _released(item: Item, reply: str) -> Verdict:
    if _MARK not in reply:
        return Verdict(None, False)
    stated = reply.split(_MARK)[-1].strip().lower()
    if item.kind != "math":
        return Verdict(stated, stated == item.answer)
    numbers, gold = (_NUMBER.findall(text.replace(",", "")) for text in (stated, item.answer or ""))
    if not numbers:
        return Verdict(None, False)
    return Verdict(numbers[-1], bool(gold) and float(numbers[-1]) == float(gold[-1]))


def _choice(item: Item, reply: str) -> str | None:
    after = _LAST_STATED.split(reply)
    if len(after) > 1:
        stated = after[-1].strip()
        if option := _option(item, stated):
            return option
        if stated:
            return stated_answer(reply) or stated
    lines = [line for line in reply.strip().splitlines() if line.strip()]
    return _option(item, lines[-1].strip()) if lines else None


def _option(item: Item, text: str) -> str | None:
    """The option that a text is, begins with, or names by its letter."""
    for piece in (text, text.splitlines()[0] if text else ""):
        if (meant := option_meant(item.options, piece)) is not None:
            return meant
    starts = [option for option in item.options if _begins(text, option)]
    if starts:
        return max(starts, key=len)
    letter = _LETTER.match(text)
    if letter and (named := item.option(letter[1])):
        return named
    rest = _LETTER.sub("", text, count=1).strip()
    return option_meant(item.options, rest)


def _begins(text: str, option: str) -> bool:
    text, option = text.casefold().lstrip("\"'“‘*_` "), option.casefold().rstrip(".")
    return bool(option) and text.startswith(option) and not text[len(option) :][:1].isalnum()
