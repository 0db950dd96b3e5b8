import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.models.base import ChatRequest, Sampling
from truing_core.models.batching import BatchPool, Row


def row(
    name: object, length: int, *, reply: int = 10, seed: int | None = None, temperature: float = 0.0
) -> Row:
    sampling = Sampling(max_tokens=reply, seed=seed, temperature=temperature)
    request = ChatRequest(str(name), ({"role": "user", "content": "?"},), sampling)
    return Row(request, tuple(range(length)), reply)


def pool_of(*rows: Row, budget: int = 100) -> BatchPool:
    pool = BatchPool(budget)
    for each in rows:
        pool.add(each)
    return pool


def ids(batch: list[Row]) -> list[str]:
    return [each.request.id for each in batch]


def test_a_batch_costs_rows_times_longest_prompt_plus_reply() -> None:
    pool = pool_of(*(row(i, 10) for i in range(7)), budget=100)  # 5 x (10 + 10)
    assert [len(pool.take()), len(pool.take()), len(pool.take())] == [5, 2, 0]


def test_the_first_row_takes_those_nearest_in_length() -> None:
    pool = pool_of(row("a", 20), row("b", 90), row("c", 22), row("d", 1), row("e", 19), budget=96)
    assert ids(pool.take()) == ["c", "a", "e"]  # 3 x (22 + 10)
    assert ids(pool.take()) == ["b"]
    assert ids(pool.take()) == ["d"]


def test_a_row_beyond_the_budget_goes_alone() -> None:
    pool = pool_of(row("long", 500), row("short", 1))
    assert ids(pool.take()) == ["long"]
    assert ids(pool.take()) == ["short"]


def test_different_sampling_is_not_mixed_but_seeds_are() -> None:
    pool = pool_of(
        row("greedy", 5),
        row("warm", 5, temperature=1.0, seed=1),
        row("short", 5, reply=3),
        row("warm too", 5, temperature=1.0, seed=2),
    )
    assert ids(pool.take()) == ["greedy"]
    assert ids(pool.take()) == ["warm", "warm too"]
    assert ids(pool.take()) == ["short"]


def test_the_window_bounds_what_waits() -> None:
    pool = BatchPool(1000, window=3)
    for number in range(3):
        assert not pool.full
        pool.add(row(number, 5))
    assert pool.full
    pool.take()
    assert len(pool) == 0


def test_shrink_halves_what_did_not_fit() -> None:
    pool = pool_of(*(row(i, 10) for i in range(12)), budget=10_000)
    batch = pool.take()
    assert len(batch) == 12
    pool.shrink(batch)
    assert pool.budget == 12 * 20 // 2
    pool.shrink([row("small", 1)])
    assert pool.budget == 5
    pool.shrink(batch)
    assert pool.budget == 5


@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.sampled_from([5, 10]), st.sampled_from([0.0, 0.7])),
        max_size=40,
    ),
    st.integers(1, 400),
)
def test_every_row_comes_out_once_in_a_batch_that_fits(
    shapes: list[tuple[int, int, float]], budget: int
) -> None:
    rows = [
        row(i, length, reply=reply, temperature=temperature)
        for i, (length, reply, temperature) in enumerate(shapes)
    ]
    pool = pool_of(*rows, budget=budget)
    waiting = ids(rows)
    while pool:
        batch = pool.take()
        assert batch
        assert waiting[0] in ids(batch)
        assert len({each.group for each in batch}) == 1
        lengths = [len(each.prompt) for each in batch]
        assert lengths == sorted(lengths, reverse=True)
        if len(batch) > 1:
            replies = [each.reply_tokens for each in batch]
            assert len(batch) * (max(lengths) + max(replies)) <= budget
        for name in ids(batch):
            waiting.remove(name)
    assert waiting == []


@pytest.mark.parametrize("window", [8, 64])
def test_endless_rows_leave_in_bounded_time(window: int) -> None:
    pool, entered, left = BatchPool(200, window=window), [], {}
    for turn in range(300):
        while not pool.full:
            pool.add(row(len(entered), 1 + (len(entered) * 37) % 90))
            entered.append(turn)
        for name in ids(pool.take()):
            left[int(name)] = turn
    # Each turn takes the row that came first, so none sees more turns than the window has rows.
    assert all(left[name] - entered[name] <= window for name in left)
    assert all(name in left for name, turn in enumerate(entered) if turn < 300 - window)
