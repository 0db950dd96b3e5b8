"""Root verbs and objects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webr_synth.reporting.verbs import root_verb


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("Write a short story about a dog.", ("write", "story")),
        ("Can you please explain the difference between the two?", ("explain", "difference")),
        ("I am a nurse. Summarize this article for my colleagues.", ("summarize", "article")),
        ("Given the text, rewrite it as a poem in four lines", ("rewrite", "")),
        ("Could you give me three tips for a good night's sleep", ("give", "tips")),
        ("I want you to act as a travel guide", ("act", "")),
        ("Explain how a heat pump works", ("explain", "")),
        ("What is the capital of France?", ("what", "")),
        ("For my class, list the main causes of the war, and compare them", ("list", "causes")),
        ("To make it shorter, write a list.", ("write", "list")),
        ("Is there anything science can't explain?", ("is", "")),
        ("Sort the given numbers quickly", ("sort", "numbers")),
        ("Briefly describe highly unusual birds", ("describe", "birds")),
        ("- Translate the following paragraph into German", ("translate", "paragraph")),
        ("My answer was wrong, no more questions", None),
        ("请写一首诗", None),
        ("", None),
    ],
)
def test_usual_requests(request_text, expected):
    assert root_verb(request_text) == expected


@given(st.text(max_size=200))
def test_any_text(text):
    found = root_verb(text)
    if found:
        assert found[0] in text.lower()
        assert found[1] in text.lower()
