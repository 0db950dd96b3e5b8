"""Outcomes, their inverses, bounds and the wording of messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from followbench.checks.base import Bounds, Check, Outcome, join, pick, place_of, plural, show


class Echo(Check):
    """Holds where the text is `yes`."""

    def test(self, text: str, lang: str) -> Outcome:
        return Outcome(text == "yes", f"the text is {text!r} in {lang}")


class Amount(Bounds):
    """Judges the number that the text is."""

    def test(self, text: str, lang: str) -> Outcome:
        return self.judge(int(text), plural(int(text), "thing"))


def test_negate_inverts_and_rewords():
    assert Echo(type="echo").run("yes") == Outcome(True, "the text is 'yes' in en")
    inverse = Echo(type="echo", negate=True)
    refused = inverse.run("yes", "zh")
    assert (refused.ok, refused.message) == (
        False,
        "the text is 'yes' in zh, which was not allowed",
    )
    allowed = inverse.run("no")
    assert (allowed.ok, allowed.message) == (True, "the text is 'no' in en, as wanted")


def test_messages_that_end_in_wanted_are_negated():
    inverted = Outcome(False, "starts 'b', 'a' wanted").inverted()
    assert inverted == Outcome(True, "starts 'b', 'a' not wanted", "starts 'b', 'a' wanted")


def test_an_undecided_outcome_fails_both_ways():
    outcome = Outcome(False, "took too long", undecided=True)
    assert outcome.inverted() == outcome


@given(st.booleans(), st.text(max_size=5), st.text(min_size=1, max_size=5))
def test_inverting_twice_gives_the_same_verdict(ok, message, inverse):
    once = Outcome(ok, message, inverse).inverted()
    assert once.ok is not ok
    assert once.message == inverse
    assert (once.inverted().ok, once.inverted().message) == (ok, message or once.inverted().message)


def test_line_breaks_are_normalised():
    seen = []

    class Spy(Check):
        def test(self, text: str, lang: str) -> Outcome:
            seen.append(text)
            return Outcome(True, "")

    Spy(type="spy").run("a\r\nb\rc\nd")
    assert seen == ["a\nb\nc\nd"]


@pytest.mark.parametrize(
    ("bounds", "held", "refused", "wanted", "unwanted"),
    [
        ({"min": 2}, [2, 9], [0, 1], "at least 2", "fewer than 2"),
        ({"max": 2}, [0, 2], [3, 9], "at most 2", "more than 2"),
        ({"exactly": 2}, [2], [1, 3], "exactly 2", "any number but 2"),
        ({"min": 2, "max": 2}, [2], [1, 3], "exactly 2", "any number but 2"),
        ({"min": 2, "max": 4}, [2, 3, 4], [1, 5], "2 to 4", "fewer than 2 or more than 4"),
        ({"min": 0, "max": 1}, [0, 1], [2], "0 to 1", "fewer than 0 or more than 1"),
        ({"exactly": 0}, [0], [1], "exactly 0", "any number but 0"),
    ],
)
def test_bounds(bounds, held, refused, wanted, unwanted):
    check, inverse = Amount(type="n", **bounds), Amount(type="n", negate=True, **bounds)
    for count in held + refused:
        things = f"{count} thing" if count == 1 else f"{count} things"
        assert check.run(str(count)).ok is (count in held)
        assert check.run(str(count)).message == f"{things}, {wanted} wanted"
        assert inverse.run(str(count)).ok is (count in refused)
        assert inverse.run(str(count)).message == f"{things}, {unwanted} wanted"


@pytest.mark.parametrize(
    ("bounds", "problem"),
    [
        ({}, "one of 'min', 'max', 'exactly' is needed"),
        ({"min": 3, "max": 2}, "min 3 is more than max 2"),
        ({"exactly": 2, "max": 2}, "'exactly' goes without 'min' and 'max'"),
        ({"min": -1}, "greater than or equal to 0"),
        ({"min": True}, "valid integer"),
        ({"min": "2"}, "valid integer"),
    ],
)
def test_bounds_that_make_no_sense(bounds, problem):
    with pytest.raises(ValidationError, match=problem):
        Amount(type="n", **bounds)


def test_checks_are_immutable():
    check = Amount(type="n", min=1)
    with pytest.raises(ValidationError, match="frozen"):
        check.min = 2


def test_a_check_has_to_implement_test():
    with pytest.raises(NotImplementedError, match="Check has to implement"):
        Check(type="x").run("a")


def test_wording():
    assert [plural(n, "match", "matches") for n in (0, 1, 2)] == [
        "0 matches",
        "1 match",
        "2 matches",
    ]
    assert join([]) == ""
    assert join(["a"]) == "a"
    assert join(["a", "b", "c"], "or") == "a, b or c"
    assert Amount(type="n", max=1).wanted_of("line") == "at most 1 line"
    assert Amount(type="n", min=2).wanted_of("match", "matches") == "at least 2 matches"
    assert [place_of("line", n) for n in (1, -1, -2)] == [
        "line 1",
        "the last line",
        "line 2 from the end",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n b\t c", "'a b c'"),
        ("x" * 50, "'" + "x" * 39 + "…'"),
        (" " * 500 + "a", "'…'"),
        ("\0\ud800\u200b", r"'\x00\ud800\u200b'"),
        ("雨", "'雨'"),
        ("", "''"),
    ],
)
def test_show(text, shown):
    assert show(text) == shown


@given(st.text())
def test_shown_text_can_be_printed_anywhere(text):
    shown = show(text)
    shown.encode("utf-8")
    assert "\n" not in shown
    assert len(text) > 40 or len(shown) <= 12 * len(text) + 2


@given(st.lists(st.integers()), st.integers(-4, 4).filter(bool))
def test_pick_is_the_unit_at_a_position_or_none(units, position):
    expected = dict(enumerate(units, start=1)) | {
        place - len(units): unit for place, unit in enumerate(units)
    }
    assert pick(units, position) == expected.get(position)
