"""The command ``run`` from end to end, against a real server: what it makes, how it goes on."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time

import pytest

from followbench.generation import generation_request
from followbench.judging import judge_requests
from followbench.sources import load_benchmark
from truing_core.journal import Journal, request_key
from truing_core.models import Sampling
from truing_core.models.openai import identity
from truing_core.models.spec import ModelSpec
from truing_core.prompts import Prompts

ITEMS, JUDGED = 20, 16  # of the garden
FILES = [
    "generations.jsonl", "items.jsonl", "items.parquet", "journal.sqlite", "judgements.jsonl",
    "report.html", "run.json", "scores.csv", "scores.json",
]  # fmt: skip
UNTIMED = sorted(set(FILES) - {"journal.sqlite", "run.json"})


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_run_with_a_judge(command, garden, staff, tmp_path, rows):
    people = staff()
    out = tmp_path / "run"
    result = command(
        "run", "--model", people.model, "--judge", people.judge, "--data", garden,
        "--run-dir", out, "--json",
    )  # fmt: skip
    assert result.code == 0
    summary = result.json
    content, style = summary["categories"]["content"], summary["categories"]["style"]
    assert content["hsr"] == [100, 100, 100, 100, 50]
    assert content["ssr"] == [100, 100, 100, 100, 90]
    assert content["csl"] == 4.5
    assert style["hsr"] == [50, 100, 100, 50, 50]
    assert style["ssr"] == [50, 100, 100, 87.5, 90]
    assert style["csl"] == 2.5
    assert summary["average"]["hsr"] == [75, 100, 100, 75, 50]
    assert summary["average"]["ssr"] == [75, 100, 100, 93.75, 90]
    assert summary["average"]["csl"] == 3.5
    assert summary["coverage"]["generations"] == ITEMS
    assert summary["coverage"]["judged"] == JUDGED
    assert (summary["coverage"]["unparsed"], summary["coverage"]["missing"]) == (0, 0)
    assert summary["constraints"] == "all"
    assert summary["judge"]["model"] == people.judge
    assert summary["judge"]["templates"] == {
        f"judge/en/{name}": Prompts("followbench").hash(f"judge/en/{name}")
        for name in ("content", "style")
    }
    assert people.server.total == ITEMS + JUDGED
    schemas = [
        body["response_format"]["json_schema"]["schema"]["properties"]["verdicts"]
        for body in people.server.bodies
        if body["model"] == "judge"
    ]
    assert sorted(schema["minItems"] for schema in schemas) == [1] * 8 + [2] * 8

    assert files(out) == FILES
    assert json.loads((out / "scores.json").read_text("utf-8")) == summary
    generated = rows(out / "generations.jsonl")
    assert [(row["category"], row["example_id"], row["level"]) for row in generated] == [
        (category, group, level)
        for category, group in [
            ("content", "c1"),
            ("content", "c2"),
            ("style", "s1"),
            ("style", "s2"),
        ]
        for level in range(1, 6)
    ]
    assert generated[9] == {
        "category": "content",
        "example_id": "c2",
        "level": 5,
        "generation": "Boil the tea.",
        "finish_reason": "stop",
        "error": None,
        "model": people.model,
    }
    judged = rows(out / "judgements.jsonl")
    assert len(judged) == JUDGED
    assert judged[0] == {
        "category": "content",
        "example_id": "c1",
        "level": 2,
        "judgement": '{"reasons": ["…"], "verdicts": ["YES"]}'.replace("…", "\\u2026"),
        "attempts": 1,
        "error": None,
        "template": "judge/en/content",
        "template_hash": Prompts("followbench").hash("judge/en/content"),
        "judge": people.judge,
    }
    manifest = json.loads((out / "run.json").read_text("utf-8"))
    assert list(manifest["stages"]) == ["generate", "judge", "score"]
    assert manifest["config"]["data"]["name"] == "garden.jsonl"


def test_without_a_judge_the_checks_alone_are_scored(command, garden, staff, tmp_path):
    people = staff()
    result = command("run", "--model", people.model, "--data", garden, "--run-dir", "r")
    assert result.code == 0
    summary = json.loads((tmp_path / "r/scores.json").read_text("utf-8"))
    assert summary["constraints"] == "checks-only"
    assert summary["judge"] is None
    assert summary["categories"]["content"]["ssr"] == [100, 100, 100, 100, pytest.approx(250 / 3)]
    assert summary["categories"]["style"]["hsr"] == [50, 100, 100, 100, 100]
    assert summary["coverage"]["constraints"] == 4 * (1 + 2 + 3 + 4 + 5)
    assert summary["coverage"]["constraints_decided"] == 4 * (1 + 1 + 2 + 2 + 3)
    assert people.server.total == ITEMS
    assert not (tmp_path / "r/judgements.jsonl").exists()
    assert "20 of 20 items scored without a judge, on 36 of 60 constraints" in result.out
    assert re.search(r"content +2 +100\.0 +100\.0 +100\.0 +100\.0 +50\.0", result.out)
    assert result.err == "generate: 20 in 0.0 s\nthe page is in r/report.html\n".replace(
        "0.0 s", re.search(r"in (\S+ s)", result.err)[1]
    )


def test_the_second_run_asks_nothing_and_changes_nothing(command, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    before = {name: (tmp_path / "r" / name).read_bytes() for name in UNTIMED}
    asked = people.server.total
    again = command(*args)
    assert again.code == 0
    assert people.server.total == asked
    assert {name: (tmp_path / "r" / name).read_bytes() for name in UNTIMED} == before
    assert "generate: 20 of 20 had been answered before" in again.err
    assert "judge: 16 of 16 had been answered before" in again.err


def test_a_folder_without_a_name_is_named_after_model_and_data(command, garden, staff, tmp_path):
    people = staff()
    assert command("run", "-m", people.model, "--data", garden).code == 0
    [folder] = (tmp_path / "runs").iterdir()
    port = people.server.port
    assert folder.name == f"openai-model-http-127.0.0.1-{port}-v1-garden.jsonl"


def replies_of(folder):
    """Keys in the journal of a run that may have been killed."""
    with sqlite3.connect(folder / "journal.sqlite") as journal:
        keys = {key for (key,) in journal.execute("SELECT key FROM reply")}
    journal.close()
    return keys


def kill_after(child, server, total):
    deadline = time.monotonic() + 60
    while server.total < total:
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_killed_in_both_stages_and_resumed(command, process, write_garden, staff, tmp_path, rows):
    garden = write_garden(**{f"g{n}": ("content", "style", "mixed")[n % 3] for n in range(8)})
    people = staff(latency=0.03)
    base = ("run", "-m", people.model, "--judge", people.judge, "--data", garden)
    base = (*base, "--concurrency", 3)
    folder = tmp_path / "killed"
    benchmark = load_benchmark(str(garden))
    prompts = {
        request_key(
            identity(ModelSpec.parse(people.model)), generation_request(item, Sampling())
        ): item.instruction
        for item in benchmark.items
    }
    texts = dict.fromkeys((item.key for item in benchmark.items), "Green tea for you.")
    for request in judge_requests(benchmark, texts, Prompts("followbench"), Sampling()):
        key = request_key(identity(ModelSpec.parse(people.judge)), request)
        prompts[key] = request.messages[0]["content"]
    assert len(prompts) == 40 + 32

    asked = {}
    for stop in (17, 40 + 13):
        kill_after(process(*base, "--run-dir", folder), people.server, stop)
        kept = replies_of(folder)
        assert stop - 2 * 3 - 2 <= len(kept) <= people.server.total
        for prompt, count in asked.items():
            assert people.server.asked[prompt] == count
        asked = {prompts[key]: people.server.asked[prompts[key]] for key in kept}
        assert set(asked.values()) <= {1, 2}  # 2: under way when it was killed the first time
    assert command(*base, "--run-dir", folder).code == 0
    for prompt, count in asked.items():
        assert people.server.asked[prompt] == count
    # At each kill at most 3 slots, 2 spare requests and the reply that is being journaled.
    assert people.server.total <= 72 + 2 * (3 + 2 + 1)

    assert command(*base, "--run-dir", tmp_path / "whole").code == 0
    assert files(folder) == FILES
    for name in UNTIMED:
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert len(rows(folder / "generations.jsonl")) == 40
    assert len(rows(folder / "judgements.jsonl")) == 32


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_what_came_back(process, command, write_garden, staff, tmp_path, rows):
    garden = write_garden(**{f"g{n}": "content" for n in range(8)})
    people = staff(latency=0.05)
    args = ("run", "-m", people.model, "--data", garden, "--concurrency", 2, "--run-dir", "r")
    child = process(*args)
    while people.server.total < 6:
        assert child.poll() is None
        time.sleep(0.005)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert err.splitlines()[-1] == "interrupted; the same command goes on where this stopped"
    kept = rows(tmp_path / "r/generations.jsonl")
    assert 1 <= len(kept) < 40
    assert all(row["error"] is None for row in kept)
    before = people.server.total
    assert command(*args).code == 0
    # Ctrl-C may fall between a reply's place in the journal and its row: two are under way.
    assert 38 - len(kept) <= people.server.total - before <= 40 - len(kept)
    assert len(rows(tmp_path / "r/generations.jsonl")) == 40


def test_failed_requests_are_marked_and_alone_retried(command, garden, staff, tmp_path, rows):
    bad = {"[c1] level 2": ["400"], "[s2] level 5": ["500", "500"]}
    people = staff(faults=bad)
    args = (
        "run", "-m", people.model, "--data", garden, "--run-dir", "r", "--max-retries", 1,
    )  # fmt: skip
    first = command(*args)
    assert first.code == 0
    assert "20 in" in first.err
    assert "2 failed" in first.err
    assert "2 requests failed (run again to retry)" in first.out
    failed = {
        f"[{row['example_id']}] level {row['level']}": row
        for row in rows(tmp_path / "r/generations.jsonl")
        if row["error"]
    }
    assert failed.keys() == bad.keys()
    assert "400" in failed["[c1] level 2"]["error"]
    assert "500" in failed["[s2] level 5"]["error"]
    assert all(row["generation"] is None for row in failed.values())
    coverage = json.loads((tmp_path / "r/scores.json").read_text("utf-8"))["coverage"]
    assert (coverage["generations"], coverage["missing"], coverage["failed"]) == (18, 2, 2)
    assert people.server.asked["[s2] level 5"] == 2

    before = people.server.asked.copy()
    second = command(*args)
    assert second.code == 0
    assert people.server.asked - before == {prompt: 1 for prompt in bad}
    assert all(row["error"] is None for row in rows(tmp_path / "r/generations.jsonl"))
    coverage = json.loads((tmp_path / "r/scores.json").read_text("utf-8"))["coverage"]
    assert (coverage["generations"], coverage["missing"], coverage["failed"]) == (20, 0, 0)


def test_if_every_request_fails_the_first_reason_is_told(command, garden, staff, tmp_path, rows):
    people = staff(faults=lambda prompt, attempt: "400")
    result = command("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert result.code == 1
    assert "error: all 20 requests failed; the first said: the server answered 400" in result.err
    assert len(rows(tmp_path / "r/generations.jsonl")) == 20
    assert not (tmp_path / "r/scores.json").exists()


def test_the_stages_one_by_one_make_the_same(command, garden, staff, tmp_path):
    people = staff()
    together = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "a",
        "--json",
    )  # fmt: skip
    assert command("generate", "-m", people.model, "--data", garden, "--run-dir", "b").code == 0
    generated = command(
        "generate", "-m", people.model, "--data", garden, "--run-dir", "b", "--json"
    )
    assert generated.json == {
        "generations": "b/generations.jsonl", "answered": ITEMS, "failed": 0,
    }  # fmt: skip
    judged = command("judge", "--judge", people.judge, "--run-dir", "b", "--json")
    assert judged.json == {
        "judgements": "b/judgements.jsonl", "judged": JUDGED, "unparsed": 0, "failed": 0,
    }  # fmt: skip
    assert command("score", "--run-dir", "b", "--json").json == together.json
    assert command("report", "b").code == 0
    assert people.server.total == 2 * (ITEMS + JUDGED)
    for name in UNTIMED:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    retried = command("generate", "-m", people.model, "--data", garden, "--run-dir", "b")
    assert retried.code == 0  # what failed can be asked again after judging


def test_fresh_moves_the_old_run_aside(command, garden, staff, tmp_path):
    people = staff()
    base = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*base).code == 0
    old = (tmp_path / "r/generations.jsonl").read_bytes()
    assert command(*base, "--temperature", 0.5, "--fresh").code == 0
    assert people.server.total == 2 * ITEMS
    [aside] = tmp_path.glob("r.old-*")
    assert (aside / "generations.jsonl").read_bytes() == old
    assert files(tmp_path / "r") == sorted(set(FILES) - {"judgements.jsonl"})


def test_a_stage_that_breaks_off_keeps_the_rows_of_before(command, garden, staff, tmp_path, rows):
    people = staff(faults={"[s2] level 5": ["400"]})
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    complete = rows(tmp_path / "r/generations.jsonl")
    assert command(*args, "--max-requests", 0).code == 1
    assert rows(tmp_path / "r/generations.jsonl") == complete


def test_the_key_reaches_the_server_and_no_file(command, garden, staff, tmp_path, monkeypatch):
    key = "wonderland-4711-key"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    from truing_core.testing.faults import Fault

    echo = Fault("400", message="this request of {key} is refused")
    people = staff(api_key=key, faults={"[c1] level 1": [echo]})
    result = command(
        "run", "-vv", "-m", people.model, "--judge", people.judge, "--data", garden,
        "--run-dir", "r",
    )  # fmt: skip
    assert result.code == 0
    assert people.server.keys_seen == {key}
    assert key not in result.out + result.err
    paths = [path for path in (tmp_path / "r").rglob("*") if path.is_file()]
    assert {path.name for path in paths} >= set(FILES)
    for path in paths:
        assert key.encode() not in path.read_bytes(), path
    error = json.loads((tmp_path / "r/generations.jsonl").read_text("utf-8").splitlines()[0])
    assert "this request of *** is refused" in error["error"]


def test_a_wrong_key_is_one_sentence(command, garden, staff, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "looking-glass-99")
    people = staff(api_key="another-key-12345")
    result = command("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert (result.code, result.out) == (1, "")
    last = result.err.splitlines()[-1]
    assert last.startswith("error: ")
    assert "OPENAI_API_KEY" in last
    assert "looking-glass-99" not in result.err


def test_a_journal_of_the_run_is_readable(command, garden, staff, tmp_path):
    people = staff()
    args = ("-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r")
    assert command("run", *args).code == 0
    with Journal(tmp_path / "r/journal.sqlite") as journal:
        assert {name: count for name, (count, _) in journal.usage().items()} == {
            people.model: ITEMS,
            people.judge: JUDGED,
        }
