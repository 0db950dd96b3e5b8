import asyncio
import itertools
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from truing_core.errors import ModelError
from truing_core.models import ChatReply, ChatRequest, background
from truing_core.models.dispatch import Dispatcher
from truing_core.models.retry import PassingFault, RetryPolicy


@pytest.fixture
def dispatcher():
    """A factory of dispatchers over a coroutine, closed at the end of the test."""
    made = []

    def make(attempt, *, concurrency=4, max_retries=3, timeout=30.0, farewell=None):
        made.append(
            Dispatcher(
                attempt,
                concurrency=concurrency,
                timeout=timeout,
                policy=RetryPolicy(max_retries, outage=60.0),
                farewell=farewell,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


def requests(count):
    return [ChatRequest(str(number), ()) for number in range(count)]


async def answer(request):
    return ChatReply(request.id, f"text {request.id}")


def test_replies_come_as_they_finish(dispatcher):
    async def attempt(request):
        await asyncio.sleep(0.2 if request.id == "0" else 0)
        return await answer(request)

    replies = [reply.id for reply in dispatcher(attempt, concurrency=2).complete(requests(5))]
    assert sorted(replies) == list("01234")
    assert replies[-1] == "0"


def test_the_iterable_is_read_in_the_caller_s_thread_and_attempts_in_another(dispatcher):
    threads = {"caller": threading.get_ident(), "source": set(), "attempt": set()}

    async def attempt(request):
        threads["attempt"].add(threading.get_ident())
        return await answer(request)

    def source():
        for request in requests(20):
            threads["source"].add(threading.get_ident())
            yield request

    assert len(list(dispatcher(attempt).complete(source()))) == 20
    assert threads["source"] == {threads["caller"]}
    assert len(threads["attempt"]) == 1
    assert threads["attempt"] != threads["source"]


def test_leaving_the_interpreter_starts_no_spare_request(dispatcher):
    asked, asking = [], threading.Event()

    async def attempt(request):
        asked.append(request.id)
        if len(asked) == 2:
            asking.set()
            await asyncio.sleep(600)
        return await answer(request)

    replies = dispatcher(attempt, concurrency=1).complete(requests(100))
    assert next(replies).id == "0"
    assert asking.wait(timeout=10)
    background._close_all()  # what atexit does, while the iterator still lives
    assert asked == ["0", "1"]


def test_requests_that_wait_for_another_attempt_hold_no_slot(dispatcher):
    failed = set()

    async def attempt(request):
        if int(request.id) < 4 and request.id not in failed:
            failed.add(request.id)
            raise PassingFault("broken", retry_after=0.5)
        return await answer(request)

    replies = [reply.id for reply in dispatcher(attempt, concurrency=2).complete(requests(10))]
    assert sorted(replies[:6]) == list("456789")
    assert sorted(replies[6:]) == list("0123")


def test_the_number_of_requests_that_wait_is_bounded(dispatcher):
    async def attempt(request):
        raise PassingFault("broken", retry_after=60)

    drawn = itertools.count()

    def endless():
        for number in drawn:
            yield ChatRequest(str(number), ())

    made = dispatcher(attempt, concurrency=4)
    threading.Timer(1.0, made.close).start()
    with pytest.raises(ModelError, match="closed"):
        next(made.complete(endless()))
    assert next(drawn) <= 4 * 4 + 4 + 2 + 2


def test_a_slow_iterable_does_not_hold_back_replies(dispatcher):
    def slow():
        for request in requests(5):
            time.sleep(0.1)
            yield request

    begun, times = time.monotonic(), []
    for _ in dispatcher(answer).complete(slow()):
        times.append(time.monotonic() - begun)
    assert times[0] < 0.45
    assert len(times) == 5


def test_an_error_nobody_foresaw_is_raised_instead_of_hanging(dispatcher):
    async def attempt(request):
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(dispatcher(attempt).complete(requests(10)))


def test_a_fatal_error_ends_every_call_after_the_replies_under_way(dispatcher):
    attempted = []

    async def attempt(request):
        attempted.append(request.id)
        if request.id == "5":
            await asyncio.sleep(0.3)
            raise ModelError("no such model")
        if int(request.id) > 5:
            await asyncio.sleep(0.8)
        return await answer(request)

    made = dispatcher(attempt, concurrency=9)

    def consume(asked):
        seen = []
        try:
            for reply in made.complete(asked):
                seen.append(reply.id)
        except ModelError as error:
            return seen, str(error)
        return seen, None

    others = [ChatRequest(str(n), ()) for n in range(1000, 1050)]
    with ThreadPoolExecutor() as threads:
        other = threads.submit(consume, others)
        while len(attempted) < 2:
            time.sleep(0.01)
        seen, error = consume(requests(500))
        others_seen, others_error = other.result(timeout=10)
    assert (error, others_error) == ("no such model", "no such model")
    assert {*seen, *others_seen} == {*attempted} - {"5"}
    assert len(attempted) < 30
    assert {"1000", "1001"} <= {*others_seen}
    assert [reply.id for reply in made.complete(requests(1))] == ["0"], "it can be used again"


def test_closing_while_somebody_waits_ends_the_waiting(dispatcher):
    async def attempt(request):
        await asyncio.sleep(60)
        return await answer(request)

    farewells = []

    async def farewell():
        farewells.append("bye")

    made = dispatcher(attempt, farewell=farewell)
    threading.Timer(0.2, made.close).start()
    with pytest.raises(ModelError, match="closed while requests were under way"):
        list(made.complete(requests(3)))
    made.close()
    for _ in range(100):
        if farewells:
            break
        time.sleep(0.05)
    assert farewells == ["bye"]


def test_closing_an_unused_one_needs_no_thread(dispatcher):
    before = threading.active_count()
    dispatcher(answer).close()
    assert threading.active_count() == before


def test_a_forgotten_model_is_collected_without_a_sound():
    script = """
        import gc, threading, time
        from truing_core.models import ChatRequest, load_model
        from truing_core.testing.server import ChatServer

        with ChatServer() as server:
            model = load_model(f"openai/m@{server.url}")
            message = {"role": "user", "content": "hi"}
            print([reply.text for reply in model.complete([ChatRequest("1", (message,))])])
            del model
            gc.collect()
            deadline = time.monotonic() + 10
            while "truing-background" in {thread.name for thread in threading.enumerate()}:
                assert time.monotonic() < deadline, "the thread goes on"
                time.sleep(0.01)
            print("ended")
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("['echo: hi']\nended\n", "", 0)
