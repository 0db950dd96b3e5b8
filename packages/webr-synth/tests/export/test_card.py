"""The card: its metadata are YAML, its figures are counted, and what is unknown is left out."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import InputError
from truing_core.files import write_json, write_text
from truing_core.records import write_rows
from webr_synth.export.card import card
from webr_synth.export.facts import Facts, public_name, run_facts
from webr_synth.export.flow import Export, export_rows
from webr_synth.export.hub import PATTERN


def parts(text):
    _, metadata, body = text.split("---\n", 2)
    return yaml.safe_load(metadata), body


def facts_of(rows, **more):
    facts = Facts(**more)
    assert list(facts.count(rows)) == rows
    return facts


def test_with_all_facts(rows, make_row, run_dir, parquet, tmp_path):
    run, summary, ingested = run_facts(parquet, run_dir)
    more = make_row(9, "wr_part", model="openai/qwen@http://10.1.2.3:8000/v1", language=None)
    facts = facts_of([*rows, more], run=run, summary=summary, ingested=ingested)
    metadata, body = parts(card(facts, "My rows", data_files="data/train-*.parquet"))
    assert metadata == {
        "pretty_name": "My rows",
        "license": "other",
        "language": ["de", "en"],
        "task_categories": ["text-generation"],
        "size_categories": ["n<1K"],
        "tags": ["synthetic", "instruction-tuning", "sft", "webr", "webr-synth"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }
    for line in (
        "7 instructions with answers, reconstructed from 7 web documents by `demo`, `openai/qwen`",
        "An answer has 9 characters on average.",
        "| `wi_part`: web as instruction, a part of it | 2 | 28.6% |",
        "| `wr_part`: web as response, a part of it | 2 | 28.6% |",
        "| documents | `docs.parquet` |",
        "| documents read | 1,200 |",
        "| languages | en 4, de 2, unknown 1 |",
        "| hosts | www.example.org 4 |",
        "| model | `demo` (6 rows) |",
        "| temperature | 0.6 |",
        "| top_p | 0.9 |",
        "| seed | 7 |",
        "| mix wanted | wi_whole 2, wr_part 1 |",
        "| gates left open | loop |",
        "| near-duplicate requests | left out from a Jaccard index of 0.7 on |",
        "| author | 10 | 9 | 1 | empty 1 |",
        "| request | 9 | 7 | 0 | copies 1, loop 1 |",
        "| quality | 12 |",
        "| documents kept | 88 |",
        "| `author.j2` | `abc123` |",
        "| `refine.j2` | `def456` |",
        "keep the terms of their authors and publishers",
    ):
        assert line in body
    assert "10.1.2.3" not in body
    assert str(tmp_path) not in body


def test_without_any_fact():
    facts = facts_of([{"messages": [{"role": "assistant", "content": "So."}]}])
    metadata, body = parts(card(facts, "rows"))
    assert "language" not in metadata
    assert "configs" not in metadata
    assert "1 instructions with answers, reconstructed by a language model" in body
    assert [line for line in body.splitlines() if line.startswith("## ")] == [
        "## Columns", "## Licence",
    ]  # fmt: skip


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_hostile_facts_break_no_table(title, model, prompts):
    run = {"facts": {"prompts": prompts}, "config": {"data": {"name": title}}}
    rows = [{"messages": [{"role": "assistant", "content": ""}], "model": model, "url": title}]
    metadata, body = parts(card(facts_of(rows, run=run), title))
    assert metadata["pretty_name"] == " ".join(title.split())
    for line in body.split("\n"):
        if line.startswith("|"):
            assert line.endswith("|")
            assert line.replace("\\|", "").count("|") in (3, 4)
    assert "<" not in body.partition("## Columns")[0]


def test_hostile_names_of_hosts_and_counters_are_plain():
    evil = "<img src=x>[a](b)`c`"
    facts = facts_of(
        [{"messages": [{"role": "assistant", "content": "So."}], "language": evil,
          "url": "http://<img src=y>`c`|d/"}],
        summary={"stages": {evil: {"asked": 3, "gates": {evil: 2}}}},
        ingested={"filtered": {evil: {"total": 1}}},
        run={"config": {"synthesis": {"mix": {evil: 1}, "gates": {"off": [evil]}}}},
    )  # fmt: skip
    assert facts.hosts
    body = parts(card(facts, "rows"))[1].partition("## Columns")[0]
    assert not set("<>[]") & set(body.replace("[arXiv 2504.15573]", ""))
    for line in (
        "languages | img src=x",
        "hosts | img src=ycd 1",
        "a(b)c | 1 |",
        "a(b)c 2 |",
        "| mix wanted | img src=xa(b)c 1 |",
        "left open | img",
    ):
        assert line in body


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("demo", "demo"),
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("openai/Qwen/Qwen2.5-7B@http://host:8000/v1", "openai/Qwen/Qwen2.5-7B"),
        ("hf/Qwen/Qwen2.5-7B", "hf/Qwen/Qwen2.5-7B"),
        ("hf//home/me/models/mine", "hf/mine"),
        ("vllm/./mine", "vllm/mine"),
    ],
)
def test_a_models_public_name(spec, name):
    assert public_name(spec) == name


def test_where_the_run_is_found(parquet, run_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_facts(parquet, None) == ({}, {}, {})
    # At its usual place, where it says so itself.
    summary = json.loads((run_dir / "summary.json").read_bytes())
    there = tmp_path / "runs" / "webr-docs"
    write_json(there / "summary.json", {**summary, "output": str(parquet)})
    write_json(there.with_name("other") / "summary.json", {"output": "other.parquet"})
    assert run_facts(parquet, None)[1]["duplicates"] == 3
    # Beside the rows.
    write_json(parquet.with_name("run.json"), {"tool": "webr-synth", "facts": {"n": 1}})
    assert run_facts(parquet, None)[0]["facts"] == {"n": 1}
    # Another tool's folder is passed over, unless it was named.
    write_json(parquet.with_name("run.json"), {"tool": "followbench"})
    assert run_facts(parquet, None)[1]["duplicates"] == 3
    with pytest.raises(InputError, match="is a run of followbench"):
        run_facts(parquet, parquet.parent)
    with pytest.raises(InputError, match=r"holds neither run\.json nor summary\.json"):
        run_facts(parquet, tmp_path)
    parquet.with_name("run.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"run\.json: cannot be read"):
        run_facts(parquet, None)


def test_a_card_alone(parquet, run_dir, tmp_path):
    result = export_rows(parquet, Export(card=tmp_path / "README.md", run_dir=run_dir))
    assert result == {"rows": 6, "card": str(tmp_path / "README.md")}
    assert "| quality | 12 |" in (tmp_path / "README.md").read_text("utf-8")


def test_the_hubs_library_reads_what_the_card_describes(rows, tmp_path):
    datasets = pytest.importorskip("datasets", reason="needs the extra hub")
    folder = tmp_path / "repository"
    for place in range(2):
        write_rows(folder / f"data/train-{place:05}-of-00002.parquet", rows[3 * place :][:3])
    facts = facts_of(rows)
    write_text(folder / "README.md", card(facts, "rows", data_files=PATTERN))
    (folder / "other.parquet").write_bytes(b"not of the data set")
    read = datasets.load_dataset(str(folder), split="train")
    assert read["prompt_id"] == [row["prompt_id"] for row in rows]
