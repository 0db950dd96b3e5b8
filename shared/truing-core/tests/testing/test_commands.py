"""The fixture that calls a tool's command in this process."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from truing_core.cli import JsonOut, emit_json, tell
from truing_core.errors import InputError

app = typer.Typer()


@app.command()
def count(words: list[str], as_json: JsonOut = False) -> None:
    """Counts."""
    if "bad" in words:
        raise InputError("a bad word", path="words.txt", row=2)
    tell(f"counted in {Path.cwd().name}")
    if as_json:
        emit_json({"words": len(words)})
    else:
        typer.echo(len(words))


@app.command()
def settings() -> None:
    """What the environment says."""
    typer.echo(sorted(name for name in os.environ if name.startswith(("MY_TOOL_", "OPENAI_"))))


def test_how_it_ended_and_what_it_said(command_line, tmp_path):
    counted = command_line(app, "my-tool", "count")
    code, out, err = counted("one", 2)
    assert (code, out) == (0, "2\n")
    assert err == f"counted in {tmp_path.name}\n"
    assert counted("one", "--json").json == {"words": 1}
    code, out, err = counted("bad")
    assert (code, out) == (1, "")
    assert err == "error: words.txt, row 2: a bad word\n"
    assert counted("--none").code == 2


def test_nobodys_settings(command_line, monkeypatch):
    monkeypatch.setenv("MY_TOOL_SEED", "3")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert command_line(app, "my-tool")("settings").out == "[]\n"
