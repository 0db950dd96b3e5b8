"""``bmc-dpo eval`` and ``compare`` against a real local server."""

from __future__ import annotations

import json
import re

import pytest

from bmc_dpo.cli import app
from bmc_dpo.evaluation.exports import write_export
from truing_core.errors import UsageError
from truing_core.records import read_rows
from truing_core.testing.faults import Fault

SUMS = [{"question": f"What is {n} + {n}?", "answer": f"#### {2 * n}"} for n in range(1, 11)]


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sums(tmp_path):
    path = tmp_path / "sums.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in SUMS))
    return path


@pytest.fixture
def command(command_line):
    return command_line(app, "bmc-dpo")


def adds_up_to(most):
    """A model that adds numbers up to a limit and says one too few beyond."""

    def reply(body):
        number = int(re.search(r"What is (\d+)", body["messages"][-1]["content"])[1])
        return f"Let me see. The answer is {2 * number - (number > most)}."

    return reply


def test_accuracy_files_and_resume(command, chat_server, sums, tmp_path):
    server = chat_server(reply=adds_up_to(7))
    model = f"openai/m@{server.url}"
    code, out, _ = command("eval", sums, "--model", model, "--run-dir", "r", "--json")
    scores = json.loads(out)
    task = scores["tasks"]["sums"]
    assert (code, task["n"], task["correct"], task["accuracy"]) == (0, 10, 7, 70.0)
    assert task["interval"] == pytest.approx([39.68, 89.22], abs=0.01)
    assert (scores["average"], scores["extraction"]) == (70.0, "fixed")
    rows = [row for _, row in read_rows(tmp_path / "r" / "items.parquet")]
    assert [row["correct"] for row in rows] == [True] * 7 + [False] * 3
    assert rows[9]["extracted"] == "19"
    assert json.loads((tmp_path / "r" / "scores.json").read_text()) == scores
    code, out, err = command("eval", sums, "--model", model, "--run-dir", "r")
    assert (code, server.total) == (0, 10)
    assert "70.0" in out
    assert "10 of 10 had been answered before" in err
    released = command(
        "eval", sums, "--model", model, "--run-dir", "r", "--extraction", "released", "--json"
    )
    assert released.json["tasks"]["sums"]["correct"] == 7
    assert server.total == 10


def test_failed_questions_are_missing_and_asked_again(command, chat_server, sums):
    ask = "What is 3 + 3?"
    faults = {"on": True}

    def fault(prompt, attempt):
        return Fault("400", message="no") if faults["on"] and ask in prompt else None

    server = chat_server(reply=adds_up_to(99), faults=fault)
    arguments = ("eval", sums, "--model", f"openai/m@{server.url}", "--run-dir", "r", "--json")
    code, out, err = command(*arguments)
    task = json.loads(out)["tasks"]["sums"]
    assert (code, task["failed"], task["answered"], task["accuracy"]) == (0, 1, 9, 100.0)
    assert "1 failed, run the same command again" in err
    faults["on"], before = False, server.total
    task = command(*arguments).json["tasks"]["sums"]
    assert (task["failed"], task["correct"], server.total - before) == (0, 10, 1)


def test_compare(command, chat_server, sums):
    for name, most in (("weak", 2), ("strong", 9)):
        server = chat_server(reply=adds_up_to(most))
        command("eval", sums, "--model", f"openai/{name}@{server.url}", "--run-dir", name)
    code, out, _ = command("compare", "weak", "strong", "--json")
    [result] = json.loads(out)
    assert (code, result["shared"], result["only_first"], result["only_second"]) == (0, 10, 0, 7)
    assert result["accuracy"] == [20.0, 90.0]
    assert result["p_value"] == pytest.approx(2 / 2**7)
    assert "+70.0" in command("compare", "weak", "strong").out
    assert command("compare", "weak").code == 2
    code, _, err = command("compare", "weak", "nowhere")
    assert code == 1
    assert "holds no items.parquet" in err


def test_few_shot_examples_come_as_turns(command, chat_server, sums, tmp_path):
    server = chat_server(reply=adds_up_to(99))
    shots = tmp_path / "train.jsonl"
    shots.write_text(
        "".join(
            json.dumps({"question": f"Q{n}?", "answer": f"So.\n#### {n}"}) + "\n" for n in (1, 2, 3)
        )
    )
    base = ("eval", sums, "--model", f"openai/m@{server.url}", "--limit", 2)
    assert command(*base, "--few-shot", 2, "--examples", shots, "--run-dir", "r").code == 0
    first, second = (body["messages"] for body in server.bodies)
    assert [turn["role"] for turn in first] == ["user", "assistant"] * 2 + ["user"]
    assert first[:4] == second[:4]
    assert first[1]["content"].startswith("So.\n#### ")
    code, _, err = command(*base, "--few-shot", 4, "--examples", shots, "--run-dir", "s")
    assert code == 2
    assert "--few-shot 4 needs as many math examples in --examples, which has 3" in err


def test_a_question_among_the_examples_gets_another_in_its_place(
    command, chat_server, sums, tmp_path
):
    """Ids say nothing about that: the first question's is that of the first example, too."""
    server = chat_server(reply=adds_up_to(99))
    (tmp_path / "train").mkdir()
    shots = tmp_path / "train" / "sums.jsonl"
    rows = [{"question": f"Q{n}?", "answer": f"So.\n#### {n}"} for n in range(5)]
    shots.write_text("".join(json.dumps(row) + "\n" for row in [*rows, *SUMS[:3], SUMS[0]]))
    base = ("eval", sums, "--model", f"openai/m@{server.url}", "--examples", shots)
    assert command(*base, "--few-shot", 7, "--run-dir", "r").code == 0
    asked, drawn = set(), {}
    for body in server.bodies:
        texts = [turn["content"] for turn in body["messages"] if turn["role"] == "user"]
        drawn[texts[-1].splitlines()[0]] = texts[:-1]
        assert texts[-1] not in texts[:-1]
        asked.add(texts[-1])
    assert len(asked) == 10
    usual = drawn["What is 10 + 10?"]
    assert [drawn[f"What is {n} + {n}?"] == usual for n in range(4, 10)] == [True] * 6
    for n in (1, 2, 3):
        kept = [text for text in usual if f"{n} + {n}" not in text]
        assert drawn[f"What is {n} + {n}?"][: len(kept)] == kept
        assert len(drawn[f"What is {n} + {n}?"]) == 7
    before = server.total
    code, _, err = command(*base, "--few-shot", 8, "--run-dir", "s")
    assert (code, server.total) == (2, before)
    assert "--few-shot 8 needs as many math examples in --examples, which has 7" in err
    assert not (tmp_path / "s").exists()


def test_the_kind_of_task_is_part_of_a_run(command, chat_server, sums):
    server = chat_server(reply=adds_up_to(99))
    base = ("eval", sums, "--model", f"openai/m@{server.url}", "--run-dir", "r")
    assert command(*base, "--task", "math").code == 0
    code, _, err = command(*base, "--task", "qa")
    assert (code, server.total) == (1, 10)
    assert "kinds" in err


def test_only_the_same_questions_are_compared(command, chat_server, tmp_path):
    def ask(name, numbers, own_ids):
        rows = [{"question": f"What is {n} + {n}?", "answer": f"#### {2 * n}"} for n in numbers]
        if own_ids:
            rows = [{"id": str(place), **row} for place, row in enumerate(rows)]
        (tmp_path / name).mkdir()
        file = tmp_path / name / "sums.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        server = chat_server(reply=adds_up_to(4))
        command("eval", file, "--model", f"openai/m@{server.url}", "--run-dir", f"{name}-run")

    ask("one", (1, 2, 5), own_ids=True)
    ask("two", (1, 3, 5, 6), own_ids=True)
    ask("three", (7, 8, 9), own_ids=True)
    [result] = command("compare", "one-run", "two-run", "--json").json
    assert (result["shared"], result["left_out"]) == (2, [1, 2])
    assert result["accuracy"] == [50.0, 50.0]
    code, _, err = command("compare", "one-run", "two-run")
    assert code == 0
    said = "only one of the two answered them: 1 of 'one-run', 2 of 'two-run'"
    assert said in " ".join(err.split())
    code, _, err = command("compare", "one-run", "three-run")
    assert code == 1
    assert "share no scored question: of the 3 and 3 none is the same in task, id and text" in (
        " ".join(err.split())
    )


def test_files_that_share_ids_go_together(command, chat_server, tmp_path):
    files = []
    for name, shift in (("low", 0), ("high", 5)):
        files.append(tmp_path / f"{name}.jsonl")
        files[-1].write_text(
            "".join(json.dumps({"id": n, **SUMS[n + shift]}) + "\n" for n in range(5))
        )
    server = chat_server(reply=adds_up_to(7))
    model = f"openai/m@{server.url}"
    tasks = command("eval", *files, "--model", model, "--run-dir", "r", "--json").json["tasks"]
    assert {name: (each["n"], each["correct"]) for name, each in tasks.items()} == {
        "low": (5, 5), "high": (5, 2),
    }  # fmt: skip
    rows = [row for _, row in read_rows(tmp_path / "r" / "items.parquet")]
    assert [row["id"] for row in rows] == [str(n) for n in range(5)] * 2
    assert rows[7]["response"].startswith("Let me see. The answer is 15")


def test_the_alpaca_format(command, chat_server, sums):
    server = chat_server(reply=adds_up_to(99))
    command("eval", sums, "-m", f"openai/m@{server.url}", "--limit", 1, "--prompt-format", "alpaca")
    [body] = server.bodies
    assert "### Instruction:\nWhat is 1 + 1?\n\n### Response:" in body["messages"][-1]["content"]


@pytest.mark.parametrize("form", ["alpaca-eval", "arena-hard"])
def test_exports_of_open_prompts(command, chat_server, tmp_path, form):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"instruction": "Sing."}\n{"instruction": "Dance."}\n')
    server = chat_server(reply=lambda body: body["messages"][-1]["content"].upper())
    path = tmp_path / ("out.json" if form == "alpaca-eval" else "out.jsonl")
    model = f"openai/m@{server.url}"
    code, out, _ = command(
        "eval", prompts, "--model", model, "--export", form, "-o", path, "--json"
    )
    assert code == 0
    assert json.loads(out)["average"] is None
    rows = [row for _, row in read_rows(path)]
    if form == "alpaca-eval":
        assert rows[0] == {
            "dataset": "prompts", "instruction": "Sing.", "output": "SING.", "generator": model,
        }  # fmt: skip
    else:
        assert rows[1]["choices"] == [
            {"index": 0, "turns": [{"content": "DANCE.", "token_len": 1}]}
        ]
        assert (rows[1]["question_id"], rows[1]["model_id"]) == ("prompts-2", model)


def test_a_dry_run_asks_nothing(command, sums, tmp_path):
    code, out, _ = command("eval", sums, "--model", "openai/gpt-4o", "--dry-run", "--json")
    assert (code, json.loads(out)["eval"]["requests"]) == (0, 10)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--task", "chess"), 2, "--task is 'chess'; expected qa, math, open or auto"),
        (("--extraction", "loose"), 2, "--extraction is 'loose'; expected fixed or released"),
        (("--prompt-format", "raw"), 2, "expected chat or alpaca"),
        (("--few-shot", 1), 2, "--few-shot N and --examples FILE go together"),
        (("--export", "alpaca-eval"), 2, "--export FORM and --output FILE go together"),
    ],
)
def test_misuse(command, sums, arguments, code, said):
    result, out, err = command("eval", sums, "--model", "demo", *arguments)
    assert (result, out) == (code, "")
    assert said in " ".join(err.split())


def test_a_bad_row_is_named(command, sums):
    with sums.open("a") as file:
        file.write('{"question": "No answer?", "answer": null}\n')
    code, out, err = command("eval", sums, "--model", "demo")
    assert (code, out) == (1, "")
    assert "sums.jsonl, row 11, field 'answer': is missing or empty" in err


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_exports_want_fitting_names_before_anything_is_asked(command, chat_server, sums, more):
    server = chat_server(reply=adds_up_to(99))
    base = ("eval", sums, "--model", f"openai/m@{server.url}", "--limit", 1, *more)
    code, _, err = command(*base, "--export", "arena-hard", "-o", "x.txt")
    assert code == 2
    assert "--export arena-hard writes a .jsonl file" in err
    code, _, err = command(*base, "--export", "elo", "-o", "x.json")
    assert code == 2
    assert "expected alpaca-eval or arena-hard" in err
    assert server.total == 0


def test_arena_hard_wants_ids_of_their_own_before_anything_is_asked(command, chat_server, tmp_path):
    server = chat_server(reply=adds_up_to(99))
    files = [tmp_path / "low.jsonl", tmp_path / "high.jsonl"]
    for file, rows in zip(files, (SUMS[:2], SUMS[5:7]), strict=True):
        file.write_text("".join(json.dumps({"id": n, **row}) + "\n" for n, row in enumerate(rows)))
    base = ("eval", *files, "--model", f"openai/m@{server.url}", "--run-dir", "r")
    code, out, err = command(*base, "--export", "arena-hard", "-o", "x.jsonl")
    assert (code, out, server.total) == (2, "", 0)
    said = "tells questions apart by their ids, and 2 have the id '0'; give one file at a time"
    assert said in " ".join(err.split())
    assert command(*base, "--export", "alpaca-eval", "-o", "x.json").code == 0
    assert len(json.loads((tmp_path / "x.json").read_text())) == 4
    code, _, _ = command(
        "eval", files[1], *base[3:5], "--run-dir", "s", "--export", "arena-hard", "-o", "x.jsonl"
    )
    assert code == 0
    rows = [row for _, row in read_rows(tmp_path / "x.jsonl")]
    assert [row["question_id"] for row in rows] == ["0", "1"]
    rows = [{"task": task, "id": "0", "question": task, "response": "yes"} for task in "ab"]
    with pytest.raises(UsageError, match="2 have the id '0'"):
        write_export("arena-hard", tmp_path / "y.jsonl", rows, "m")
    assert not (tmp_path / "y.jsonl").exists()


def test_a_files_name_cannot_steer_the_terminal(command, chat_server, tmp_path):
    file = tmp_path / "su\x1b[2Jms.jsonl"
    file.write_text(json.dumps(SUMS[0]) + "\n")
    server = chat_server(reply=adds_up_to(99))
    code, out, err = command("eval", file, "--model", f"openai/m@{server.url}", "--run-dir", "r")
    assert code == 0
    assert "su␛[2Jms" in out
    assert "\x1b" not in out + err
