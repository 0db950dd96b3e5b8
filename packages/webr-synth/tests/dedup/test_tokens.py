"""Words of texts, hashed: what makes a difference, and what does not."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webr_synth.dedup import tokens as module
from webr_synth.dedup.tokens import tokens


def words(text):
    """The hashes of one text, as a list."""
    hashes, counts = tokens([text])
    assert counts.tolist() == [len(hashes)]
    return hashes.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Say  Hello,\nWORLD!", "say hello world"),
        ("ﬁne Ｆｕｌｌ width", "fine full width"),
        ("Straße", "STRASSE"),
        ("“quoted” — text…", "quoted text"),
        ("naïve café", "naïve café"),
    ],
)
def test_case_punctuation_and_form_do_not_count(one, other):
    assert words(one) == words(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [("3 + 4", "3 - 4"), ("a b", "ab"), ("a b", "b a"), ("x < y", "x > y"), ("ab", "ba")],
)
def test_what_counts(one, other):
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("?! …", 0),
        ("don't stop", 3),
        ("snake_case", 2),
        ("你好，世界", 4),
        ("使用Python写代码", 6),
        ("ひらがなカタカナ", 8),
        ("สวัสดี", 4),
        ("हिन्दी में लिखो", 3),
        ("안녕 세상", 2),
        ("go 🚀🚀", 3),
        ("lone \ud800 surrogate", 2),
    ],
)
def test_counts(text, count):
    assert len(words(text)) == count


def test_the_same_word_has_the_same_hash_everywhere():
    hashes, counts = tokens(["alpha beta", "", "beta", "été beta alpha"])
    assert counts.tolist() == [2, 0, 1, 3]
    alpha, beta = hashes[:2]
    assert hashes.tolist() == [alpha, beta, beta, hashes[3], beta, alpha]
    assert hashes.dtype == np.uint64


def test_hashes_stay_what_they_are():
    """An index on disk outlives the code that wrote it."""
    base, mask = 0x5851F42D4C957F2D, 2**64 - 1

    def mixed(number):
        number = (number + 0x9E3779B97F4A7C15) & mask
        number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & mask
        number = (number ^ number >> 27) * 0x94D049BB133111EB & mask
        return number ^ number >> 31

    total = sum(mixed(ord(letter)) * base**at for at, letter in enumerate("word"))
    assert words("a word") == [mixed(mixed(ord("a"))), mixed(total & mask)]


@given(st.lists(st.text("ab c+\n", max_size=30), max_size=8))
def test_ascii_words_are_those_of_a_regular_expression(texts):
    hashes, counts = tokens(texts)
    expected = [re.findall(r"[abc]+|\+", text) for text in texts]
    assert counts.tolist() == [len(each) for each in expected]
    flat = [word for each in expected for word in each]
    known = {}
    for word, value in zip(flat, hashes.tolist(), strict=True):
        assert known.setdefault(word, value) == value
    assert len(set(known.values())) == len(known)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_texts_do_not_touch_each_other(texts):
    hashes, counts = tokens(texts)
    assert hashes.tolist() == [value for text in texts for value in words(text)]
    assert counts.tolist() == [len(words(text)) for text in texts]


def test_long_texts_are_cut_where_words_end(monkeypatch):
    text = "some words of a longer text " * 40
    whole = words(text)
    monkeypatch.setattr(module, "_CHUNK", 64)
    assert words(text) == whole
    assert len(words("x" * 200)) == 4  # no space to cut at
