from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import ModelError
from truing_core.models.retry import (
    LONGEST_WAIT,
    PassingFault,
    RetryPolicy,
    Tries,
    backoff,
    retry_after,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 13:00:30 +0100"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@given(st.integers(0, 10**6))
def test_retry_after_reads_every_http_date(seconds):
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"retry-after": text}, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_fails(text):
    seconds = retry_after({"retry-after": text, "retry-after-ms": text}, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(1, 10_000))
def test_backoff_doubles_up_to_a_limit(tries):
    assert 0.4 <= backoff(tries) <= LONGEST_WAIT * 1.2
    expected = min(LONGEST_WAIT, 0.5 * 2 ** min(tries - 1, 20))
    assert 0.8 * expected <= backoff(tries) <= 1.2 * expected


def fail(policy: RetryPolicy, tries: Tries, fault: PassingFault, now: float = 0.0) -> float | None:
    policy.begin(tries)
    return policy.failed(tries, fault, now)


def test_a_request_is_tried_again_as_often_as_allowed():
    policy, tries = RetryPolicy(max_retries=2, outage=60), Tries()
    waits = [fail(policy, tries, PassingFault("500")) for _ in range(3)]
    assert waits[0] is not None
    assert waits[1] is not None
    assert waits[2] is None
    assert tries.attempts == 3


def test_no_retries_means_none():
    assert fail(RetryPolicy(0, 60), Tries(), PassingFault("500")) is None


def test_the_server_s_wait_comes_before_ours():
    assert fail(RetryPolicy(6, 60), Tries(), PassingFault("429", "overload", 2.5)) == 2.5


def test_refusals_count_a_quarter_while_others_get_through():
    policy, crowded, alone = RetryPolicy(2, 60), Tries(), Tries()
    refusal = PassingFault("429", "overload", 1.0)
    for _ in range(8):
        policy.answered()  # somebody got through since the last attempt
        policy.begin(crowded)
        policy.answered()
        assert policy.failed(crowded, refusal, 0.0) == 1.0
    assert [fail(policy, alone, refusal) for _ in range(3)] == [1.0, 1.0, None]


def test_a_wait_of_hours_ends_the_run():
    with pytest.raises(ModelError, match=r"for the next 120 minutes.*run the same command again"):
        fail(RetryPolicy(6, 60), Tries(), PassingFault("the quota", "overload", 7200.0))


def stay_away(policy: RetryPolicy, tries: Tries, waits: list[float]) -> None:
    """A server that is not there, until the policy has had enough."""
    while sum(waits) < 100:
        wait = fail(policy, tries, PassingFault("no server", "unreachable"), sum(waits))
        assert wait is not None
        waits.append(wait)


def test_a_server_never_reached_gets_a_few_quick_attempts():
    policy, tries, waits = RetryPolicy(6, 60), Tries(), []
    with pytest.raises(ModelError, match="no server; check the address and that the server runs"):
        stay_away(policy, tries, waits)
    assert 3 <= tries.attempts <= 8
    assert sum(waits) < 5


def test_a_server_lost_on_the_way_gets_its_outage_and_no_retry_is_counted():
    policy, tries, waits = RetryPolicy(0, 60), Tries(), []
    policy.answered()
    with pytest.raises(ModelError, match=r"no server for 6\d s"):
        stay_away(policy, tries, waits)
    assert 60 < sum(waits) < 70
    assert max(waits) <= 5
    assert tries.retries == 0


def test_an_answer_ends_the_outage():
    policy, tries = RetryPolicy(3, 60), Tries()
    policy.answered()
    fail(policy, tries, PassingFault("no server", "unreachable"), 0.0)
    policy.answered()
    assert fail(policy, tries, PassingFault("no server", "unreachable"), 100.0) == 0.3
