"""A text as it is kept: the same characters, without what no reader could see."""

from __future__ import annotations

import re

_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_GAPS = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """Newlines are ``\\n``, at most one line in a row is blank, and control characters are gone.

    Anything else stays as it is: braces, tags of chat templates and markup are text like any other.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = _CONTROLS.sub("", text)
    # Line by line: a pattern for spaces before a newline takes quadratic time on endless spaces.
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    return _GAPS.sub("\n\n", text).strip()
