"""Run folders that are damaged, in use, full or not to be written to."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time

import pytest


def test_a_run_folder_without_answers_is_explained(command, garden, tmp_path, refused):
    judgement = {"category": "content", "example_id": "c1", "level": 2, "judgement": "YES"}
    (tmp_path / "r").mkdir()
    (tmp_path / "r/judgements.jsonl").write_text(json.dumps(judgement) + "\n")
    for args in (("score",), ("judge", "--judge", "demo")):
        refused(
            command(*args, "--data", garden, "--run-dir", "r"),
            "r/generations.jsonl: the run has no answers yet",
            "--generations FILE",
        )
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["judgements.jsonl"]


def test_scores_that_are_none(command, tmp_path, refused):
    refused(command("report", "nowhere"), "nowhere: there is no such run")
    (tmp_path / "r").mkdir()
    refused(command("report", "r"), "r: no scores here; 'followbench score --run-dir r' makes them")
    answer = {"category": "content", "example_id": "c1", "level": 1, "generation": "tea"}
    (tmp_path / "r/items.jsonl").write_text(json.dumps(answer) + "\n")
    (tmp_path / "r/scores.json").write_text('{"split": 1}')
    refused(command("leaderboard", "r"), "r/scores.json: not a scores file of followbench")
    keys = ("checks", "data", "coverage", "categories", "average")
    (tmp_path / "r/scores.json").write_text(json.dumps({key: {} for key in keys}))
    refused(command("compare", "r", "r"), "r/items.jsonl, row 1: not a row that followbench scored")
    refused(command("report", "r/items.jsonl"), "expected a run folder, or the scores.json of one")


def test_a_run_folder_of_another_tool(command, garden, staff, tmp_path, refused):
    (tmp_path / "r").mkdir()
    content = json.dumps({"tool": "lion-distill", "config": {}})
    (tmp_path / "r/run.json").write_text(content)
    people = staff()
    args = ("--data", garden, "--run-dir", "r")
    refused(command("run", "-m", people.model, *args), "holds a run of lion-distill, not of")
    refused(command("score", "--run-dir", "r"), "r/run.json: not a run of followbench")
    assert (tmp_path / "r/run.json").read_text() == content
    assert people.server.total == 0


def test_a_damaged_run_json(command, garden, staff, tmp_path, refused):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    (tmp_path / "r/run.json").write_text('{"tool": "followb')
    refused(command(*args), "is damaged; --fresh moves the folder aside and starts over")
    refused(command("score", "--run-dir", "r"), "r/run.json: not a run of followbench")
    assert (tmp_path / "r/scores.json").is_file()


def test_a_damaged_journal_is_named_and_kept(command, garden, staff, tmp_path, refused):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    journal = tmp_path / "r/journal.sqlite"
    journal.write_bytes(b"no database at all, just text that is long enough to be looked at")
    refused(command(*args), "journal.sqlite: this is no SQLite file, so no journal")
    assert journal.read_bytes().startswith(b"no database")
    assert (tmp_path / "r/generations.jsonl").is_file()


def test_a_file_where_the_run_folder_should_be(command, garden, staff, tmp_path, refused):
    people = staff()
    (tmp_path / "r").write_text("mine")
    args = ("run", "-m", people.model, "--data", garden, "--run-dir")
    refused(command(*args, "r"), "/r' is a file; name a folder with --run-dir")
    refused(command(*args, "r/below/it"), "cannot work in the run folder", "r/below/it")
    refused(command("score", "--data", garden, "--generations", garden, "-o", "r"), "garden.jsonl")
    assert (tmp_path / "r").read_text() == "mine"
    assert people.server.total == 0


def test_two_processes_on_one_run_folder(command, process, garden, staff, tmp_path, rows, refused):
    people = staff(latency=0.4)
    args = (
        "run", "-m", people.model, "--data", garden, "--run-dir", "r", "--concurrency", 2,
    )  # fmt: skip
    first = process(*args)
    while people.server.total < 2:
        assert first.poll() is None, first.communicate()[1]
        time.sleep(0.01)
    refused(command(*args), f"/r' is in use by process {first.pid}; wait for it")
    refused(command(*args, "--fresh"), f"is in use by process {first.pid}")
    out, err = first.communicate(timeout=60)
    assert (first.returncode, "Traceback" in err) == (0, False)
    assert "average" in out
    assert people.server.total == 20
    assert len(rows(tmp_path / "r/generations.jsonl")) == 20
    assert list(tmp_path.glob("r.old-*")) == []


NO_COVERAGE = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}


def test_files_that_may_not_grow(command, process, garden, staff, tmp_path):
    """A quota as portable stand-in for a full disk: no file beyond 100 KB."""
    if sys.platform == "win32":
        pytest.skip("needs ulimit")
    people = staff(
        answers={
            f"[{g}] level {n}": f"tea {g}{n} " * 1000
            for g in ("c1", "c2", "s1", "s2")
            for n in range(1, 6)
        }
    )
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r", "--concurrency", 1)
    limited = ("bash", "-c", 'ulimit -f 100; exec "$@"', "bash")
    child = process(*args, wrapped=limited, **NO_COVERAGE)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (1, "")
    last = err.splitlines()[-1]
    found = re.search(
        r"^error: .*journal\.sqlite: .*run the same command again: (\d+) replies", last
    )
    assert found, err
    assert "Traceback" not in err
    kept = int(found[1])
    assert 0 < kept < 20
    before = people.server.total
    assert command(*args).code == 0
    assert people.server.total == before + 20 - kept


@pytest.fixture
def small_disk(process, tmp_path):
    """Runs a shell script that has a file system of its own, which vanishes with it."""
    if not shutil.which("unshare"):
        pytest.skip("needs unshare(1) to mount a small disk")
    (tmp_path / "disk").mkdir()

    def run(script, *args):
        wrapped = ("unshare", "--map-root-user", "--mount", "bash", "-c", script, "bash")
        child = process(*args, wrapped=wrapped, **NO_COVERAGE)
        out, err = child.communicate(timeout=120)
        if child.returncode == 77 or err.startswith("unshare"):
            pytest.skip(f"this system lets nobody mount a small disk: {err.strip()}")
        return child.returncode, out, err

    return run


def test_a_full_disk(small_disk, garden, staff, tmp_path, rows):
    answers = {
        f"[{group}] level {n}": f"tea {group}{n} " * 1000
        for group in ("c1", "c2", "s1", "s2")
        for n in range(1, 6)
    }
    people = staff(answers=answers)
    script = """
        mount -t tmpfs -o size=2m tmpfs disk || exit 77
        head -c 1950000 /dev/zero > disk/filler
        "$@" && exit 3
        echo "first: $?" >&2
        rm disk/filler
        "$@" || exit 4
        cp -r disk/r kept
    """
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "disk/r", "--concurrency", 1)
    code, _, err = small_disk(script, *args)
    assert code == 0, err
    first, second = err.split("first: 1\n")
    assert "Traceback" not in err
    last = first.splitlines()[-1]
    found = re.search(
        r"^error: .*no space left on device.*free some.* (\d+) replies are kept", last
    )
    assert found, err
    kept = int(found[1])
    assert 0 < kept < 20
    assert f"generate: {kept} of 20 had been answered before" in second
    assert len(rows(tmp_path / "kept/generations.jsonl")) == 20


def test_a_read_only_disk(small_disk, garden, staff, tmp_path):
    people = staff()
    script = 'mount -t tmpfs -o ro tmpfs disk || exit 77; exec "$@"'
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "disk/r")
    code, out, err = small_disk(script, *args)
    assert (code, out) == (1, "")
    assert err == (
        "error: cannot work in the run folder: the file system is read-only at "
        f"'{tmp_path / 'disk/r'}'; name another place\n"
    )
    assert people.server.total == 0


def test_a_run_folder_that_became_read_only(command, small_disk, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir")
    assert command(*args, "r").code == 0
    script = """
        mount --bind r disk && mount -o remount,ro,bind disk || exit 77
        exec "$@"
    """
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    code, out, err = small_disk(script, *args, "disk")
    assert (code, out) == (1, "")
    assert "read-only" in err
    assert "Traceback" not in err
    code, out, err = small_disk(script, "score", "--run-dir", "disk")
    assert (code, "read-only" in err) == (1, True)
    code, out, err = small_disk(script, "score", "--run-dir", "disk", "-o", "elsewhere", "--json")
    assert code == 0, err
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()} == before
    assert people.server.total == 20
