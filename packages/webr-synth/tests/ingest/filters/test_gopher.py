from __future__ import annotations

import pytest

from webr_synth.ingest.filters import Draft
from webr_synth.ingest.filters.gopher import check

GOOD = "the people of the village and their river have stones with names " * 8


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        (GOOD, "en", None),
        ("the of and " * 16, "en", "few words"),
        ("the of a b " * 30, "en", "mean word length"),
        ("internationalisation " * 60, "en", "mean word length"),
        (GOOD + "# " * 12, "en", "hash signs"),
        (GOOD + "...and " * 11, "en", "ellipses"),
        (GOOD + "1234 " * 25, "en", "words without letters"),
        (GOOD + "1234 " * 23, "en", None),
        ("\n".join(["- the people of the village and more"] * 12), "en", "bullets"),
        ("\n".join(["the people of the village...", "x"] * 12), None, "lines ending in ellipses"),
        ("menschen haben namen steine " * 20, "en", "few stop words"),
        ("menschen haben namen steine " * 20, "de", None),
        ("The people Of " + "village river " * 40, None, None),
        ("これは日本語の文章です。" * 20, "ja", None),
    ],
)  # fmt: skip
def test_rules(text, language, rule):
    assert check(Draft(text.strip(), None, language)) == rule


def test_a_hundred_thousand_words_are_the_most():
    assert check(Draft("the people of word " * 25_000)) is None
    assert check(Draft("the people of word " * 25_000 + "more")) == "many words"
