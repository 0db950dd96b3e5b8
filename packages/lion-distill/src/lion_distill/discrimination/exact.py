"""The referee of tasks whose answer can be checked: right or wrong, and nobody is asked.

Final answers are compared: as numbers where they are numbers, as formulas (math-verify) where
they are formulas, else as words, whatever their case and marks. A right answer scores 10, a wrong
one 1, in both orders, so the split works as it does for any other referee.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lion_distill.rows import Answers, Instruction, Review
from truing_core.final_answers import (
    final_answer,
    plain_number,
    same_answer,
    same_text,
    stated_answer,
)

RIGHT, WRONG = 10.0, 1.0
NO_REFERENCE = "no_reference"

_LONGEST_LINE = 200
_CLAUSE = re.compile(r"[,;(](?!\d)|\s(?:because|since|as|so)\s", re.IGNORECASE)
_LEAD = re.compile(r"(?:\b(?:is|are|be)\b|[:=→](?=\s))", re.IGNORECASE)
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_LIST = re.compile(r"[,;](?!\d{3}(?!\d))|\d\s+\d|\d[-/.:]\d+[-/.:]\d")
_UNIT = re.compile(r"\s?([^\W\d_]+)")
_SYMBOL = re.compile(r"[\d\\^=+*/]")
_NAME = re.compile(r"[^\W\d_]\d")  # a1 is no number, but 1 km is


def review_exactly(instruction: Instruction, answers: Answers) -> Review:
    """Scores both answers against the instruction's own, or else the teacher's final answer.

    Args:
        instruction: Its ``answer`` is the truth, where there is one.
        answers: Both are there.

    Returns:
        A review without scores if there is nothing to compare with: the instruction has no
        answer, and the teacher's text has none that can be told from the rest.
    """
    teacher, student = answers.teacher or "", answers.student or ""
    truth = (instruction.answer or "").strip()
    reference = (stated_answer(truth) or truth) if truth else _told(teacher)
    if reference is None:
        nothing: list[float | None] = [None, None]
        return Review(id=answers.id, teacher=nothing, student=nothing, reason=NO_REFERENCE)
    ahead, behind = (RIGHT if is_right(reference, text) else WRONG for text in (teacher, student))
    return Review(id=answers.id, teacher=[ahead, ahead], student=[behind, behind])


def is_right(reference: str, text: str) -> bool:
    """Whether a text's final answer is the reference.

    The final answer is what the text marks as one (``\\boxed{}``, ``####``, "the answer is"). If
    it marks none: the last line, or what stands in it after "is", "are", a colon or an equals
    sign; and the last number, where the reference is a number. Where both have a unit, it is to
    be the same.
    """
    return any(_same(reference, each) for each in _candidates(reference, text))


def _candidates(reference: str, text: str) -> Iterator[str]:
    stated = stated_answer(text)
    if stated is not None:
        yield stated
        yield _CLAUSE.split(stated, maxsplit=1)[0]
        return
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return
    yield lines[-1]
    yield _LEAD.split(lines[-1])[-1]
    number = final_answer(text)
    if plain_number(reference) is not None and number is not None:
        before, _, after = text.rpartition(number)
        if not before[-1:].isalpha():
            unit = _UNIT.match(after)
            yield f"{number} {unit[1]}" if unit else number


def _same(one: str, other: str) -> bool:
    first, second = plain_number(one), plain_number(other)
    if first is not None and second is not None and not _NAME.search(f"{one} {other}"):
        units = [[word.casefold() for word in _LETTERS.findall(text)] for text in (one, other)]
        return first == second and (units[0] == units[1] or not all(units))
    if _formula(one) and _formula(other):
        return same_answer(one, other)
    return any(char.isalnum() for char in one) and same_text(one, other)


def _formula(text: str) -> bool:
    """Whether a text is mathematics.

    To math-verify any word is a product, any list a set, and a date a difference.
    """
    bare = _COMMAND.sub(" ", text)
    other = (pattern.search(bare) for pattern in (_WORD, _LIST, _NAME))
    return bool(_SYMBOL.search(text)) and not any(other)


def _told(teacher: str) -> str | None:
    """The teacher's final answer, if it can be told from the rest of the text."""
    stated = stated_answer(teacher)
    if stated is not None:
        return stated
    lines = [line.strip() for line in teacher.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) <= _LONGEST_LINE:
        return _LEAD.split(lines[0])[-1].strip() or lines[0]
    return final_answer(teacher)
