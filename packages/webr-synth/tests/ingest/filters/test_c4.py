from __future__ import annotations

import pytest

from webr_synth.ingest.filters import Draft
from webr_synth.ingest.filters.c4 import make
from webr_synth.ingest.settings import IngestSettings

GOOD = "It rains here. It rains there! Does it rain? It does. They say so."


def checked(text: str, strict: bool = False) -> tuple[str | None, str]:
    draft = Draft(text)
    return make(IngestSettings(strict_c4=strict))(draft), draft.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (GOOD, None),
        (GOOD + " Lorem Ipsum dolor.", "lorem ipsum"),
        ("One. Two. Three. Four.", "few sentences"),
        ("Version 1.2.3.4.5.6 of the file a.b.c.d", "few sentences"),
        ("一つ。二つ。三つ。四つ。五つ。", None),
        ("He said \"no.\" She said 'yes!' (It ends.) It goes. On.", None),
    ],
)
def test_pages(text, rule):
    assert checked(text)[0] == rule


def test_notices_go_and_text_that_speaks_of_the_same_stays():
    lesson = "JavaScript was made in ten days, and is the language of browsers ever since then."
    heading = "Why it rains"
    notices = (
        "Please enable JavaScript in your browser.",
        "This page requires Javascript to be turned on",
        "This site uses cookies. Read our cookie policy.",
        "x" * 1001,
    )
    text = "\n".join((heading, *notices, lesson, "{{ braces }}", GOOD))
    assert checked(text) == (None, "\n".join((heading, lesson, "{{ braces }}", GOOD)))


def test_to_the_letter():
    lines = [
        "A heading",
        "Too short.",
        "This line ends well.",
        "This one does not",
        GOOD,
        "Or so...",
    ]
    assert checked("\n".join(lines), strict=True) == (None, f"This line ends well.\n{GOOD}")
    assert checked(GOOD + " {", strict=True)[0] == "braces"


def test_a_long_line_without_spaces_in_japanese_is_no_long_word():
    line = "これは日本語の文章です。" * 100
    assert checked(line) == (None, line)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("marks", [".", '."', '"'])
def test_marks_without_end_are_counted_in_linear_time(marks):
    # Not ASCII, so the line is not left out for its longest word.
    assert checked("privacy policy é" + marks * 300_000 + "é")[0] == "few sentences"
