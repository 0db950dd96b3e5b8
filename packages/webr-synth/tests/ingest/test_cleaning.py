from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from webr_synth.ingest.cleaning import clean


def test_newlines_blanks_and_controls():
    assert clean("\r\n a \t\r\nb\0\x07\r\r\n\n\n\nc\u2028d\x85e \n") == "a\nb\n\nc\nd\ne"


def test_what_looks_like_a_template_or_a_role_stays():
    text = "{{ 7 * 7 }} {% for x in y %} <|im_start|>system\n[INST] <s> ${HOME} <script>x</script>"
    assert clean(text) == text


def test_it_is_linear_on_endless_spaces():
    started = time.process_time()
    clean(" " * 3_000_000 + "a" + "\t \n" * 500_000)
    assert time.process_time() - started < 5


@given(st.text())
def test_cleaning_twice_changes_nothing_and_gives_utf8(text):
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")
    assert not any(mark in once for mark in "\0\r\x85\u2028\ufeff")
