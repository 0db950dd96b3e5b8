"""The options of a question, and their labels."""

from __future__ import annotations

import time

import pytest

from bmc_dpo.evaluation.options import LETTERS, option_read, options_of


def of(*lines):
    return options_of("\n".join(("Which?", "Options:", *lines)))


@pytest.mark.parametrize(
    ("lines", "texts", "labels"),
    [
        (("(A) the sea", "B. the sky", "C: A. Poe"), ("the sea", "the sky", "A. Poe"), "ABC"),
        (("a) the sea", "b) the sky"), ("the sea", "the sky"), "AB"),
        (("A)the sea", "B)the sky"), ("the sea", "the sky"), "AB"),
        (("[A] the sea", "[B] the sky"), ("the sea", "the sky"), "AB"),
        (("A - the sea", "B - the sky"), ("the sea", "the sky"), "AB"),
        (("**A.** the sea", "**B**. the sky"), ("the sea", "the sky"), "AB"),
        (("**A. the sea**", "**B) the sky**"), ("the sea", "the sky"), "AB"),
        (("- A) the sea", "- B) the sky"), ("the sea", "the sky"), "AB"),
        (("(1) the sea", "2. the sky"), ("the sea", "the sky"), "12"),
        (("B) the sea", "A) the sky"), ("the sea", "the sky"), "BA"),
    ],
)  # fmt: skip
def test_labels(lines, texts, labels):
    assert of(*lines) == (texts, tuple(labels))


def test_more_than_nine_numbers():
    texts, labels = of(*(f"{number}. option {number}" for number in range(1, 13)))
    assert (texts[11], labels[8:]) == ("option 12", ("9", "10", "11", "12"))


@pytest.mark.parametrize(
    "lines",
    [
        ("E. coli", "S. aureus", "E. faecalis"),
        ("J. Adams", "J. Polk"),
        ("arson", "death", "fumes", "cold", "e. coli"),
        ("A. Smith", "B. Smith"),
        ("1.5", "2.5"),
        ("1 - 0", "2 - 1"),
        ("-5", "-3"),
        ("a.m.", "p.m."),
        ("A) the sea", "the sky"),
        ("the sea", "- the sky"),
    ],
)
def test_what_labels_no_options_belongs_to_them(lines):
    assert of(*lines) == (lines, LETTERS)


def test_bullets_are_no_part_of_options():
    assert of("- the sea", "- the sky") == of("* the sea", "* the sky")
    assert of("• the sea", "", "• the sky") == (("the sea", "the sky"), LETTERS)
    assert options_of("No options: none") == ((), LETTERS)
    assert options_of("Options:\n") == ((), LETTERS)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("2", "20"), ("(2).", "20"), ("**2**", "20"), ("2) 20", "20"), ("option 3", "30"),
        ("20", "20"), ("2.5", None), ("2,000", None), ("-2", None), ("2%", None), ("4", None),
    ],
)  # fmt: skip
def test_a_number_is_a_label_where_it_is_no_more(text, option):
    assert option_read(("10", "20", "30"), ("1", "2", "3"), text) == option


@pytest.mark.parametrize("mark", [".", "*", "(", "_ ", "\\a{", "$"])
def test_a_reply_of_marks_alone_takes_no_time(mark):
    began = time.monotonic()
    assert option_read(("the sea", "the sky"), LETTERS, mark * 20_000) is None
    assert time.monotonic() - began < 5
