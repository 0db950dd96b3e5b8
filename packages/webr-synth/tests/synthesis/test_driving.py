"""Which documents are used, and what becomes of them, does not hang on who answers first."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from truing_core.errors import ModelError
from truing_core.models import ChatReply, Sampling
from truing_core.models.base import Usage
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from webr_synth.documents import Document
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.driving import drive
from webr_synth.synthesis.feed import Feed
from webr_synth.synthesis.journey import Journey, prepare
from webr_synth.synthesis.perspectives import apportion

PROMPTS = Prompts("webr_synth")


class Jumbled:
    """Answers in random order, several requests at a time.

    Attributes:
        most: Most requests that were under way at once.
    """

    identity = "jumbled"

    def __init__(self, answer, seed=0, at_once=20):
        self._answer, self._draw, self._at_once = answer, random.Random(seed), at_once
        self.most = self.asked = 0

    def complete(self, requests):
        source, under_way, over = iter(requests), [], False
        while True:
            while not over and len(under_way) < self._at_once:
                request = next(source, None)
                over = request is None
                if request is not None:
                    under_way.append(request)
            if not under_way:
                return
            self.most = max(self.most, len(under_way))
            self.asked += 1
            yield self._answer(under_way.pop(self._draw.randrange(len(under_way))))

    def close(self):
        pass


@pytest.fixture
def documents(make_document):
    return [make_document(number) for number in range(120)]


@pytest.fixture
def make_document(document_text):
    def make(number):
        return Document(f"{number:016x}", document_text(number), language="en")

    return make


@pytest.fixture
def answers(oracle):
    """The oracle's answers, but nothing about documents whose number a test names."""

    def make(refused=(), failing=()):
        def answer(request):
            number = int(request.id[:16], 16)
            if number in failing:
                return ChatReply(request.id, error="no such luck", finish_reason="error")
            text = oracle({"messages": request.messages})
            if number in refused and "/request/" in request.id:
                text = ""
            return ChatReply(request.id, text, usage=Usage(10, 5))

        return answer

    return make


def choice(**more):
    model = ModelChoice("openai/test", Sampling(temperature=0.6, max_tokens=300))
    return SynthChoice(model, PROMPTS, 60, **more)


def made(documents, model, number=60, window=256, **more):
    chosen = choice(**more)
    feed = Feed(lambda: iter(documents), chosen.mix, chosen.seed)
    counts = Counts()

    def begin(name):
        placed = feed.next(name)
        if placed is None:
            return None
        start = prepare(placed.document, name, chosen, lambda text: len(text.split()))
        return Journey(start, chosen, placed.position)

    need = apportion(number, chosen.mix)
    return list(drive(begin, need, model, counts, window=window)), counts


def test_every_row_is_from_its_own_document(documents, answers, oracle):
    rows, counts = made(documents, Jumbled(answers()))
    assert oracle.mixed == []
    assert Counter(each.row.perspective for each in rows) == {
        "wi_whole": 20, "wi_part": 20, "wr_whole": 10, "wr_part": 10
    }  # fmt: skip
    for each in rows:
        row, name = each.row, f"item-{each.position:05}"
        assert int(row.doc_id, 16) == each.position
        assert row.author == oracle.answer("author", name)
        assert row.request == oracle.answer("request", name)
        turn, answer = row.messages
        if row.perspective.startswith("wr"):
            assert (turn["content"], answer["content"], row.draft) == (
                row.request, oracle.answer("refine", name), oracle.answer("response", name)
            )  # fmt: skip
            assert row.document_first is None
        else:
            parts = [row.document, row.request] if row.document_first else [
                row.request, row.document
            ]  # fmt: skip
            assert turn["content"] == "\n\n".join(parts)
            assert (answer["content"], row.draft) == (oracle.answer("response", name), None)
        assert row.document == documents[each.position].text[: row.section_chars]
        assert row.length_limit in (50, 100, 150, 200)
    assert {each.row.document_first for each in rows} == {True, False, None}
    assert counts.to_dict()["stages"]["author"] == {
        "asked": 60, "ok": 60, "failed": 0, "given_up": 0, "prompt_tokens": 600,
        "completion_tokens": 300, "gates": {},
    }  # fmt: skip
    asked = {stage: own["asked"] for stage, own in counts.to_dict()["stages"].items()}
    assert asked == {"author": 60, "request": 60, "response": 60, "refine": 20}


@pytest.mark.parametrize("at_once", [1, 7, 500])
def test_the_same_rows_whoever_answers_first(documents, answers, at_once):
    refused = set(range(0, 120, 5))
    alone, _ = made(documents, Jumbled(answers(refused)))
    others, counts = made(documents, Jumbled(answers(refused), seed=at_once, at_once=at_once))
    assert {each.position: each.row for each in alone} == {e.position: e.row for e in others}
    assert len(alone) == 60
    # The first documents of each perspective, without a gap but for those that gave nothing.
    places = sorted(each.position for each in alone)
    assert not set(places) & refused
    stages = counts.to_dict()["stages"]
    gave_up = stages["request"]["given_up"]
    assert stages["author"]["ok"] == 60 + gave_up
    assert stages["request"]["gates"] == {"empty": 3 * gave_up}  # drawn three times each
    assert counts.documents["used"] == 60 + gave_up


def test_no_more_documents_are_begun_than_needed(documents, answers):
    rows, counts = made(documents, Jumbled(answers()), number=6)
    assert (len(rows), counts.documents["used"]) == (6, 6)
    few, counts = made(documents[:4], Jumbled(answers()), number=60)
    assert (len(few), counts.documents["used"]) == (4, 4)


def test_the_window_bounds_what_is_open(documents, answers):
    model = Jumbled(answers(), at_once=100)
    rows, _ = made(documents, model, window=8)
    assert len(rows) == 60
    assert model.most == 8


def test_a_failed_request_costs_its_document_only(documents, answers):
    rows, counts = made(documents, Jumbled(answers(failing={1, 2, 3})))
    assert len(rows) == 60
    assert not {each.position for each in rows} & {1, 2, 3}
    assert counts.stages["author"]["failed"] == 3


def test_a_server_that_is_down_does_not_burn_through_the_documents(documents, answers):
    good, asked = answers(), itertools.count()

    def answer(request):
        if next(asked) < 30:
            return good(request)
        return ChatReply(request.id, error="no such luck", finish_reason="error")

    model = Jumbled(answer)
    with pytest.raises(ModelError, match="50 requests in a row failed; the last said: no such"):
        made(documents, model, number=120)
    assert model.asked == 80


def test_with_temperature_zero_nothing_is_drawn_again(documents, answers):
    model = ModelChoice("openai/test", Sampling(max_tokens=300))
    assert SynthChoice(model, PROMPTS, 6).draws() == 1
    assert choice().draws() == 3
