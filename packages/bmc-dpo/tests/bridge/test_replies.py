"""The agreed form of a reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo.bridge.replies import Mended, NoChange, Unread, parse_reply

MARK = "a1b2c3"


@given(st.text(), st.text("xyz <>/\n"), st.text("xyz <>/\n"))
def test_any_text_between_the_tags_comes_back(text, before, after):
    reply = f"{before}<mended-{MARK}>\n{text}\n</mended-{MARK}>{after}"
    assert parse_reply(reply, MARK) == Mended(text.strip())


@given(st.text())
def test_no_text_without_the_mark_is_read(text):
    assert parse_reply(text.replace(MARK, ""), MARK) == Unread()


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        (f"<no-change-{MARK}/>", NoChange()),
        (f"  Fine. < no-change-{MARK.upper()} >", NoChange()),
        (f"<Mended-{MARK} >a</ mended-{MARK}>", Mended("a")),
        (f"<mended-{MARK}>a", Mended("a", closed=False)),
        (f"<mended-{MARK}>a<mended-{MARK}>b</mended-{MARK}>", Mended("b")),
        (f"<mended-{MARK}>a</mended-{MARK}> or <mended-{MARK}>b", Mended("a")),
        (f"<mended-{MARK}></mended-{MARK}>", Mended("")),
        (f"<mended-{MARK}>a</mended-{MARK}> <no-change-{MARK}/>", Mended("a")),
        (f"<mended-{MARK}>a <no-change-{MARK}/>", NoChange()),
        (f"<think><no-change-{MARK}/>?</think><mended-{MARK}>a</mended-{MARK}>", Mended("a")),
        (f"<think>Is it <mended-{MARK}>x</mended-{MARK}>?</think>No.", Unread()),
        ("<mended-ffffff>a</mended-ffffff>", Unread()),
        ("", Unread()),
    ],
)
def test_forms(reply, read):
    assert parse_reply(reply, MARK) == read
