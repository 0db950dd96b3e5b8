"""A text as it is kept: the same characters, without what no reader could see."""

from __future__ import annotations

import re

_ASCII_CONTROLS = bytes(code for code in (*range(32), 127) if code not in (9, 10))
_OTHER_CONTROLS = re.compile("[\x80-\x9f\ufeff\ufffe\uffff]")
_GAPS = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """Newlines are ``\\n``, at most one line in a row is blank, and control characters are gone.

    Anything else stays as it is: braces, tags of chat templates and markup are text like any other.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n")
    # On bytes this takes a tenth of the time; what is lost besides is what UTF-8 cannot hold.
    data = text.encode("utf-8", errors="ignore").translate(None, _ASCII_CONTROLS)
    text = data.decode("utf-8")
    if 0xC2 in data or 0xEF in data:
        text = _OTHER_CONTROLS.sub("", text)
    # Line by line: a pattern for spaces before a newline takes quadratic time on endless spaces.
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    return _GAPS.sub("\n\n", text).strip()
