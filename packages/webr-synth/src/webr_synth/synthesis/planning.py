"""What a run would take, before anything is asked.

What the journal holds is taken as the run would take it. Of what is still to be asked, an author's
question is counted as it will stand; what later ones hold of earlier replies is not known yet, and
taken to be as long as the stand-ins below.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from truing_core.budget import Estimate
from truing_core.models import ChatReply, ChatRequest
from truing_core.models.base import Message
from truing_core.roles import estimated, identity_in
from truing_core.run import JOURNAL, check_config
from webr_synth.documents import Document
from webr_synth.rows import Perspective, SynthRow
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.feed import Feed, Placed
from webr_synth.synthesis.journey import STAGES, Journey, prepare
from webr_synth.synthesis.perspectives import apportion
from webr_synth.synthesis.progress import standing
from webr_synth.synthesis.state import State
from webr_synth.synthesis.tokens import Count, counter

if TYPE_CHECKING:
    from webr_synth.synthesis.pipeline import Source

AUTHOR_WORDS, REQUEST_SHARE, DRAFT_WORDS = 25, 0.7, 300
"""Words of an author, the share of its limit that a request has, and words of a draft."""
_BATCH = 4000
MARKS = 4
"""Tokens of the chat template around a turn."""

Answered = Callable[[ChatRequest], ChatReply | None]


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


def plan(folder: Path, source: Source, choice: SynthChoice, *, fresh: bool = False) -> Plan:
    """What a run would take, or what is left of it, if every reply passes and no request fails.

    Args:
        folder: The run folder: rows of its whole shards are made, and what its journal holds
            costs nothing.
        source: The documents.
        choice: How they are asked about.
        fresh: Start over.

    Raises:
        ResumeError: The folder was run with another configuration, or its state is damaged.
    """
    if fresh:
        return plan_from(State(), folder, source, choice, fresh=True)
    check_config(folder, tool="webr-synth", config=source.config(choice))
    return plan_from(standing(folder, choice.num), folder, source, choice)


def plan_from(
    state: State,
    folder: Path,
    source: Documents,
    choice: SynthChoice,
    *,
    fresh: bool = False,
    lending: bool = True,
) -> Plan:
    """What is left of a run that stands so far.

    Args:
        state: How far.
        folder: The run folder, whose journal costs nothing.
        source: The documents.
        choice: How they are asked about.
        fresh: Nothing in the folder counts.
        lending: Documents of a perspective that has enough go to one that lacks some.
    """
    goal = apportion(choice.num, choice.mix)
    need = {name: number - state.written.get(name, 0) for name, number in goal.items()}
    if state.complete(choice.num):  # what it lacks, if anything, the documents do not give
        return Plan({}, max(0, sum(need.values())), 0)
    count = counter(choice.tokenizer)

    def tokens(messages: Sequence[Message]) -> int:
        return sum(count(each["content"]) + MARKS for each in messages)

    exact = tokens if choice.tokenizer is not None else None
    found: dict[str, Estimate] = {}
    missing = dict(need)
    feed = Feed(source.documents, choice.mix, choice.seed, state.cursors)
    with _journal(folder, choice.model.spec, fresh) as answered:
        questions = _all_questions(feed, missing, choice, count, answered, lending)
        # So many at a time: the questions of a large run are larger than memory.
        while batch := list(islice(questions, _BATCH)):
            by_stage: dict[str, list[ChatRequest]] = {}
            for request in batch:
                by_stage.setdefault(request.id.split("/")[1], []).append(request)
            for stage, requests in by_stage.items():
                more = estimated(folder, requests, choice.model, fresh=fresh, count_tokens=exact)
                found[stage] = found[stage] + more if stage in found else more
    wanted = sum(need.values())
    return Plan(
        {stage: found[stage] for stage in STAGES if stage in found},
        wanted,
        wanted - sum(missing.values()),
    )


@contextmanager
def _journal(folder: Path, spec: str, fresh: bool) -> Iterator[Answered]:
    """What a run's journal answers, if the run has begun to ask this model."""
    identity = None if fresh else identity_in(folder, spec)
    if identity is None or not (folder / JOURNAL).is_file():
        yield lambda request: None
        return
    from truing_core.journal import Journal, request_key

    with Journal(folder / JOURNAL) as journal:
        yield lambda request: journal.get(request_key(identity, request))


def _all_questions(
    feed: Feed,
    missing: dict[Perspective, int],
    choice: SynthChoice,
    count: Count,
    answered: Answered,
    lending: bool,
) -> Iterator[ChatRequest]:
    """Counts down what is missing."""

    def asked(
        name: Perspective, next_document: Callable[[], Placed | None]
    ) -> Iterator[ChatRequest]:
        while missing[name] > 0 and (placed := next_document()) is not None:
            start = prepare(placed.document, name, choice, count)
            missing[name] -= yield from _questions(Journey(start, choice), answered)

    for perspective in missing:
        yield from asked(perspective, partial(feed.next, perspective))
    # As in a run, what the pattern gave to those who have enough goes to those who lack some.
    donors = [name for name in missing if lending and missing[name] <= 0]
    for perspective in missing:
        yield from asked(perspective, partial(feed.spare, donors))


def _questions(journey: Journey, answered: Answered) -> Generator[ChatRequest, None, bool]:
    """What is asked about a document; returns whether it comes to a row."""
    start = journey.start
    lengths = {
        "author": AUTHOR_WORDS,
        "request": int(REQUEST_SHARE * start.word_limit),
        "response": DRAFT_WORDS,
    }
    while True:
        request = journey.ask()
        yield request
        if (reply := answered(request)) is not None:
            found = journey.take(reply)
            if found is not None:
                return isinstance(found, SynthRow)
        elif journey.remaining == 1:
            return True
        else:
            journey.assume("word " * lengths[journey.stage])
