from __future__ import annotations

import time

import pytest

from webr_synth.ingest.filters import Draft
from webr_synth.ingest.filters.boilerplate import check, without_furniture

TEXT = "\n".join(f"This is sentence number {n} of a text about bridges." for n in range(9))


@pytest.mark.parametrize(
    "line",
    [
        "Skip to main content",
        "Menu",
        "» Back to top «",
        "Share on Facebook",
        "© 2026 The Site Ltd.",
        "Copyright The Site. All rights reserved.",
        "We use cookies to give you the best experience.",
        "By continuing you agree to our use of cookies.",
        "Sign in",
        "Subscribe to our newsletter for more",
        "3 comments",
        "Read more",
    ],
)
def test_furniture_goes_at_both_ends_and_stays_inside(line):
    assert without_furniture(f"{line}\n{TEXT}\n{line}") == TEXT
    inside = f"{TEXT}\n{line}\n{TEXT}"
    assert without_furniture(inside) == inside


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell on Monday.",
        "Menus of the nineteenth century",
        "Search engines rank pages by their links.",
        "Printing was invented twice.",
        "# Read more books",
        "Cookies need butter, sugar and flour.",
    ],
)
def test_sentences_that_begin_alike_stay(line):
    assert without_furniture(f"{line}\n{TEXT}\n{line}") == f"{line}\n{TEXT}\n{line}"


def test_pages_that_are_menus():
    assert check(Draft("Home\nMenu\nSearch")) is None  # "Home" is all that is left
    assert check(Draft("Menu\nSearch\nLog in")) == "nothing but boilerplate"
    menu = "\n".join(f"An entry of a long list of links, number {n}" for n in range(20))
    assert check(Draft(menu)) == "lines without an end"
    short = "\n".join(f"Entry {n}." for n in range(20))
    assert check(Draft(short)) == "short lines"
    assert check(Draft(TEXT)) is None


def test_it_is_linear_on_long_lines():
    started = time.process_time()
    for text in ("share " * 400_000, "by continuing " * 40, " " * 239 + "x", "all rights " * 30):
        without_furniture("\n".join([text] * 16))
    assert time.process_time() - started < 2
