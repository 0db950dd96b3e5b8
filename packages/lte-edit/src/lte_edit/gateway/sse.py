"""Server-sent events as they pass: whole ones, checked, and none changed but the first."""

from __future__ import annotations

import json
import re
from typing import Any

from truing_core.files import encode_json

_LONGEST = 4 * 1024 * 1024  # bytes of one event; nobody sends as much
_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_DONE = b"[DONE]"


class Garbage(Exception):
    """What came is no stream of completion chunks."""


class EventReader:
    """Cuts what comes into events.

    Attributes:
        finished: Whether the answer has come to its end: a finish reason, an error, ``[DONE]``.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.finished = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that are whole now, byte for byte, their blank lines included.

        Raises:
            Garbage: Much came, and it does not end.
        """
        events: list[bytes] = []
        buffer, start = self._rest + chunk, 0
        # An end may lie across two chunks; what comes before was looked at when it came.
        for end in _END.finditer(buffer, max(0, len(self._rest) - 3)):
            events.append(buffer[start : end.end()])
            start = end.end()
        self._rest = buffer[start:]
        if len(self._rest) > _LONGEST:
            raise Garbage(f"an event without an end within {_LONGEST:,} bytes")
        return events

    def check(self, event: bytes) -> bool:
        """Whether an event has an answer's chunk in it, as opposed to comments or ``[DONE]``.

        Raises:
            Garbage: It is no event, or what it says is no JSON object.
        """
        data = data_of(event)
        if data is None:
            return False
        if data.strip() == _DONE:
            self.finished = True
            return False
        chunk = _object(data)
        choices = chunk.get("choices")
        if "error" in chunk or (
            isinstance(choices, list)
            and any(isinstance(each, dict) and each.get("finish_reason") for each in choices)
        ):
            self.finished = True
        return True

    def end(self) -> None:
        """Notes that nothing more comes.

        Raises:
            Garbage: It ends in the middle of an event, or of the answer.
        """
        if self._rest.strip():
            raise Garbage("it ends in the middle of an event")
        if not self.finished:
            raise Garbage("it ends before the answer does")


def data_of(event: bytes) -> bytes | None:
    """What an event says; ``None`` if it is only a comment.

    Raises:
        Garbage: A line of it is none of an event.
    """
    lines = []
    for line in event.splitlines():
        name, colon, value = line.partition(b":")
        if name == b"data":
            lines.append(value.removeprefix(b" "))
        elif line and (name not in (b"", b"event", b"id", b"retry") or not colon):
            raise Garbage("a line that belongs to no event")
    return b"\n".join(lines) if lines else None


def with_field(event: bytes, name: str, value: Any) -> bytes:
    """An event whose data is a JSON object, with one more entry in it."""
    data = data_of(event)
    assert data is not None
    others = [line for line in event.splitlines() if line and not line.startswith(b"data")]
    return b"\n".join([*others, b"data: " + object_with(data, name, value)]) + b"\n\n"


def object_with(raw: bytes, name: str, value: Any) -> bytes:
    """A JSON object with one more entry; all else stays byte for byte.

    Raises:
        Garbage: It is no JSON object.
    """
    found = _object(raw)
    if name in found:
        return json.dumps({**found, name: value}).encode()
    comma = b"," if found else b""
    added = json.dumps(name).encode() + b":" + encode_json(value)
    return raw.rstrip()[:-1] + comma + added + b"}"


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Garbage("what should be JSON is none") from None
    if not isinstance(found, dict):
        raise Garbage("what should be a JSON object is none")
    return found
