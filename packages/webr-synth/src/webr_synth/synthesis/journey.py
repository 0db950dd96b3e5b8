"""One document's way through the stages: author, request, response, and maybe refine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from truing_core.language import language_of
from truing_core.models import ChatReply, ChatRequest
from truing_core.models.base import Message
from truing_core.run import rng
from webr_synth.documents import Document
from webr_synth.rows import Perspective, SynthRow
from webr_synth.synthesis.asking import (
    ask_author,
    ask_refined,
    ask_request,
    ask_response,
    training_turn,
)
from webr_synth.synthesis.choices import WORD_LIMITS, SynthChoice
from webr_synth.synthesis.cleaning import clean_author, clean_request, clean_response
from webr_synth.synthesis.gates import Stopped, check_author, check_request, check_response
from webr_synth.synthesis.languages import language_name
from webr_synth.synthesis.sections import fitted, prefix

Stage = Literal["author", "request", "response", "refine"]
STAGES: tuple[Stage, ...] = ("author", "request", "response", "refine")


def stages_of(perspective: Perspective) -> tuple[Stage, ...]:
    """The stages of a perspective: only web as response is refined."""
    return STAGES if perspective.startswith("wr") else STAGES[:-1]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with all that was drawn for it before anything is asked.

    Attributes:
        document: The document.
        perspective: How it is read.
        text: As much of it as the model's context has room for.
        section: The sections that requests are about.
        cut: Whether the context had no room for all of it.
        language: ISO 639 code.
        word_limit: Most words of the request.
        document_first: Whether the training turn begins with the document.
    """

    document: Document
    perspective: Perspective
    text: str
    section: str
    cut: bool
    language: str | None
    word_limit: int
    document_first: bool


def prepare(
    document: Document,
    perspective: Perspective,
    choice: SynthChoice,
    count: Callable[[str], int],
) -> Prepared:
    """Draws what is random about a document, seeded by its id."""
    text, cut = fitted(document.text.strip(), choice.document_tokens, count)
    seed, name = choice.seed, document.doc_id
    return Prepared(
        document,
        perspective,
        text,
        prefix(text, seed, name),
        cut,
        document.language or language_of(text),
        rng(seed, name, "word limit").choice(WORD_LIMITS),
        rng(seed, name, "order").random() < 0.5,
    )


class Journey:
    """Asks about one document, stage by stage.

    Args:
        start: The document.
        choice: How.
        position: Its place among all documents.

    Attributes:
        stage: What is asked next.
        stopped: Why the last reply did not pass; ``None`` if it did.
    """

    __slots__ = (
        "_choice", "_stages", "author", "draft", "position", "request", "sample", "stage", "start",
        "stopped",
    )  # fmt: skip

    def __init__(self, start: Prepared, choice: SynthChoice, position: int = 0) -> None:
        self.start, self._choice, self.position = start, choice, position
        self._stages = stages_of(start.perspective)
        self.stage: Stage = "author"
        self.sample = 0
        self.author = self.request = ""
        self.draft: str | None = None
        self.stopped: Stopped | None = None

    @property
    def id(self) -> str:
        """The request's id: unique among those under way."""
        return f"{self.start.document.doc_id}-{self.start.perspective}/{self.stage}/{self.sample}"

    @property
    def remaining(self) -> int:
        """How many stages are still to come, this one included."""
        return len(self._stages) - self._stages.index(self.stage)

    def ask(self) -> ChatRequest:
        """The next question."""
        sampling = self._choice.sampling(self.stage, self.start.word_limit)
        return ChatRequest(self.id, self._messages(), sampling, self.sample)

    def take(self, reply: ChatReply) -> SynthRow | Stopped | None:
        """Reads a reply that came.

        Returns:
            The finished row; why the document is given up; or ``None`` if there is more to ask.
        """
        text = self._cleaned(reply.text)
        self.stopped = self._check(text, reply.finish_reason)
        if self.stopped is not None:
            self.sample += 1
            return self.stopped if self.sample >= self._choice.draws() else None
        if self.stage == self._stages[-1]:
            return self._row(text)
        self.assume(text)
        return None

    def assume(self, text: str) -> None:
        """Goes on to the next stage as if the reply were this."""
        self.sample = 0
        match self.stage:
            case "author":
                self.author = text
            case "request":
                self.request = text
            case _:
                self.draft = text
        self.stage = self._stages[self._stages.index(self.stage) + 1]

    def _messages(self) -> tuple[Message, ...]:
        start, prompts = self.start, self._choice.prompts
        language = language_name(start.language)
        match self.stage:
            case "author":
                return ask_author(prompts, start.text, language)
            case "request":
                return ask_request(
                    prompts, start.perspective, start.section, self.author, start.word_limit,
                    language,
                )  # fmt: skip
            case "response":
                return ask_response(self._turn())
            case _:
                return ask_refined(prompts, start.section, self.request, self.draft or "", language)

    def _turn(self) -> str:
        start = self.start
        return training_turn(
            start.perspective, start.section, self.request, document_first=start.document_first
        )

    def _cleaned(self, text: str) -> str:
        if self.stage == "author":
            return clean_author(text)
        return clean_request(text) if self.stage == "request" else clean_response(text)

    def _check(self, text: str, finish_reason: str) -> Stopped | None:
        start, limits = self.start, self._choice.limits
        if self.stage == "author":
            return check_author(text, finish_reason, limits)
        if self.stage == "request":
            return check_request(
                text,
                finish_reason,
                limits,
                word_limit=start.word_limit,
                document=start.section,
                language=start.language,
                perspective=start.perspective,
            )
        return check_response(
            text,
            finish_reason,
            limits,
            document=start.section,
            request=self.request,
            language=start.language,
            perspective=start.perspective,
        )

    def _row(self, answer: str) -> SynthRow:
        start, document = self.start, self.start.document
        is_instruction = start.perspective.startswith("wi")
        return SynthRow(
            prompt_id=f"{document.doc_id}-{start.perspective}",
            messages=[
                {"role": "user", "content": self._turn()},
                {"role": "assistant", "content": answer},
            ],
            doc_id=document.doc_id,
            perspective=start.perspective,
            author=self.author,
            request=self.request,
            draft=self.draft,
            document=start.section,
            section_chars=len(start.section),
            document_first=start.document_first if is_instruction else None,
            length_limit=start.word_limit,
            url=document.url,
            language=start.language,
            model=self._choice.model.spec,
            seed=self._choice.seed,
        )
