from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webr_synth.ingest.duplicates import SeenIds


@given(st.lists(st.integers(0, 60) | st.integers(2**64 - 3, 2**64 - 1), max_size=200))
def test_it_is_a_set(numbers):
    seen, plain = SeenIds(recent=4), set()
    for number in numbers:
        assert seen.add(f"{number:016x}") == (number not in plain)
        plain.add(number)
    assert len(seen) == len(plain)


def test_there_are_few_arrays_to_search():
    seen = SeenIds(recent=10)
    assert all(seen.add(f"{number * 2654435761 % 2**64:016x}") for number in range(5000))
    assert len(seen._sorted) <= 10
    assert not seen.add("0" * 16)
