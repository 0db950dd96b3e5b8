import inspect
import os
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest
import typer

import cli_reference
from cli_reference import page
from commands import commands_of, tools, tree
from truing_core.cli import Seed, make_app

SCRIPT = Path(cli_reference.__file__)


class Speed(Enum):
    slow = "slow"
    fast = "fast"


@pytest.fixture
def text():
    app = make_app("a-tool", "Does <things>.", "1")

    @app.command()
    def run(
        rows: Annotated[list[Path], typer.Argument(metavar="ROWS...", help="What *is* read.")],
        model: Annotated[str, typer.Option("-m", "--model", metavar="SPEC\\[@URL]")],
        kind: Annotated[str, typer.Option(metavar="a|b", help="One | other.")] = "a",
        speed: Speed = Speed.fast,
        share: Annotated[float, typer.Option(min=0, max=1, help="How much; see --kind.")] = 0.50,
        keep: bool = True,
        tags: Annotated[list[str] | None, typer.Option(help="Tags.")] = None,
        out: Annotated[Path, typer.Option(show_default="beside ROWS")] = Path("x"),
        secret: Annotated[str, typer.Option(hidden=True)] = "",
        seed: Seed = 0,
    ) -> None:
        """Runs; goes on where it stopped.

        Second paragraph.
        """

    @app.command()
    def other() -> None:
        """Another."""

    return page(tree(app, "a-tool"))


def test_a_command_has_its_usage_text_and_arguments(text):
    assert "[`a-tool run`](#a-tool-run) | Runs. |" in text
    assert "```text\na-tool run [OPTIONS] ROWS...\n```" in text
    assert "Second paragraph." in text
    assert "| <code>ROWS...</code> | What \\*is\\* read. |" in text
    assert "Does \\<things>." in text


@pytest.mark.parametrize(
    "row",
    [
        "| <code>-m, --model SPEC[@URL]</code><br><small>`A_TOOL_MODEL`</small> | *required* |  |",
        "| <code>--kind a&#124;b</code><br><small>`A_TOOL_KIND`</small> | <code>a</code> "
        "| One \\| other. |",
        "<small>`A_TOOL_SPEED`</small> | <code>fast</code> |",
        "<small>`A_TOOL_SHARE`</small> | <code>0.5</code> | How much; see `--kind`. From 0 to 1. |",
        "| <code>--keep or --no-keep</code><br><small>`A_TOOL_KEEP`</small> | <code>--keep</code>",
        "<small>`A_TOOL_TAGS`</small> |  | Tags. May be given several times. |",
        "<small>`A_TOOL_OUT`</small> | beside ROWS |",
        "| **Run** |  |  |\n| <code>--seed N</code><br><small>`A_TOOL_SEED`</small> "
        "| <code>0</code> | Seed of every random choice. |",
    ],
)
def test_an_option_has_its_spelling_variable_default_and_meaning(text, row):
    assert row in text


def test_what_every_command_has_is_not_repeated(text):
    assert "--secret" not in text
    assert text.count("--verbose") == text.count("--quiet") == 0


def test_a_long_table_stands_once():
    app = make_app("a-tool", "A tool.", "1")

    def many() -> None: ...

    many.__signature__ = inspect.Signature(
        [
            inspect.Parameter(f"o{number}", inspect.Parameter.KEYWORD_ONLY, default=number)
            for number in range(11)
        ]
    )
    many.__annotations__ = {f"o{number}": int for number in range(11)}
    app.command("one")(many)
    app.command("two")(many)
    text = page(tree(app, "a-tool"))
    assert text.count("<code>--o3 &lt;int&gt;</code>") == 1
    assert "Its options are those of [`a-tool one`](#a-tool-one)." in text


def test_the_variables_are_those_that_are_read(monkeypatch):
    [tool] = [each for each in tools() if each.name == "followbench"]
    commands = commands_of(tool)
    score = commands["followbench", "score"]
    for option in score.options:
        variable = score.variable(option)
        if variable and not option.is_flag and option.metavar == "N":
            monkeypatch.setenv(variable, "7")
            assert option.resolve_envvar_value(score.context) == "7"


@pytest.mark.parametrize("columns", ["20", "300"])
def test_the_pages_are_up_to_date_however_wide_the_terminal(columns):
    environment = {**os.environ, "COLUMNS": columns, "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_tool_has_a_page():
    assert [each.name for each in tools()] == [
        "bmc-dpo",
        "followbench",
        "lion-distill",
        "lte-edit",
        "webr-synth",
    ]
