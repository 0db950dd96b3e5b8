"""Teacher and student answer the cache pool, for the referee to compare (Lion, section 3.2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from lion_distill.choices import StudentChoice
from lion_distill.imitation import student_choice
from lion_distill.metering import tokens
from lion_distill.rows import Answers, Instruction
from lion_distill.workspace import Iteration, save
from truing_core.errors import InputError, ModelError
from truing_core.models import ChatModel, ModelSpec
from truing_core.models.base import ChatReply, ChatRequest, Usage
from truing_core.roles import ModelChoice, Watch, loaded
from truing_core.run import Run

OnReply = Callable[[ChatReply], None]


def answer(
    run: Run,
    at: Iteration,
    instructions: Sequence[Instruction],
    teacher: ModelChoice,
    student: StudentChoice,
    *,
    watch: Watch,
) -> dict[str, Any]:
    """Asks both and writes ``answers.jsonl`` in the pool's order.

    What the teacher said before, as in ``respond``, comes from the journal. A teacher behind a
    server answers while the student does; two local models answer in turn, since they share the
    memory.

    Args:
        run: The open run.
        at: The iteration, whose student is trained.
        instructions: The cache pool, or a part of it.
        teacher: The teacher.
        student: The student.
        watch: Shows progress, of both together.

    Returns:
        ``instructions``, and by role: ``failed``, ``cut`` (ran into the limit), ``tokens``
        (``prompt``, ``completion``), ``asked`` (not in the journal before), ``seconds``.

    Raises:
        InputError: There are no instructions, or no trained student.
        ModelError: One of the two cannot be used, or all of its requests failed.
    """
    if not instructions:
        raise InputError("the cache pool is empty; there is nothing to answer", path=at.folder)
    trained = student_choice(at, student)
    remote = ModelSpec.parse(teacher.spec).backend == "openai"
    wanted = (
        [each.request(teacher.sampling) for each in instructions],
        [each.request(trained.sampling) for each in instructions],
    )
    with watch("answer", 2 * len(instructions)) as on_reply:
        said = _together if remote else _in_turn
        by_teacher, by_student = said(run, wanted, (teacher, trained), _locked(on_reply))
    save(
        at.answers,
        (
            Answers(
                id=each.id,
                teacher=by_teacher.text(each.id),
                student=by_student.text(each.id),
                teacher_cut=by_teacher.is_cut(each.id),
                student_cut=by_student.is_cut(each.id),
            )
            for each in instructions
        ),
    )
    sides = {"teacher": by_teacher, "student": by_student}
    for role, side in sides.items():
        side.check(role)
    return {
        "instructions": len(instructions),
        "failed": {role: side.failed for role, side in sides.items()},
        "cut": {role: sum(map(side.is_cut, side.replies)) for role, side in sides.items()},
        "tokens": {role: side.tokens() for role, side in sides.items()},
        "asked": {role: side.asked for role, side in sides.items()},
        "seconds": {role: round(side.seconds, 2) for role, side in sides.items()},
    }


@dataclass
class _Side:
    """What one of the two said."""

    replies: dict[str, ChatReply] = field(default_factory=dict)
    seconds: float = 0.0

    def text(self, name: str) -> str | None:
        reply = self.replies[name]
        return reply.text.strip() if reply.ok else None

    def is_cut(self, name: str) -> bool:
        return self.replies[name].ok and self.replies[name].finish_reason == "length"

    @property
    def failed(self) -> int:
        return sum(not reply.ok for reply in self.replies.values())

    @property
    def asked(self) -> int:
        return sum(not reply.cached for reply in self.replies.values())

    def tokens(self) -> dict[str, int]:
        return tokens(sum((reply.usage for reply in self.replies.values()), Usage()))

    def check(self, role: str) -> None:
        if self.failed == len(self.replies):
            first = next(reply.error for reply in self.replies.values())
            raise ModelError(
                f"all {self.failed} requests to the {role} failed; the first said: {first}"
            )


_Both = tuple[_Side, _Side]
_Choices = tuple[ModelChoice, ModelChoice]
_Wanted = tuple[Sequence[ChatRequest], Sequence[ChatRequest]]


def _in_turn(run: Run, wanted: _Wanted, choices: _Choices, on_reply: OnReply) -> _Both:
    sides = (_Side(), _Side())
    for side, choice, requests in zip(sides, choices, wanted, strict=True):
        with loaded(choice, run) as model:
            _ask(model, requests, side, on_reply, threading.Event())
    return sides


def _together(run: Run, wanted: _Wanted, choices: _Choices, on_reply: OnReply) -> _Both:
    """The first in a thread of its own, the second here; where one breaks off, both do."""
    sides, stop = (_Side(), _Side()), threading.Event()
    failures: list[BaseException] = []
    with ExitStack() as stack:
        remote, local = (stack.enter_context(loaded(choice, run)) for choice in choices)

        def ask() -> None:
            try:
                _ask(remote, wanted[0], sides[0], on_reply, stop)
            except BaseException as error:  # raised below, in the thread that waits
                failures.append(error)
                stop.set()

        thread = threading.Thread(target=ask, name="teacher")
        thread.start()
        try:
            _ask(local, wanted[1], sides[1], on_reply, stop)
        except BaseException:
            stop.set()
            raise
        finally:
            thread.join()
        if failures:
            raise failures[0]
    return sides


def _ask(
    model: ChatModel,
    requests: Sequence[ChatRequest],
    side: _Side,
    on_reply: OnReply,
    stop: threading.Event,
) -> None:
    start = time.monotonic()
    for reply in model.complete(takewhile(lambda _: not stop.is_set(), requests)):
        side.replies[reply.id] = reply
        on_reply(reply)
        if stop.is_set():
            return
    side.seconds = time.monotonic() - start


def _locked(on_reply: OnReply) -> OnReply:
    lock = threading.Lock()

    def one_at_a_time(reply: ChatReply) -> None:
        with lock:
            on_reply(reply)

    return one_at_a_time
