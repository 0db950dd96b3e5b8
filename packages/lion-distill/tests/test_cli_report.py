"""``lion-distill report`` as a user types it."""

from __future__ import annotations

import pytest

from lion_distill.cli import app


@pytest.fixture
def command(command_line):
    return command_line(app, "lion-distill")


def test_a_page_and_a_summary(command, invented_run, tmp_path):
    code, out, err = command("report", invented_run, "-o", "page.html")
    assert code == 0, err
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    assert "the page is in page.html" in err
    lines = out.splitlines()
    assert lines[0] == "teacher: openai/big@http://localhost:8000/v1"
    assert lines[5].split() == ["iteration", "train", "cache", "teacher", "student", "hard",
                                "kept", "score", "state"]  # fmt: skip
    assert lines[6].split()[:3] == ["0", "120", "120"]
    assert lines[6].split()[-2:] == ["71.5", "done"]
    assert lines[-1] == "not over yet"


def test_as_json(command, invented_run):
    outcome = command("report", invented_run, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["report"] == str(invented_run / "report.html")
    assert outcome.json["iterations"][1]["generated"]["all"] == 80


def test_what_is_no_run(command, tmp_path):
    code, _, err = command("report", tmp_path)
    assert code == 1
    assert "holds no run.json; name the folder of a run of lion-distill" in err
    assert command("report", tmp_path, "--price", "much").code == 2
