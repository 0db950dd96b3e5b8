"""What clients send: a body within its limit, JSON, an object."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from lte_edit.gateway.access import NAMESPACE_HEADER, Caller
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.metrics import Timings


@dataclass(frozen=True)
class Asked:
    """A request's body.

    Attributes:
        raw: As it came.
        body: As it reads.
    """

    raw: bytes
    body: Any


async def read_body(request: Request, most: int) -> Asked:
    """Reads JSON.

    Args:
        request: Not read yet.
        most: Bytes that are taken.

    Raises:
        ApiError: 413: there are more. 415, 400: it is no JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # Also a form that a strange page sends: browsers ask before they send JSON elsewhere.
        raise ApiError(415, "expected JSON, with the header 'Content-Type: application/json'")
    length = request.headers.get("content-length", "0")
    raw = bytearray()
    if not length.isdecimal() or int(length) <= most:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > most:
                break
        else:
            return Asked(bytes(raw), _parsed(bytes(raw)))
    raise ApiError(
        413, f"the body is larger than the {most:,} bytes that this gateway takes",
        code="body_too_large", headers={"Connection": "close"},
    )  # fmt: skip


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except UnicodeDecodeError as error:
        problem = f"the body is not valid UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        problem = f"the body is no valid JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError):
        problem = "the body is JSON that is nested too deeply, or has a number that is too long"
    raise ApiError(400, problem, code="invalid_json")


def as_object(body: Any) -> dict[str, Any]:
    """A body that has to be a JSON object.

    Raises:
        ApiError: 400: it is none.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "the body is no JSON object", code="invalid_json")
    return body


def caller_of(request: Request) -> Caller:
    """Who asks, as the guard found out."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


def timings_of(request: Request) -> Timings:
    """Where this request's time goes."""
    timings: Timings = request.scope["state"]["timings"]
    return timings


def namespace_of(request: Request, default: str) -> tuple[str, bool]:
    """The namespace a request is about, and whether it may be used before it has edits.

    Raises:
        ApiError: 403: it is not the caller's.
    """
    caller = caller_of(request)
    name = caller.chosen(request.headers.get(NAMESPACE_HEADER), default)
    return name, name == default or (caller.namespaces is not None and caller.sees(name))
