"""The referee's desk: what is to be asked, what is under way, and what is settled.

Questions whose reply could not be read are asked again before new ones: without reasons this time,
each attempt a draw of its own. What is asked depends on the pair and the attempt alone, so a run
that goes on asks the same and finds it in the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lion_distill.choices import RefereeChoice
from lion_distill.discrimination.asking import ORDERS, SCHEMA, question
from lion_distill.discrimination.scores import read_scores
from lion_distill.rows import Answers, Instruction, Review, drawn_for
from truing_core.models import ChatReply, ChatRequest

NO_TEACHER, NO_STUDENT = "no_teacher_answer", "no_student_answer"
EMPTY_TEACHER, UNREAD, FAILED = "empty_teacher_answer", "unread", "failed"


def unfit(answers: Answers) -> str | None:
    """Why a pair of answers cannot be scored."""
    if answers.teacher is None:
        return NO_TEACHER
    if answers.student is None:
        return NO_STUDENT
    return None if answers.teacher.strip() else EMPTY_TEACHER


def unreviewed(id: str, reason: str) -> Review:
    """A review without scores."""
    return Review(id=id, teacher=[None, None], student=[None, None], reason=reason)


@dataclass(frozen=True, slots=True)
class _Question:
    """A pair before the referee in one order, and what came of it so far."""

    answers: Answers
    order: int
    replies: int = 0
    text: str = ""
    scores: tuple[float, float] | None = None
    error: str | None = None

    @property
    def id(self) -> str:
        return self.answers.id

    @property
    def request_id(self) -> str:
        again = f"#{self.replies}" if self.replies else ""
        return f"{self.id}/{self.order}{again}"


class Desk:
    """What is to be asked, what is under way, and what is settled."""

    def __init__(
        self,
        instructions: Mapping[str, Instruction],
        answers: Iterator[Answers],
        choice: RefereeChoice,
    ) -> None:
        assert choice.model is not None
        self._instructions, self._answers, self._choice = instructions, answers, choice
        self._sampling = choice.model.sampling
        self._waiting: deque[_Question] = deque()
        self._under_way: dict[str, _Question] = {}
        self._halves: dict[str, _Question] = {}
        self._settled: deque[Review] = deque()
        self._exhausted = False

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask or to wait for."""
        return self._exhausted and not self._waiting

    def requests(self) -> Iterator[ChatRequest]:
        """Questions, first those that are asked again, until there are none for now."""
        while (each := self._next()) is not None:
            self._under_way[each.request_id] = each
            yield self._request(each)

    def settle(self, reply: ChatReply) -> bool:
        """Takes a reply; whether its question needs no other."""
        each = self._under_way.pop(reply.id)
        if reply.ok:
            each = replace(
                each,
                replies=each.replies + 1,
                text=reply.text,
                scores=_scores_of(reply, terse=each.replies > 0),
            )
            if each.scores is None and each.replies <= self._choice.retries:
                self._waiting.appendleft(each)
                return False
        else:
            each = replace(each, error=reply.error)
        other = self._halves.pop(each.id, None)
        if other is None:
            self._halves[each.id] = each
        else:
            self._settled.append(_review(*sorted((each, other), key=lambda half: half.order)))
        return True

    def settled(self) -> Iterator[Review]:
        """Reviews that are ready; each is given once."""
        while self._settled:
            yield self._settled.popleft()

    def _next(self) -> _Question | None:
        while not self._waiting:
            answers = next(self._answers, None)
            if answers is None:
                self._exhausted = True
                return None
            if reason := unfit(answers):
                self._settled.append(unreviewed(answers.id, reason))
                continue
            self._waiting.extend(_Question(answers, order) for order in ORDERS)
        return self._waiting.popleft()

    def _request(self, each: _Question) -> ChatRequest:
        messages = question(
            self._choice.prompts,
            self._instructions[each.id],
            each.answers,
            each.order,
            again=each.replies > 0,
        )
        sampling = drawn_for(self._sampling, each.request_id)
        return ChatRequest(each.request_id, messages, sampling, each.replies, SCHEMA)


def _scores_of(reply: ChatReply, *, terse: bool) -> tuple[float, float] | None:
    # The last number of a reply that was cut off may lack digits.
    text = reply.text.rstrip("0123456789.,") if reply.finish_reason == "length" else reply.text
    return read_scores(text, terse=terse)


def _review(first: _Question, second: _Question) -> Review:
    halves = (first, second)
    teacher: list[float | None] = [None, None]
    student: list[float | None] = [None, None]
    for half in halves:
        if half.scores is not None:
            ahead, behind = half.scores
            teacher[half.order], student[half.order] = (
                (ahead, behind) if half.order == 0 else (behind, ahead)
            )
    errors = [half.error for half in halves if half.error is not None]
    unread = any(half.scores is None for half in halves)
    return Review(
        id=first.id,
        teacher=teacher,
        student=student,
        replies=[half.text for half in halves],
        asked=[half.replies for half in halves],
        reason=FAILED if errors else UNREAD if unread else None,
        error=errors[0] if errors else None,
    )
