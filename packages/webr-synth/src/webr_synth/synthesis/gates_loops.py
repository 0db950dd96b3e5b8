"""Repetition loops, as models fall into: the same characters, words or lines over and over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from truing_core.words import words

_GRAM = 4
_FEWEST_ROUNDS = 4
_RULE_FACTOR = 8  # rules of tables and tables of noughts repeat by right
_LONG_WORD = 60
_MARKER = re.compile(r"^\W*(?:\d{1,4}[.):]|[a-zA-Z][.)])?\s*")
_LETTERS_IN_LINE = 8
_MOST_COMMON = 3  # as many as can each make up a third


def loop_in(text: str, characters: int, run: int, lines: int) -> str | None:
    """What a text repeats; ``None`` if it is in no loop. Linear in its length.

    Args:
        text: The text.
        characters: Length of a run of one letter that makes a loop; of one sign, eight times it.
        run: Words that a repeated passage must fill, being there four times or more in a row.
        lines: How often one line must stand there, if it also makes up a third of all lines.
    """
    # A run of one sign lies inside what stands between two spaces.
    longest = max(map(len, text.split()), default=0)
    if longest >= characters and (found := _run_of(r"[^\W\d_]", characters, text)):
        return f"the letter '{found[0]}' stands there {len(found)} times in a row"
    most = _RULE_FACTOR * characters
    if longest >= most and (found := _run_of(r"[^\w\s]|\d", most, text)):
        return f"the sign '{found[0]}' stands there {len(found)} times in a row"
    if repeated := _line(text, lines):
        return repeated
    said = words(text)
    if (period := _period(said, run)) is not None:
        return f"the same {period} words come again and again"
    if longest >= _LONG_WORD:
        for word in said:
            if len(word) >= _LONG_WORD and _period(word, max(run, _LONG_WORD)) is not None:
                return "the same letters come again and again"
    return None


def _run_of(kind: str, least: int, text: str) -> str:
    found = re.search(rf"({kind})\1{{{least - 1},}}", text)
    return found.group() if found else ""


def _line(text: str, lines: int) -> str | None:
    """A line that is there too often, whatever number stands before it."""
    if text.count("\n") < lines - 1:
        return None
    kept = [line for each in text.split("\n") if (line := _MARKER.sub("", each).strip())]
    for line, times in Counter(kept).most_common(_MOST_COMMON):
        says = sum(map(str.isalpha, line[:200])) >= _LETTERS_IN_LINE
        if says and times >= lines and 3 * times >= len(kept):
            return f"one line stands there {times} times"
    return None


def _period(items: Sequence[str], run: int) -> int | None:
    """The distance at which items repeat themselves for a whole run; ``None`` if they do not.

    Where a run of four items was last gives the distance, which then holds for as long as each
    item is the one that stands so far before it.
    """
    grams = [items[start:] for start in range(_GRAM)]
    distinct = len(set(zip(*grams, strict=False)))
    # Each item that goes round ends four that were there before.
    if len(items) - distinct < run - _GRAM:
        return None
    last: dict[int, int] = {}
    distance = length = letters = 0
    for end, gram in enumerate(zip(*grams, strict=False), _GRAM - 1):
        key = hash(gram)
        if distance and items[end] == items[end - distance]:
            length += 1
        else:
            distance, length, letters = end - last.get(key, end), 0, 0
        last[key] = end
        letters += not gram[-1].isdigit()
        if length < run:
            continue
        needed = max(run, (_FEWEST_ROUNDS - 1) * distance)
        if length >= (needed if letters else _RULE_FACTOR * needed):
            return distance
    return None
