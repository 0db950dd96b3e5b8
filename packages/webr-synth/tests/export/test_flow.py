"""From rows to files: every kind of source, every kind of file."""

from __future__ import annotations

import json

import pytest

from truing_core.errors import InputError, UsageError
from truing_core.records import read_rows, write_rows
from webr_synth.cli import app
from webr_synth.export.flow import Export, export_rows
from webr_synth.export.formats import convert


def read(path):
    return [row for _, row in read_rows(path)]


def test_files_and_folders_of_every_kind(parquet, rows, tmp_path):
    wanted = [convert(row, "sharegpt") for row in rows]
    lines, shards = tmp_path / "rows.jsonl", tmp_path / "shards"
    write_rows(lines, rows)
    write_rows(shards / "part-00001.parquet", rows[4:])
    write_rows(shards / "part-00000.parquet", rows[:4])
    (shards / "README.md").write_text("no rows", "utf-8")
    for source in (parquet, lines, shards):
        for name in ("out.jsonl", "out.json", "out.parquet"):
            output = tmp_path / name
            result = export_rows(source, Export(format="sharegpt", output=output))
            assert result == {"rows": 6, "output": str(output), "format": "sharegpt"}
            assert read(output) == wanted


def test_the_command(command_line, parquet, rows, tmp_path):
    export = command_line(app, "webr-synth", "export")
    outcome = export(
        parquet, "--format", "alpaca", "-o", "alpaca.json", "--card", "CARD.md", "--json"
    )
    assert outcome.json == {
        "rows": 6, "output": "alpaca.json", "format": "alpaca", "card": "CARD.md",
    }  # fmt: skip
    assert json.loads((tmp_path / "alpaca.json").read_text("utf-8")) == [
        convert(row, "alpaca") for row in rows
    ]
    assert "\n# rows\n\n6 instructions" in (tmp_path / "CARD.md").read_text("utf-8")
    outcome = export(parquet, "-o", "plain.jsonl")
    assert outcome.err == "6 rows: plain.jsonl\n"
    assert read(tmp_path / "plain.jsonl") == [convert(row, "messages") for row in rows]


def test_the_rows_are_not_written_over(parquet):
    before = parquet.read_bytes()
    for wanted in (Export(output=parquet), Export(card=parquet)):
        with pytest.raises(UsageError, match="is the rows themselves"):
            export_rows(parquet, wanted)
    assert parquet.read_bytes() == before


@pytest.mark.parametrize(
    "messages",
    [
        None,
        [],
        "text",
        [{"role": "user", "content": "Why?"}],
        [{"role": "assistant", "content": "So."}],
        [{"role": "user", "content": None}, {"role": "assistant", "content": "So."}],
        [{"role": "tool", "content": "x"}, {"role": "assistant", "content": "So."}],
        ["Why?", "So."],
    ],
)
def test_a_row_without_conversation_is_named(messages, rows, tmp_path):
    source = tmp_path / "rows.jsonl"
    write_rows(source, [rows[0], {"messages": messages}])
    with pytest.raises(InputError, match=r"rows\.jsonl, row 2, field 'messages': expected"):
        export_rows(source, Export(output=tmp_path / "out.jsonl"))
    assert not (tmp_path / "out.jsonl").exists()
