"""The wire format of ``/chat/completions``: request bodies, replies, and servers' dialects."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from truing_core.models.base import ChatReply, ChatRequest, Usage
from truing_core.models.retry import PassingFault

logger = logging.getLogger(__name__)

OVERLOAD = (429, 503, 529)
"""Statuses that ask to come again later."""
_LONGEST_MESSAGE, _LONGEST_REASON = 400, 40
_MOST_TOKENS = 2**53
_DISPENSABLE = ("temperature", "top_p", "seed")
_NOT_TAKEN = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|not permitted|not allowed|unavailable"
    r"|extra (inputs|fields)|invalid (parameter|value)|must be",
    re.IGNORECASE,
)
_SCHEMA_WORDS = re.compile(r"response_format|json_schema|schema|grammar|guided|structured", re.I)
# OpenAI's code, and the words of vLLM, llama.cpp, TGI and SGLang.
_TOO_LONG = re.compile(
    r"context.{0,10}(length|window|size)|maximum context|maximum.{0,30}tokens"
    r"|too (long|large|many tokens)",
    re.IGNORECASE,
)
_OVERLOADED = re.compile(rf"the server answered ({'|'.join(map(str, OVERLOAD))})\b")
_NO_SUCH_MODEL = re.compile(r"model\W.{0,80}(not (exist|found)|unknown)|(no such|invalid) model")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server's error answer says.

    Attributes:
        status: The HTTP status.
        message: Its words, or those of the status; shortened.
        code: ``error.code`` or ``error.type``, if any.
        param: The request field it blames, if it names one.
    """

    status: int
    message: str
    code: str = ""
    param: str = ""

    @classmethod
    def read(cls, status: int, body: object) -> Refusal:
        """Reads the error body of any server that resembles OpenAI's; never raises."""
        error: object = body
        if isinstance(body, Mapping):
            error = body.get("error", body)
        if not isinstance(error, Mapping):
            return cls(status, _short(error))
        message = error.get("message") or error.get("detail") or error.get("msg") or ""
        return cls(
            status,
            _short(message),
            str(error.get("code") or error.get("type") or ""),
            str(error.get("param") or ""),
        )

    def __str__(self) -> str:
        answered = f"the server answered {self.status}"
        return f"{answered}: {self.message}" if self.message else answered

    @property
    def no_such_model(self) -> bool:
        """Whether the server does not know the model."""
        return (
            self.code in ("model_not_found", "invalid_model")
            or _NO_SUCH_MODEL.search(self.message.lower()) is not None
        )

    @property
    def too_long(self) -> bool:
        """Whether the conversation does not fit into the model's context."""
        return self.code == "context_length_exceeded" or says_too_long(str(self))

    @property
    def no_credit(self) -> bool:
        """Whether the account, not the rate, is the trouble."""
        return self.status == 402 or self.code in ("insufficient_quota", "billing_not_active")


def says_too_long(error: str) -> bool:
    """Whether the words of an error mean that the model's context is too small."""
    if _OVERLOADED.match(error):  # "too many tokens, wait" counts a minute's, not one request's
        return "request too large" in error.lower()
    return _TOO_LONG.search(error) is not None


class Dialect:
    """Which fields a server takes; it starts as OpenAI's and learns from refusals."""

    def __init__(self) -> None:
        self._limit_field = "max_tokens"
        self._dropped: set[str] = set()

    def body(self, model: str, request: ChatRequest, *, schema: bool = True) -> dict[str, Any]:
        """The JSON body for a request; ``schema=False`` leaves ``response_format`` out."""
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": model,
            "messages": request.messages,
            self._limit_field: sampling.max_tokens,
            "temperature": sampling.temperature,
        }
        if sampling.top_p != 1.0:
            body["top_p"] = sampling.top_p
        if sampling.seed is not None:
            # Further draws of one prompt need other seeds, or they would be the same draw.
            body["seed"] = sampling.seed + request.sample
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if request.schema is not None and schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": request.schema},
            }
        for field in self._dropped:
            body.pop(field, None)
        return body

    def adapt(self, body: Mapping[str, Any], refusal: Refusal) -> bool:
        """Learns from a refusal of ``body``; whether the next body would differ from it."""
        field = self._blamed(body, refusal)
        if field is None:
            return False
        if field == "max_tokens":
            if self._limit_field == "max_tokens":
                self._limit_field = "max_completion_tokens"
                logger.info("the server wants max_completion_tokens instead of max_tokens")
        else:
            self.drop(field)
        return True

    def drop(self, field: str) -> None:
        """Sends no ``field`` from now on."""
        if field not in self._dropped:
            self._dropped.add(field)
            logger.warning("the server does not take '%s'; going on without it", field)

    def _blamed(self, body: Mapping[str, Any], refusal: Refusal) -> str | None:
        message = refusal.message
        if "max_tokens" in body and re.search(r"max_completion_tokens.{0,3} instead", message):
            return "max_tokens"
        if refusal.too_long:
            return None
        named = refusal.code in ("unsupported_parameter", "unsupported_value")
        if not named and not _NOT_TAKEN.search(message):
            return None
        if "response_format" in body and _SCHEMA_WORDS.search(f"{refusal.param} {message}"):
            return "response_format"
        for field in _DISPENSABLE:
            if field in body and (field == refusal.param or re.search(rf"\b{field}\b", message)):
                return field
        return None


def read_reply(
    request_id: str, text: str, hide: Callable[[str], str] = lambda text: text
) -> ChatReply:
    """Reads the body of a successful answer.

    Args:
        request_id: The request's.
        text: The body.
        hide: Takes secrets out of what is read from it.

    Raises:
        PassingFault: It is no JSON, has no choices, or a choice without any text.
    """
    try:
        body = json.loads(text)
    except RecursionError:
        raise PassingFault("the answer is JSON that is nested too deeply") from None
    except ValueError:
        start = " ".join(hide(text)[:60].split())
        hint = "; does the address end in /v1?" if start.startswith("<") else ""
        raise PassingFault(f"the answer is no JSON (it starts '{start}'){hint}") from None
    if not isinstance(body, dict):
        raise PassingFault("the answer is no JSON object")
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        if body.get("error"):
            raise PassingFault(hide(str(Refusal.read(_status(body["error"]), body))))
        raise PassingFault("the answer has no choices")
    finish_reason = _encodable(str(choices[0].get("finish_reason") or "stop"))
    message = choices[0].get("message")
    content = _text(message if isinstance(message, dict) else {})
    if content is None:
        if finish_reason not in ("length", "content_filter"):
            raise PassingFault("the answer's choice has no text")
        content = ""
    usage = body.get("usage")
    return ChatReply(
        request_id,
        hide(content),
        hide(finish_reason[:_LONGEST_REASON]),
        _usage(usage) if isinstance(usage, dict) else Usage(),
    )


def _text(message: Mapping[str, Any]) -> str | None:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str)) if parts else None
    if isinstance(content, str):
        return content
    refusal = message.get("refusal")
    return refusal if isinstance(refusal, str) and refusal else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    def count(name: str) -> int:
        value = usage.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            return 0
        return int(min(value, _MOST_TOKENS)) if value < math.inf else 0

    return Usage(count("prompt_tokens"), count("completion_tokens"))


def _encodable(text: str) -> str:
    # JSON may hold lone surrogates, which have no UTF-8.
    return text.encode(errors="replace").decode()


def _status(error: object) -> int:
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) else 200


def _short(value: object) -> str:
    if value is None:
        return ""
    try:
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
    except RecursionError:
        return "an answer that is nested too deeply"
    text = " ".join(_encodable(text).split())
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 2] + " …"
