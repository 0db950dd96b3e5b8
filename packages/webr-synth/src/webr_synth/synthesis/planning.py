"""What a run would take, before anything is asked.

The author's question is counted as it will stand. What later questions hold of earlier replies is
not known yet; it is taken to be as long as the stand-ins below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

from truing_core.budget import Estimate
from truing_core.models import ChatRequest
from truing_core.models.base import Message
from truing_core.roles import estimated
from webr_synth.documents import Document
from webr_synth.rows import Perspective
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.feed import Feed
from webr_synth.synthesis.journey import STAGES, Journey, prepare, stages_of
from webr_synth.synthesis.perspectives import apportion
from webr_synth.synthesis.tokens import Count, counter

AUTHOR_WORDS, REQUEST_SHARE, DRAFT_WORDS = 25, 0.7, 300
"""Words of an author, the share of its limit that a request has, and words of a draft."""
_BATCH = 4000
MARKS = 4
"""Tokens of the chat template around a turn."""


class Documents(Protocol):
    """Whoever has documents."""

    def documents(self) -> Iterator[Document]:
        """All of them, from the first."""
        ...


def plan(folder: Path, source: Documents, choice: SynthChoice) -> dict[str, Estimate]:
    """Requests, tokens and cost by stage, if every reply passes and no request failed."""
    count = counter(choice.tokenizer)

    def tokens(messages: Sequence[Message]) -> int:
        return sum(count(each["content"]) + MARKS for each in messages)

    exact = tokens if choice.tokenizer is not None else None
    found: dict[str, Estimate] = {}
    # So many at a time: the questions of a large run are larger than memory.
    questions = _all_questions(source, choice, count)
    while batch := list(islice(questions, _BATCH)):
        by_stage: dict[str, list[ChatRequest]] = {}
        for request in batch:
            by_stage.setdefault(request.id.split("/")[1], []).append(request)
        for stage, requests in by_stage.items():
            more = estimated(folder, requests, choice.model, count_tokens=exact)
            found[stage] = found[stage] + more if stage in found else more
    return {stage: found[stage] for stage in STAGES if stage in found}


def _all_questions(source: Documents, choice: SynthChoice, count: Count) -> Iterator[ChatRequest]:
    feed = Feed(source.documents, choice.mix, choice.seed)
    for perspective, number in apportion(choice.num, choice.mix).items():
        for _ in range(number):
            placed = feed.next(perspective)
            if placed is None:
                break
            yield from _questions(placed.document, perspective, choice, count)


def _questions(
    document: Document, perspective: Perspective, choice: SynthChoice, count: Count
) -> Iterator[ChatRequest]:
    start = prepare(document, perspective, choice, count)
    journey = Journey(start, choice)
    lengths = {
        "author": AUTHOR_WORDS,
        "request": int(REQUEST_SHARE * start.word_limit),
        "response": DRAFT_WORDS,
    }
    for stage in stages_of(perspective):
        yield journey.ask()
        if journey.remaining > 1:
            journey.assume("word " * lengths[stage])
