import asyncio
import gc
import threading
import time

from truing_core.models.background import BackgroundLoop, _close_all


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "truing-background"]


def test_nothing_starts_before_the_first_call():
    BackgroundLoop().close()
    assert threads() == []


def test_after_close_nothing_is_called():
    background, called = BackgroundLoop(), threading.Event()
    assert background.tell(called.set)
    assert called.wait(timeout=10)
    background.close()
    called.clear()
    assert background.tell(called.set) is False
    assert not called.is_set()
    assert threads() == []


def test_tasks_that_start_others_as_they_end_are_all_cancelled():
    background = BackgroundLoop()
    started, ended, running = [], [], threading.Event()

    def start(generations):
        task = asyncio.get_running_loop().create_task(asyncio.sleep(600))
        started.append(generations)

        def another(task):
            ended.append(task.cancelled())
            if generations:
                start(generations - 1)

        task.add_done_callback(another)
        running.set()

    background.tell(start, 5)
    assert running.wait(timeout=10)
    background.close()
    assert started == [5, 4, 3, 2, 1, 0]
    assert ended == [True] * 6
    assert threads() == []


def test_the_farewell_is_awaited_when_all_tasks_have_ended():
    order, running = [], threading.Event()

    async def work():
        try:
            running.set()
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0.05)
            order.append("work")

    async def farewell():
        await asyncio.sleep(0.05)
        order.append("farewell")

    background = BackgroundLoop(farewell)
    tasks = []
    background.tell(lambda: tasks.append(asyncio.get_running_loop().create_task(work())))
    assert running.wait(timeout=10)
    background.close()
    assert order == ["work", "farewell"]


def test_a_forgotten_loop_ends():
    background, called = BackgroundLoop(), threading.Event()
    background.tell(called.set)
    assert called.wait(timeout=10)
    (thread,) = threads()
    del background
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_at_exit_the_open_ones_are_closed():
    background, called = BackgroundLoop(), threading.Event()
    background.tell(called.set)
    assert called.wait(timeout=10)
    started = time.monotonic()
    _close_all()
    assert background.closed
    assert threads() == []
    assert time.monotonic() - started < 5
