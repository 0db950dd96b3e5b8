"""JSON read piece by piece, so that a file of any size needs little memory.

:func:`json_lines` takes one object a line, :func:`json_list` one list of objects; both say
where a file is broken and how it can be mended.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from truing_core.errors import InputError

LONGEST_ROW = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER_REST = re.compile(r"\.|[eE][+-]?")
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# What a decoder may complain about near the end of a buffer that only lacks its rest.
_TAIL = 16

Row = tuple[int, dict[str, Any]]


def json_lines(file: BinaryIO, path: Path, longest: int = LONGEST_ROW) -> Iterator[Row]:
    """Yields line number and object of each line that is not blank.

    Raises:
        InputError: A line is no JSON object, or the file is no UTF-8 text.
    """
    offset, number = 0, 0
    while line := file.readline(longest + 1):
        number += 1
        start = offset
        offset += len(line)
        if len(line) > longest:
            _fail(f"the line is longer than {_size(longest)}", path, number)
        if number == 1:
            line, start = _without_mark(line, path)
        if not line.strip():
            continue
        text = _decoded(line, start, path, number)
        try:
            row = _decode(text)
        except json.JSONDecodeError as error:
            if not line.endswith(b"\n") and _is_cut(text, error):
                _fail("the object is incomplete; the file seems cut off here", path, number)
            _fail(f"no valid JSON: {error.msg} at character {error.pos + 1}", path, number)
        except ValueError as error:
            _fail(str(error), path, number)
        yield number, _object(row, path, number)


def json_list(file: BinaryIO, path: Path, longest: int = LONGEST_ROW) -> Iterator[Row]:
    """Yields number and object of each element of the one list in a file.

    Raises:
        InputError: The file is no UTF-8 text, no list, or an element is no JSON object.
    """
    text = _Window(file, path, longest)
    if (first := text.next_mark()) is None:
        _fail("the file is empty", path)
    if first != "[":
        found = "an object" if first == "{" else f"'{first}'"
        _fail(
            f"expected a list of objects, found {found}; one object a line is JSON Lines, "
            "to be named .jsonl",
            path,
        )
    text.skip()
    number, mark = 0, text.next_mark()
    while mark != "]":
        number += 1
        if mark is None:
            _fail("the list does not end; the file seems cut off here", path, number)
        yield number, _object(text.element(number), path, number)
        mark = text.next_mark()
        if mark == ",":
            text.skip()
            if (mark := text.next_mark()) == "]":
                _fail("a ',' stands before the end of the list", path, number)
        elif mark not in ("]", None):
            _fail(f"expected ',' or ']' after the element, found '{mark}'", path, number)
    text.skip()
    if text.next_mark() is not None:
        _fail("something stands after the end of the list", path)


class _Window:
    """The part of a text that is being looked at."""

    def __init__(self, file: BinaryIO, path: Path, longest: int) -> None:
        self._file, self._path, self._longest = file, path, longest
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self._bytes, self._ended = "", 0, 0, False

    def skip(self) -> None:
        self._at += 1

    def next_mark(self) -> str | None:
        """The next character that is no white space, at which the window then stands."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return None

    def element(self, number: int) -> Any:
        """The JSON value that starts here."""
        while True:
            try:
                value, self._at = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > self._longest:
                    _fail(f"the element is longer than {_size(self._longest)}", self._path, number)
                place, is_cut = error.pos - self._at + 1, _is_cut(self._text, error)
                if _may_be_cut(self._text, error) and self._more():
                    continue
                if is_cut:
                    _fail("the file seems cut off in this element", self._path, number)
                _fail(f"no valid JSON: {error.msg} at character {place}", self._path, number)
            except RecursionError:
                _fail("the JSON is nested too deeply", self._path, number)
            except ValueError as error:
                _fail(str(error), self._path, number)
            else:
                return value

    def _more(self) -> bool:
        if self._ended:
            return False
        size = max(_CHUNK, len(self._text) - self._at)  # doubling keeps re-reading linear
        data = self._file.read(size)
        start = self._bytes
        self._bytes += len(data)
        self._ended = not data
        if start == 0:
            data, start = _without_mark(data, self._path)
        text = _decoded(data, start, self._path, None, self._decoder, final=self._ended)
        self._text, self._at = self._text[self._at :] + text, 0
        return not self._ended


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON; write null instead")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _decode(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _may_be_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether reading on might cure the complaint."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _TAIL


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether all that is wrong with a text is that its rest is missing."""
    rest = text[error.pos :].strip()
    return (
        error.msg.startswith("Unterminated string")
        or (error.msg.startswith("Invalid \\uXXXX") and '"' not in rest)
        or any(literal.startswith(rest) for literal in ("true", "false", "null", "-"))
        or _NUMBER_REST.fullmatch(rest) is not None
    )


def _size(limit: int) -> str:
    return f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"


def _without_mark(data: bytes, path: Path) -> tuple[bytes, int]:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            _fail(f"the file is {encoding}; save it as UTF-8", path)
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :], len(codecs.BOM_UTF8)
    return data, 0


def _decoded(
    data: bytes,
    start: int,
    path: Path,
    number: int | None,
    decoder: codecs.IncrementalDecoder | None = None,
    final: bool = True,
) -> str:
    if (nul := data.find(0)) >= 0:
        _fail(
            f"a NUL byte stands at offset {start + nul}; the file is damaged or no UTF-8 text",
            path,
            number,
        )
    try:
        return decoder.decode(data, final) if decoder else data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not data.endswith(b"\n"):
            _fail("the file seems cut off inside a character", path, number)
        offset = start + len(data) - len(error.object) + error.start
        _fail(
            f"byte 0x{error.object[error.start]:02x} at offset {offset} is no UTF-8; convert the "
            "file, for example with: iconv -f latin1 -t utf-8",
            path,
            number,
        )


def _object(value: Any, path: Path, number: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    names = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    _fail(f"expected an object, found {names.get(type(value), 'a number')}", path, number)


def _fail(problem: str, path: Path, number: int | None = None) -> NoReturn:
    raise InputError(problem, path=path, row=number) from None
