from typing import Annotated

import pytest
import typer

import docs_commands
from commands import tree
from docs_commands import amiss, documents, mentioned, nox_sessions, train_options, typed, words_of
from truing_core.cli import make_app
from truing_core.training.command import TRAIN_SETTINGS


@pytest.fixture(scope="module")
def known():
    app = make_app("a-tool", "A tool.", "1")

    @app.command()
    def run(
        rows: Annotated[str, typer.Argument(metavar="ROWS")],
        model: Annotated[str, typer.Option("--model", "-m", metavar="SPEC")],
        kind: Annotated[str, typer.Option(metavar="fast|slow")] = "fast",
        num: int = 3,
        dry: Annotated[bool, typer.Option("--dry")] = False,
    ) -> None: ...

    data = typer.Typer()
    data.command("list")(lambda: None)
    data.command("show")(lambda: None)
    app.add_typer(data, name="data")
    return {"a-tool": tree(app, "a-tool")}


def problems(text, known):
    return list(amiss(text, known, {"tests", "core_compat"}))


def console(*lines):
    return "\n".join(["Words.", "```console", *lines, "```"])


@pytest.mark.parametrize(
    "line",
    [
        "a-tool run rows.jsonl --model demo",
        "a-tool run rows.jsonl -m demo --kind=slow --num 4 --dry   # why",
        "a-tool run rows.jsonl -m demo   # it's why",
        "a-tool run rows.jsonl --config x.yaml",
        "a-tool run rows.jsonl … -m demo",
        "a-tool run --help",
        "a-tool --version",
        "A_TOOL_NUM=4 a-tool run rows.jsonl -m demo > out.txt && a-tool data list | head --lines 3",
        "python -m a_tool data list",
        "another run --whatever",
        'nox -s "tests-3.11(followbench)" core_compat -- -k judge',
    ],
)
def test_passes_what_exists(line, known):
    assert problems(console(f"$ {line}"), known) == []


@pytest.mark.parametrize(
    ("line", "amiss"),
    [
        ("a-tool walk rows.jsonl", "'a-tool' has no command 'walk'"),
        ("a-tool data drop", "'a-tool data' has no command 'drop'"),
        ("a-tool run rows.jsonl -m demo --fast", "'a-tool run' has no option '--fast'"),
        ("a-tool run rows.jsonl more.jsonl -m demo", "takes no 'more.jsonl'"),
        ("a-tool run rows.jsonl", "'a-tool run' needs --model"),
        ("a-tool run -m demo", "'a-tool run' needs rows"),
        ("a-tool run rows.jsonl -m demo --kind slowly", "--kind takes fast|slow, not 'slowly'"),
        ("a-tool run rows.jsonl -m", "requires an argument"),
        ("cd x && a-tool data drop", "has no command 'drop'"),
        ("accelerate launch -m a_tool data drop", "has no command 'drop'"),
        ("nox -s test", "there is no session 'test'"),
    ],
)
def test_names_what_does_not(line, amiss, known):
    [problem] = problems(console("$ echo", f"$ {line}", "what it prints"), known)
    assert problem.startswith(f"line 4: `{line}`: ")
    assert amiss in problem


def test_joins_lines_that_a_backslash_ends(known):
    text = console("$ a-tool run rows.jsonl \\", "    -m demo --never", "a-tool run is output")
    assert [number for number, _ in typed(text)] == [3]
    assert problems(text, known) == [
        "line 3: `a-tool run rows.jsonl  -m demo --never`: 'a-tool run' has no option '--never'"
    ]


def test_running_text_need_not_be_whole(known):
    assert problems("`a-tool run --model` and `a-tool`, `a-tool data list`, `--never`", known) == []
    assert problems("By `a-tool run --never`", known) == [
        "line 1: `a-tool run --never`: 'a-tool run' has no option '--never'"
    ]
    assert problems("`a-tool wolk`", known)


def test_code_blocks_are_no_running_text():
    assert list(mentioned("a\n```python\n`no`\n```\n`yes`")) == [(5, "yes")]


def test_what_is_no_shell_is_cut_at_spaces():
    assert words_of("a-tool it's") == ["a-tool", "it's"]
    assert words_of('a-tool show "$(head -1 ids | cut -d \',"\' -f 4)" --all') == [
        "a-tool",
        "show",
        "PRINTED",
        "--all",
    ]


def test_a_train_command_tells_its_options():
    app = make_app("bmc-dpo", "A tool.", "1")

    @app.command(context_settings=dict(TRAIN_SETTINGS))
    def train(context: typer.Context) -> None:
        """Needs --output_dir."""

    @app.command()
    def other() -> None: ...

    known = {"bmc-dpo": tree(app, "bmc-dpo")}
    command = known["bmc-dpo"]["bmc-dpo", "train"]
    assert {"config", "output_dir", "dataset_name", "fresh"} <= train_options(command)
    assert problems(console("$ bmc-dpo train --output_dir x --dataset-name y"), known) == []
    [problem] = problems(console("$ bmc-dpo train --outptu_dir x"), known)
    assert "tells of no option '--outptu_dir'" in problem


def test_finds_the_sessions():
    assert {"tests", "docs", "core_compat"} <= nox_sessions()
    assert "install" not in nox_sessions()


def test_the_docs_name_only_commands_that_exist(capsys):
    assert len(documents()) > 20
    assert docs_commands.main([]) == 0, capsys.readouterr().err


def test_says_where_one_does_not(tmp_path, capsys):
    file = tmp_path / "page.md"
    file.write_text(console("$ followbench runn"))
    assert docs_commands.main([str(file)]) == 1
    assert f"{file}: line 3: `followbench runn`: " in capsys.readouterr().err
