"""The rows of every file that a stage writes, as pydantic models.

| file of an iteration | rows |
|---|---|
| ``responses.jsonl`` | :class:`Response`: what the student is to imitate |
| ``answers.jsonl`` | :class:`Answers`: teacher and student on the cache pool |
| ``reviews.jsonl`` | :class:`Review`: the referee's scores in both orders |
| ``split.jsonl`` | :class:`Verdict`: hard, easy or undecided |
| ``generated.jsonl`` | :class:`Instruction`: what came through novelty and filters |
| ``rejected.jsonl`` | :class:`Rejected`: what did not, and why |
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from truing_core.models.base import ChatRequest, Message, Sampling
from truing_core.run import rng

Kind = Literal["seed", "hard", "easy"]
Side = Literal["hard", "easy", "undecided"]
Score = Annotated[float, Field(ge=1, le=10)]


class Row(BaseModel):
    """A row of one of the loop's files."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Instruction(Row):
    """A task: an instruction, and maybe an input it works on.

    Attributes:
        id: Stable; by default a hash of instruction and input.
        instruction: What is to be done.
        input: What it is to be done to; empty if the instruction says it all.
        answer: The checkable answer, where one is known (``--referee exact``).
        iteration: In which it was made; 0 for seeds.
        kind: A seed, or made from a hard or an easy instruction.
        parent: The id of the instruction it was made from.
        similarity: ROUGE-L F1 to the nearest instruction that was there before it.
        nearest: The id of that instruction.
    """

    id: str
    instruction: str
    input: str = ""
    answer: str | None = None
    iteration: int = Field(default=0, ge=0)
    kind: Kind = "seed"
    parent: str | None = None
    similarity: float | None = None
    nearest: str | None = None

    @field_validator("instruction")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("an instruction is empty")
        return value

    @property
    def text(self) -> str:
        """Instruction and input as one text: what a model is asked, and what is compared."""
        if not self.input.strip():
            return self.instruction
        return f"{self.instruction}\n\n{self.input}"

    def messages(self) -> tuple[Message, ...]:
        """The conversation that teacher and student answer: one user turn."""
        return ({"role": "user", "content": self.text},)

    def request(self, sampling: Sampling) -> ChatRequest:
        """The conversation as a request; the same in every stage, so the journal knows it again."""
        return ChatRequest(self.id, self.messages(), drawn_for(sampling, self.id))


class Response(Row):
    """A teacher's answer, as a conversation to learn from.

    Attributes:
        id: The instruction's.
        messages: The instruction and the answer.
    """

    id: str
    messages: list[dict[str, str]]


class Answers(Row):
    """What teacher and student say to an instruction.

    Attributes:
        id: The instruction's.
        teacher: The teacher's answer; ``None`` if the request failed.
        student: The student's.
        teacher_cut: Whether the teacher's answer ran into its limit of tokens.
        student_cut: Whether the student's did.
    """

    id: str
    teacher: str | None
    student: str | None
    teacher_cut: bool = False
    student_cut: bool = False


class Review(Row):
    """The referee's scores of two answers, in both orders.

    Index 0 is the order in which the teacher's answer stood first, index 1 the other one. A score
    is from 1 to 10; ``None`` where no reply could be read.

    Attributes:
        id: The instruction's.
        teacher: Scores of the teacher's answer, by order.
        student: Scores of the student's answer, by order.
        replies: What the referee said, by order.
        asked: How many replies that took, by order.
        reason: Why a score is missing, if one is: ``no_teacher_answer``, ``no_student_answer``,
            ``empty_teacher_answer``, ``unread``, ``failed`` or ``no_reference``.
        error: What the server said, if it failed.
    """

    id: str
    teacher: list[Score | None] = Field(min_length=2, max_length=2)
    student: list[Score | None] = Field(min_length=2, max_length=2)
    replies: list[str] = Field(default_factory=list)
    asked: list[int] = Field(default_factory=list)
    reason: str | None = None
    error: str | None = None


class Verdict(Row):
    """On which side of the threshold an instruction lies.

    Attributes:
        id: The instruction's.
        kind: ``hard`` if the gap reaches the threshold, ``easy`` if not, else ``undecided``.
        gap: Mean teacher score minus mean student score; ``None`` if undecided.
        teacher: The teacher's mean score.
        student: The student's mean score.
        agree: Whether both orders lie on the same side of the threshold.
    """

    id: str
    kind: Side
    gap: float | None = None
    teacher: float | None = None
    student: float | None = None
    agree: bool | None = None


class Rejected(Row):
    """A candidate that was not kept.

    Attributes:
        parent: The instruction it was made from.
        kind: What it was made from: a hard or an easy one.
        reason: The filter's name.
        text: What the generator said.
        similarity: ROUGE-L F1 to the nearest one, if it was compared.
        nearest: The id of that one.
    """

    parent: str
    kind: Kind
    reason: str
    text: str
    similarity: float | None = None
    nearest: str | None = None


def drawn_for(sampling: Sampling, id: str) -> Sampling:
    """How a reply to one request is drawn: where there is a seed, by one of its own."""
    if sampling.seed is None:
        return sampling
    return replace(sampling, seed=rng(sampling.seed, id, "reply").getrandbits(31))


def instruction_id(instruction: str, input: str = "") -> str:
    """Sixteen hex digits that stay the same for the same instruction and input."""
    text = f"{instruction.strip()}\0{input.strip()}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
