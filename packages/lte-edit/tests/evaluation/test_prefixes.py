"""Groups of rows with a common start: they hold every row, and save what they can."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lte_edit.evaluation.prefixes import LEAST, Shared, common_length, shared_prefixes

FACT = tuple(range(100, 120))
INTRO = tuple(range(10))


def saved(parts):
    return sum((len(part.places) - 1) * part.length for part in parts)


def most_saved(rows):
    """By the rule itself: rows as one group, or split by the first token in which they differ."""
    if len(rows) < 2:
        return 0
    depth = common_length(min(rows), max(rows))
    whole = (len(rows) - 1) * depth if depth >= LEAST else 0
    branches = {}
    for row in rows:
        if len(row) > depth:
            branches.setdefault(row[depth], []).append(row)
    return max(whole, sum(map(most_saved, branches.values())))


def test_rows_behind_one_fact_are_a_group():
    rows = [(*FACT, 1), (*INTRO, 7), (*FACT, 2, 3), (5,), (*FACT, 2, 4)]
    assert sorted(shared_prefixes(rows), key=lambda part: part.places) == [
        Shared(len(FACT), (0, 2, 4)),
        Shared(0, (1,)),
        Shared(0, (3,)),
    ]


def test_what_saves_more_wins_the_wider_or_the_longer_start():
    # Four rows share 10 tokens (30 saved); in pairs they share 30 each (60 saved).
    pairs = [(*INTRO, *FACT, 1), (*INTRO, *FACT, 2), (*INTRO, *FACT[::-1], 1)]
    pairs += [(*INTRO, *FACT[::-1], 2)]
    assert sorted(shared_prefixes(pairs), key=lambda part: part.places) == [
        Shared(30, (0, 1)),
        Shared(30, (2, 3)),
    ]
    # One token more in one pair is less than ten in all four.
    wide = [(*INTRO, 1, 5), (*INTRO, 1, 6), (*INTRO, 2), (*INTRO, 3)]
    assert shared_prefixes(wide) == [Shared(len(INTRO), (0, 1, 2, 3))]


def test_equal_rows_share_all_of_themselves():
    assert shared_prefixes([FACT, FACT]) == [Shared(len(FACT), (0, 1))]


def test_few_common_tokens_are_left_alone():
    assert shared_prefixes([(1, 2, 3), (1, 2, 4)]) == [Shared(0, (0,)), Shared(0, (1,))]
    assert shared_prefixes([]) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([(), INTRO, (*INTRO, *FACT), FACT, FACT[:9]]),
            st.lists(st.integers(0, 2), max_size=12).map(tuple),
        ).map(lambda parts: parts[0] + parts[1]),
        max_size=14,
    )
)
def test_no_split_of_the_tree_saves_more(rows):
    parts = shared_prefixes(rows)
    assert sorted(place for part in parts for place in part.places) == list(range(len(rows)))
    for part in parts:
        assert len({rows[place][: part.length] for place in part.places}) == 1
        assert part.length == 0 or part.length >= LEAST
    assert saved(parts) == most_saved(rows)
