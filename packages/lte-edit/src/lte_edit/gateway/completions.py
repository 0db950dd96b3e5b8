"""``/v1/chat/completions`` and ``/v1/completions``: edits are found, put in, and told of."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lte_edit.gateway.backend import Backend, Kind, Reply
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.metrics import Timings
from lte_edit.gateway.requests import as_object, caller_of, namespace_of, read_body, timings_of
from lte_edit.gateway.settings import Settings
from lte_edit.gateway.sse import EventReader, Garbage, object_with, with_field
from lte_edit.grounding import ChatMessage, Grounded, question_of

if TYPE_CHECKING:
    from lte_edit.gateway.finder import Finder
    from lte_edit.memory.results import Hit

EDITS_HEADER = "X-LTE-Edits"
_LONGEST_HEADER = 4000  # characters of ids; the field ``lte`` has them all

Conversation = Sequence[ChatMessage]


class Completions:
    """The two routes.

    Args:
        finder: The memory.
        model: What answers.
        unaligned: What answers where no edit matters; by default ``model``.
        served: What clients call the model.
        settings: How many edits, how near, how large a body.
    """

    def __init__(
        self, finder: Finder, model: Backend, unaligned: Backend | None, served: str,
        settings: Settings,
    ) -> None:  # fmt: skip
        self._finder, self._model, self._unaligned = finder, model, unaligned
        self._served, self._settings = served, settings

    async def chat(self, request: Request) -> Response:
        """``POST /v1/chat/completions``."""
        return await self._complete(request, "chat")

    async def text(self, request: Request) -> Response:
        """``POST /v1/completions``."""
        return await self._complete(request, "text")

    async def _complete(self, request: Request, kind: Kind) -> Response:
        caller_of(request).need("read")
        timings = timings_of(request)
        asked = await read_body(request, self._settings.most_body)
        body = as_object(asked.body)
        self._check_model(body.get("model"))
        name, own = namespace_of(request, self._settings.namespace)
        talks = talks_of(kind, body)
        found = await self._found(talks, name, own, timings)
        touched = any(found)
        aligned = touched or self._unaligned is None
        backend = self._model if aligned or self._unaligned is None else self._unaligned
        grounded = [
            await backend.ground(talk, hits, body) for talk, hits in zip(talks, found, strict=True)
        ]
        while True:
            used = any(each.used for each in grounded)
            changed = {**body, **_texts(kind, body, grounded)} if used else body
            if body.get("model") != backend.name:
                changed = {**changed, "model": backend.name}
            raw = asked.raw if changed is body else None
            reply = await backend.send(kind, changed, raw, timings)
            if not (used and reply.too_long):
                break
            # A server's context is only known when it overflows: the farthest edit goes.
            grounded = [
                _fewer(each, await backend.ground(talk, each.used[:-1], body))
                for talk, each in zip(talks, grounded, strict=True)
            ]
        timings.edits = sum(len(each.used) for each in grounded)
        return _answer(reply, grounded, "aligned" if aligned else "unaligned", name)

    async def _found(
        self, talks: Sequence[Conversation], namespace: str, own: bool, timings: Timings
    ) -> list[list[Hit]]:
        if not await self._finder.check(namespace, own):
            return [[] for _ in talks]
        settings = self._settings
        found = []
        for talk in talks:
            question = question_of(talk)
            found.append(
                await self._finder.find(
                    question, namespace, settings.k, settings.threshold, timings
                )
                if question
                else []
            )
        return found

    def _check_model(self, named: Any) -> None:
        if named not in (None, self._served):
            raise ApiError(
                404, f"this gateway serves the model '{self._served}', and no other",
                code="model_not_found", param="model",
            )  # fmt: skip


def talks_of(kind: Kind, body: Mapping[str, Any]) -> list[Conversation]:
    """Where a request has questions: one conversation, or one for each prompt.

    None where it is not as it should be, or token ids: whoever answers may say so.
    """
    if kind == "chat":
        messages = body.get("messages")
        sound = isinstance(messages, list) and all(isinstance(each, dict) for each in messages)
        return [messages] if sound and messages else []
    prompts = body.get("prompt")
    if isinstance(prompts, str):
        prompts = [prompts]
    if not isinstance(prompts, list) or not all(isinstance(each, str) for each in prompts):
        return []
    return [[{"role": "user", "content": prompt}] for prompt in prompts]


def _texts(kind: Kind, body: Mapping[str, Any], grounded: Sequence[Grounded]) -> dict[str, Any]:
    """The field of the request that edits change."""
    if kind == "chat":
        return {"messages": list(grounded[0].messages)}
    prompts = [each.messages[0]["content"] for each in grounded]
    return {"prompt": prompts if isinstance(body["prompt"], list) else prompts[0]}


def _fewer(before: Grounded, after: Grounded) -> Grounded:
    return replace(after, left_out=(*before.used[len(after.used) :], *before.left_out))


def _answer(reply: Reply, grounded: Sequence[Grounded], routed: str, namespace: str) -> Response:
    """The model's answer, with what was done about edits."""
    used = {hit.edit.id: hit for each in grounded for hit in each.used}
    headers = {**reply.headers, EDITS_HEADER: _header(list(used))}
    if reply.status >= 400:
        return Response(reply.body, reply.status, headers, "application/json")
    report = {
        "edits": [
            {"id": hit.edit.id, "prompt": hit.edit.prompt, "target": hit.edit.target,
             "score": round(hit.score, 6)}
            for hit in used.values()
        ],
        "left_out": sum(len(each.left_out) for each in grounded),
        "routed": routed,
        "namespace": namespace,
    }  # fmt: skip
    if reply.events is not None:
        return _EventStream(_reported(reply.events, report), headers)
    try:
        body = object_with(reply.body, "lte", report)
    except Garbage:
        raise ApiError(
            502, "the model server's answer is no JSON; does its address end in /v1?",
            code="upstream_garbage",
        ) from None  # fmt: skip
    return Response(body, reply.status, headers, "application/json")


class _EventStream(Response):
    """Events as they come; when the client is gone, whatever makes them ends at once."""

    def __init__(self, events: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        super().__init__(headers={**headers, "Cache-Control": "no-cache"})
        del self.headers["content-length"]
        self.headers["content-type"] = "text/event-stream; charset=utf-8"
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with aclosing(self._events) as events:
            await send(start)
            async for chunk in events:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _reported(
    events: AsyncGenerator[bytes, None], report: Mapping[str, Any]
) -> AsyncGenerator[bytes, None]:
    """The events, the first one that says something with ``lte`` in it."""
    told = False
    async with aclosing(events):
        async for chunk in events:
            if told:
                yield chunk
                continue
            reader, whole = EventReader(), []
            for event in reader.feed(chunk):
                if not told and reader.check(event):
                    event, told = with_field(event, "lte", report), True
                whole.append(event)
            yield b"".join(whole)


def _header(ids: Sequence[str]) -> str:
    """Ids as a header takes them: other signs than ASCII's, commas and blanks as ``%XX``."""
    said = ",".join(quote(each, safe="!#$&'()*+;=?@^_`{|}~:[].-") for each in ids)
    return said if len(said) <= _LONGEST_HEADER else said[:_LONGEST_HEADER].rpartition(",")[0]
