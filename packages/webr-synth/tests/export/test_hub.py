"""Pushing, by the hub's own client to a server on the loopback."""

from __future__ import annotations

import pytest
import yaml

from truing_core.records import read_rows, write_rows
from webr_synth.cli import app
from webr_synth.export.formats import convert


@pytest.fixture
def export(command_line):
    return command_line(app, "webr-synth", "export")


def pushed(hub, name, tmp_path):
    file = tmp_path / "pushed.parquet"
    file.write_bytes(hub.files[name])
    return [row for _, row in read_rows(file)]


def test_whole_rows_with_a_card(hub, export, parquet, rows, run_dir, tmp_path):
    hub.files = {"data/train-00000-of-00002.parquet": b"old", "notes.txt": b"mine"}
    outcome = export(
        parquet, "--push-to-hub", "me/rows", "--private", "--run-dir", run_dir, "--json"
    )
    assert outcome.code == 0, outcome.err
    assert outcome.json == {"rows": 6, "hub": f"{hub.url}/datasets/me/rows"}
    (created,) = hub.created
    assert (created["name"], created["organization"], created["type"]) == ("rows", "me", "dataset")
    assert created.get("private") is True or created.get("visibility") == "private"
    assert hub.tokens == {"Bearer hf_" + "x" * 20}
    assert sorted(hub.files) == [
        "README.md", "data/train-00000-of-00001.parquet", "notes.txt",
    ]  # fmt: skip
    assert hub.files["data/train-00000-of-00001.parquet"] == parquet.read_bytes()
    card = hub.files["README.md"].decode()
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert metadata["configs"][0]["data_files"][0]["path"] == "data/train-*.parquet"
    assert "| quality | 12 |" in card


def test_lines_become_parquet_and_addresses_stay_at_home(hub, export, rows, tmp_path):
    lines = tmp_path / "rows.parquet"
    write_rows(lines, [{**row, "model": "openai/qwen@http://10.1.2.3:8000/v1"} for row in rows])
    assert export(lines, "--push-to-hub", "rows").code == 0
    there = pushed(hub, "data/train-00000-of-00001.parquet", tmp_path)
    assert there == [{**row, "model": "openai/qwen"} for row in rows]
    assert b"10.1.2.3" not in b"".join(hub.files.values())


def test_another_format(hub, export, parquet, rows, tmp_path, monkeypatch):
    monkeypatch.setattr("webr_synth.export.flow.SHARD_ROWS", 4)
    assert export(parquet, "--push-to-hub", "me/rows", "--format", "sharegpt").code == 0
    names = sorted(name for name in hub.files if name.startswith("data/"))
    assert names == ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"]
    there = [row for name in names for row in pushed(hub, name, tmp_path)]
    assert there == [convert(row, "sharegpt") for row in rows]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the hub does not know the token in HF_TOKEN"),
        (403, "the token in HF_TOKEN may not write to 'me/rows'"),
        (500, "the hub refuses 'me/rows' (500)"),
    ],
)
def test_the_hub_refuses(hub, export, parquet, status, said):
    hub.refuse = status
    outcome = export(parquet, "--push-to-hub", "me/rows")
    assert outcome.code == 1
    assert said in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert "x" * 20 not in outcome.err


def test_no_hub(hub, export, parquet, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    outcome = export(parquet, "--push-to-hub", "me/rows")
    assert outcome.code == 1
    assert "the hub cannot be reached" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


def test_offline(hub, export, parquet, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    outcome = export(parquet, "--push-to-hub", "me/rows")
    assert outcome.code == 1
    assert "HF_HUB_OFFLINE is set" in outcome.err


def test_no_token_and_no_name(hub, export, parquet, monkeypatch):
    outcome = export(parquet, "--push-to-hub", "me//rows")
    assert outcome.code == 2
    assert "--push-to-hub 'me//rows'" in outcome.err
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    outcome = export(parquet, "--push-to-hub", "me/rows")
    assert outcome.code == 2
    assert "--push-to-hub needs a token with the right to write in HF_TOKEN" in outcome.err
    assert hub.created == []
