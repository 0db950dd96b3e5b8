"""The line: decisions do not hang on when replies come."""

from __future__ import annotations

import math
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.attempts import Attempt
from lion_distill.generation.counts import Counts
from lion_distill.generation.deciding import Line, Side
from lion_distill.generation.news import News
from lion_distill.rows import Instruction, instruction_id
from truing_core.models import ChatReply

PARENT = Instruction(id="p", instruction="Name a thing.")
WORDS = [f"word{number}" for number in range(60)]


def attempt(kind, number, what):
    """Number ``what`` of some texts, or none where it is negative."""
    found = Attempt(kind, number, PARENT, replies=1 + (number % 3 == 0), over=True)
    found.last = ChatReply("x", f"text {what}")
    if what < 0:
        found.reason = "refusal"
    else:
        text = " ".join(random.Random(what).sample(WORDS, 8))
        found.made = Instruction(id=instruction_id(text), instruction=text, kind=kind, parent="p")
    return found


def line(hard, easy, attempts):
    wanted = {"hard": hard, "easy": easy}
    sides = {kind: Side(quota, math.ceil(quota * attempts)) for kind, quota in wanted.items()}
    return Line(News([PARENT], 0.7), sides, Counts(wanted))


outcomes = st.lists(st.integers(-2, 12), min_size=1, max_size=40)


@given(outcomes, outcomes, st.integers(0, 6), st.integers(0, 6), st.integers(1, 6), st.randoms())
def test_any_order_of_arrival_gives_the_same(hard, easy, want_hard, want_easy, limit, chance):
    arrivals = [("hard", n, what) for n, what in enumerate(hard)]
    arrivals += [("easy", n, what) for n, what in enumerate(easy)]

    def decided(order, often):
        found = line(want_hard, want_easy, limit)
        for each in order:
            if not found.sides[each[0]].open:
                continue
            found.put(attempt(*each))
            if chance.random() < often:
                found.decide()
        found.decide()
        return found

    plain = decided(arrivals, 0.0)
    shuffled = list(arrivals)
    chance.shuffle(shuffled)
    other = decided(shuffled, chance.random())
    assert other.kept == plain.kept
    assert other.rejected == plain.rejected
    assert other.counts.facts() == plain.counts.facts()
    kinds = Counter(row.kind for row in plain.kept)
    assert kinds["hard"] <= want_hard
    assert kinds["easy"] <= want_easy
    assert len({row.id for row in plain.kept}) == len(plain.kept)
    assert len(plain.kept) + len(plain.rejected) == plain.counts.attempts.total()


def test_the_line_is_merged_in_proportion():
    found = line(2, 4, 8)
    order = sorted(
        [("hard", n) for n in range(4)] + [("easy", n) for n in range(8)],
        key=lambda each: found.place(*each),
    )
    assert order[:6] == [
        ("easy", 0), ("hard", 0), ("easy", 1), ("easy", 2), ("hard", 1), ("easy", 3),
    ]  # fmt: skip
    assert order[6:] == [(kind, n + (2 if kind == "hard" else 4)) for kind, n in order[:6]]


def test_the_head_is_waited_for():
    found = line(2, 2, 8)
    found.put(attempt("easy", 0, 1))
    assert found.decide() == []
    found.put(attempt("hard", 0, 2))
    assert [(each.kind, each.number) for each in found.decide()] == [("hard", 0), ("easy", 0)]


def test_a_side_that_is_full_is_not_waited_for():
    found = line(1, 3, 8)
    for each in [("hard", 0, 1), ("easy", 0, 2), ("easy", 1, 3), ("easy", 2, 4)]:
        found.put(attempt(*each))
    assert len(found.decide()) == 4
    assert not found.open
    assert found.counts.facts()["ended"] == "enough"


def test_what_would_overfill_a_side_never_stands_in_anothers_way():
    found = line(1, 2, 8)
    # The second hard one is the same as the second easy one; hard is full by then.
    for each in [("easy", 0, 1), ("hard", 0, 2), ("hard", 1, 3), ("easy", 1, 3)]:
        found.put(attempt(*each))
    found.decide()
    assert [row.kind for row in found.kept] == ["easy", "hard", "easy"]
    assert found.rejected == []


def test_replies_run_out_with_their_retries():
    found = line(2, 0, 2.0)  # four replies; the first and the fourth attempt take two
    for number in range(4):
        found.put(attempt("hard", number, -1))
    found.decide()
    assert found.sides["hard"].asked == 4
    assert found.counts.facts()["attempts"] == 3
    assert found.counts.facts()["retries"] == 1
    assert found.counts.facts()["ended"] == "attempts ran out"
