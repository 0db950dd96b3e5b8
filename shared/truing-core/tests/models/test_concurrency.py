from hypothesis import given
from hypothesis import strategies as st

from truing_core.models.concurrency import AdaptiveLimit


def burst(limit: AdaptiveLimit, accepted: int, *, now: float = 0.0, wait: float = 1.0) -> int:
    """Fills all slots; the server accepts so many and refuses the rest at once."""
    refused = max(0, limit.slots - accepted)
    for index in range(refused):
        others = accepted + refused - index - 1
        limit.refused(others=others, now=now, wait=wait)
    return refused


def quiet_window(limit: AdaptiveLimit) -> None:
    for _ in range(limit.slots):
        limit.answered()


def test_it_starts_at_the_ceiling():
    assert AdaptiveLimit(64).slots == 64


def test_a_burst_leaves_what_the_server_accepts_and_then_tries_half_of_the_rest():
    limit = AdaptiveLimit(64)
    refused = burst(limit, 10, now=5.0)
    assert refused == 54
    assert limit.slots == 10
    assert limit.resume_at == 0.0, "ten are being worked on, so it is not closed"
    for _ in range(refused):
        limit.waited()
    assert limit.slots == 10 + 27


def test_when_nothing_is_accepted_everybody_waits():
    limit = AdaptiveLimit(64)
    burst(limit, 0, now=10.0, wait=2.5)
    assert limit.slots == 1
    assert limit.resume_at == 12.5


def test_bursts_halve_the_limit_each_time_down_to_one():
    limit, seen = AdaptiveLimit(64), []
    for now in range(8):
        refused = burst(limit, 0, now=float(now))
        for _ in range(refused):
            limit.waited()
        seen.append(limit.slots)
    assert seen == [33, 17, 9, 5, 3, 2, 2, 2]


def test_it_grows_back_ever_faster_when_the_refusals_stop():
    limit = AdaptiveLimit(64)
    burst(limit, 0)
    sizes = [limit.slots]
    while limit.slots < 64:
        quiet_window(limit)
        sizes.append(limit.slots)
    assert 8 <= len(sizes) <= 20
    assert sizes == sorted(sizes)
    assert sizes[2] - sizes[1] < sizes[-3] - sizes[-4]


def test_a_stray_refusal_costs_one_slot_and_pauses_nobody():
    limit = AdaptiveLimit(64)
    limit.refused(others=63, now=0.0, wait=1.0)
    assert limit.slots == 63
    assert limit.resume_at == 0.0
    quiet_window(limit)
    assert limit.slots == 64 - 1 + 0 or limit.slots == 64


def test_one_in_thirteen_refused_leaves_many_of_the_slots():
    limit, waiting = AdaptiveLimit(64), []
    for number in range(5000):
        now = number / 500
        while waiting and waiting[0] <= now:
            waiting.pop(0)
            limit.waited()
        if number % 13 == 0:
            limit.refused(others=limit.slots - 1, now=now, wait=1.0)
            waiting.append(now + 1.0)
        else:
            limit.answered()
    assert 12 <= limit.slots <= 63


def test_with_one_slot_a_single_refusal_pauses():
    limit = AdaptiveLimit(1)
    limit.refused(others=0, now=5.0, wait=2.0)
    assert (limit.slots, limit.resume_at) == (1, 7.0)


def test_a_shorter_wait_does_not_shorten_the_pause():
    limit = AdaptiveLimit(4)
    limit.refused(others=0, now=5.0, wait=20.0)
    limit.refused(others=0, now=6.0, wait=1.0)
    assert limit.resume_at == 25.0


@given(
    st.integers(1, 200),
    st.lists(
        st.tuples(
            st.sampled_from(["ok", "refused", "waited"]), st.floats(0, 30), st.integers(0, 9)
        ),
        max_size=300,
    ),
)
def test_the_limit_stays_between_one_and_the_ceiling(ceiling, events):
    limit, now, pauses = AdaptiveLimit(ceiling), 0.0, [0.0]
    for kind, seconds, others in events:
        now += seconds / 10
        before = limit.slots
        match kind:
            case "ok":
                limit.answered()
                assert limit.slots >= before
            case "refused":
                limit.refused(others=others, now=now, wait=seconds)
                assert limit.slots == max(1, before - 1) or limit.slots == before
            case "waited":
                limit.waited()
        assert 1 <= limit.slots <= ceiling
        pauses.append(limit.resume_at)
    assert pauses == sorted(pauses)


@given(st.integers(1, 100), st.integers(0, 100))
def test_it_always_comes_back_to_the_ceiling(ceiling, accepted):
    limit = AdaptiveLimit(ceiling)
    burst(limit, accepted)
    for _ in range(200):
        quiet_window(limit)
    assert limit.slots == ceiling
