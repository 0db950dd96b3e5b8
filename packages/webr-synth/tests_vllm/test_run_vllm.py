"""Sixty documents through real vLLM, in this process's own engine."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(900)

NUMBER = 60
NOUNS = ("baker", "lighthouse", "railway", "orchard", "violin", "glacier", "library", "beehive")
FACTS = (
    "was founded by two sisters who had lost their savings in a flood",
    "is open to visitors from March to October, and closed on Mondays",
    "costs the town more than it earns, which is debated every spring",
    "has been painted three times, each time in another shade of blue",
    "employs eleven people, four of them younger than twenty",
)


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The folder of the demo model, converted if need be."""
    command = [sys.executable, "-m", "truing_core.models.demo", "--path"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def write_documents(path: Path) -> None:
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(4 * NUMBER):
            noun = draw.choice(NOUNS)
            facts = [f"The {noun} of Elm Bay, number {number}, {draw.choice(FACTS)}."]
            facts += [f"It {fact}." for fact in draw.sample(FACTS, 4)]
            file.write(json.dumps({"text": " ".join(facts), "language": "en"}) + "\n")


def test_sixty_documents_through_vllm(demo_model: Path, tmp_path: Path) -> None:
    docs, rows = tmp_path / "docs.jsonl", tmp_path / "rows.jsonl"
    write_documents(docs)
    command = [
        *(sys.executable, "-m", "webr_synth", "run", str(docs), "--model", f"vllm/{demo_model}"),
        *("--num", str(NUMBER), "-o", str(rows), "--run-dir", str(tmp_path / "run")),
        # The model is small: what it writes need not be good, only whole and in its place.
        *("--max-tokens", "64", "--no-dedup", "--json"),
        *("--without", "truncated,copies,gives_away,loop,too_long,language"),
    ]
    done = subprocess.run(
        command, env=os.environ, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    summary = json.loads(done.stdout)
    made = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert len(made) == summary["written"] == NUMBER
    assert Counter(row["perspective"] for row in made) == {
        "wi_whole": 20, "wi_part": 20, "wr_whole": 10, "wr_part": 10
    }  # fmt: skip
    for row in made:
        assert row["request"] in row["messages"][0]["content"]
        assert row["messages"][1]["content"].strip()
