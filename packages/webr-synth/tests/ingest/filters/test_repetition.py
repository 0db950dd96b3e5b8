"""Rules against a slow reference that counts what the paper says, with none of the shortcuts."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webr_synth.ingest.filters import Draft
from webr_synth.ingest.filters.repetition import (
    REPEATED_NGRAM_CHARS,
    TOP_NGRAM_CHARS,
    check,
)


def slow(words: list[str]) -> str | None:
    chars = sum(len(word) for word in words)
    for n, most in TOP_NGRAM_CHARS.items():
        counts = Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))
        top = max(counts.values(), default=0)
        taken = [top * len("".join(g)) for g, c in counts.items() if c == top and top > 1]
        if max(taken, default=0) > most * chars:
            return f"top {n}-gram"
    for n, most in REPEATED_NGRAM_CHARS.items():
        seen, marked = set(), set()
        for at in range(len(words) - n + 1):
            gram = tuple(words[at : at + n])
            if gram in seen:
                marked.update(range(at, at + n))
            seen.add(gram)
        if sum(len(words[at]) for at in marked) > most * chars:
            return f"repeated {n}-grams"
    return None


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["bb", "ccc", "dddd", "eeeee", *"aghijklmnop"]), max_size=60),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_shortcuts_change_no_verdict(words, again):
    for start in again:
        words = words + words[start : start + 12]
    assert check(Draft(" ".join(words))) == (slow(words) if len(words) > 1 else None)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\n".join(["one two", "three four", "one two"]), "repeated lines"),
        ("\n\n".join(["one two", "three four", "one two"]), "repeated paragraphs"),
        ("", None),
        ("word", None),
        ("これは日本語の文章です。" * 20, None),
    ],
)
def test_lines_and_paragraphs(text, rule):
    assert check(Draft(text)) == rule


def test_characters_of_lines_count_too():
    lines = [f"line number {n} is short" for n in range(8)]
    long = "a very long line indeed, which stands here twice and fills a great part of the text"
    assert check(Draft("\n".join([*lines, long, long]))) == "repeated lines"
