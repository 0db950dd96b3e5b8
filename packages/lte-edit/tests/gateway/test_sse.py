"""Events are cut out of a stream whole, whatever pieces they come in, and checked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lte_edit.gateway.sse import EventReader, Garbage, data_of, object_with, with_field


def chunk(text, **fields):
    return json.dumps({"choices": [{"delta": {"content": text}, **fields}]}).encode()


GOOD = [
    b": a comment\n\n",
    b"data: " + chunk("One") + b"\n\n",
    b"event: x\r\nid: 7\r\ndata:" + chunk("zwei \xc3\xbc") + b"\r\n\r\n",
    b"data: " + chunk("", finish_reason="stop") + b"\n\n",
    b"data: [DONE]\n\n",
]


@given(st.lists(st.integers(1, 40)))
def test_events_come_out_as_they_went_in(cuts):
    reader, raw, out = EventReader(), b"".join(GOOD), []
    for cut in cuts:
        out += reader.feed(raw[:cut])
        raw = raw[cut:]
    out += reader.feed(raw)
    assert out == GOOD
    assert [reader.check(event) for event in out] == [False, True, True, True, False]
    assert reader.finished
    reader.end()


def test_an_answer_may_end_by_its_reason_by_an_error_or_by_the_mark():
    for event, ends in (
        (GOOD[1], False), (GOOD[3], True), (GOOD[4], True), (b'data: {"error": {}}\n\n', True),
    ):  # fmt: skip
        reader = EventReader()
        [only] = reader.feed(event)
        reader.check(only)
        assert reader.finished is ends
        if not ends:
            with pytest.raises(Garbage, match="before the answer"):
                reader.end()


@pytest.mark.parametrize(
    "event",
    [b"hello\n\n", b"data: {]\n\n", b"data: [1]\n\n", b"data: \xff\n\n", b"<html>\n\n",
     b"data: " + b"[" * 100_000 + b"\n\n", b"data\n\n"],
)  # fmt: skip
def test_garbage_is_seen(event):
    with pytest.raises(Garbage):
        EventReader().check(event)


def test_half_an_event_is_no_end():
    reader = EventReader()
    assert reader.feed(GOOD[4] + b"data: {") == [GOOD[4]]
    reader.check(GOOD[4])
    with pytest.raises(Garbage, match="middle of an event"):
        reader.end()


def test_an_event_without_end_is_not_kept_for_ever():
    reader = EventReader()
    for _ in range(41):
        assert reader.feed(b"x" * 100_000) == []
    with pytest.raises(Garbage, match="without an end"):
        reader.feed(b"x" * 100_000)


def test_a_field_is_added_and_all_else_stays_as_it_was():
    raw = b'{"a": 1e0,  "b": "\\u00fc", "c": [1.50]} \n'
    assert object_with(raw, "lte", {"x": 1}) == raw.rstrip()[:-1] + b',"lte":{"x": 1}}'
    assert object_with(b"{}", "lte", 1) == b'{"lte":1}'
    assert json.loads(object_with(b'{"lte": 0, "a": 1}', "lte", 5)) == {"lte": 5, "a": 1}
    for wrong in (b"", b"[]", b"{", b"\xff"):
        with pytest.raises(Garbage):
            object_with(wrong, "lte", 1)


def test_a_field_in_an_event():
    changed = with_field(GOOD[2], "lte", {"edits": []})
    assert data_of(changed) == data_of(GOOD[2])[:-1] + b',"lte":{"edits": []}}'
    assert b"event: x\nid: 7\n" in changed
    assert EventReader().feed(changed) == [changed]
