"""Beginnings and ends of texts, lines, paragraphs and sentences."""

from __future__ import annotations

import pytest

from followbench.checks import parse_check
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "starts_with", "text": "we"}, " **We** go", True,
         "starts '**We** go', 'we' wanted"),
        ({"type": "starts_with", "text": "we"}, "West", False, "starts 'West', 'we' wanted"),
        ({"type": "starts_with", "text": "we", "negate": True}, "We go", False,
         "starts 'We go', anything but 'we' wanted"),
        ({"type": "starts_with", "text": "我们"}, "我们走", True, "starts '我们走', '我们' wanted"),
        ({"type": "ends_with", "any_of": ["Bye", "再见。"]}, "好，再见。\n", True,
         "ends '好，再见。', 'Bye' or '再见。' wanted"),
        ({"type": "ends_with", "text": "day"}, "It was a very long and rainy day indeed", False,
         "ends '…ery long and rainy day indeed', 'day' wanted"),
        ({"type": "line_starts", "text": ">"}, "> a\n\n> b", True,
         "every line starts with '>', as wanted"),
        ({"type": "line_starts", "pattern": "bullet"}, "- a\nb", False,
         "line 2 starts 'b', a bullet wanted"),
        ({"type": "line_starts", "pattern": "number", "negate": True}, "1. a\n2) b", False,
         "every line starts with a number and a full stop, which was not allowed"),
        ({"type": "line_starts", "text": "a"}, "", False,
         "no line, every line to start with 'a' wanted"),
        ({"type": "paragraph_starts", "pattern": "number"}, "**1.** a\n\n2、b\n\n（3）c", True,
         "every paragraph starts with a number and a full stop, as wanted"),
        ({"type": "paragraph_starts", "pattern": "number"}, "1. a\n\n3.5 in", True,
         "every paragraph starts with a number and a full stop, as wanted"),
        ({"type": "paragraph_starts", "any_of": ["So", "But"], "paragraph": 2}, "So.\n\nAnd.",
         False, "paragraph 2 starts 'And.', 'So' or 'But' wanted"),
        ({"type": "paragraph_starts", "text": "So", "paragraph": 3}, "So.\n\nAnd.", False,
         "only 2 paragraphs, paragraph 3 to start with 'So' wanted"),
        ({"type": "sentence_starts", "text": "It"}, "- It rains.\n- It pours.", True,
         "every sentence starts with 'It', as wanted"),
        ({"type": "sentence_starts", "text": "It", "sentence": -1}, "It rains. I sleep.", False,
         "the last sentence starts 'I sleep.', 'It' wanted"),
        ({"type": "wrapped_in", "open": '"', "close": '"'}, "“It rains.”", True,
         "the text is '\"It rains.\"', everything between '\"' and '\"' wanted"),
        ({"type": "wrapped_in", "open": "<a>", "close": "</a>"},
         "<A>It rains on the roof.</a>", True,
         "starts '<A>It rains on the …' and ends '…ns on the roof.</a>',"
         " everything between '<a>' and '</a>' wanted"),
        ({"type": "wrapped_in", "open": "(", "close": ")"}, "()", False,
         "the text is '()', everything between '(' and ')' wanted"),
        ({"type": "wrapped_in", "open": "「", "close": "」", "negate": True}, "「雨」", False,
         "the text is '「雨」', between '「' and '」' was not allowed"),
    ],
)  # fmt: skip
def test_messages(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"type": "starts_with"}, "one of 'text' and 'any_of' is needed"),
        ({"type": "starts_with", "text": "a", "any_of": ["b"]}, "one of 'text' and 'any_of'"),
        ({"type": "line_starts"}, "one of 'text', 'any_of' and 'pattern' is needed"),
        ({"type": "line_starts", "pattern": "letter"}, "should be 'number' or 'bullet'"),
        ({"type": "ends_with", "text": " "}, "'text' is empty"),
    ],
)
def test_bad_parameters(spec, problem):
    with pytest.raises(InputError, match=problem):
        parse_check(spec)
