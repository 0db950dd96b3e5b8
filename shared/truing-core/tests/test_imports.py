"""Start-up: what must not be loaded before it is needed."""

from __future__ import annotations

import pytest

from truing_core.testing.starting import started

HEAVY = {
    "PIL",
    "accelerate",
    "aiohttp",
    "datasets",
    "httpx",
    "matplotlib",
    "numpy",
    "openai",
    "pandas",
    "pyarrow",
    "tokenizers",
    "torch",
    "transformers",
    "vllm",
}
LATER = {"jinja2", "rich", "yaml", "filelock", "sqlite3", "asyncio"}


def loaded_by(*statements: str) -> frozenset[str]:
    return started("\n".join(statements)).modules


@pytest.mark.parametrize(
    "module",
    [
        "cli",
        "options",
        "terminal",
        "records",
        "run",
        "prompts",
        "budget",
        "report",
        "models",
        "journal",
    ],
)
def test_modules_load_nothing_heavy(module: str) -> None:
    loaded = loaded_by(f"import truing_core.{module}")
    assert "truing_core" in loaded
    assert loaded & HEAVY == set()


def test_the_command_line_loads_little_else() -> None:
    loaded = loaded_by(
        "import truing_core.cli",
        "import truing_core.records",
        "import truing_core.run",
        "import truing_core.prompts",
        "import truing_core.budget",
    )
    assert loaded & (HEAVY | LATER | {"pydantic"}) == set()


def test_a_command_that_asks_no_model_loads_nothing_heavy() -> None:
    loaded = loaded_by(
        "import tempfile",
        "from truing_core.run import Run",
        "from truing_core.records import read_rows, write_rows",
        "folder = tempfile.TemporaryDirectory()",
        "run = Run.open(folder.name, tool='t', version='1', config={})",
        "write_rows(run.path('a.jsonl'), [{'a': 1}])",
        "assert list(read_rows(run.path('a.jsonl'))) == [(1, {'a': 1})]",
        "run.close()",
        "folder.cleanup()",
    )
    assert loaded & HEAVY == set()


def test_the_guard_sees_what_is_loaded() -> None:
    assert loaded_by("import truing_core.cli", "import yaml.nodes, openai") >= {"yaml", "openai"}
