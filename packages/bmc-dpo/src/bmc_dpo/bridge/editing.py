"""Asking the editor, and asking again with the reason what a gate has stopped.

Questions asked again go out while others wait for their first reply: the iterable that the model
draws from gives them precedence over new pairs. It never waits for one. When it runs dry while
replies are under way, it ends, and what these make necessary is asked in the next round. A
question depends on the replies before it alone, so a run that goes on asks the same ones and
finds them in the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from bmc_dpo.bridge.asking import LEAK, TemplateWords, ask_again, question, template_of
from bmc_dpo.bridge.choices import BridgeChoice
from bmc_dpo.bridge.examples import draw
from bmc_dpo.bridge.gates import Passed, Subject, check
from bmc_dpo.pairs import Pair
from truing_core.models import ChatModel, ChatReply, ChatRequest, Message

BRIDGED, NO_CHANGE, FAILED = "bridged", "no_change", "failed"


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of a pair.

    Attributes:
        id: The pair's.
        status: ``bridged``, ``no_change``, ``failed`` (no reply), or the gate that closed last.
        text: ỹ_w, if it is bridged.
        reason: Why it is not, if so.
        stopped: The gates that closed, one a reply.
        template: The template that was used.
        template_hash: Its hash.
        replies: How many came.
        prompt_tokens: Tokens of all questions.
        completion_tokens: Tokens of all replies.
    """

    id: str
    status: str
    text: str | None
    reason: str
    stopped: tuple[str, ...]
    template: str
    template_hash: str
    replies: int
    prompt_tokens: int
    completion_tokens: int

    def row(self) -> dict[str, Any]:
        """As a row of a file."""
        return {**asdict(self), "stopped": list(self.stopped)}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Edit:
        """What :meth:`row` gave."""
        return cls(**{**row, "stopped": tuple(row["stopped"])})


@dataclass(frozen=True, slots=True)
class _Case:
    """A pair before the editor: the conversation so far, and what it cost."""

    subject: Subject
    messages: tuple[Message, ...]
    stopped: tuple[str, ...] = ()
    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def request_id(self) -> str:
        return f"{self.subject.pair.id}/{len(self.stopped) + 1}"

    def paid(self, reply: ChatReply) -> _Case:
        return replace(
            self,
            replies=self.replies + reply.ok,
            prompt_tokens=self.prompt_tokens + reply.usage.prompt_tokens,
            completion_tokens=self.completion_tokens + reply.usage.completion_tokens,
        )


def first_requests(pairs: Iterable[Pair], choice: BridgeChoice) -> Iterator[ChatRequest]:
    """The first question about each pair that is bridged."""
    for case in _cases(pairs, choice):
        yield _request(case, choice)


def edit(
    pairs: Iterable[Pair],
    model: ChatModel,
    choice: BridgeChoice,
    *,
    on_reply: Callable[[ChatReply], None] = lambda reply: None,
) -> Iterator[Edit]:
    """Yields what became of each pair that is bridged, as it is decided, in any order.

    Args:
        pairs: All pairs; ``choice`` selects.
        model: The editor.
        choice: How.
        on_reply: Hears the last reply about each pair.

    Raises:
        ModelError: The editor cannot be used at all.
    """
    hashes = choice.prompts.hashes()
    fresh = _cases(pairs, choice)
    again: deque[_Case] = deque()
    under_way: dict[str, _Case] = {}
    exhausted = False

    def requests() -> Iterator[ChatRequest]:
        nonlocal exhausted
        while True:
            case = again.popleft() if again else next(fresh, None)
            if case is None:
                exhausted = True
                return
            under_way[case.request_id] = case
            yield _request(case, choice)

    while not exhausted or again:
        for reply in model.complete(requests()):
            case = under_way.pop(reply.id).paid(reply)
            settled = _settle(case, reply, choice, hashes)
            if isinstance(settled, _Case):
                again.append(settled)
                continue
            on_reply(reply)
            yield settled


def _settle(
    case: _Case, reply: ChatReply, choice: BridgeChoice, hashes: dict[str, str]
) -> Edit | _Case:
    if not reply.ok:
        return _edit(case, hashes, FAILED, reason=reply.error or "no reply")
    found = check(reply.text, reply.finish_reason, case.subject, choice.limits)
    if isinstance(found, Passed):
        return _edit(case, hashes, NO_CHANGE if found.text is None else BRIDGED, found.text)
    stopped = (*case.stopped, found.gate)
    if len(stopped) > choice.retries:
        return _edit(replace(case, stopped=stopped), hashes, found.gate, reason=found.reason)
    messages = ask_again(choice.prompts, case.messages, reply.text, found.reason, case.subject.mark)
    return replace(case, messages=messages, stopped=stopped)


def _edit(
    case: _Case, hashes: dict[str, str], status: str, text: str | None = None, reason: str = ""
) -> Edit:
    template = template_of(case.subject.kind)
    return Edit(
        case.subject.pair.id, status, text, reason, case.stopped, template, hashes[template],
        case.replies, case.prompt_tokens, case.completion_tokens,
    )  # fmt: skip


def _cases(pairs: Iterable[Pair], choice: BridgeChoice) -> Iterator[_Case]:
    template = TemplateWords(choice.prompts)
    for pair in pairs:
        if not choice.selects(pair):
            continue
        kind = choice.kind_of(pair)
        examples = draw(choice.examples, choice.few_shot, kind, pair, choice.seed)
        mark, messages = question(choice.prompts, kind, pair, examples, reference=choice.reference)
        subject = Subject(pair, kind, mark, choice.reference, template.of(kind), LEAK)
        yield _Case(subject, messages)


def _request(case: _Case, choice: BridgeChoice) -> ChatRequest:
    return ChatRequest(case.request_id, case.messages, choice.editor.sampling)
