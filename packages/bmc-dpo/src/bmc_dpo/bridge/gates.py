"""What a mended response must pass, gate by gate, before it becomes a chosen one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bmc_dpo.bridge.kinds import Kind
from bmc_dpo.bridge.replies import Mended, NoChange, Unread, parse_reply
from bmc_dpo.bridge.wording import change_ratio, shingles, similarity, words
from bmc_dpo.pairs import Pair
from truing_core.final_answers import final_answer, same_answer, same_text, stated_answer
from truing_core.language import language_of, strays
from truing_core.refusals import is_refusal

GATES = (
    "truncated", "empty", "refusal", "unreadable", "leakage", "identical", "language", "answer",
    "copy", "change", "length",
)  # fmt: skip
"""In the order in which they are tried."""

_SHARED = 0.5  # from here on, the winner itself is a targeted edit of the loser
_SPARE_WORDS = 5


@dataclass(frozen=True)
class Limits:
    """Where the gates stand.

    Attributes:
        max_change: Share of words that may differ from the losing response.
        max_winner_similarity: Likeness to the winning response beyond which it is a copy.
        max_length_ratio: How many times longer or shorter than both responses it may be.
    """

    max_change: float = 0.6
    max_winner_similarity: float = 0.9
    max_length_ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reply is about.

    Attributes:
        pair: The pair.
        kind: The kind of task.
        mark: The mark of its question.
        reference: Whether the editor saw the winning response.
        template: Runs of words of the template.
        leak: Their length.
    """

    pair: Pair
    kind: Kind
    mark: str
    reference: bool
    template: frozenset[tuple[str, ...]]
    leak: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A reply that can be used; ``text`` is ``None`` if nothing has to change."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A reply that cannot be used.

    Attributes:
        gate: Which gate stopped it.
        reason: Why, as a clause that the editor can be told.
    """

    gate: str
    reason: str


def check(reply: str, finish_reason: str, subject: Subject, limits: Limits) -> Passed | Stopped:
    """Sends a reply through the gates; the first one that closes decides.

    Args:
        reply: What the editor said.
        finish_reason: Why it ended there; ``length`` means that it was cut off.
        subject: What it was asked.
        limits: Where the gates stand.
    """
    read = parse_reply(reply, subject.mark)
    if finish_reason == "length" and not (isinstance(read, Mended) and read.closed):
        return Stopped("truncated", "it was cut off before its end, so it has to be shorter")
    if not reply.strip():
        return Stopped("empty", "the reply is empty")
    if isinstance(read, Unread):
        if is_refusal(reply) and not is_refusal(subject.pair.winner):
            return Stopped("refusal", "it declines the task instead of mending the answer")
        return Stopped("unreadable", "it has neither of the agreed tags")
    if isinstance(read, NoChange):
        wrong = _answer(subject.pair.loser, subject)
        if wrong:
            return Stopped("answer", f"something has to change: {wrong}")
        return Passed(None)
    text = fitted(read.text, subject.pair.loser)
    stopped = next(_stops(text, subject, limits), None)
    return stopped or Passed(text)


def fitted(text: str, loser: str) -> str:
    """A mended text with the white space that the losing response begins and ends with."""
    core = loser.strip()
    start = loser.index(core)
    return loser[:start] + text.strip() + loser[start + len(core) :]


def _stops(text: str, subject: Subject, limits: Limits) -> Iterator[Stopped]:
    pair = subject.pair
    if not text.strip():
        yield Stopped("empty", "there is nothing between the tags")
    if is_refusal(text) and not is_refusal(pair.winner):
        yield Stopped("refusal", "the mended answer declines the task instead of doing it")
    if subject.mark in text.casefold() or _leaks(text, subject):
        yield Stopped("leakage", "words or tags of these instructions stand in the mended answer")
    if words(text) == words(pair.loser):
        yield Stopped(
            "identical",
            "the mended answer is the weak one as it was, and the line that says so is not given",
        )
    if code := strays(text, pair.winner, pair.loser):
        wanted = language_of(pair.loser)
        yield Stopped("language", f"it is in another language ({code}, not {wanted})")
    if wrong := _answer(text, subject):
        yield Stopped("answer", wrong)
    yield from _distances(text, subject, limits)


def _distances(text: str, subject: Subject, limits: Limits) -> Iterator[Stopped]:
    pair = subject.pair
    # Where winner and loser are close, the least change may well end at the winner.
    if subject.reference and similarity(pair.loser, pair.winner) < _SHARED:
        likeness = similarity(text, pair.winner)
        if likeness > limits.max_winner_similarity:
            yield Stopped(
                "copy", f"it copies the good answer ({likeness:.0%} alike) instead of mending"
            )
    changed = change_ratio(pair.loser, text)
    if changed > limits.max_change:
        yield Stopped(
            "change",
            f"{changed:.0%} of the words were changed, at most {limits.max_change:.0%} may be",
        )
    length = len(words(text))
    sides = len(words(pair.loser)), len(words(pair.winner))
    if length > limits.max_length_ratio * max(sides) + _SPARE_WORDS:
        yield Stopped("length", f"with {length} words it is too long; the weak one has {sides[0]}")
    if (length + _SPARE_WORDS) * limits.max_length_ratio < min(sides):
        yield Stopped("length", f"with {length} words it is too short; the weak one has {sides[0]}")


def _answer(text: str, subject: Subject) -> str:
    """What is wrong with the final answer; empty if nothing is, or it cannot be told.

    The right answer is not given away: the editor may be one that must not see it.
    """
    winner = subject.pair.winner
    if subject.kind == "math":
        wanted, found = final_answer(winner), final_answer(text)
        if wanted is None:
            return ""
        if found is None:
            return "no final answer is stated"
        return "" if same_answer(wanted, found) else f"the final answer '{found}' is not right"
    if subject.kind == "qa":
        wanted, found = stated_answer(winner), stated_answer(text)
        if wanted is None or found is None or same_text(wanted, found):
            return ""
        return f"the answer '{found}' is not right"
    return ""


def _leaks(text: str, subject: Subject) -> bool:
    held = set(shingles(text, subject.leak)) & subject.template
    if not held:
        return False
    pair = subject.pair
    own = {
        run for part in (pair.loser, pair.winner, pair.task) for run in shingles(part, subject.leak)
    }
    return bool(held - own)
