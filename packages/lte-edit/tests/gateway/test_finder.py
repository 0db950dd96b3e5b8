"""Questions that arrive together are looked up together."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from lte_edit.edits import Edit
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.finder import Finder
from lte_edit.gateway.metrics import Timings
from lte_edit.gateway.vectors import QueryVectors
from lte_edit.memory import EditMemory


@pytest.fixture
def slow(make_encoder):
    """An encoder that notes its calls; the first one waits until it is let go."""
    encoder = make_encoder()
    encoder.calls, encoder.go, encoder.busy = [], threading.Event(), threading.Event()
    plain = encoder.encode

    def encode(texts):
        encoder.calls.append(list(texts))
        if len(encoder.calls) == 1:
            encoder.busy.set()
            assert encoder.go.wait(5)
        return plain(texts)

    encoder.encode = encode
    return encoder


@pytest.fixture
def memory(tmp_path, slow):
    with EditMemory.open(tmp_path / "edits.sqlite", QueryVectors(slow)) as opened:
        slow.go.set()
        opened.add([
            Edit(id="acme", prompt="Who leads Acme?", target="Ada", subject="Acme"),
            Edit(id="team", prompt="Who leads Acme?", target="Bob", namespace="team"),
        ])  # fmt: skip
        slow.calls.clear()
        slow.go.clear()
        slow.busy.clear()
        yield opened


def find(finder, query, namespace="default", timings=None):
    return finder.find(query, namespace, 3, 0.5, timings or Timings())


def test_while_the_encoder_works_questions_gather(memory, slow):
    async def ask():
        finder = Finder(memory, memory._encoder)
        first = asyncio.create_task(find(finder, "Who leads Acme?"))
        while not slow.busy.is_set():
            await asyncio.sleep(0.001)
        timings, begun = Timings(), time.perf_counter()
        more = [
            asyncio.create_task(find(finder, "Who leads Acme now?", "team", timings)),
            asyncio.create_task(find(finder, "Who leads Acme?")),
            asyncio.create_task(find(finder, "zzzz qqqq")),
        ]
        await asyncio.sleep(0.05)  # the loop is not held up
        slow.go.set()
        found = [await each for each in (first, *more)]
        finder.close()
        return found, timings, time.perf_counter() - begun

    found, timings, took = asyncio.run(ask())
    assert [[hit.edit.id for hit in hits] for hits in found] == [["acme"], ["team"], ["acme"], []]
    assert slow.calls == [["Who leads Acme?"], ["Who leads Acme now?", "zzzz qqqq"]]
    # Waiting for the encoder's work for another is the encoder's time.
    assert timings.seconds["embed"] > 0.04
    assert 0 <= timings.seconds["search"] <= took - timings.seconds["embed"]


def test_one_that_goes_leaves_the_others(memory, slow):
    async def ask():
        finder = Finder(memory, memory._encoder)
        first = asyncio.create_task(find(finder, "Who leads Acme?"))
        while not slow.busy.is_set():
            await asyncio.sleep(0.001)
        second = asyncio.create_task(find(finder, "never mind"))
        third = asyncio.create_task(find(finder, "Who leads Acme again?"))
        await asyncio.sleep(0.01)
        first.cancel()
        second.cancel()
        slow.go.set()
        hits = await third
        finder.close()
        return hits

    [hit] = asyncio.run(ask())
    assert hit.edit.id == "acme"
    assert slow.calls[1] == ["Who leads Acme again?"]


def test_a_namespace_is_seen_when_somebody_else_makes_it(memory, slow, tmp_path, make_encoder):
    slow.go.set()

    async def ask():
        finder = Finder(memory, memory._encoder)
        with pytest.raises(ApiError) as unknown:
            await finder.check("new", False)
        assert unknown.value.status == 404
        assert await finder.check("new", True) is False
        with EditMemory.open(tmp_path / "edits.sqlite", make_encoder()) as other:
            other.add([Edit(prompt="a?", target="b", namespace="new")])
        assert await finder.check("new", False) is True
        finder.close()

    asyncio.run(ask())


def test_a_memory_that_fails_is_no_secret_and_no_traceback(memory, slow, caplog):
    slow.go.set()

    async def ask():
        finder = Finder(memory, memory._encoder)
        memory.close()
        try:
            for what in (find(finder, "Who leads Acme?"), finder.check("x", True)):
                with pytest.raises(ApiError) as failed:
                    await what
                assert failed.value.status == 503
                assert "edits.sqlite" not in failed.value.message
        finally:
            finder.close()

    asyncio.run(ask())
    assert "edits.sqlite" in caplog.text


def test_an_encoder_that_fails_fails_the_question_only(memory, slow):
    slow.go.set()
    calls = []

    def broken(texts):
        calls.append(texts)
        raise RuntimeError("no vectors today")

    good, slow.encode = slow.encode, broken

    async def ask():
        finder = Finder(memory, memory._encoder)
        with pytest.raises(RuntimeError, match="no vectors"):
            await find(finder, "Who leads Acme?")
        slow.encode = good
        begun = time.perf_counter()
        hits = await find(finder, "Who leads Acme?")
        finder.close()
        return hits, time.perf_counter() - begun

    hits, took = asyncio.run(ask())
    assert [hit.edit.id for hit in hits] == ["acme"]
    assert took < 5


def test_a_question_that_cannot_be_embedded_fails_alone(memory, slow):
    plain = slow.encode

    def picky(texts):
        if "poison" in texts:
            raise TypeError("no text for a tokenizer")
        return plain(texts)

    slow.encode = picky

    async def ask():
        finder = Finder(memory, memory._encoder)
        first = asyncio.create_task(find(finder, "Who leads Acme?"))
        while not slow.busy.is_set():
            await asyncio.sleep(0.001)
        batch = [
            asyncio.create_task(find(finder, text))
            for text in ("Who leads Acme now?", "poison", "zzzz qqqq")
        ]
        await asyncio.sleep(0.01)
        slow.go.set()
        await first
        found = await asyncio.gather(*batch, return_exceptions=True)
        finder.close()
        return found

    good, bad, none = asyncio.run(ask())
    assert [hit.edit.id for hit in good] == ["acme"]
    assert isinstance(bad, TypeError)
    assert none == []


def test_half_an_emoji_is_a_question_like_any_other(memory, slow):
    slow.go.set()

    async def ask():
        finder = Finder(memory, memory._encoder)
        hits = await find(finder, "Who leads Acme? \ud83d")
        finder.close()
        return hits

    [hit] = asyncio.run(ask())
    assert hit.edit.id == "acme"
    assert slow.calls == [["Who leads Acme? ?"]]
