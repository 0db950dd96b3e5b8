"""The mix holds for any number of rows and any run of documents."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import UsageError
from webr_synth.synthesis.perspectives import (
    MIX,
    PERSPECTIVES,
    apportion,
    block,
    next_shard,
    parse_mix,
    shortfall,
)

MIXES = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


@pytest.mark.parametrize(
    ("number", "counts"),
    [
        (0, (0, 0, 0, 0)),
        (1, (1, 0, 0, 0)),
        (2, (1, 1, 0, 0)),
        (3, (1, 1, 1, 0)),
        (6, (2, 2, 1, 1)),
        (7, (3, 2, 1, 1)),
        (100, (33, 33, 17, 17)),
        (66_666, (22_222, 22_222, 11_111, 11_111)),
    ],
)
def test_the_papers_mix(number, counts):
    assert tuple(apportion(number, MIX).values()) == counts


@given(st.integers(0, 5000), MIXES)
def test_rows_add_up_and_are_as_near_as_whole_numbers_can_be(number, shares):
    mix = dict(zip(PERSPECTIVES, shares, strict=True))
    counts = apportion(number, mix)
    assert sum(counts.values()) == number
    for name, share in mix.items():
        assert abs(counts[name] - number * share / sum(shares)) < 1
        assert share or not counts[name]


@given(MIXES, st.integers(0, 99), st.text(max_size=5))
def test_a_block_has_the_mix_in_an_order_of_its_own(shares, seed, first):
    mix = dict(zip(PERSPECTIVES, shares, strict=True))
    order = block(mix, seed, first)
    assert Counter(order) == Counter({name: share for name, share in mix.items() if share})
    assert order == block(mix, seed, first)


def test_blocks_differ():
    assert len({tuple(block(MIX, 0, str(first))) for first in range(50)}) > 20


def test_mixes_are_read():
    assert parse_mix("2:2:1:1") == MIX
    assert parse_mix("0, 0,3,1") == dict(zip(PERSPECTIVES, (0, 0, 3, 1), strict=True))
    for text in ("", "1:2:3", "0:0:0:0", "1:1:1:-1", "1:1:1:x", "9999:9999:1:1", "1:1:1:²"):
        with pytest.raises(UsageError, match="expected the shares of wi_whole"):
            parse_mix(text)


def test_what_ran_short_is_named():
    assert shortfall({"wi_whole": 2, "wr_part": 1200}, {"wi_whole": 2, "wr_part": 100}) == (
        "wr_part by 1,100 of 1,200"
    )
    assert shortfall({"wi_whole": 2}, {"wi_whole": 2}) == ""


def test_no_shard_takes_a_row_that_rounding_takes_back():
    mix = dict(zip(PERSPECTIVES, (4, 4, 1, 1), strict=True))
    # Of three rows wr_whole would have one, of four none.
    assert next_shard({}, 3, 4, mix) == {"wi_whole": 1, "wi_part": 1, "wr_whole": 0, "wr_part": 0}
    written = {"wi_whole": 1, "wi_part": 1}
    assert next_shard(written, 3, 4, mix) == {
        "wi_whole": 1, "wi_part": 1, "wr_whole": 0, "wr_part": 0
    }  # fmt: skip


@given(st.integers(1, 60), st.integers(1, 12), MIXES)
def test_shards_add_up_to_the_mix(number, size, shares):
    mix = dict(zip(PERSPECTIVES, shares, strict=True))
    written = dict.fromkeys(PERSPECTIVES, 0)
    while sum(written.values()) < number:
        shard = next_shard(written, size, number, mix)
        assert 0 < sum(shard.values()) <= size + len(PERSPECTIVES)
        assert min(shard.values()) >= 0
        written = {name: count + shard[name] for name, count in written.items()}
    assert written == apportion(number, mix)
