"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def blocks():
    """The README's code blocks, as (language, text)."""
    return BLOCK.findall(README.read_text("utf-8"))


def run(*arguments, cwd):
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_example(blocks, tmp_path):
    [at] = [n for n, (_, text) in enumerate(blocks) if "load_benchmark(" in text]
    assert blocks[at + 1][0] == ""
    assert run("-c", blocks[at][1], cwd=tmp_path) == blocks[at + 1][1]


def test_the_check_of_ones_own(blocks, tmp_path):
    [source] = [text for language, text in blocks if language == "python" and "(Check)" in text]
    (tmp_path / "my_checks.py").write_text(source, "utf-8")
    code = "from my_checks import Shout; print(Shout().run('Loud', 'en').message)"
    assert run("-c", code, cwd=tmp_path) == "3 small letters, none wanted\n"


def test_the_list_of_data(blocks, tmp_path):
    [shown] = [text for _, text in blocks if text.startswith("$ followbench data list")]
    said = run("-m", "followbench", "data", "list", cwd=tmp_path)
    assert said == shown.partition("\n")[2]
