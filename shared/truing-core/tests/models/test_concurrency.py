from hypothesis import given
from hypothesis import strategies as st

from truing_core.models.concurrency import AdaptiveLimit


def burst(limit: AdaptiveLimit, refused: int, *, now: float = 0.0, wait: float = 1.0) -> None:
    """Sends as many as allowed, of which the first ``refused`` are turned away."""
    tickets = [limit.sent() for _ in range(limit.slots)]
    for index, ticket in enumerate(tickets):
        if index < refused:
            limit.refused(ticket, in_flight=len(tickets) - index, now=now, wait=wait)
        else:
            limit.answered()


def test_it_starts_at_the_ceiling():
    assert AdaptiveLimit(64).slots == 64


def test_a_burst_of_refusals_cuts_once_and_pauses():
    limit = AdaptiveLimit(64)
    tickets = [limit.sent() for _ in range(64)]
    for ticket in tickets:
        limit.refused(ticket, in_flight=64, now=10.0, wait=1.0)
    assert limit.slots == 32
    assert limit.resume_at == 11.0


def test_refusals_of_the_next_burst_cut_again():
    limit = AdaptiveLimit(64)
    for now in range(8):
        before = limit.slots
        burst(limit, before, now=float(now))
        assert limit.slots <= max(1, before // 2)
        assert limit.slots >= max(1, before // 2 - 2)
    assert limit.slots == 1


def test_it_grows_back_when_the_refusals_stop():
    limit = AdaptiveLimit(64)
    burst(limit, 64)
    assert 30 <= limit.slots <= 32
    rounds = 0
    while limit.slots < 64:
        burst(limit, 0)
        rounds += 1
    assert 3 <= rounds <= 12


def test_a_stray_refusal_costs_little_and_pauses_nobody():
    limit = AdaptiveLimit(64)
    burst(limit, 1)
    assert limit.slots >= 60
    assert limit.resume_at == 0.0


def test_one_in_thirteen_refused_leaves_most_of_the_slots():
    limit = AdaptiveLimit(64)
    for number in range(2000):
        ticket = limit.sent()
        if number % 13 == 0:
            limit.refused(ticket, in_flight=limit.slots, now=number / 100, wait=1.0)
        else:
            limit.answered()
    assert limit.slots >= 20
    assert limit.resume_at == 0.0


def test_with_one_slot_a_single_refusal_pauses():
    limit = AdaptiveLimit(1)
    limit.refused(limit.sent(), in_flight=1, now=5.0, wait=2.0)
    assert (limit.slots, limit.resume_at) == (1, 7.0)


def test_the_cut_starts_from_what_was_really_under_way():
    limit = AdaptiveLimit(64)
    tickets = [limit.sent() for _ in range(6)]
    for ticket in tickets:
        limit.refused(ticket, in_flight=6, now=0.0, wait=1.0)
    assert limit.slots == 3


def test_it_settles_near_what_a_server_can_take():
    limit, capacity, seen = AdaptiveLimit(64), 10, []
    now = 0.0
    for _ in range(300):
        now = max(now + 0.05, limit.resume_at)
        burst(limit, max(0, limit.slots - capacity), now=now, wait=0.05)
        seen.append(limit.slots)
    assert 6 <= sum(seen[20:]) / len(seen[20:]) <= 16


@given(
    st.integers(1, 200),
    st.lists(st.tuples(st.booleans(), st.floats(0, 30), st.integers(0, 300)), max_size=300),
)
def test_the_limit_stays_between_one_and_the_ceiling(ceiling, events):
    limit, now, pauses = AdaptiveLimit(ceiling), 0.0, [0.0]
    for refused, seconds, in_flight in events:
        now += seconds / 10
        ticket = limit.sent()
        if refused:
            limit.refused(ticket, in_flight=in_flight, now=now, wait=seconds)
        else:
            limit.answered()
        assert 1 <= limit.slots <= ceiling
        pauses.append(limit.resume_at)
    assert pauses == sorted(pauses)
