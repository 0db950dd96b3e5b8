"""Tokens as the journal has them, by iteration and in all."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime

import pytest

from lion_distill.cli import app
from lion_distill.reporting.summary import summary
from truing_core.journal import Journal
from truing_core.models.base import ChatReply, Usage

IDENTITY = "openai/big@http://localhost:8000/v1"


@pytest.fixture
def paid_run(invented_run):
    """Two iterations, the first of which ended at 9:00 and was evaluated anew at noon."""
    path = invented_run / "run.json"
    manifest = json.loads(path.read_text())
    for name, facts in manifest["stages"].items():
        hour = 9 if name.startswith("iteration-0/") else 11
        facts["done"] = f"2026-11-01T{hour:02}:00:00+00:00"
    manifest["stages"]["iteration-0/evaluate"]["done"] = "2026-11-01T12:00:00+00:00"
    path.write_text(json.dumps(manifest))
    replies = [("08:59:00", 100), ("09:00:00.7", 20), ("10:30:00", 3), ("12:00:00", 4000)]
    with Journal(invented_run / "journal.sqlite") as journal:
        for at, tokens in replies:
            journal.put(at, ChatReply(at, "So.", usage=Usage(tokens, 0)), model=IDENTITY)
    with closing(sqlite3.connect(invented_run / "journal.sqlite")) as database, database:
        for at, _ in replies:
            moment = datetime.fromisoformat(f"2026-11-01T{at}+00:00").timestamp()
            database.execute("UPDATE reply SET time = ? WHERE key = ?", (moment, at))
    return invented_run


def test_each_reply_counts_once_where_it_was_paid(paid_run):
    found = summary(paid_run)
    assert [each["paid"] for each in found["iterations"]] == [120, 3, 4000]
    assert found["paid"] == 4123


def test_what_the_first_stage_pays_is_told_while_it_is_under_way(command_line, paid_run):
    for folder in paid_run.glob("iteration-*"):
        shutil.rmtree(folder)
    assert summary(paid_run)["iterations"] == []
    status = command_line(app, "lion-distill", "status")
    assert "tokens: 4,123, 4.1230 spent" in status(paid_run, "--price", "1000,0").out
    told = status(paid_run, "--price", "1000,0", "--json").json
    assert (told["paid"], told["cost"]) == (4123, pytest.approx(4.123))


def test_without_a_journal_nothing_was_paid(invented_run):
    assert summary(invented_run)["paid"] == 0


def test_status_tells_what_was_spent(command_line, paid_run):
    status = command_line(app, "lion-distill", "status")
    shown = status(paid_run, "--price", "1000,0")
    assert "tokens: 4,123, 4.1230 spent" in shown.out
    assert status(paid_run, "--price", "1000,0", "--json").json["cost"] == pytest.approx(4.123)
    plain = status(paid_run)
    assert "tokens: 4,123\n" in plain.out
    assert "spent" not in plain.out
    assert status(paid_run, "--price", "x").code == 2
