"""What a request asks of a model in this process, checked as OpenAI's API would.

A server elsewhere checks its requests itself; a model here has nobody else who would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lte_edit.gateway.backend import Kind
from lte_edit.gateway.errors import ApiError
from truing_core.models import Message, Sampling

_IGNORED = {
    "model", "messages", "prompt", "user", "metadata", "store", "service_tier",
    "safety_identifier", "prompt_cache_key",
}  # fmt: skip
# Fields that are taken as long as they ask for nothing that is not done.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,), "best_of": (1,), "frequency_penalty": (0,), "presence_penalty": (0,),
    "logprobs": (False, 0), "top_logprobs": (0,), "logit_bias": ({},), "tools": ([],),
    "tool_choice": ("none", "auto"), "parallel_tool_calls": (True, False),
    "response_format": ({"type": "text"},), "modalities": (["text"],), "echo": (False,),
    "suffix": ("",),
}  # fmt: skip
_MOST_STOPS = 16


@dataclass(frozen=True)
class Wishes:
    """How a request wants its answer.

    Attributes:
        sampling: How it is drawn; greedily unless ``temperature`` says otherwise.
        streams: Whether it comes piece by piece.
        usage: Whether the stream ends with the number of tokens.
    """

    sampling: Sampling
    streams: bool
    usage: bool


def wishes_of(body: Mapping[str, Any]) -> Wishes:
    """Reads all fields but the texts.

    Raises:
        ApiError: 400: a field is unknown, has no such value, or asks for what is not done here.
    """
    asked = {name: value for name, value in body.items() if value is not None}
    limit = _taken(asked, "max_tokens", 1024, _is_count, "a whole number above 0")
    sampling = Sampling(
        temperature=_taken(asked, "temperature", 0.0, _is_up_to(2), "a number from 0 to 2"),
        top_p=_taken(asked, "top_p", 1.0, _is_up_to(1), "a number from 0 to 1"),
        max_tokens=_taken(
            asked, "max_completion_tokens", limit, _is_count, "a whole number above 0"
        ),
        seed=_taken(asked, "seed", None, _is_int, "a whole number"),
        stop=_stops(asked.pop("stop", ())),
    )
    streams = _taken(asked, "stream", False, _is_bool, "true or false")
    options = _taken(asked, "stream_options", {}, _is_dict, "an object")
    for name, value in asked.items():
        if name in _IGNORED or any(_same(value, each) for each in _NEUTRAL.get(name, ())):
            continue
        problem, code = (
            ("cannot have this value", "unsupported_value")
            if name in _NEUTRAL
            else ("is not known", "unsupported_parameter")
        )
        where = "for a model that runs in the gateway's own process"
        raise ApiError(400, f"the field '{name:.60}' {problem} {where}", code=code, param=name)
    return Wishes(sampling, streams, options.get("include_usage") is True)


def messages_of(kind: Kind, body: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation, as chat templates take it; a prompt is the user's turn.

    Raises:
        ApiError: 400: it is none, or not of text alone.
    """
    if kind == "text":
        prompt = body.get("prompt")
        if isinstance(prompt, list) and len(prompt) == 1:
            prompt = prompt[0]
        if not isinstance(prompt, str):
            raise _wrong("prompt", "one text; this model takes no token ids and no list of prompts")
        return ({"role": "user", "content": prompt},)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _wrong("messages", "a list of messages")
    found: list[Message] = []
    for place, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str):
            raise _wrong(f"messages[{place}]", "an object with role and content")
        content = message.get("content")
        if isinstance(content, list):
            parts: list[Any] = [isinstance(each, dict) and each.get("text") for each in content]
            content = "\n".join(parts) if all(isinstance(each, str) for each in parts) else None
        if not isinstance(content, str):
            raise _wrong(f"messages[{place}].content", "text; this model takes nothing else")
        found.append({"role": role, "content": content})
    return tuple(found)


def _taken(
    asked: dict[str, Any], name: str, default: Any, fits: Callable[[Any], bool], expected: str
) -> Any:
    if name not in asked:
        return default
    value = asked.pop(name)
    if not fits(value):
        raise _wrong(name, expected)
    return value


def _stops(value: Any) -> tuple[str, ...]:
    stops = (value,) if isinstance(value, str) else value
    if (
        not isinstance(stops, list | tuple)
        or len(stops) > _MOST_STOPS
        or not all(isinstance(each, str) and each for each in stops)
    ):
        raise _wrong("stop", f"a text or a list of up to {_MOST_STOPS} texts, none of them empty")
    return tuple(stops)


def _wrong(name: str, expected: str) -> ApiError:
    return ApiError(400, f"the field '{name}': expected {expected}",
                    code="invalid_value", param=name)  # fmt: skip


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_int(value) and value > 0


def _is_up_to(most: float) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and 0 <= value <= most

    return fits
