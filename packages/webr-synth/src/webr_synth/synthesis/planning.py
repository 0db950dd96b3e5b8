"""What a run would take, before anything is asked.

The author's question is counted as it will stand. What later questions hold of earlier replies is
not known yet; it is taken to be as long as the stand-ins below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from webr_synth.synthesis.state import State
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


@dataclass(frozen=True)
class Plan:
    """What is still to be asked.

    Attributes:
        stages: Requests, tokens and cost by stage.
        wanted: Rows that are still to be made.
        rows: How many of them the documents suffice for.
    """

    stages: dict[str, Estimate]
    wanted: int
    rows: int


def plan(
    folder: Path,
    source: Documents,
    choice: SynthChoice,
    *,
    fresh: bool = False,
    lending: bool = True,
    state: State | None = None,
) -> Plan:
    """What a run would take, or what is left of it, if every reply passes and no request fails.

    Args:
        folder: The run folder: rows of its whole shards are made, and what its journal holds
            costs nothing.
        source: The documents.
        choice: How they are asked about.
        fresh: Start over.
        lending: Documents of a perspective that has enough go to one that lacks some.
        state: Where the run stands; by default as its folder says.

    Raises:
        ResumeError: The state of the run is damaged.
    """
    if state is None:
        state = State() if fresh else State.read(folder)
    goal = apportion(choice.num, choice.mix)
    need = {name: number - state.written.get(name, 0) for name, number in goal.items()}
    if state.complete(choice.num):  # what it lacks, if anything, the documents do not give
        return Plan({}, max(0, sum(need.values())), 0)
    count = counter(choice.tokenizer)

    def tokens(messages: Sequence[Message]) -> int:
        return sum(count(each["content"]) + MARKS for each in messages)

    exact = tokens if choice.tokenizer is not None else None
    found: dict[str, Estimate] = {}
    rows = 0
    feed = Feed(source.documents, choice.mix, choice.seed, {} if state.over else state.cursors)
    questions = _all_questions(feed, need, choice, count, lending)
    # So many at a time: the questions of a large run are larger than memory.
    while batch := list(islice(questions, _BATCH)):
        by_stage: dict[str, list[ChatRequest]] = {}
        for request in batch:
            stage = request.id.split("/")[1]
            by_stage.setdefault(stage, []).append(request)
            rows += stage == STAGES[0]
        for stage, requests in by_stage.items():
            more = estimated(folder, requests, choice.model, fresh=fresh, count_tokens=exact)
            found[stage] = found[stage] + more if stage in found else more
    return Plan(
        {stage: found[stage] for stage in STAGES if stage in found}, sum(need.values()), rows
    )


def _all_questions(
    feed: Feed,
    need: Mapping[Perspective, int],
    choice: SynthChoice,
    count: Count,
    lending: bool,
) -> Iterator[ChatRequest]:
    missing = dict(need)
    for perspective in need:
        while missing[perspective] > 0 and (placed := feed.next(perspective)) is not None:
            missing[perspective] -= 1
            yield from _questions(placed.document, perspective, choice, count)
    # As in a run, what the pattern gave to those who have enough goes to those who lack some.
    donors = [name for name in need if lending and missing[name] <= 0]
    for perspective in need:
        while missing[perspective] > 0 and (placed := feed.spare(donors)) is not None:
            missing[perspective] -= 1
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
