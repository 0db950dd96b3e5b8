from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core import jsontext
from truing_core.errors import InputError
from truing_core.jsontext import json_lines, json_list

PATH = Path("in.json")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), VALUES, max_size=4)


def lines(data: bytes, longest: int = 100_000) -> list[tuple[int, dict[str, Any]]]:
    return list(json_lines(io.BytesIO(data), PATH, longest))


def listed(data: bytes, longest: int = 100_000) -> list[tuple[int, dict[str, Any]]]:
    return list(json_list(io.BytesIO(data), PATH, longest))


class Trickle(io.BytesIO):
    """Hands out a few bytes at a time, so that every boundary falls everywhere."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3)


@given(st.lists(OBJECTS, max_size=6), st.sampled_from([None, 2]), st.booleans())
def test_list_gives_back_what_was_dumped(
    rows: list[dict[str, Any]], indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode()
    assert listed(data) == list(enumerate(rows, 1))
    assert list(json_list(Trickle(data), PATH, 10_000)) == list(enumerate(rows, 1))


@given(st.lists(OBJECTS, max_size=6), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans())
def test_lines_give_back_what_was_dumped(
    rows: list[dict[str, Any]], newline: str, ascii_only: bool
) -> None:
    dumped = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    step = newline.count("\n")
    numbers = range(1, 1 + step * len(rows), step)
    for end in ("", newline):
        data = (newline.join(dumped) + end).encode()
        assert lines(data) == list(zip(numbers, rows, strict=True))


@given(st.lists(OBJECTS.filter(bool), min_size=1, max_size=4), st.data())
def test_every_cut_is_noticed(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = json.dumps(rows, ensure_ascii=False).encode()
    at = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(InputError, match="cut off"):
        listed(whole[:at])
    last = json.dumps(rows[-1], ensure_ascii=False).encode()
    at = data.draw(st.integers(1, len(last) - 1))
    with pytest.raises(InputError, match="cut off") as caught:
        lines(b'{"a": 1}\n' + last[:at])
    assert caught.value.row == 2


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_is_passed_over(mark: bytes) -> None:
    assert lines(mark + b'{"a": 1}\n') == [(1, {"a": 1})]
    assert listed(mark + b'[{"a": 1}]') == [(1, {"a": 1})]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_unicode_is_named(encoding: str) -> None:
    for read, text in ((lines, '{"a": 1}\n'), (listed, '[{"a": 1}]')):
        with pytest.raises(InputError, match=f"the file is {encoding.upper()}; save it as UTF-8"):
            read(text.encode(encoding))


def test_utf16_without_mark_shows_as_nul_bytes() -> None:
    with pytest.raises(InputError, match="row 1: a NUL byte stands at offset 1;"):
        lines('{"a": 1}\n'.encode("utf-16-le"))


def test_nul_bytes_are_located() -> None:
    with pytest.raises(InputError, match="row 2: a NUL byte stands at offset 15;"):
        lines(b'{"a": 1}\n{"b": \x00}\n')
    with pytest.raises(InputError, match="a NUL byte stands at offset 7;"):
        listed(b'[{"a": \x00}]')


def test_wrong_encoding_is_located() -> None:
    data = '{"a": "x"}\n{"a": "é"}\n'.encode("latin-1")
    with pytest.raises(InputError, match="row 2: byte 0xe9 at offset 18 is no UTF-8") as caught:
        lines(data)
    assert "iconv" in str(caught.value)
    with pytest.raises(InputError, match="byte 0xe9 at offset 9 is no UTF-8"):
        listed('[{"a": "xé"}]'.encode("latin-1"))


def test_offsets_count_the_byte_order_mark() -> None:
    with pytest.raises(InputError, match="offset 10 "):
        lines(b'\xef\xbb\xbf{"a": "\xe9"}\n')
    with pytest.raises(InputError, match="offset 11 "):
        listed(b'\xef\xbb\xbf[{"a": "\xe9"}]')


def test_a_file_that_ends_inside_a_character_is_cut_off() -> None:
    data = '[{"a": "模"}]'.encode()
    assert data[8:10] == "模".encode()[:2]
    with pytest.raises(InputError, match="cut off inside a character"):
        listed(data[:10])
    with pytest.raises(InputError, match="cut off inside a character"):
        lines(data[1:10])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1, 2]", "expected an object, found a list"),
        (b'"text"', "expected an object, found a string"),
        (b"12", "expected an object, found a number"),
        (b"true", "expected an object, found a boolean"),
        (b"null", "expected an object, found null"),
        (b'{"a": 1} {"b": 2}', "no valid JSON: Extra data at character 10"),
        (b"{'a': 1}", "no valid JSON: Expecting property name"),
        (b'{"a": oops}', "no valid JSON: Expecting value at character 7"),
        (b'{"a": NaN}', "NaN is no JSON; write null instead"),
        (b'{"a": [-Infinity]}', "-Infinity is no JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "integer string conversion"),
        (b'{"a": ' + b"[" * 50_000, "nested too deeply"),
    ],
)
def test_bad_lines_and_elements_are_located(line: bytes, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        lines(b'{"a": 1}\n\n' + line + b'\n{"c": 3}\n')
    assert problem in str(caught.value)
    assert caught.value.row == 3
    if b"} {" not in line:
        with pytest.raises(InputError) as caught:
            listed(b'[{"a": 1},\n' + line + b', {"c": 3}]' + b" " * 100)
        assert problem in str(caught.value)
        assert caught.value.row == 2


def test_a_line_that_is_wrong_and_last_is_not_called_cut_off() -> None:
    for end in (b"", b"\n"):
        with pytest.raises(InputError, match="no valid JSON: Expecting value"):
            lines(b'{"a": oops}' + end)
    with pytest.raises(InputError, match="no valid JSON: Expecting value"):
        listed(b'[{"a": oops}]')


def test_an_incomplete_line_that_ends_properly_is_wrong_not_cut() -> None:
    with pytest.raises(InputError, match="row 1: no valid JSON"):
        lines(b'{"a": 1,\n"b": 2}\n')


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b'{"a": 1}\n{"a": 2}\n', "expected a list of objects, found an object"),
        (b'{"a": [1], "b": [2]}', "expected a list of objects, found an object"),
        (b"12", "expected a list of objects, found '1'"),
        (b'[{"a": 1} {"b": 2}]', "row 1: expected ',' or ']' after the element, found '{'"),
        (b'[{"a": 1},]', "row 1: a ',' stands before the end of the list"),
        (b'[{"a": 1}] [', "something stands after the end of the list"),
        (b'[{"a": 1}, 5]', "row 2: expected an object, found a number"),
        (b'[{"a": 1}', "row 2: the list does not end; the file seems cut off"),
        (b'[{"a": 1},', "row 2: the list does not end; the file seems cut off"),
        (b"[", "row 1: the list does not end; the file seems cut off"),
    ],
)
def test_what_is_no_list_of_objects(data: bytes, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        listed(data)
    assert problem in str(caught.value)


def test_an_empty_list_has_no_rows() -> None:
    assert listed(b" [ ] \n") == []


def test_rows_before_the_fault_are_given() -> None:
    rows = json_lines(io.BytesIO(b'{"a": 1}\n{"a": 2}\n{'), PATH)
    assert next(rows) == (1, {"a": 1})
    assert next(rows) == (2, {"a": 2})
    with pytest.raises(InputError):
        next(rows)


def test_the_first_of_duplicate_keys_is_passed_over() -> None:
    assert lines(b'{"a": 1, "a": 2}') == [(1, {"a": 2})]


def test_too_long_rows_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jsontext, "_CHUNK", 100)
    data = json.dumps({"a": "x" * 5000}).encode()
    with pytest.raises(InputError, match="row 2: the line is longer than 1000 bytes"):
        lines(b"{}\n" + data, longest=1000)
    with pytest.raises(InputError, match="row 2: the element is longer than 1000 bytes"):
        listed(b"[{}, " + data + b"]", longest=1000)
    assert jsontext.LONGEST_ROW == 64 * 2**20
