"""``lion-distill evaluate`` as a user types it."""

from __future__ import annotations

import json
import re

import pytest

from lion_distill.cli import app
from truing_core.records import read_rows

TASKS = [{"question": f"What is {n} + {n}?", "answer": 2 * n} for n in range(1, 11)]


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(command_line):
    return command_line(app, "lion-distill")


@pytest.fixture
def tasks(tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in TASKS))
    return path


def adds(body):
    number = int(re.search(r"What is (\d+)", body["messages"][-1]["content"])[1])
    return f"The answer is {2 * number + (number > 6)}."


def test_tasks_as_json_and_as_tables(command, chat_server, tasks, tmp_path):
    server = chat_server(reply=adds)
    base = ("evaluate", "--student", f"openai/m@{server.url}", "--questions", tasks,
            "--run-dir", "r")  # fmt: skip
    code, out, err = command(*base, "--json")
    result = json.loads(out)
    assert (code, result["score"], result["tasks"]["student"]["correct"]) == (0, 60.0, 6)
    assert result["interval"] == pytest.approx([31.27, 83.18], abs=0.01)
    assert "the run is in r" in err
    assert json.loads((tmp_path / "r" / "evaluation.json").read_text()) == result
    rows = [row for _, row in read_rows(tmp_path / "r" / "evaluation.jsonl")]
    assert [row["student_right"] for row in rows] == [True] * 6 + [False] * 4
    code, out, err = command(*base)
    assert (code, server.total) == (0, 10)
    assert re.search(r"all\s+student\s+10\s+60\.0\s+31\.3 to 83\.2", out)
    assert "10 of 10 had been answered before" in err
    code, _, err = command(*base, "--seed", 1)
    assert code == 1
    assert "seed: 0 → 1" in err


def test_open_questions_in_words(command, chat_server, tmp_path):
    def reply(body):
        if body["model"] != "judge":
            return "So."
        return '{"score_1": 8, "score_2": 6}'

    server = chat_server(reply=reply)
    path = tmp_path / "open.jsonl"
    path.write_text('{"question_id": 1, "category": "x", "turns": ["Why?"]}\n'
                    '{"question_id": 2, "category": "y", "turns": ["How?"]}\n')  # fmt: skip
    code, out, err = command(
        "evaluate", "--student", f"openai/s@{server.url}", "--reference", f"openai/t@{server.url}",
        "--referee", f"openai/judge@{server.url}", "--questions", path, "--run-dir", "r",
    )  # fmt: skip
    assert code == 0, err
    # 6/8 with the reference first, 8/6 with the student first.
    assert re.search(r"all\s+2\s+104\.2", out)
    assert re.search(r"x\s+1\s+104\.2", out)
    assert "by order: 75.0 with the reference first, 133.3 with the student first" in out
    assert "better in the mean: 0, worse: 0, neither: 2; wins 0.0 % (0.0 to 65.8)" in out


def test_a_dry_run_asks_nobody(command, tasks, tmp_path):
    code, out, _ = command(
        "evaluate", "--student", "openai/m", "--questions", tasks, "--limit", 4,
        "--dry-run", "--json",
    )  # fmt: skip
    assert (code, json.loads(out)["student"]["requests"]) == (0, 4)
    assert not (tmp_path / "runs").exists()
    path = tmp_path / "open.jsonl"
    path.write_text('{"text": "Why?"}\n')
    code, out, _ = command(
        "evaluate", "--student", "openai/m", "--reference", "openai/t", "--referee", "openai/j",
        "--questions", path, "--dry-run", "--price", "1,2",
    )  # fmt: skip
    assert code == 0
    for name in ("student:", "reference:", "referee:", "together:"):
        assert name in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nothing to measure it on; give --questions or --lm-eval"),
        (("--questions", "none.jsonl"), 1, "none.jsonl: there is no such file"),
        (("--lm-eval", " , "), 2, "--lm-eval names nothing"),
        (("--questions", "q.jsonl", "--lm-eval-limit", 3), 2, "go with --lm-eval TASK"),
        (("--questions", "open.jsonl"), 1, "1 of 1 questions have no 'answer', so --referee exact"),
        (("--questions", "open.jsonl", "--referee", "gpt"), 2, "'gpt' is no model spec"),
    ],
)
def test_misuse_in_one_sentence(command, tmp_path, arguments, code, said):
    (tmp_path / "open.jsonl").write_text('{"text": "Why?"}\n')
    outcome = command("evaluate", "--student", "openai/m", *arguments)
    assert outcome.code == code
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
