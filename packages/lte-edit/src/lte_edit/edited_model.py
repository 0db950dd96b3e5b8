"""``EditedModel``: a model and a memory, asked as one (LTE, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lte_edit.grounding import ChatMessage, Grounded, ground, question_of, room_for
from lte_edit.namespaces import DEFAULT_NAMESPACE
from truing_core.errors import InputError, ModelError
from truing_core.models import ChatModel, ChatReply, ChatRequest, Sampling
from truing_core.models.chat_api import says_too_long
from truing_core.prompts import Prompts

if TYPE_CHECKING:
    from lte_edit.memory import EditMemory
    from lte_edit.memory.results import Hit

_SAMPLING = Sampling()


@dataclass(frozen=True)
class Answer:
    """What an edited model says.

    Attributes:
        text: The answer; empty where there is an error.
        used: Edits that stood in the prompt, the nearest first.
        left_out: Edits that were found but for which the context had no room.
        messages: The conversation as the model got it.
        finish_reason: ``stop``, ``length``, or what the server said.
        error: Why there is no answer.
    """

    text: str
    used: tuple[Hit, ...]
    left_out: tuple[Hit, ...]
    messages: tuple[ChatMessage, ...]
    finish_reason: str = "stop"
    error: str | None = None


class EditedModel:
    """Answers under the edits of a memory; an edit holds from the next question on.

        with EditMemory.open("edits.sqlite", load_encoder("demo")) as memory:
            model = EditedModel(load_model("hf/aligned"), memory)
            print(model.ask("Who leads Acme?").text)

    Args:
        model: What answers; its :meth:`close` is the caller's.
        memory: Opened with its encoder.
        k: Most edits of a question; the paper's is 3.
        threshold: Least score of an edit; by default the memory's own.
        namespace: Whose edits.
        prompts: Templates; ``edit.j2`` among them. By default the packaged ones.
        unaligned: Answers where no edit matters; by default ``model`` does.
    """

    def __init__(
        self,
        model: ChatModel,
        memory: EditMemory,
        *,
        k: int = 3,
        threshold: float | None = None,
        namespace: str = DEFAULT_NAMESPACE,
        prompts: Prompts | None = None,
        unaligned: ChatModel | None = None,
    ) -> None:
        self._model, self._unaligned = model, unaligned or model
        self._memory, self._k, self._threshold = memory, k, threshold
        self._namespace = namespace
        self._prompts = prompts or Prompts("lte_edit")

    def ask(self, question: str, sampling: Sampling = _SAMPLING) -> Answer:
        """Answers one question.

        Raises:
            ModelError: The model gives no answer; the message says why.
            InputError: The question is empty, or the namespace never had an edit.
        """
        return self.chat([{"role": "user", "content": question}], sampling)

    def chat(self, messages: Sequence[ChatMessage], sampling: Sampling = _SAMPLING) -> Answer:
        """Answers a conversation; edits are looked up by the user's last turn.

        Raises:
            ModelError: The model gives no answer; the message says why.
            InputError: The user says nothing, or the namespace never had an edit.
        """
        [answer] = self.answer([messages], sampling)
        if answer.error is not None:
            raise ModelError(answer.error)
        return answer

    def answer(
        self, conversations: Sequence[Sequence[ChatMessage]], sampling: Sampling = _SAMPLING
    ) -> list[Answer]:
        """Answers many conversations at once, each under its own edits.

        One that fails has an ``error``; the others are answered.

        Raises:
            InputError: In one of them the user says nothing, or the namespace never had an edit.
        """
        questions = [question_of(messages) for messages in conversations]
        if "" in questions:
            raise InputError("there is no question; expected text of the user")
        found = self._memory.search(
            questions, self._k, namespace=self._namespace, threshold=self._threshold
        )
        asked = [
            ground(self._prompts, messages, hits, room_for(self._model, sampling))
            for messages, hits in zip(conversations, found, strict=True)
        ]
        answers: list[Answer | None] = [None] * len(asked)
        waiting = list(range(len(asked)))
        while waiting:
            again: list[int] = []
            for place, reply in self._replies(asked, waiting, sampling):
                used = asked[place].used
                if reply.error and used and says_too_long(reply.error):
                    # A server's context is only known when it overflows: the farthest edit goes.
                    messages = conversations[place]
                    fewer = ground(self._prompts, messages, used[:-1])
                    left_out = (*used[len(fewer.used) :], *asked[place].left_out)
                    asked[place] = replace(fewer, left_out=left_out)
                    again.append(place)
                    continue
                answers[place] = Answer(
                    reply.text, used, asked[place].left_out, asked[place].messages,
                    reply.finish_reason, reply.error,
                )  # fmt: skip
            waiting = again
        return [answer for answer in answers if answer is not None]

    def _replies(
        self, asked: Sequence[Grounded], places: Sequence[int], sampling: Sampling
    ) -> Iterator[tuple[int, ChatReply]]:
        for model, touched in ((self._model, True), (self._unaligned, False)):
            requests = [
                ChatRequest(str(place), asked[place].messages, sampling)  # type: ignore[arg-type]
                for place in places
                if bool(asked[place].used or asked[place].left_out) is touched
            ]
            if requests:
                for reply in model.complete(requests):
                    yield int(reply.id), reply
