"""Sections add up to the text, prefixes end at their borders, and contexts hold."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from webr_synth.synthesis.sections import fitted, prefix, sections

LONG = "All of this is about one thing, and it is said at some length. " * 4
TEXTS = st.lists(
    st.sampled_from(["# Head", "", "word", LONG, "- item", "\t", "漢字" * 40, "x" * 500]),
    max_size=30,
).map("\n".join)


@given(TEXTS | st.text(max_size=300))
def test_sections_add_up(text):
    assert "".join(sections(text)) == text
    assert all(sections(text))


def test_a_section_ends_at_a_blank_line_and_a_heading_goes_with_what_follows():
    parts = [f"{LONG}\n\n", f"# Second\n\n{LONG}\n \n", f"short\n\n{LONG}\n\n", LONG]
    assert sections("".join(parts)) == parts


def test_without_blank_lines_lines_are_sections():
    assert sections(f"{LONG}\n{LONG}\n{LONG}") == [f"{LONG}\n", f"{LONG}\n", LONG]
    assert sections("one line") == ["one line"]
    assert sections("") == []


def test_half_of_the_documents_are_shown_whole_and_the_others_up_to_any_border():
    parts = [f"{number} {LONG}".strip() for number in range(4)]
    text = "\n\n".join(parts)
    shown = Counter(prefix(text, 0, f"doc{number}") for number in range(3000))
    borders = {"\n\n".join(parts[:number]): number for number in range(1, 5)}
    assert set(shown) == set(borders)
    assert 1380 < shown[text] < 1620
    for start, number in borders.items():
        assert number == 4 or 420 < shown[start] < 580
    assert prefix(text, 0, "doc1") == prefix(text, 0, "doc1")
    assert len({prefix(text, seed, "doc1") for seed in range(40)}) == 4
    assert prefix("  one section\n", 0, "doc1") == "one section"


def words(text):
    return len(text.split())


@given(TEXTS, st.integers(1, 200))
def test_what_is_cut_fits_and_is_a_start(text, most):
    start, cut = fitted(text, most, words)
    assert words(start) <= most
    assert text.startswith(start)
    assert cut == (words(text) > most or len(text) > 16 * most)
    assert start == text or cut


def test_cuts_are_at_a_section_where_one_fits_and_else_at_a_word():
    text = f"{LONG}\n\n{LONG}\n\n{LONG}"
    assert fitted(text, 2 * words(LONG) + 3, words) == (f"{LONG}\n\n{LONG}".rstrip(), True)
    assert fitted(LONG, 5, words) == ("All of this is about", True)
    assert fitted(LONG, 1000, words) == (LONG, False)


def test_a_huge_document_is_not_counted_whole():
    counted = []

    def count(text):
        counted.append(len(text))
        return words(text)

    start, cut = fitted("word " * 10_000_000, 100, count)
    assert (words(start), cut) == (100, True)
    assert max(counted) <= 1600
