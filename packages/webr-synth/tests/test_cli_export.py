"""``webr-synth export`` as a user meets it."""

from __future__ import annotations

import pytest

from webr_synth.cli import app


@pytest.fixture
def export(command_line):
    return command_line(app, "webr-synth", "export")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to do: name -o FILE, --push-to-hub REPO or --card FILE"),
        (("--format", "chatml", "-o", "x.jsonl"), "--format is one of messages, openai"),
        (("--format", "alpaca", "--card", "x.md"), "--format needs -o FILE"),
        (("--private", "-o", "x.jsonl"), "--private needs --push-to-hub"),
    ],
)
def test_misuse(export, arguments, said, tmp_path):
    (tmp_path / "rows.jsonl").write_text("{}\n", "utf-8")
    outcome = export("rows.jsonl", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert list(tmp_path.iterdir()) == [tmp_path / "rows.jsonl"]


def test_bad_input(export, tmp_path):
    assert "no.parquet: there is no such file" in export("no.parquet", "-o", "x.jsonl").err
    (tmp_path / "empty").mkdir()
    outcome = export("empty", "-o", "x.jsonl")
    assert outcome.code == 1
    assert "empty: is a folder without .parquet or .jsonl files" in outcome.err
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n', "utf-8")
    outcome = export("rows.jsonl", "-o", "x.jsonl")
    assert outcome.code == 1
    assert "rows.jsonl, row 1, field 'messages': expected a list of messages" in outcome.err
    assert "found the fields text" in outcome.err
    assert not (tmp_path / "x.jsonl").exists()
    (tmp_path / "rows.json").write_text("[]", "utf-8")
    assert "rows.json: there is no row in it" in export("rows.json", "--card", "c.md").err
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 or not")
    assert "bad.parquet: no valid Parquet file" in export("bad.parquet", "-o", "x.jsonl").err
    assert "Traceback" not in outcome.err
