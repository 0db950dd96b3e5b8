"""What goes wrong, as OpenAI's clients understand it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from truing_core.errors import TruingError
from truing_core.files import encode_json

log = logging.getLogger(__name__)

_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """An answer that is no success.

    Args:
        status: Of HTTP.
        message: What is wrong and what to do; a sentence without secrets or the user's texts.
        code: A word for programs.
        param: The field of the request that is to blame.
        headers: Further ones, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = dict(headers or {})

    @property
    def body(self) -> bytes:
        """The error as JSON of OpenAI's shape."""
        return encode_json(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """As :attr:`body`, not yet encoded."""
        kind = _KINDS.get(
            self.status, "server_error" if self.status >= 500 else "invalid_request_error"
        )
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}

    @property
    def event(self) -> bytes:
        """The error as the last event of a stream."""
        return b"data: " + json.dumps(self.as_json()).encode() + b"\n\n"


def too_many(message: str, seconds: int = 1) -> ApiError:
    """An answer to a request that comes while there are too many others."""
    return ApiError(429, message, code="too_many_requests", headers={"Retry-After": str(seconds)})


def memory_trouble(error: TruingError) -> ApiError:
    """What a caller is told of a memory that fails; the log has the rest, with its place."""
    log.error("%s", error)
    return ApiError(
        503,
        "the edit memory cannot be used at present; the gateway's log says why",
        code="memory_unavailable",
        headers={"Retry-After": "5"},
    )
