"""``lion-distill run`` as its users call it, from good to bad."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lion_distill.cli import app
from lion_distill.rows import Instruction, Response
from lion_distill.workspace import Iteration, cache_pool, load
from truing_core.testing.commands import Outcome

Command = Callable[..., Outcome]
SIZES = ("--iterations", "1", "--num", "4", "--max-tokens", "8", "--limit", "8")
TRAINING = ("--training", "demo", "--set", "max_steps=2", "--set", "use_peft=false")


@pytest.fixture
def lion(command_line: Any) -> Command:
    made: Command = command_line(app, "lion-distill")
    return made


def seeds_file(folder: Path, count: int = 8) -> Path:
    path = folder / "seeds.jsonl"
    things = ("rivers", "bridges", "owls", "clocks", "ferries", "lamps", "gardens", "maps")
    rows = [{"instruction": f"Tell me something true about all {t}."} for t in things[:count]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def options(server: Any, model: Path, folder: Path) -> list[str]:
    return [
        "--seeds", str(seeds_file(folder)), "--teacher", f"openai/m@{server.url}", "--student",
        str(model), *SIZES, *TRAINING, "--run-dir", str(folder / "run"),
    ]  # fmt: skip


def test_a_dry_run_asks_nobody_and_counts_by_role(
    lion: Command, chat_server: Any, tiny_model_dir: Path, tmp_path: Path
) -> None:
    server = chat_server()
    given = options(server, tiny_model_dir, tmp_path)
    done = lion("run", *given, "--dry-run", "--price", "1,2", "--json")
    assert done.code == 0, done.err
    assert {role: each["requests"] for role, each in done.json.items()} == {
        "teacher": 12, "referee": 16, "generator": 4,
    }  # fmt: skip
    assert server.total == 0
    assert not (tmp_path / "run").exists()


def test_status_tells_what_is_done(lion: Command, invented_run: Path) -> None:
    done = lion("status", invented_run, "--json")
    assert done.code == 0, done.err
    assert [each["iteration"] for each in done.json["iterations"]] == [0, 1, 2]
    assert done.json["now"] is None
    (invented_run / "progress.json").write_text(
        json.dumps({"stage": "2 answer", "done": 3, "failed": 1, "total": 9,
                    "started": 0, "updated": time.time(), "ended": False})
    )  # fmt: skip
    shown = lion("status", invented_run)
    assert "2 answer: 3 of 9, 1 failed" in shown.out
    assert "71.5" in shown.out


def test_watch_and_json_exclude_each_other(lion: Command, invented_run: Path) -> None:
    done = lion("status", invented_run, "--watch", "--json")
    assert done.code == 2
    assert "take one" in done.err


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("--seeds", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("--train-pool", "old"), 2, "--train-pool is 'old'; expected new or all"),
        (("--start-from", "x"), 2, "--start-from is 'x'; expected previous or base"),
        (("--student-engine", "x"), 2, "--student-engine is 'x'; expected hf or vllm"),
        (("--teacher", "gpt-4"), 2, "'gpt-4' is no model spec"),
        (("--patience", "2"), 2, "--patience waits for better evaluations; give --questions FILE"),
        (("--max-cost", "1"), 2, "--max-cost needs --price"),
        (("--training", "papr"), 2, "there is no recipe 'papr'"),
        (("--set", "max_steps"), 2, "NAME=VALUE"),
        (("--prompts", "nowhere"), 2, "the prompts folder 'nowhere' does not exist"),
        (("--iteration", "1"), 2, "No such option"),
    ],
)
def test_misuse_is_one_sentence(
    lion: Command, tmp_path: Path, change: tuple[str, str], code: int, message: str
) -> None:
    given = {"--seeds": str(seeds_file(tmp_path)), "--teacher": "demo", "--student": "demo",
             change[0]: change[1]}  # fmt: skip
    done = lion("run", *(each for pair in given.items() for each in pair), "--dry-run")
    assert done.code == code, done.err
    assert message in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_killed_three_times_it_ends_as_if_it_had_not_been(
    chat_server: Any, tiny_model_dir: Path, tmp_path: Path, lion_reply: Callable[[Any], str]
) -> None:
    """Once while the teacher answers, once while the referee reads, once in the second training."""

    def slow(prompt: str) -> float:
        return 0.15

    outcomes = []
    for name, kills in (("whole", 0), ("killed", 3)):
        server = chat_server(reply=lion_reply, latency=slow)
        folder = tmp_path / name
        folder.mkdir()
        command = [
            sys.executable, "-m", "lion_distill", "run",
            *options(server, tiny_model_dir, folder), "--concurrency", "2", "--json",
        ]  # fmt: skip
        second = Iteration(folder / "run", 1)
        moments: list[Callable[[], bool]] = [
            lambda server=server: server.total >= 3,  # type: ignore[misc]
            lambda server=server: server.total >= 12,  # type: ignore[misc]
            lambda second=second: (second.root / "iteration-1" / "training.yaml").exists(),  # type: ignore[misc]
        ]
        for moment in moments[:kills]:
            with subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as running:
                while not moment():
                    assert running.poll() is None, "it ended before it was to be killed"
                    time.sleep(0.01)
                os.kill(running.pid, signal.SIGKILL)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        pool = cache_pool(second)
        assert result["pool"] == len(pool) == 12
        assert Path(result["report"]).is_file()
        # A reply that was under way when the process died was not paid for by anyone's journal.
        assert sum(server.asked[each.text] - 1 for each in pool) <= 2 * kills
        outcomes.append((load(Iteration(second.root, 0).generated, Instruction),
                         load(second.responses, Response)))  # fmt: skip
    assert outcomes[0] == outcomes[1]
