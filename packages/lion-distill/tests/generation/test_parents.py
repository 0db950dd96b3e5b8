"""Parents are drawn by kind and number, and by nothing else."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.parents import Parents, quotas, split_parents
from lion_distill.rows import Instruction, Verdict
from truing_core.errors import InputError

POOL = [Instruction(id=f"i{n}", instruction=f"Task {n}") for n in range(9)]
VERDICTS = [
    Verdict(id=each.id, kind="hard" if n < 4 else "easy" if n < 8 else "undecided")
    for n, each in enumerate(POOL)
]


def test_undecided_ones_are_no_parents():
    found = split_parents(POOL, VERDICTS)
    assert [each.id for each in found["hard"]] == ["i0", "i1", "i2", "i3"]
    assert [each.id for each in found["easy"]] == ["i4", "i5", "i6", "i7"]


def test_the_order_of_the_files_does_not_matter():
    assert split_parents(POOL[::-1], VERDICTS[::-1]) == split_parents(POOL, VERDICTS)


def test_a_verdict_on_something_else_is_refused():
    with pytest.raises(InputError, match="verdict on 'gone', which the cache pool does not hold"):
        split_parents(POOL, [*VERDICTS, Verdict(id="gone", kind="hard")])


def test_without_parents_there_is_nothing_to_do():
    with pytest.raises(InputError, match="none of 1 verdicts is hard or easy"):
        split_parents(POOL, VERDICTS[-1:])


def test_draws_come_again_and_are_spread():
    parents = Parents(split_parents(POOL, VERDICTS), seed=3, iteration=1)
    drawn = [parents.draw("hard", number).id for number in range(400)]
    assert drawn == [parents.draw("hard", number).id for number in range(400)]
    count = Counter(drawn)
    assert set(count) == {"i0", "i1", "i2", "i3"}
    assert all(60 < each < 140 for each in count.values())


def test_seed_and_iteration_and_kind_change_the_draw():
    found = split_parents(POOL, VERDICTS)

    def drawn(seed, iteration):
        parents = Parents(found, seed, iteration)
        return [parents.draw("easy", number).id for number in range(40)]

    assert len({tuple(drawn(*each)) for each in [(0, 0), (1, 0), (0, 1)]}) == 3


@pytest.mark.parametrize(
    ("num", "share", "expected"),
    [(10, 0.5, (5, 5)), (11, 0.5, (6, 5)), (10, 0.25, (3, 7)), (10, 1.0, (10, 0)), (0, 0.5, (0, 0)),
     (1, 0.5, (1, 0)), (6000, 0.5, (3000, 3000))],
)  # fmt: skip
def test_shares(num, share, expected):
    both = {"hard": POOL[:1], "easy": POOL[1:2]}
    assert tuple(quotas(num, share, both).values()) == expected


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_quotas_add_up(num, share):
    both = {"hard": POOL[:1], "easy": POOL[1:2]}
    found = quotas(num, share, both)
    assert sum(found.values()) == num
    assert abs(found["hard"] - num * share) <= 0.5
    assert min(found.values()) >= 0


def test_one_side_supplies_all_where_the_other_is_empty():
    assert quotas(10, 0.5, {"hard": [], "easy": POOL}) == {"hard": 0, "easy": 10}
    assert quotas(10, 0.0, {"hard": POOL, "easy": []}) == {"hard": 10, "easy": 0}
