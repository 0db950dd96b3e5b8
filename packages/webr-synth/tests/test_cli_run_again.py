"""``run``: rows that stand give way to no fewer, wherever they are wanted, and are one run's."""

from __future__ import annotations

from pathlib import Path

import pytest

from truing_core.records import read_rows


@pytest.fixture
def hire(chat_server, oracle, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "not-needed")

    def start(faults=None):
        server = chat_server(reply=oracle, faults=faults)
        return f"openai/test-model@{server.url}", server

    return start


@pytest.fixture
def flaky(hire):
    """A server that refuses what names some documents, and the names."""
    down = set()

    def fail(prompt, attempt):
        return "400" if any(name in prompt for name in down) else None

    spec, server = hire(fail)
    return spec, server, down


def rows_in(place):
    place = Path(place)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [row for path in files for _, row in read_rows(path)]


def asked(done):
    """To be asked, by stage."""
    return {stage: own["requests"] - own["journaled"] for stage, own in done.json.items()}


def test_a_dry_run_refuses_what_the_run_would_refuse(command, hire, write_documents, tmp_path):
    spec, _ = hire()
    args = ("run", write_documents(*range(6)), "-m", spec, "-o", "o.jsonl", "--run-dir", "r")
    dry = ("--dry-run", "--json")
    assert command(*args, "-n", 24, *dry).json["author"]["requests"] == 6
    assert not (tmp_path / "r").exists()
    assert command(*args, "-n", 12).code == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").iterdir()}
    for num in (3, 30):
        planned, real = (command(*args, "-n", num, *more) for more in (dry, ()))
        assert planned.code == real.code == 1
        assert planned.err == real.err
        assert f"another config (synthesis.num: 12 → {num})" in planned.err
    anew = command(*args, "-n", 3, *dry, "--fresh")
    assert (anew.code, anew.json["author"]["requests"]) == (0, 3)
    del before[tmp_path / "r/run.lock"]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (tmp_path / "r/run.json").write_text("{")
    planned, real = (command(*args, "-n", 12, *more) for more in (dry, ()))
    assert planned.err == real.err
    assert "run.json' is damaged; --fresh moves the folder aside" in planned.err


def test_a_dry_run_takes_another_config_where_nothing_came_of_the_run(
    command, hire, write_documents, tmp_path
):
    spec, _ = hire(lambda prompt, attempt: "400")
    args = ("run", write_documents(*range(6)), "-m", spec, "-o", "o.jsonl", "--run-dir", "r")
    assert command(*args, "-n", 6).code == 1
    for path in (tmp_path / "r").glob("requests*"):
        path.unlink()
    planned = command(*args, "-n", 3, "--dry-run", "--json")
    assert (planned.code, planned.json["author"]["requests"]) == (0, 3)
    (tmp_path / "r/run.json").write_text('{"tool": "bmc-dpo", "config": {}}')
    other = command(*args, "-n", 3, "--dry-run")
    assert other.code == 1
    assert "holds a run of bmc-dpo, not of webr-synth" in other.err


def test_a_dry_run_of_a_run_that_ran_short_counts_what_failed(command, flaky, write_documents):
    spec, server, down = flaky
    args = ("run", write_documents(*range(24)), "-m", spec, "-n", 24, "-o", "out",
            "--run-dir", "r", "--json", "--shard-rows", 7)  # fmt: skip
    down.add("item-00005")
    assert command(*args).json["written"] == 23
    down.clear()
    planned = command(*args, "--dry-run")
    assert planned.json["author"]["requests"] == 24
    left = asked(planned)
    assert {stage: left[stage] for stage in ("author", "request", "response")} == {
        "author": 1, "request": 1, "response": 1
    }  # fmt: skip
    assert "are documents for" not in planned.err
    before = server.total
    assert command(*args).json["written"] == 24
    assert server.total - before == sum(left.values())


@pytest.mark.parametrize("output", ["again", "again.jsonl"])
def test_a_finished_run_gives_its_rows_elsewhere_too(command, hire, write_documents, output):
    spec, server = hire()
    args = ("run", write_documents(*range(40)), "-m", spec, "-n", 24, "--run-dir", "r", "--json",
            "--shard-rows", 10)  # fmt: skip
    assert command(*args, "-o", "rows").code == 0
    total = server.total
    other = command(*args, "-o", output)
    assert other.code == 0, other.err
    assert f"not all rows of the run are in {output}; they are made anew" in other.err
    assert other.json["written"] == 24
    assert rows_in(output) == rows_in("rows")
    assert len(rows_in("rows")) == 24
    assert server.total == total
    assert not Path("r/anew").exists()
    for place in ("rows", output):
        again = command(*args, "-o", place)
        assert (again.code, again.json["written"]) == (0, 24)
        assert "not all rows" not in again.err
    assert server.total == total


def test_a_run_that_goes_on_elsewhere_leaves_no_row_behind(command, hire, write_documents):
    spec, server = hire()
    args = ("run", write_documents(*range(40)), "-m", spec, "-n", 24, "--run-dir", "r",
            "--shard-rows", 6)  # fmt: skip
    assert command(*args, "-o", "a", "--max-requests", 50).code == 1
    half = rows_in("a")
    assert 6 < len(half) < 24  # whole shards, and the one that was under way
    done = command(*args, "-o", "b", "--json")
    assert (done.code, done.json["written"]) == (0, 24)
    assert rows_in("a") == half
    assert len({row["doc_id"] for row in rows_in("b")}) == len(rows_in("b")) == 24
    assert server.total == 3 * 24 + 8
    assert command(*args, "-o", "a").code == 0
    assert rows_in("a") == rows_in("b")


def test_runs_of_one_config_keep_out_of_each_others_folder(command, hire, write_documents):
    spec, _ = hire()
    args = ("run", write_documents(*range(12)), "-m", spec, "-n", 12, "-o", "rows",
            "--shard-rows", 5)  # fmt: skip
    assert command(*args, "--run-dir", "r").code == 0
    files = {path: path.read_bytes() for path in Path("rows").iterdir()}
    other = command(*args, "--run-dir", "q")
    assert other.code == 2
    assert "'rows' holds what is not of this run (part-00000.parquet)" in other.err
    assert {path: path.read_bytes() for path in Path("rows").iterdir()} == files
    assert command(*args, "--run-dir", "r").code == 0
    # One that starts over may fail before it has claimed the rows.
    wrong = command("run", args[1], "-m", spec, "-n", 12, "-o", "o.csv", "--run-dir", "r",
                    "--fresh")  # fmt: skip
    assert wrong.code == 2
    assert command(*args, "--run-dir", "r").code == 0
    [aside] = Path().glob("rows.old-*")
    assert len(rows_in(aside)) == len(rows_in("rows")) == 12


@pytest.mark.parametrize("output", ["out", "out.jsonl"])
@pytest.mark.parametrize("shard_rows", [6, 100])
def test_what_stands_is_not_replaced_by_less(command, flaky, write_documents, output, shard_rows):
    spec, server, down = flaky
    args = ("run", write_documents(*range(24)), "-m", spec, "-n", 24, "-o", output, "--run-dir",
            "r", "--shard-rows", shard_rows, "--json", "--concurrency", 1)  # fmt: skip
    down.update(f"item-000{number:02}" for number in (1, 4, 9, 13, 20))
    assert command(*args).json["written"] == 19
    before = rows_in(output)
    down.clear()
    # Each time a few of the failed documents are asked about, then the budget is at its end.
    for limit in (server.total - 3, server.total - 1):
        broken = command(*args, "--max-requests", limit)
        assert broken.code == 1
        assert f"{output} stays as it is until there are 19 rows again" in broken.err
        assert rows_in(output) == before
    whole = command(*args)
    assert (whole.code, whole.json["written"]) == (0, 24)
    assert server.answered
    assert max(server.answered.values()) == 1
    assert len({row["doc_id"] for row in rows_in(output)}) == len(rows_in(output)) == 24
    assert not Path("r/anew").exists()
    other = command(*args[:7], "other", "--run-dir", "q", *args[10:])
    assert other.json["written"] == 24
    assert rows_in(output) == rows_in("other")


def test_a_second_interruption_leaves_no_fewer_rows_than_the_first(
    command, hire, write_documents, monkeypatch
):
    from webr_synth.synthesis.journey import Journey

    spec, server = hire()
    args = ("run", write_documents(*range(24)), "-m", spec, "-n", 24, "-o", "o.jsonl",
            "--run-dir", "r", "--concurrency", 1)  # fmt: skip
    assert command(*args, "--max-requests", 64).code == 1
    before = rows_in("o.jsonl")
    assert len(before) > 5
    take, left = Journey.take, iter(range(62))

    def interrupted(self, reply):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return take(self, reply)

    monkeypatch.setattr(Journey, "take", interrupted)
    again = command(*args)
    assert (again.code, server.total) == (130, 64)
    assert f"o.jsonl stays as it is until there are {len(before)} rows again" in again.err
    assert rows_in("o.jsonl") == before
