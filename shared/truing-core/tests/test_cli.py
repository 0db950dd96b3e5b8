"""A small tool, run in this process and as one of its own."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from truing_core.cli import (
    JsonOut,
    Limit,
    MaxCost,
    RunDir,
    Seed,
    emit_json,
    make_app,
    run_app,
)
from truing_core.errors import (
    BudgetError,
    InputError,
    Interruption,
    ModelError,
    ResumeError,
    TruingError,
    UsageError,
)

app = make_app("sample-tool", "Shows the shared habits.", "1.2.3")
nested = typer.Typer(help="Data sets.")
app.add_typer(nested, name="data")
FAULTS: dict[str, Callable[[], Exception]] = {
    "truing": lambda: TruingError("it went wrong"),
    "usage": lambda: UsageError("not like that"),
    "input": lambda: InputError("is empty", path="a.jsonl", row=3),
    "model": lambda: ModelError("no such model"),
    "resume": lambda: ResumeError("another config"),
    "budget": lambda: BudgetError("limit reached"),
    "bug": lambda: KeyError("surprise\nin two lines"),
    "rights": lambda: PermissionError(13, "Permission denied", "/place"),
    "read-only": lambda: OSError(30, "Read-only file system", "/place"),
    "full": lambda: OSError(28, "No space left on device", "/place"),
}


@app.command()
def run(
    model: Annotated[str, typer.Option(help="Which.")],
    run_dir: RunDir = None,
    seed: Seed = 0,
    limit: Limit = None,
    max_cost: MaxCost = None,
    tag: Annotated[list[str] | None, typer.Option(help="Several.")] = None,
    shuffle: Annotated[bool, typer.Option(help="Mix.")] = False,
    as_json: JsonOut = False,
) -> None:
    """Shows what came in."""
    logging.getLogger("sample_tool.part").info("a note")
    logging.getLogger("truing_core.part").debug("a detail")
    logging.getLogger("sample_tool").warning("a warning")
    place = None if run_dir is None else str(run_dir)
    emit_json(
        {
            "model": model,
            "run_dir": place,
            "seed": seed,
            "limit": limit,
            "max_cost": max_cost,
            "tag": tag,
            "shuffle": shuffle,
            "as_json": as_json,
        }
    )


@app.command()
def fail(kind: str) -> None:
    """Raises."""
    raise FAULTS[kind]()


@app.command()
def give(value: str) -> Any:
    """Returns."""
    return {"none": None, "one": 1, "three": 3, "true": True, "text": "1"}[value]


@app.command()
def leave(how: str) -> None:
    """Ends in other ways."""
    if how == "exit":
        raise typer.Exit(4)
    if how == "over":
        raise Interruption("interrupted; it starts over")
    raise KeyboardInterrupt if how == "interrupt" else typer.Abort


@nested.command("list")
def list_data(only: str = "all", seed: Seed = 0) -> None:
    """Lists."""
    typer.echo(f"{only} {seed}")


@pytest.fixture
def tool(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            run_app(app, "sample-tool", args)
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return call


Tool = Callable[..., tuple[int, str, str]]


def test_help_names_commands_options_and_flags(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    code, out, err = tool("--help")
    assert (code, err) == (0, "")
    for part in ("Shows the shared habits.", "run", "data", "--version", "SAMPLE_TOOL_SEED"):
        assert part in out
    code, out, _ = tool("run", "-h")
    assert code == 0
    for part in ("--config", "FILE.yaml", "--run-dir", "--seed", "--json", "--verbose", "-q"):
        assert part in out


def test_version(tool: Tool) -> None:
    assert tool("--version") == (0, "sample-tool 1.2.3\n", "")


def test_no_arguments_show_help_and_are_misuse(tool: Tool) -> None:
    code, out, err = tool()
    assert code == 2
    assert "Shows the shared habits." in out + err


@pytest.mark.parametrize(
    ("kind", "code", "line"),
    [
        ("truing", 1, "error: it went wrong"),
        ("usage", 2, "error: not like that"),
        ("input", 1, "error: a.jsonl, row 3: is empty"),
        ("model", 1, "error: no such model"),
        ("resume", 1, "error: another config"),
        ("budget", 1, "error: limit reached"),
        ("rights", 1, "error: no permission at '/place'; change its owner or mode, or name "),
        ("read-only", 1, "error: the file system is read-only at '/place'; name another place"),
        ("full", 1, "error: no space left on device at '/place'; free some, then run the same "),
        ("bug", 1, "error: unforeseen KeyError: 'surprise\\nin two lines'; run again with -v for "),
    ],
)
def test_errors_are_one_line_on_stderr(tool: Tool, kind: str, code: int, line: str) -> None:
    ended, out, err = tool("fail", kind)
    assert (ended, out) == (code, "")
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_v_adds_the_traceback(tool: Tool) -> None:
    for args in (("-v", "fail", "bug"), ("fail", "bug", "-v"), ("fail", "input", "--verbose")):
        code, out, err = tool(*args)
        assert (code, out) == (1, "")
        assert "Traceback (most recent call last)" in err
        assert "run again with -v" not in err


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (("rnu",), "No such command 'rnu'. Did you mean 'run'?"),
        (("run",), "Missing option '--model'"),
        (("run", "--model"), "Option '--model' requires an argument"),
        (("run", "--model", "m", "--nope"), "No such option: --nope"),
        (("run", "--model", "m", "--limit", "0"), "'--limit'"),
        (("run", "--model", "m", "--seed", "x"), "'--seed'"),
        (("run", "--model", "m", "extra"), "extra"),
        (("data", "lst"), "No such command 'lst'"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(tool: Tool, args: tuple[str, ...], part: str) -> None:
    code, out, err = tool(*args)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert part in err
    assert err.endswith("--help')\n") or "requires an argument" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "code"), [("none", 0), ("one", 1), ("three", 3), ("true", 0), ("text", 0)]
)
def test_a_returned_number_is_the_exit_code(tool: Tool, value: str, code: int) -> None:
    assert tool("give", value) == (code, "", "")


def test_other_ways_to_end(tool: Tool) -> None:
    assert tool("leave", "exit") == (4, "", "")
    for how in ("interrupt", "abort"):
        code, out, err = tool("leave", how)
        assert (code, out) == (130, "")
        assert err == "interrupted; the same command goes on where this stopped\n"
    assert tool("leave", "over") == (130, "", "interrupted; it starts over\n")


def shown(result: tuple[int, str, str]) -> dict[str, Any]:
    code, out, _ = result
    assert code == 0
    content: dict[str, Any] = json.loads(out)
    return content


def test_json_alone_is_on_stdout(tool: Tool) -> None:
    code, out, err = tool("run", "--model", "m", "--json", "-v")
    assert code == 0
    assert json.loads(out)["as_json"] is True
    assert err.splitlines() == ["a note", "warning: a warning"]


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        ((), ["warning: a warning"]),
        (("-q",), []),
        (("-v",), ["a note", "warning: a warning"]),
        (("-vv",), ["a note", "debug: a detail", "warning: a warning"]),
        (("-v", "--verbose"), ["a note", "debug: a detail", "warning: a warning"]),
    ],
)
def test_talk_options_stand_before_or_after_the_command(
    tool: Tool, args: tuple[str, ...], lines: list[str]
) -> None:
    assert tool("run", "--model", "m", *args)[2].splitlines() == lines
    assert tool(*args, "run", "--model", "m")[2].splitlines() == lines
    assert tool(*args[:1], "run", *args[1:], "--model", "m")[2].splitlines() == lines


def test_talk_options_reach_nested_commands_and_are_forgotten(tool: Tool) -> None:
    assert tool("data", "-v", "list", "-v") == (0, "all 0\n", "")
    assert tool("run", "--model", "m")[2] == "warning: a warning\n"


def test_every_option_has_a_variable(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_TOOL_MODEL", "from-env")
    monkeypatch.setenv("SAMPLE_TOOL_SEED", "7")
    monkeypatch.setenv("SAMPLE_TOOL_TAG", "a b")
    monkeypatch.setenv("SAMPLE_TOOL_SHUFFLE", "true")
    monkeypatch.setenv("SAMPLE_TOOL_LIMIT", "")
    monkeypatch.setenv("SAMPLE_TOOL_VERSION", "1")
    monkeypatch.setenv("SAMPLE_TOOL_QUIET", "1")
    code, out, err = tool("run", "--seed", "8")
    content = shown((code, out, err))
    assert (content["model"], content["seed"], content["tag"]) == ("from-env", 8, ["a", "b"])
    assert (content["shuffle"], content["limit"]) == (True, None)
    assert err == "warning: a warning\n"
    assert tool("data", "list") == (0, "all 7\n", "")


def config(folder: Path, text: str) -> str:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_config_gives_defaults_and_flags_win(tool: Tool, tmp_path: Path) -> None:
    path = config(
        tmp_path,
        "model: 123\nrun-dir: runs/x\nmax_cost: 1e-3\nseed: 5\nlimit: ~\n"
        "tag: [a, no]\nshuffle: yes\njson: true\n",
    )
    content = shown(tool("run", "--config", path, "--seed", "9"))
    assert content == {
        "model": "123",
        "run_dir": str(Path("runs/x")),
        "seed": 9,
        "limit": None,
        "max_cost": 0.001,
        "tag": ["a", "no"],
        "shuffle": True,
        "as_json": True,
    }
    assert shown(tool("run", "--seed", "9", "--config", path, "--tag", "b"))["tag"] == ["b"]
    assert shown(tool("run", "--no-shuffle", "--config", path))["shuffle"] is False


def test_environment_wins_over_config(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE_TOOL_SEED", "7")
    path = config(tmp_path, "model: m\nseed: 5\n")
    assert shown(tool("run", "--config", path))["seed"] == 7
    monkeypatch.setenv("SAMPLE_TOOL_CONFIG", path)
    monkeypatch.delenv("SAMPLE_TOOL_SEED")
    assert shown(tool("run"))["seed"] == 5


def test_one_config_serves_all_commands(tool: Tool, tmp_path: Path) -> None:
    path = config(tmp_path, "model: m\nonly: mini\nseed: 3\n")
    assert shown(tool("run", "--config", path))["seed"] == 3
    assert tool("data", "list", "--config", path) == (0, "mini 3\n", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [("tag: a", ["a"]), ("tag: no", ["no"]), ("tag: 007", ["007"]), ("tag: '~'", ["~"])],
)
def test_config_values_are_read_as_typed(
    tool: Tool, tmp_path: Path, text: str, value: list[str]
) -> None:
    assert shown(tool("run", "--model", "m", "--config", config(tmp_path, text)))["tag"] == value


def test_an_empty_config_changes_nothing(tool: Tool, tmp_path: Path) -> None:
    assert (
        shown(tool("run", "--model", "m", "--config", config(tmp_path, "# later\n")))["seed"] == 0
    )


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("modle: m", 2, "'sample-tool run' has no option 'modle'; did you mean model?"),
        ("zzz: 1", 2, "has no option 'zzz'; known: config, json, limit, max-cost, model,"),
        ("seed: {a: 1}", 2, "option 'seed' takes one value, not a mapping"),
        ("seed: [1]", 2, "option 'seed' takes one value, not a list"),
        ("tag: [[a]]", 2, "option 'tag' takes a list of plain values"),
        ("shuffle: maybe", 2, "option 'shuffle' is true or false, not 'maybe'"),
        ("seed: 1\nseed: 2", 1, "row 1: the key 'seed' stands here twice"),
        ("model: m\nseed: [1", 1, "row 2: no valid YAML: "),
        ("model: m\n\tseed: 1", 1, "row 2: no valid YAML: "),
        ("- a\n- b", 1, "expected 'option: value' lines"),
        ("just text", 1, "expected 'option: value' lines"),
        ("model: !!python/object/apply:os.system [echo]", 1, "no valid YAML: could not"),
    ],
)
def test_bad_configs(tool: Tool, tmp_path: Path, text: str, code: int, part: str) -> None:
    path = config(tmp_path, text)
    ended, out, err = tool("run", "--config", path)
    assert (ended, out) == (code, "")
    assert err.startswith(f"error: {path}")
    assert part in err
    assert err.count("\n") == 1


def test_configs_that_are_no_files(tool: Tool, tmp_path: Path) -> None:
    assert tool("run", "--config", str(tmp_path / "none.yaml"))[::2] == (
        2,
        f"error: there is no config file '{tmp_path / 'none.yaml'}'\n",
    )
    code, _, err = tool("run", "--config", str(tmp_path))
    assert code == 2
    assert "is a folder; name a YAML file" in err
    (tmp_path / "binary.yaml").write_bytes(b"model: \xff\xfe\x00")
    code, _, err = tool("run", "--config", str(tmp_path / "binary.yaml"))
    assert code == 1
    assert "no valid YAML" in err


def test_no_key_is_printed(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SERVER_KEY", "wonderland-42")
    monkeypatch.setitem(FAULTS, "key", lambda: ModelError("401: wrong key wonderland-42"))
    for args in (("fail", "key"), ("fail", "key", "-vv")):
        code, out, err = tool(*args)
        assert code == 1
        assert "wonderland" not in out + err
        assert "***" in err


def test_emit_json_keeps_text_and_survives_half_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit_json({"a": "模型"})
    assert capsys.readouterr().out == '{\n  "a": "模型"\n}\n'
    emit_json({"a": "x\ud83d"})
    assert json.loads(capsys.readouterr().out) == {"a": "x\ud83d"}
    for half in ("", "\ud83d"):
        steering = {"\x9b1m": f"\x1b]0;owned\x07 \x7f\x80\x9f\xa0{half}"}
        emit_json(steering)
        out = capsys.readouterr().out
        assert json.loads(out) == steering
        assert [char for char in out if unicodedata.category(char) == "Cc" and char != "\n"] == []
        assert ("\xa0" in out) is (not half)
    with pytest.raises(ValueError, match="Out of range float"):
        emit_json({"a": float("nan")})


def test_an_option_s_variable_is_named_as_the_option_is(capsys, monkeypatch):
    from truing_core.testing.commands import call

    app = make_app("some-tool", "A tool.", "1")

    @app.command("show")
    def show(as_json: JsonOut = False) -> None:
        emit_json({"json": as_json})

    @app.command("other")
    def other() -> None: ...

    monkeypatch.setenv("SOME_TOOL_JSON", "1")
    assert call(app, "some-tool", capsys, "show").json == {"json": True}


def test_every_command_that_takes_values_reads_a_config_and_no_other_does(
    tool: Tool, tmp_path: Path
) -> None:
    (tmp_path / "c.yaml").write_text("only: some\nseed: 4\n")
    config = ("--config", str(tmp_path / "c.yaml"))
    assert tool("data", "list", *config) == (0, "some 4\n", "")
    code, out, err = tool("give", "none", *config)
    assert (code, out) == (2, "")
    assert "No such option" in err
    assert "--config" not in tool("data", "--help")[1]


@pytest.mark.parametrize("value", ["inf", "1e999", "nan", "-inf"])
def test_numbers_that_are_none_are_refused(tool: Tool, tmp_path: Path, value: str) -> None:
    code, out, err = tool("run", "--model", "m", "--max-cost", value)
    assert (code, out) == (2, "")
    assert "Invalid value for '--max-cost': " in err
    assert f"'{value}' is no finite number" in err or value in ("nan", "-inf")
    config = tmp_path / "c.yaml"
    config.write_text("max_cost: inf\n")
    code, _, err = tool("run", "--model", "m", "--config", str(config))
    assert (code, "is no finite number" in err) == (2, True), err
