"""Runs that were cut short: killed, interrupted, over budget, with failed requests."""

from __future__ import annotations

import signal
import sqlite3
import time

import pytest


def test_failed_requests_are_marked_and_alone_retried(
    command, write_pairs, hire, tmp_path, rows, mended
):
    editor = hire(faults=lambda prompt, attempt: "400" if "Sum 2:" in prompt and attempt == 1
                  else None)  # fmt: skip
    write_pairs(4)
    args = ("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", "--run-dir", "r")
    first = command(*args)
    assert first.code == 0
    assert "1 failed, run the same command again to retry them" in first.err
    failed = rows(tmp_path / "o.parquet")[1]
    assert failed["bridge"]["status"] == "failed"
    assert "400" in failed["bridge"]["reason"]
    assert failed["chosen"] == failed["chosen_original"]
    assert editor.server.total == 4
    assert command(*args).code == 0
    assert editor.server.total == 5
    made = rows(tmp_path / "o.parquet")
    assert [row["chosen"] for row in made] == [mended(n) for n in range(1, 5)]


def test_if_every_request_fails_the_first_reason_is_told(command, write_pairs, hire):
    editor = hire(faults=lambda prompt, attempt: "400")
    write_pairs(3)
    result = command("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet")
    assert result.code == 1
    assert "error: all 3 requests failed; the first said: the server answered 400" in result.err


def test_killed_and_resumed_nothing_is_asked_twice(
    command, process, write_pairs, hire, tmp_path, rows
):
    says = {f"Sum {n}:": ["no tags", None] for n in range(1, 31, 2)}
    editor = hire(says, latency=0.03)
    write_pairs(30)
    args = ("prefs.jsonl", "-e", editor.spec, "--concurrency", 3)
    killed = (*args, "-o", "killed.parquet", "--run-dir", "killed")
    kept = 0
    for stop in (11, 29):
        child = process(*killed)
        deadline = time.monotonic() + 60
        while editor.server.total < stop:
            assert child.poll() is None, child.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        with sqlite3.connect(tmp_path / "killed/journal.sqlite") as journal:
            [(count,)] = journal.execute("SELECT count(*) FROM reply")
        journal.close()
        assert count > kept
        kept = count
        assert not (tmp_path / "killed.parquet").exists()
    asked = editor.server.total
    assert command(*killed).code == 0
    assert editor.server.total - asked == 30 + 15 - kept

    assert command(*args, "-o", "whole.parquet", "--run-dir", "whole").code == 0
    assert rows(tmp_path / "killed.parquet") == rows(tmp_path / "whole.parquet")
    name = "edits.jsonl"
    assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(rows(tmp_path / "whole.parquet")) == 30


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_writes_what_is_decided(process, command, write_pairs, hire, tmp_path, rows):
    editor = hire(latency=0.05)
    write_pairs(40)
    args = ("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", "--run-dir", "r")
    args = (*args, "--concurrency", 2)
    child = process(*args)
    while editor.server.total < 8:
        assert child.poll() is None, child.communicate()[1]
        time.sleep(0.005)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert err.splitlines()[-1] == "interrupted; the same command goes on where this stopped"
    kept = rows(tmp_path / "o.parquet")
    assert 1 <= len(kept) < 40
    assert f"o.parquet holds {len(kept)} of 40 pairs so far" in err
    assert {row["bridge"]["status"] for row in kept} == {"bridged"}
    before = editor.server.total
    assert command(*args).code == 0
    assert editor.server.total <= before + 40 - len(kept)
    assert len(rows(tmp_path / "o.parquet")) == 40


def test_a_budget_stops_it_and_a_higher_one_goes_on(command, write_pairs, hire, tmp_path, rows):
    editor = hire()
    write_pairs(6)
    args = ("prefs.jsonl", "-e", editor.spec, "-o", "o.parquet", "--run-dir", "r")
    stopped = command(*args, "--max-requests", 4)
    assert stopped.code == 1
    assert "limit reached: 4 of 4 requests are made" in stopped.err
    assert len(rows(tmp_path / "o.parquet")) == 4
    assert command(*args).code == 0
    assert editor.server.total == 6
    assert len(rows(tmp_path / "o.parquet")) == 6


def test_a_fraction_is_the_same_every_time_and_grows(command, write_pairs, hire, tmp_path, rows):
    editor = hire()
    write_pairs(60)

    def bridged(out, *args):
        assert command("prefs.jsonl", "-e", editor.spec, "-o", out, "--run-dir", f"r-{out}",
                       *args).code == 0  # fmt: skip
        made = rows(tmp_path / out)
        assert len(made) == 60
        for row in made:
            assert row["bridge"]["status"] in ("bridged", "not_selected")
            assert (row["bridge"]["editor"] == "") is (row["bridge"]["status"] == "not_selected")
        return {row["prompt"] for row in made if row["bridge"]["status"] == "bridged"}

    fifth = bridged("a.parquet", "--fraction", 0.2)
    assert 5 <= len(fifth) <= 20
    assert editor.server.total == len(fifth)
    assert bridged("b.parquet", "--fraction", 0.2) == fifth
    assert bridged("c.parquet", "--fraction", 0.2, "--seed", 1) != fifth
    assert bridged("d.parquet", "--fraction", 0.5) > fifth
    shuffled = list(reversed((tmp_path / "prefs.jsonl").read_text("utf-8").splitlines()))
    (tmp_path / "prefs.jsonl").write_text("\n".join(shuffled), "utf-8")
    assert bridged("e.parquet", "--fraction", 0.2) == fifth
