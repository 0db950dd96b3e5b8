"""Bytes to characters, whatever their label says.

In this order: a byte-order mark; UTF-8, if the bytes are valid (no other charset looks like it by
chance); the server's word; the page's own; a detector's guess. A label whose charset cannot hold
the bytes, but for a fault in a thousand, is a wrong label. Labels are read as the WHATWG reads
them, so no codec that is not for web text can be asked for.
"""

from __future__ import annotations

import codecs
import re

_BEGIN, _SAMPLE = 4096, 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_MAGIC = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x7fELF",
    b"RIFF", b"OggS", b"ID3", b"\x00\x00\x00", b"BZh", b"\xfd7zXZ", b"MZ", b"\xca\xfe\xba\xbe",
)  # fmt: skip
_JUNK = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MOST_JUNK = 0.1
_FEW_FAULTS = 0.001


def decoded(data: bytes, label: str | None = None) -> str | None:
    """The text in the bytes; ``None`` if they are no text in any charset.

    Args:
        data: The bytes.
        label: The charset that came with them, such as a header's.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _unless_binary(data[len(mark) :].decode(encoding, errors="replace"))
    if data.startswith(_MAGIC):
        return None
    if (text := _utf8(data)) is not None:
        return _unless_binary(text)
    for encoding in _candidates(data, label):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            text = data.decode(encoding, errors="replace")
            if text.count("\ufffd") > _FEW_FAULTS * len(text):
                continue
        except LookupError:
            continue
        return _unless_binary(text)
    return _unless_binary(data.decode("utf-8", errors="replace"))


def _utf8(data: bytes) -> str | None:
    """The text if the bytes are UTF-8, of whose last character a part may be missing."""
    # ISO-2022 is made of ASCII bytes, yet another charset. One byte is found far faster than two.
    if 0x1B in data and (b"\x1b$" in data or b"\x1b(" in data):
        return None
    try:
        text, used = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        return None
    return text if used >= len(data) - 3 else None


def _candidates(data: bytes, label: str | None) -> list[str]:
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    meta = _META.search(data[:_BEGIN])
    named = [label, meta.group(1).decode("ascii", errors="replace") if meta else None]
    found = [map_encoding_to_html5(name, False) for name in named if name]
    guess = detect_encoding(data[:131_072])
    return [str(name) for name in (*found, guess, "cp1252") if name]


def _unless_binary(text: str) -> str | None:
    """Control characters are rare in text, and everywhere in what was never text."""
    begin = text[:_SAMPLE]
    return None if len(_JUNK.findall(begin)) > _MOST_JUNK * len(begin) else text
