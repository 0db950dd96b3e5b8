"""The bad answers a :class:`~truing_core.testing.server.ChatServer` can give."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FAULTY_KINDS = ("429", "500", "drop", "malformed")


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad answer.

    Attributes:
        kind: A status code (``"429"``, ``"500"``, ``"401"`` ...), or ``drop`` (the connection
            is closed in mid-body), ``malformed`` (broken JSON), ``empty`` (no choices),
            ``html`` (a web page) or ``hang`` (no answer before the server closes).
        retry_after: The ``Retry-After`` header, verbatim.
        message: The error's message; ``{key}`` stands for the key the client sent.
        error: Further fields of the error object, such as ``code`` or ``param``.
    """

    kind: str
    retry_after: str | None = None
    message: str | None = None
    error: Mapping[str, Any] | None = None


Faults = (
    Callable[[str, int], Fault | str | None]
    | Mapping[str, Sequence[Fault | str]]
    | Sequence[Fault | str]
)


def first_answers_faulty(
    share: float, kinds: Sequence[str] = FAULTY_KINDS, *, retry_after: str = "1"
) -> Callable[[str, int], Fault | None]:
    """Makes ``share`` of all prompts fail at the first attempt, the kinds in equal parts.

    Which prompts fail is a function of their text alone, hence the same in every process.
    """

    def fault(prompt: str, attempt: int) -> Fault | None:
        draw = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:8], "big") / 2**64
        if attempt > 1 or draw >= share:
            return None
        kind = kinds[int(draw / share * len(kinds))]
        return Fault(kind, retry_after=retry_after if kind == "429" else None)

    return fault
