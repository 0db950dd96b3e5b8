"""Regular expressions and templates."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks import parse_check, run_check
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"pattern": r"\d+"}, "a1", True, r"pattern '\d+' matches 1 time, at least 1 wanted"),
        ({"pattern": r"\d+"}, "a", False, r"pattern '\d+' matches 0 times, at least 1 wanted"),
        ({"pattern": r"\d+", "negate": True}, "a1", False,
         r"pattern '\d+' matches 1 time, fewer than 1 wanted"),
        ({"pattern": "A", "flags": "i", "exactly": 2}, "aA", True,
         "pattern 'A' matches 2 times, exactly 2 wanted"),
        ({"pattern": "^a", "flags": "m", "min": 2}, "a\na", True,
         "pattern '^a' matches 2 times, at least 2 wanted"),
        ({"pattern": "a.b", "flags": "s"}, "a\nb", True,
         "pattern 'a.b' matches 1 time, at least 1 wanted"),
        ({"pattern": r"\p{Han}+", "full": True}, " 下雨 ", True,
         r"the text matches pattern '\p{Han}+' as a whole, as wanted"),
        ({"pattern": r"\p{Han}+", "full": True}, "下雨!", False,
         r"the text does not match pattern '\p{Han}+' as a whole, a match wanted"),
        ({"pattern": "a", "full": True, "negate": True}, "a", False,
         "the text matches pattern 'a' as a whole, which was not allowed"),
    ],
)  # fmt: skip
def test_regex(said, spec, text, ok, message):
    assert said({"type": "regex", **spec}, text) == (ok, message)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"pattern": "(a"}, "check 'regex': pattern '(a' does not compile: missing )"),
        ({"pattern": ""}, "check 'regex': 'pattern' should have at least 1 character"),
        ({"pattern": "a", "flags": "ix"}, "check 'regex': flags 'ix' are not among i, m, s"),
        ({"pattern": "a", "full": True, "min": 2}, "'full' goes without 'min', 'max', 'exactly'"),
    ],
)
def test_bad_expressions(spec, problem):
    with pytest.raises(InputError, match=re.escape(problem)):
        parse_check({"type": "regex", **spec})


ENDLESS = {"type": "regex", "pattern": "(a|aa|aaa)+$"}
TRAP = "a" * 5000 + "b"


def test_a_search_without_end_fails_in_time(said):
    started = time.monotonic()
    assert said(ENDLESS, TRAP) == (False, "pattern '(a|aa|aaa)+$' took more than 1 s")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("negate", [False, True])
def test_a_search_without_end_fails_negated_or_not(said, monkeypatch, negate):
    monkeypatch.setattr("followbench.checks.pattern.TIME_LIMIT", 0.05)
    late = (False, "pattern '(a|aa|aaa)+$' took more than 0.05 s")
    assert said(ENDLESS | {"negate": negate}, TRAP) == late
    assert said(ENDLESS | {"negate": negate, "full": True}, TRAP) == late
    for kind, other in (
        ("all_of", {"type": "words", "max": 1}),
        ("any_of", {"type": "words", "min": 2}),
    ):
        spec = {"type": kind, "checks": [ENDLESS, other], "negate": negate}
        assert not said(spec, TRAP)[0]
    decided = {"type": "all_of", "checks": [ENDLESS, {"type": "words", "min": 2}]}
    assert said(decided | {"negate": negate}, TRAP)[0] is negate
    decided = {"type": "any_of", "checks": [ENDLESS, {"type": "words", "max": 1}]}
    assert said(decided | {"negate": negate}, TRAP)[0] is not negate


def test_countless_matches_are_not_all_counted(said):
    shown = "pattern 'a' matches 1000 times or more"
    assert said({"type": "regex", "pattern": "a"}, "a" * 2000) == (
        True,
        f"{shown}, at least 1 wanted",
    )
    assert said({"type": "regex", "pattern": "a", "max": 3}, "a" * 2000)[0] is False
    for bounds, ok in (({"exactly": 1500}, False), ({"min": 2000}, True), ({"max": 1999}, False)):
        assert said({"type": "regex", "pattern": "a", **bounds}, "a" * 2000)[0] is ok


@pytest.mark.parametrize(
    ("template", "text", "ok", "message"),
    [
        ("Answer: {x}", "answer: 42", True, "follows the template 'Answer: {x}', as wanted"),
        ("Answer: {x}", "It is 42", False,
         "starts 'it is 42' instead of 'Answer:', template 'Answer: {x}' wanted"),
        ("so {x}", "sofa", False, "starts 'sofa' instead of 'so', template 'so {x}' wanted"),
        ("A: {x}\nB: {y}", "A: \nB: 2", False,
         "nothing in place of {x}, template 'A: {x} B: {y}' wanted"),
        ("Answer: {x}", "Answer: \n", False,
         "nothing in place of {x}, template 'Answer: {x}' wanted"),
        ("{x} is {y}.", "Rain\nor hail is wet.", True,
         "follows the template '{x} is {y}.', as wanted"),
        ("{x} is {y}.", "Rain was wet.", False,
         "no 'is' after {x}, template '{x} is {y}.' wanted"),
        ("{x} is {y}.", "Rain is wet", False,
         "ends 'rain is wet' instead of '.', template '{x} is {y}.' wanted"),
        ("{x}{y}", "ab", True, "follows the template '{x}{y}', as wanted"),
        ("{x}{y}", "a", False, "nothing in place of {y}, template '{x}{y}' wanted"),
        ('{{"a": {x}}}', '{"a": 1}', True, "follows the template '{{\"a\": {x}}}', as wanted"),
        ("答：{x}。", "答：雨。", True, "follows the template '答：{x}。', as wanted"),
        ("A: {x}\nB: {y}", "A: 1  \r\nB: 2", True,
         "follows the template 'A: {x} B: {y}', as wanted"),
        ("so {x} so", "so so", False,
         "ends 'so so' instead of 'so', template 'so {x} so' wanted"),
        ("{x}\n\nB", "a\nB\n\nb\n\nB", True, "follows the template '{x} B', as wanted"),
    ],
)  # fmt: skip
def test_template(said, template, text, ok, message):
    assert said({"type": "template", "template": template}, text) == (ok, message)


def test_template_case_and_inverse(said):
    spec = {"type": "template", "template": "A: {x}"}
    assert not run_check(spec | {"case_sensitive": True}, "a: 1").ok
    assert said(spec | {"negate": True}, "a: 1") == (
        False,
        "follows the template 'A: {x}', which was not allowed",
    )


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("no slot", "the template has no {slot}; use 'equals' for a fixed text"),
        ("{{x}}", "the template has no {slot}"),
        ("a {x", "stray '{' in the template; write '{{' for a brace"),
        ("a {} b", "stray '{}'"),
        ("a } {x}", "stray '}' in the template; write '}}' for a brace"),
        (" ", "'template' is empty"),
    ],
)
def test_bad_templates(template, problem):
    with pytest.raises(InputError, match=re.escape(problem)):
        parse_check({"type": "template", "template": template})


literals = st.text(st.sampled_from("ab :\n"), max_size=4)
fillings = st.text(st.sampled_from("ab :\n"), min_size=1, max_size=5)


@given(st.lists(st.tuples(literals, fillings), min_size=1, max_size=4), literals)
def test_templates_match_as_the_expression_they_stand_for(parts, tail):
    """The one-pass matcher agrees with a backtracking expression on every text."""
    template = "".join(f"{literal}{{s}}" for literal, _ in parts) + tail
    text = "".join(literal + filling for literal, filling in parts) + tail

    def flat(piece):
        return "\n".join(line.rstrip() for line in piece.split("\n"))

    pieces = flat(template).split("{s}")
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip()
    expression = r"\s*\S(?s:.*?)".join(map(re.escape, pieces))
    expected = re.fullmatch(expression, flat(text).strip()) is not None
    assert run_check({"type": "template", "template": template}, text).ok is expected
