"""The one error hierarchy of the tools.

A message is one sentence a user can act on: what is wrong, where, and what to do. Only the
command-line boundary (:mod:`truing_core.cli`) prints it; everything below raises.
"""

from __future__ import annotations

from pathlib import Path


class TruingError(Exception):
    """Something the user can mend. ``exit_code`` is what a command ends with."""

    exit_code = 1


class UsageError(TruingError):
    """The command was called wrongly: an impossible option, spec or combination."""

    exit_code = 2


class InputError(TruingError):
    """Bad content in an input, located as exactly as is known.

    Args:
        problem: What is wrong and what was expected, as a clause without a final full stop.
        path: The file it stands in.
        row: The 1-based line or row number.
        field: The field's name, dotted for nested ones.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str | Path | None = None,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        self.problem, self.path, self.row, self.field = problem, path, row, field
        place = str(path) if path is not None else ""
        if row is not None:
            place += f", row {row}" if place else f"row {row}"
        if field is not None:
            place += f", field '{field}'" if place else f"field '{field}'"
        super().__init__(f"{place}: {problem}" if place else problem)


class ModelError(TruingError):
    """A model cannot be used at all: wrong key, unknown name, no server, no weights.

    Trouble with a single request is no exception: it comes back as a
    :class:`~truing_core.models.ChatReply` whose ``error`` is set.
    """


class ResumeError(TruingError):
    """A run folder cannot be continued with this command."""


class BudgetError(TruingError):
    """A limit the user set (requests, cost) is reached; what was paid for is kept."""


class Interruption(TruingError):
    """Ctrl-C, where the same command does not go on but starts over: the message says so."""

    exit_code = 130
