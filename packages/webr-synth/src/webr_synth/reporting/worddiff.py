"""Two texts word by word: what the second dropped, and what it brought in."""

from __future__ import annotations

import re

from truing_core.report import Markup, escape

# Words, marks, and white space; where a script has no spaces, characters.
_WIDE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
_LETTERS = rf"[^\W{_WIDE}]+"
_WORD = re.compile(rf"[{_WIDE}]|{_LETTERS}(?:[.,'’-]{_LETTERS})*|[^\w\s]|\s+")


def marked(before: str, after: str) -> tuple[Markup, Markup, float]:
    """Both texts with what differs marked: ``<del>`` in the first, ``<ins>`` in the second.

    Returns:
        HTML of both, and which share of the second's words is new.
    """
    from rapidfuzz.distance import LCSseq

    left, right = _WORD.findall(before), _WORD.findall(after)
    left_at = [at for at, word in enumerate(left) if not word.isspace()]
    right_at = [at for at, word in enumerate(right) if not word.isspace()]
    gone: set[int] = set()
    new: set[int] = set()
    opcodes = LCSseq.opcodes([left[at] for at in left_at], [right[at] for at in right_at])
    for kind, start_1, end_1, start_2, end_2 in opcodes:
        if kind != "equal":
            gone.update(left_at[int(start_1) : int(end_1)])
            new.update(right_at[int(start_2) : int(end_2)])
    words = [at for at in right_at if right[at][0].isalnum()]
    share = sum(at in new for at in words) / len(words) if words else 0.0
    return _html(left, gone, "del"), _html(right, new, "ins"), share


def _html(words: list[str], chosen: set[int], tag: str) -> Markup:
    """Runs of chosen words share one mark, and so does the space between them."""
    parts: list[Markup] = []
    run: list[str] = []
    for at, word in enumerate(words):
        inside = at in chosen or (
            bool(run) and word.isspace() and at + 1 < len(words) and at + 1 in chosen
        )
        if inside:
            run.append(word)
            continue
        if run:
            parts.append(Markup("<{0}>{1}</{0}>").format(Markup(tag), "".join(run)))
            run = []
        parts.append(escape(word))
    if run:
        parts.append(Markup("<{0}>{1}</{0}>").format(Markup(tag), "".join(run)))
    return Markup("").join(parts)
