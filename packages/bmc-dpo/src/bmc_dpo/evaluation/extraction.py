"""Reading the answer of a reply: tolerantly (``fixed``), or as the authors do (``released``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from bmc_dpo.evaluation.items import Item
from bmc_dpo.evaluation.options import option_read
from truing_core.final_answers import final_answer, same_answer, same_text, stated_answer

Extraction = Literal["fixed", "released"]
EXTRACTIONS: tuple[Extraction, ...] = get_args(Extraction)

_MARK = "The answer is"
_BOXED = "\\boxed"
_LAST_STATED = re.compile(r"answer\s*(?:is|:)\s*:?\s*", re.IGNORECASE)
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
    its letter, whatever case (unless options differ in it alone) and marks; of math, the last
    stated answer or number, compared by value. ``released``: what follows the last "The answer
    is", stripped and in lower case, must equal the answer to the letter (so an answer with a
    capital is never right); of math, its last number without commas must equal the answer's.
    """
    assert item.answer is not None
    if extraction == "released":
        return _released(item, reply)
    if item.kind == "math":
        found = final_answer(reply)
        return Verdict(found, found is not None and same_answer(found, item.answer))
    found = _choice(item, reply)
    if found is None or item.right is not None:
        return Verdict(found, found is not None and found == item.right)
    return Verdict(found, same_text(found, item.answer))


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
    """The option a reply states, else what it states; without statement, its last line's option."""
    after = _LAST_STATED.split(reply)
    stated = after[-1].strip() if len(after) > 1 else ""
    if stated:
        first = stated_answer(stated if _BOXED in stated else f"answer is {stated.splitlines()[0]}")
        said = first or stated
        return _option(item, stated) or _option(item, said) or said
    if not reply.strip():
        return None
    last = _option(item, reply.strip().splitlines()[-1].strip())
    boxed = stated_answer(reply) if _BOXED in reply else None
    return last or (_option(item, boxed) or boxed if boxed else None)


def _option(item: Item, text: str) -> str | None:
    return option_read(item.options, item.labels, text)
