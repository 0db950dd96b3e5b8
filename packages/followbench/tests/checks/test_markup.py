"""Highlighted spans and placeholders."""

from __future__ import annotations

import pytest

from followbench.checks import run_check


@pytest.mark.parametrize(
    ("text", "bold", "italic", "either"),
    [
        ("**a** and *b* and ***c***", 2, 2, 3),
        ("__a__ and _b_", 1, 1, 2),
        ("**a**b**c**", 2, 0, 2),
        ("*a **b** c*", 1, 1, 2),
        ("2 * 3 * 4 ** 5 ** 6", 0, 0, 0),
        ("snake_case_name and __init__.py", 1, 0, 1),
        ("* item\n* item", 0, 0, 0),
        ("**a\n\nb**", 0, 0, 0),
        ("**a\nb**", 1, 0, 1),
        (r"\*\*a\*\* and `**b**`", 0, 0, 0),
        ("```\n**a**\n```", 0, 0, 0),
        ("**** ****", 0, 0, 0),
        ("***\na\n***", 0, 0, 0),
        ("**雨**和*雪*", 1, 1, 2),
        ("***a** b*", 1, 1, 2),
        ("*a **b***", 1, 1, 2),
    ],
)
def test_spans(text, bold, italic, either):
    for style, count in (("bold", bold), ("italic", italic), ("any", either)):
        outcome = run_check({"type": "highlights", "style": style, "exactly": count}, text)
        assert outcome.ok, f"{style}: {outcome.message}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dear [name], on [the day]", 2),
        ("［姓名］，你好", 1),
        ("[a](http://x.org) [b][c] [d]: e", 0),
        ("see [1] and [12]", 0),
        ("- [ ] a\n- [x] b", 0),
        ("[]", 0),
        ('["a", "b"]', 0),
        ("[[name]]", 1),
        ("[open\nclose]", 0),
        ("```\n[name]\n```", 0),
        ("[" + "a" * 101 + "]", 0),
    ],
)
def test_placeholders(text, count):
    outcome = run_check({"type": "placeholders", "exactly": count}, text)
    assert outcome.ok, outcome.message


def test_messages(said):
    assert said({"type": "highlights"}, "a") == (False, "0 bold spans, at least 1 wanted")
    spec = {"type": "highlights", "style": "any", "max": 1, "negate": True}
    assert said(spec, "*a*") == (False, "1 highlighted span, more than 1 wanted")
    assert said({"type": "placeholders", "min": 2}, "[a]") == (
        False,
        "1 placeholder, at least 2 wanted",
    )
