"""Words, lines, paragraphs and characters as a person would count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks.text import characters, fold_quotes, lines, paragraphs, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's state-of-the-art.", ["It's", "state-of-the-art"]),
        ("It’s 3.14, not 1,000.", ["It’s", "3.14", "not", "1,000"]),
        ("1,2,3 and 10,00", ["1", "2", "3", "and", "10", "00"]),
        ("At 10:30 on 12/31/2024", ["At", "10:30", "on", "12/31/2024"]),
        ("The U.S.A. and e.g. Mr. Lee", ["The", "U.S.A", "and", "e.g", "Mr", "Lee"]),
        ("a full stop.Without a gap", ["a", "full", "stop", "Without", "a", "gap"]),
        (
            "See https://x.org/a-b?c=d or a@b.org!",
            ["See", "https://x.org/a-b?c=d", "or", "a@b.org"],
        ),
        ("node.js, AT&T and/or snake_case", ["node.js", "AT&T", "and", "or", "snake_case"]),
        ("dogs' 'tis – a--b — c", ["dogs", "tis", "a", "b", "c"]),
        ("**bold** _it_ # ~~x~~ | - * +", ["bold", "it", "x"]),
        ("1. one\n2) two\n(3) three\n4、四\n（5）五", ["one", "two", "three", "四", "五"]),
        ("42.", ["42"]),
        ("In the end\n42.\nwas it", ["In", "the", "end", "42", "was", "it"]),
        ("```python\nx = 1\n```", ["x", "1"]),
        ("one<br>two<br/>three", ["one", "two", "three"]),
        ("我用Python3写了2个程序。", [*"我用", "Python3", *"写了", "2", *"个程序"]),
        ("日本語テスト 한국어 시험", [*"日本語テスト", "한국어", "시험"]),
        ("cafe\u0301 naïve", ["cafe\u0301", "naïve"]),
        ("x² 😊 ... ☔ !?", ["x²"]),
        ("\0a\ud800b\ufffe", ["a", "b"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert list(words(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\n  b  \n\t\nc", ["a", "b", "c"]),
        ("---\na\n***\n|---|:-:|\n```python\nb\n```", ["a", "b"]),
        ("☔\n...\n1", ["☔", "...", "1"]),
        (" \n ", []),
    ],
)
def test_lines(text, expected):
    assert list(lines(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\nc", ["a\nb", "c"]),
        ("a\n \t\n\n\nb", ["a", "b"]),
        ("# Title\n\na\n\n---\n\nb", ["a", "b"]),
        ("**Title**\n\na", ["a"]),
        ("**A whole sentence.**\n\na", ["**A whole sentence.**", "a"]),
        ("# Title\na", ["# Title\na"]),
        ("**a** and **b**", ["**a** and **b**"]),
        ("", []),
    ],
)
def test_paragraphs(text, expected):
    assert list(paragraphs(text)) == expected


def test_characters_are_what_a_reader_sees():
    assert characters("a b\n c") == 3
    assert characters("a b\n c", count_spaces=True) == 6
    assert characters("春眠，") == 3
    assert characters("cafe\u0301") == 4
    assert characters("👨‍👩‍👧🇨🇳") == 2


def test_quotes_fold_to_the_keyboard():
    assert fold_quotes("“don’t” cafe\u0301\u00a0x‑y") == '"don\'t" café x-y'


plain = st.text(st.sampled_from("ab  cÄ雨3,.!?;\"'’-*_ \n"), max_size=60)


@given(plain, plain)
def test_words_add_up_over_lines(one, other):
    assert words(f"{one}\n{other}") == words(one) + words(other)


@given(*[st.lists(st.sampled_from(["don't", "3.14", "雨", "U.S.", "well-known", "x,"]))] * 2)
def test_words_add_up_over_spaces(one, other):
    joined = words(" ".join(one) + " " + " ".join(other))
    assert joined == words(" ".join(one)) + words(" ".join(other))


@given(plain, plain)
def test_lines_and_paragraphs_add_up(one, other):
    assert lines(f"{one}\n{other}") == lines(one) + lines(other)
    assert paragraphs(f"{one}\n\n{other}") == paragraphs(one) + paragraphs(other)


@given(st.text(), st.text())
def test_characters_add_up_over_spaces_where_nothing_combines(one, other):
    assert characters(f"{one}\n{other}") <= characters(one) + characters(other)
    ascii_one, ascii_other = one.encode("ascii", "ignore").decode(), "x"
    assert characters(f"{ascii_one} {ascii_other}") == characters(ascii_one) + 1
