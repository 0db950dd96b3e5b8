"""Category example: the answer follows the template that the examples before it follow.

A target such as ``{instruction}\\nAnswer: {answer}`` loses its instruction line; doubled braces
stand for single ones; ``{answer}`` is the slot, everything else is literal. Matching looks for
the literal pieces in order, so its time is linear however long the answer is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import Rule, against_target, require

_SLOT = ".*"


def pieces(target: str) -> list[str]:
    """The literal texts before, between and after the slots.

    The authors write the slot as the pattern ``.*`` before they escape the rest, so a literal
    ``.*`` in a template is a slot too.
    """
    text = target.replace("{instruction}\n", "").replace("{{", "{").replace("}}", "}")
    return text.replace("{answer}", _SLOT).split(_SLOT)


def _released(generation: str, target: str) -> Outcome:
    """The whole answer matches, and no slot holds a line break."""
    literals = pieces(target)
    ok = _in_order(generation, [re.compile(re.escape(piece)) for piece in literals], literals)
    return _outcome(ok, generation, target)


def _fixed(generation: str, target: str) -> Outcome:
    """The answer matches but for white space around it, and every slot holds something."""
    literals = [_tidy(piece) for piece in pieces(target)]
    literals[0] = literals[0].lstrip()
    literals[-1] = literals[-1].rstrip()
    # An answer of several lines may begin below its label.
    patterns = [re.compile(re.escape(piece).replace(r"\ ", "[ \n]")) for piece in literals]
    text = _tidy(generation).strip()
    ok = _in_order(text, patterns, literals, lines=True)
    return _outcome(ok, generation, target)


RELEASED: Rule = against_target(_released)
FIXED: Rule = against_target(_fixed)


def _outcome(ok: bool, generation: str, target: str) -> Outcome:
    template = "…".join(pieces(target))
    return require(ok, show(generation), f"the template {show(template)}")


def _tidy(text: str) -> str:
    """Runs of white space become one line break, if they hold one, or one space."""
    return re.sub(r"\s+", lambda run: "\n" if "\n" in run[0] else " ", text)


def _in_order(
    text: str, patterns: Sequence[re.Pattern[str]], literals: Sequence[str], lines: bool = False
) -> bool:
    """Whether the pieces stand in a text in order, the first at its start, the last at its end.

    Every pattern matches texts of its literal's length only. What stands between two pieces
    may be anything but a line break, or, with ``lines``, anything but white space alone.
    """
    if len(patterns) == 1:
        return patterns[0].fullmatch(text) is not None
    if not patterns[0].match(text):
        return False
    ends = [len(literals[0])]
    for pattern, literal in zip(patterns[1:-1], literals[1:-1], strict=True):
        starts = [at for at in _occurrences(pattern, text) if _reachable(text, ends, at, lines)]
        ends = [start + len(literal) for start in starts]
        if not ends:
            return False
    last = len(text) - len(literals[-1])
    return (
        last >= 0
        and patterns[-1].fullmatch(text, last) is not None
        and _reachable(text, ends, last, lines)
    )


def _occurrences(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    at = 0
    while at <= len(text) and (found := pattern.search(text, at)):
        yield found.start()
        at = found.start() + 1


def _reachable(text: str, ends: Sequence[int], start: int, lines: bool) -> bool:
    """Whether a slot that begins at one of the ends can stop at ``start``."""
    if lines:
        # The widest slot is the one most likely to hold something.
        return ends[0] < start and not text[ends[0] : start].isspace()
    # The narrowest slot is the one least likely to hold a line break.
    at = bisect_right(ends, start)
    return at > 0 and "\n" not in text[ends[at - 1] : start]
