"""Replies told piece by piece: the same text as at once, and never more than that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.models import ChatRequest, LoadOptions, Sampling
from truing_core.models.hf import HFModel
from truing_core.models.spec import ModelSpec
from truing_core.models.streaming import TextStream, held_back
from truing_core.testing.tiny import ANSWERS

EXACT = LoadOptions(dtype="float32", device="cpu")


class Ids(list[int]):
    """As much of a tensor as a stream needs."""

    def flatten(self) -> Ids:
        return self

    def tolist(self) -> list[int]:
        return list(self)


def as_bytes(tokens: Any) -> str:
    return bytes(tokens).decode(errors="replace")


@pytest.mark.parametrize(
    ("text", "stop", "size"),
    [
        ("One, two", (), 0),
        ("One, two", ("END",), 0),
        ("One, twoE", ("END",), 1),
        ("One, twoEN", ("END", "NO"), 2),
        ("One END two END", ("END",), 11),
        ("E", ("END",), 1),
        ("", ("END",), 0),
    ],
)
def test_what_may_become_a_stop_string_is_held_back(
    text: str, stop: tuple[str, ...], size: int
) -> None:
    assert held_back(text, stop) == size


def test_letters_of_several_bytes_come_whole() -> None:
    told: list[str] = []
    stream = TextStream(told.append, as_bytes)
    stream.put(Ids([1, 2, 3]))  # type: ignore[arg-type] - the prompt
    for byte in "aé诗".encode():
        stream.put(Ids([byte]))  # type: ignore[arg-type]
    assert told == ["a", "é", "诗"]
    assert stream.tokens == list("aé诗".encode())


@given(
    st.text("abcdé诗", max_size=20), st.lists(st.text("abc", min_size=1, max_size=3), max_size=3)
)
def test_pieces_make_the_text_up_to_the_first_stop_string(text: str, stop: list[str]) -> None:
    places = [at for at in (text.find(each) for each in stop) if at >= 0]
    expected = text[: min(places)] if places else text
    told: list[str] = []
    stream = TextStream(told.append, as_bytes, stop)
    stream.put(Ids())  # type: ignore[arg-type]
    for byte in text.encode():
        stream.put(Ids([byte]))  # type: ignore[arg-type]
        if any(each in as_bytes(stream.tokens) for each in stop):
            break
    stream.end()
    assert expected.startswith("".join(told))
    stream.finish(expected)
    assert "".join(told) == expected


@pytest.fixture(scope="module")
def model(tiny_model_dir: Path) -> Iterator[HFModel]:
    pytest.importorskip("torch", reason="torch is not installed (extra 'hf')")
    model = HFModel(ModelSpec("hf", str(tiny_model_dir)), EXACT)
    yield model
    model.close()


def ask(question: str, **sampling: Any) -> ChatRequest:
    return ChatRequest("it", ({"role": "user", "content": question},), Sampling(**sampling))


@pytest.mark.parametrize("question", ANSWERS)
def test_a_model_streams_what_it_completes(model: HFModel, question: str) -> None:
    pieces: list[str] = []
    reply = model.stream(ask(question), pieces.append)
    assert reply == next(iter(model.complete([ask(question)])))
    assert "".join(pieces) == reply.text == ANSWERS[question]
    assert len(pieces) > 1 or len(reply.text) < 5


@pytest.mark.parametrize(
    "sampling",
    [
        {"max_tokens": 3},
        {"stop": ("pear",)},
        {"stop": (" a",), "max_tokens": 30},
        {"temperature": 1.5, "top_p": 0.9, "seed": 4, "max_tokens": 40},
    ],
)
def test_limits_stops_and_draws_are_the_same(model: HFModel, sampling: dict[str, Any]) -> None:
    request = ask("Name three fruits.", **sampling)
    pieces: list[str] = []
    reply = model.stream(request, pieces.append)
    assert reply == next(iter(model.complete([request])))
    assert "".join(pieces) == reply.text


def test_what_cannot_be_answered_says_so(model: HFModel) -> None:
    reply = model.stream(ask("a" * 3000), pytest.fail)
    assert reply.error is not None
    assert "context only 256" in reply.error


def test_whoever_listens_may_give_up(model: HFModel) -> None:
    class Enough(Exception):
        pass

    pieces: list[str] = []

    def listen(piece: str) -> None:
        pieces.append(piece)
        if len(pieces) == 2:
            raise Enough

    with pytest.raises(Enough):
        model.stream(ask("Name three fruits."), listen)
    assert len(pieces) == 2
    assert model.stream(ask("Say yes."), pieces.append).text == "Yes"


def test_a_reply_too_large_for_the_memory(model: HFModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(model._loaded()._model, "generate", full)
    reply = model.stream(ask("Say yes.", max_tokens=7), pytest.fail)
    assert reply.error is not None
    assert "out of memory, alone" in reply.error
    assert "up to 7 for the reply" in reply.error

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(model._loaded()._model, "generate", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        model.stream(ask("Say yes."), pytest.fail)
