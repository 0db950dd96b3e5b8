"""The command line: help, options, exit codes, and JSON that is nothing but JSON."""

from __future__ import annotations

import json
import re

import pytest

from followbench.__about__ import __version__
from followbench.leaderboard import PUBLISHED

COMMANDS = {
    "run", "generate", "judge", "score", "report", "compare", "leaderboard", "import-official",
    "data",
}  # fmt: skip


def test_help_lists_the_commands(command):
    result = command("--help")
    assert (result.code, result.err) == (0, "")
    found = re.findall(r"^│ ([a-z][a-z-]+) {2,}", result.out, re.MULTILINE)
    assert set(found) == COMMANDS
    assert found[0] == "run"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(command, name):
    result = command(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert f"Usage: followbench {name}" in result.out


def test_version(command):
    result = command("--version")
    assert (result.code, result.out, result.err) == (0, f"followbench {__version__}\n", "")


def test_as_a_module(process):
    child = process("--version")
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, f"followbench {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("rnu",), "No such command 'rnu'. Did you mean 'run'?"),
        (("run",), "Missing option '--model'"),
        (("run", "-m", "gpt-4o"), "'gpt-4o' is no model spec; expected 'openai/NAME'"),
        (("run", "-m", "demo", "--judge", "gpt-4o"), "'gpt-4o' is no model spec"),
        (("run", "-m", "demo", "--lang", "fr"), "--lang is 'fr'; expected en or zh"),
        (
            ("run", "-m", "demo", "--categories", "style,contnet"),
            "--categories names 'contnet'; expected content",
        ),
        (
            ("run", "-m", "demo", "--categories", ","),
            "--categories names nothing; expected content",
        ),
        (("run", "-m", "demo", "--checks", "paper"), "'paper'; expected fixed or released"),
        (("run", "-m", "demo", "--limit", "0"), "'--limit'"),
        (("run", "-m", "demo", "--price", "cheap"), "'cheap' is no price"),
        (("run", "-m", "demo", "--max-cost", "1"), "--max-cost needs --price IN,OUT"),
        (
            ("run", "-m", "demo", "--judge", "demo", "--prompts", "nowhere"),
            "'nowhere' does not exist",
        ),
        (("score",), "name the answers: --generations FILE, or --run-dir DIR"),
        (("judge", "--judge", "demo"), "judge needs --run-dir DIR"),
        (("compare", "one"), "compare needs two runs or more"),
        (("score", "--generations", "g", "--config", "no.yaml"), "no config file 'no.yaml'"),
    ],
)
def test_misuse_is_one_line_and_code_2(command, tmp_path, args, message):
    result = command(*args)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_trouble_is_one_line_and_code_1(command):
    result = command("run", "-m", "demo", "--data", "nowhere.jsonl")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: nowhere.jsonl: no such file or folder; --data takes 'mini', 'official', a folder "
        "or a file\n"
    )


def test_json_is_all_there_is_on_stdout(command, garden, staff, tmp_path):
    people = staff()
    models = ("-m", people.model, "--judge", people.judge)
    plan = command("run", "-v", *models, "--data", garden, "--dry-run", "--json")
    assert list(plan.json) == ["generate", "judge"]
    assert people.server.total == 0
    assert list(tmp_path.iterdir()) == [garden]
    ran = command("run", "-vv", *models, "--data", garden, "--run-dir", "a", "--json")
    assert ran.json["coverage"]["items"] == 20
    assert "generate: 20 in" in ran.err
    assert command("score", "--run-dir", "a", "--json").json == ran.json
    assert command("run", *models, "--data", garden, "--run-dir", "b", "--json").code == 0
    compared = command("compare", "a", "b", "--json").json
    assert compared[0]["average"]["hsr"]["difference"] == 0
    board = command("leaderboard", "a", "--json").json
    assert len(board) == 1 + len(PUBLISHED)
    assert command("data", "list", "--json").json[0]["name"] == "mini"
    assert command("data", "validate", garden, "--json").json["groups"] == 4


def test_quiet_says_nothing_but_the_table(command, garden, staff):
    people = staff()
    result = command("run", "-q", "-m", people.model, "--data", garden)
    assert (result.code, result.err) == (0, "")
    assert "average" in result.out


def test_a_dry_run_counts_and_prices(command, garden, staff, tmp_path):
    people = staff()
    args = ("-m", people.model, "--data", garden, "--run-dir", "r", "--dry-run")
    told = command("run", *args, "--judge", people.judge, "--price", "1,3", "--max-tokens", 100)
    assert told.code == 0
    assert "judgements asked for again come on top" in told.err
    generate, rest = told.out.split("judge:\n")
    judge, together = rest.split("together:\n")
    assert re.search(r"to be asked +20\n", generate)
    assert re.search(r"completion tokens +at most 2,000\n", generate)
    # "[c1] level 1" is 12 characters, three tokens, and four for the turn; 20 times.
    assert re.search(r"prompt tokens +about 140\n", generate)
    assert re.search(r"cost +about 0\.0001 to 0\.0061\n", generate)
    assert re.search(r"to be asked +16\n", judge)
    assert re.search(r"to be asked +36\n", together)
    assert people.server.total == 0
    assert not (tmp_path / "r").exists()


def test_a_dry_run_knows_the_journal(command, garden, staff):
    people = staff(answers={"[s2] level 5": "tea " * 2000})
    args = ("-m", people.model, "--data", garden, "--run-dir", "r")
    assert command("run", *args).code == 0
    asked = people.server.total
    judging = ("--judge", people.judge, "--dry-run", "--json")
    plan = command("run", *args, *judging).json
    assert (plan["generate"]["requests"], plan["generate"]["journaled"]) == (20, 20)
    assert plan["generate"]["max_completion_tokens"] == 0
    assert plan["generate"]["cost_high"] is None
    assert (plan["judge"]["requests"], plan["judge"]["journaled"]) == (16, 0)
    alone = command("judge", "--run-dir", "r", *judging).json
    assert alone == {"judge": plan["judge"]}
    assert plan["judge"]["prompt_tokens"] > 2000  # the real answer, not a typical one
    assert command("generate", *args, "--dry-run", "--json").json == {"generate": plan["generate"]}
    assert people.server.total == asked


def test_a_dry_run_of_the_judge_plans_for_what_is_answered(command, garden, staff, tmp_path):
    people = staff()
    answers = [("content", "c1", n) for n in (1, 2, 3)] + [("style", "s2", 5)]
    rows = [
        {"category": category, "example_id": group, "level": level, "generation": "tea"}
        for category, group, level in answers
    ]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    judge = ("judge", "--judge", people.judge, "--data", garden, "--run-dir", "r")
    args = (*judge, "--generations", "mine.jsonl")
    plan = command(*args, "--dry-run", "--json").json["judge"]
    assert plan["requests"] == 3  # level 1 of content has a check alone
    told = command(*args, "--dry-run")
    assert told.err.endswith("judgements asked for again come on top\n")
    assert "250 tokens" not in told.err
    assert command(*args).code == 0
    assert people.server.total == 3


def test_options_come_from_a_file_and_flags_win(command, garden, staff, tmp_path):
    people = staff()
    (tmp_path / "run.yaml").write_text(
        f"model: {people.model}\n"
        f"judge: {people.judge}\n"
        "data: garden.jsonl\n"
        "categories: style\n"
        "max-tokens: 7\n"
        "run_dir: from-file\n"
        "dry_run: no\n"
    )
    result = command("run", "--config", "run.yaml", "--limit", 1, "--max-tokens", 9, "--json")
    assert result.code == 0
    assert list(result.json["categories"]) == ["style"]
    assert result.json["coverage"]["items"] == 5
    assert {body["max_tokens"] for body in people.server.bodies if body["model"] == "model"} == {9}
    assert (tmp_path / "from-file/scores.json").is_file()


def test_an_unknown_option_in_the_file_is_named(command, tmp_path):
    (tmp_path / "run.yaml").write_text("modle: demo\n")
    result = command("run", "--config", "run.yaml")
    assert result.code == 2
    assert "no option 'modle'; did you mean model" in result.err


def test_options_come_from_the_environment(command, garden, staff, monkeypatch):
    people = staff()
    monkeypatch.setenv("FOLLOWBENCH_MODEL", people.model)
    monkeypatch.setenv("FOLLOWBENCH_LIMIT", "1")
    result = command("run", "--data", garden, "--json")
    assert result.json["coverage"]["items"] == 10


def test_categories_and_limit_choose(command, write_garden, staff):
    people = staff()
    groups = {f"g{n}": category for n, category in enumerate(["content", "style", "mixed"] * 3)}
    args = ("-m", people.model, "--data", write_garden(**groups))
    result = command(
        "run", *args, "--categories", "mixed, style", "--limit", 2, "--json", "--run-dir", "r"
    )
    assert {name: c["groups"] for name, c in result.json["categories"].items()} == {
        "style": 2, "mixed": 2,
    }  # fmt: skip
    assert sorted(set(prompt[:4] for prompt in people.server.asked)) == [
        "[g1]", "[g2]", "[g4]", "[g5]",
    ]  # fmt: skip
    part = command("score", "--run-dir", "r", "--categories", "style", "--limit", 1, "--json")
    assert {name: c["groups"] for name, c in part.json["categories"].items()} == {"style": 1}
    assert part.json["coverage"]["unknown_rows"] == 15


def test_mini_in_both_languages(command, staff):
    people = staff()
    for lang in ("en", "zh"):
        result = command("run", "-m", people.model, "--lang", lang, "--limit", 1, "--json")
        assert (result.json["lang"], result.json["data"]["name"]) == (lang, "mini")
        assert result.json["coverage"]["items"] == 30


def test_own_templates_replace_ours(command, garden, staff, tmp_path):
    folder = tmp_path / "mine/judge/en"
    folder.mkdir(parents=True)
    (folder / "content.j2").write_text(
        "Mine: {{ path[-1] }} / {{ answer }} / {{ criteria | join('+') }}"
    )
    people = staff()
    result = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden,
        "--prompts", "mine", "--run-dir", "r", "--json",
    )  # fmt: skip
    assert result.code == 0
    assert "Mine: [c1] level 4 / Green tea for you. / It is kind.+It is wise." in people.asked_of(
        "judge"
    )
    templates = result.json["judge"]["templates"]
    (folder / "content.j2").write_text("Other: {{ path[-1] }} {{ answer }}")
    refused = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden,
        "--prompts", "mine", "--run-dir", "r",
    )  # fmt: skip
    assert refused.code == 1
    assert f'judge.templates.judge/en/content: "{templates["judge/en/content"]}"' in refused.err


def test_an_unforeseen_error_is_a_line_and_v_adds_the_traceback(command, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("followbench.sources.load_benchmark", broken)
    short = command("data", "list")
    assert short.code == 1
    assert short.err == (
        "error: unforeseen ZeroDivisionError: a b; run again with -v for the traceback\n"
    )
    assert "Traceback" in command("-v", "data", "list").err


def test_the_console_script_is_main(monkeypatch, capsys):
    from followbench.cli import main

    monkeypatch.setattr("sys.argv", ["followbench", "leaderboard", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    board = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in board][:2] == ["GPT-4-1106-preview", "GPT-3.5-turbo-1106"]
    assert board[0]["hsr"] == [84.7, 75.6, 70.8, 73.9, 61.9]
