"""A tool's command, called in this process: how it ended and what it said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from truing_core.cli import run_app

if TYPE_CHECKING:
    import typer


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def __iter__(self) -> Iterator[Any]:
        """``code, out, err = command(...)``."""
        return iter((self.code, self.out, self.err))

    @property
    def json(self) -> Any:
        """Stdout, which holds one JSON document and nothing else."""
        return json.loads(self.out)


def call(
    app: typer.Typer, name: str, capsys: pytest.CaptureFixture[str], *arguments: object
) -> Outcome:
    """Calls a tool as its console script does.

    With ``--json``, a command that ends well has to print one JSON document and nothing else, and
    one that fails nothing at all: whoever reads it from a pipe relies on that.
    """
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        run_app(app, name, [str(each) for each in arguments])
    said = capsys.readouterr()
    code = ended.value.code or 0
    assert isinstance(code, int)
    outcome = Outcome(code, said.out, said.err)
    if "--json" in arguments:
        assert outcome.json is not None if code == 0 else not outcome.out
    return outcome
