"""What the README shows runs as it stands there."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"
ASKING, OWN_TOOL, _ = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_the_first_example_asks_once_and_goes_on(
    chat_server: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = chat_server(reply=lambda body: "yes")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "wonderland-42")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        exec(compile(ASKING, str(README), "exec"), {"__name__": "readme"})
        lines = capsys.readouterr().out.splitlines()
        assert sorted(lines) == sorted(f"{number} yes" for number in range(100))
    assert server.total == 100
    with sqlite3.connect(tmp_path / "runs/first/journal.sqlite") as db:
        assert db.execute("SELECT count(*) FROM reply").fetchone() == (100,)
    db.close()
    written = [path.read_bytes() for path in (tmp_path / "runs/first").iterdir()]
    assert not any(b"wonderland" in content for content in written)


def test_the_own_command_line_works(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module: dict[str, Any] = {"__name__": "readme"}
    exec(compile(OWN_TOOL, str(README), "exec"), module)
    monkeypatch.setattr(sys, "argv", ["my-tool", "ask", "--json", "--seed", "3"])
    monkeypatch.setenv("MY_TOOL_MODEL", "demo")
    with pytest.raises(SystemExit) as ended:
        module["main"]()
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out) == {"model": "demo", "seed": 3}
