"""Checks made of checks."""

from __future__ import annotations

import pytest

from followbench.checks import parse_check, run_check
from truing_core.errors import InputError

SHORT = {"type": "words", "max": 2}
QUIET = {"type": "case", "mode": "lower"}


@pytest.mark.parametrize(
    ("kind", "negate", "text", "ok", "message"),
    [
        ("all_of", False, "it rains", True, "2 words, at most 2 wanted; lower case, as wanted"),
        ("all_of", False, "It rains a lot", False,
         "4 words, at most 2 wanted; 'It' has a capital, lower case wanted"),
        ("all_of", False, "It rains", False, "'It' has a capital, lower case wanted"),
        ("all_of", True, "it rains", False,
         "all hold, which was not allowed: 2 words, at most 2 wanted; lower case, as wanted"),
        ("any_of", False, "It rains", True, "2 words, at most 2 wanted"),
        ("any_of", False, "It rains a lot", False,
         "none of 2 holds: 4 words, at most 2 wanted; 'It' has a capital, lower case wanted"),
        ("any_of", True, "It rains", False,
         "one holds, which was not allowed: 2 words, at most 2 wanted"),
    ],
)  # fmt: skip
def test_messages(said, kind, negate, text, ok, message):
    assert said({"type": kind, "checks": [SHORT, QUIET], "negate": negate}, text) == (ok, message)


def test_parts_may_be_negated_and_nested():
    spec = {
        "type": "all_of",
        "checks": [
            {"type": "any_of", "checks": [SHORT, {**QUIET, "negate": True}]},
            {"type": "includes", "keywords": ["rain"]},
        ],
    }
    assert run_check(spec, "Rain and wind and hail").ok
    assert not run_check(spec, "rain and wind and hail").ok


def test_parsed_checks_can_be_parts():
    check = parse_check({"type": "any_of", "checks": [parse_check(SHORT)]})
    assert check.run("Rain").ok


@pytest.mark.parametrize("kind", ["all_of", "any_of"])
def test_bad_parts(kind):
    with pytest.raises(InputError, match=f"check '{kind}': 'checks' is empty"):
        parse_check({"type": kind, "checks": []})
    with pytest.raises(InputError, match="check 'words' has no parameter 'maxi'"):
        parse_check({"type": kind, "checks": [{"type": "words", "maxi": 3}]})
    with pytest.raises(InputError, match="a check is an object with a 'type', not 'words'"):
        parse_check({"type": kind, "checks": ["words"]})
