"""Real Ray, two workers, and a SIGKILL for one of them or for whoever drives them."""

import json
import signal
from collections import Counter

import pytest

from truing_core.records import read_rows

pytestmark = pytest.mark.timeout(280)

CONCURRENCY = 8
UNDER_WAY = CONCURRENCY + 8 + 1
"""Most requests of a worker that may be lost with it; see the core's dispatch."""


@pytest.fixture
def helpers(pytestconfig):
    """The conftest of this folder, as a module."""
    return next(
        module
        for module in pytestconfig.pluginmanager.get_plugins()
        if getattr(module, "__file__", "") and module.__file__.endswith("tests_ray/conftest.py")
    )


def rows_of(path):
    return [row for _, row in read_rows(path)]


def check(rows, oracle, number):
    """Each row is made from its own document, and none is there twice."""
    from webr_synth.synthesis.perspectives import MIX, apportion

    assert Counter(row["perspective"] for row in rows) == apportion(number, MIX)
    assert len({row["doc_id"] for row in rows}) == number
    assert oracle.mixed == []
    for row in rows:
        [name] = {text for text in row["document"].split() if text.startswith("item-")}
        assert row["author"] == oracle.answer("author", name)
        assert row["request"] == oracle.answer("request", name)
        stage = "refine" if row["perspective"].startswith("wr") else "response"
        assert row["messages"][1]["content"] == oracle.answer(stage, name)
        assert row["url"] == f"http://example.org/{int(name[-5:])}"


def test_a_worker_killed_in_mid_run(process, hire, oracle, write_folder, tmp_path, helpers):
    spec, server = hire(latency=0.02)
    docs = write_folder(range(130), range(130, 200), range(200, 420))
    child = process(
        docs, "-m", spec, "-n", 420, "-o", "out", "--run-dir", "run", "--executor", "ray",
        "--workers", 2, "--concurrency", CONCURRENCY, "--block-documents", 60,
        "--shard-rows", 150, "--json",
    )  # fmt: skip
    helpers.until(lambda: server.total > 250, child)
    workers = helpers.workers_of(child.pid)
    assert len(workers) == 2
    before = sum(server.answered.values())
    assert helpers.kill(workers[0])
    helpers.until(lambda: len(set(helpers.workers_of(child.pid)) - set(workers)) == 1, child)
    out, err = child.communicate(timeout=200)
    assert child.returncode == 0, err
    summary = json.loads(out)
    assert (summary["written"], summary["short"], summary["failed"]) == (420, "", 0)
    assert before < 1000
    files = sorted((tmp_path / "out").iterdir())
    assert [len(rows_of(path)) for path in files] == [150, 150, 120]
    check([row for path in files for row in rows_of(path)], oracle, 420)
    # Nothing that was journaled is asked again; what was under way is lost.
    requests = 3 * 420 + 140
    assert len(server.answered) == requests
    assert sum(server.answered.values()) - requests <= UNDER_WAY
    assert helpers.KEY not in err
    said = [line for line in err.strip().splitlines() if "(raylet)" not in line]
    assert len(said) <= 4, err
    assert said[-1] == "420 rows in out; the run is in run"


def test_the_driver_killed_and_its_command_run_again(
    process, command, hire, oracle, write_folder, tmp_path, helpers
):
    spec, server = hire(latency=0.02)
    docs = write_folder(range(100), range(100, 300))
    args = (
        docs, "-m", spec, "-n", 240, "-o", "o.parquet", "--run-dir", "run", "--executor", "ray",
        "--workers", 2, "--concurrency", CONCURRENCY, "--block-documents", 48,
    )  # fmt: skip
    child = process(*args)
    helpers.until(lambda: server.total > 400, child)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    blocks = tmp_path / "run/blocks"
    assert 1 <= len(list(blocks.glob("*.json"))) < 5
    assert list(blocks.glob("*.sqlite"))
    # At once, whether its workers are gone by now or not.
    again = process(*args, "--json")
    out, err = again.communicate(timeout=200)
    assert again.returncode == 0, err
    assert json.loads(out)["written"] == 240
    check(rows_of(tmp_path / "o.parquet"), oracle, 240)
    requests = 3 * 240 + 80
    assert len(server.answered) == requests
    assert sum(server.answered.values()) - requests <= 2 * UNDER_WAY
    assert not list(blocks.glob("*.sqlite"))
    assert not list(blocks.glob("*.begun"))
    # A run that is done starts no Ray; how many workers there are changes nothing.
    done = command("run", *args, "--json", "--workers", 7)
    assert (done.code, done.json["written"]) == (0, 240)
    for options, said in (
        (("--block-documents", 60), "cluster.block_documents: 48 → 60"),
        (("--seed", 5), "seed: 0 → 5"),
    ):
        other = command("run", *args, *options)
        assert other.code == 1
        assert said in other.err
    local = command("run", docs / "0/docs-000.parquet", *args[1:9])
    assert local.code == 1
    assert "holds a run of another config" in local.err
    assert len(server.answered) == requests


def test_another_folder_gives_the_same_rows_and_more_blocks_fill_gaps(
    process, hire, oracle, write_folder, tmp_path, helpers
):
    """The first blocks are not enough: some documents give nothing, and some ask the same."""

    def poor(body):
        prompt = body["messages"][-1]["content"]
        name = helpers.common.NAME.search(prompt)
        number = int(name[0][-5:]) if name else 0
        if number % 7 == 3:
            return ""
        if number % 5 == 1 and helpers.common.stage_of(prompt) == "request":
            return "Please write five short rules about how to keep an old shelf in good order."
        return oracle(body)

    spec, _ = hire(poor)
    docs = write_folder(range(150), range(140, 330))
    outs = []
    for workers in (1, 2):
        child = process(
            docs, "-m", spec, "-n", 120, "-o", f"{workers}.jsonl", "--run-dir", f"run-{workers}",
            "--executor", "ray", "--workers", workers, "--block-documents", 24, "--json",
        )  # fmt: skip
        out, err = child.communicate(timeout=200)
        assert child.returncode == 0, err
        outs.append(json.loads(out))
    assert rows_of(tmp_path / "1.jsonl") == rows_of(tmp_path / "2.jsonl")
    for summary in outs:
        assert (summary["written"], summary["short"]) == (120, "")
        assert summary["duplicates"] > 10
        assert summary["stages"]["author"]["gates"]["empty"] > 40
        # Five blocks would do if all went well; of 330 documents no more are asked than it takes.
        assert 150 < summary["documents"]["used"] <= 264
    rows = rows_of(tmp_path / "1.jsonl")
    assert len({row["doc_id"] for row in rows}) == 120
    assert sum("old shelf" in row["request"] for row in rows) == 1
    assert len({row["prompt_id"] for row in rows}) == 120
