from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from truing_core.budget import Price
from truing_core.cli import (
    CostOptions,
    LoadingOptions,
    SamplingOptions,
    Seed,
    grouped,
    make_app,
)
from truing_core.errors import UsageError
from truing_core.models import LoadOptions, Sampling


@dataclass(frozen=True)
class LongReplies(SamplingOptions):
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1)] = 4096


@dataclass(frozen=True)
class Needed:
    name: Annotated[str, typer.Option("--name")]


@pytest.fixture
def invoke():
    """Runs a command of an app; returns what it was called with, or its exit code."""
    app, seen = make_app("tool", "A tool.", "1.0"), {}

    @app.command()
    @grouped
    def ask(
        model: Annotated[str, typer.Argument()],
        *,
        sampling: LongReplies,
        loading: LoadingOptions,
        seed: Seed = 7,
        cost: CostOptions,
    ) -> None:
        """Ask a model."""
        seen.update(model=model, sampling=sampling, loading=loading, seed=seed, cost=cost)

    @app.command()
    @grouped
    def other(*, needed: Needed) -> int:
        seen.update(needed=needed)
        return 5

    def run(*arguments, **environment):
        seen.clear()
        result = CliRunner().invoke(app, list(arguments), env=environment)
        return dict(seen, code=result.exit_code, output=result.output)

    return run


def test_a_command_gets_its_groups_with_their_defaults(invoke):
    seen = invoke("ask", "demo")
    assert (seen["model"], seen["seed"]) == ("demo", 7)
    assert seen["sampling"] == LongReplies(4096, 0.0, 1.0)
    assert seen["loading"].load() == LoadOptions()
    assert seen["cost"] == CostOptions(None, None, None)


def test_each_field_is_an_option_of_its_own(invoke):
    seen = invoke(
        *("ask", "demo", "--temperature", "0.5", "--top-p", "0.9", "--concurrency", "8"),
        *("--chat-template", "t.jinja", "--price", "1,2", "--seed", "3"),
    )
    assert seen["sampling"].sampling() == Sampling(0.5, 0.9, 4096)
    assert seen["loading"].load() == LoadOptions(concurrency=8, chat_template=Path("t.jinja"))
    assert seen["cost"].token_price() == Price(1.0, 2.0)
    assert seen["seed"] == 3


def test_environment_and_config_file_reach_them(invoke, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("timeout: 5\nmax-tokens: 12\n")
    seen = invoke("ask", "demo", "--config", str(path), TOOL_DEVICE="cuda:1")
    assert (seen["loading"].timeout, seen["loading"].device) == (5.0, "cuda:1")
    assert seen["sampling"].max_tokens == 12


def test_what_a_command_returns_goes_on_and_bounds_are_checked(invoke):
    seen = invoke("other", "--name", "x")
    assert seen["needed"] == Needed("x")
    assert invoke("other")["code"] == 2
    assert invoke("ask", "demo", "--top-p", "2")["code"] == 2


def test_help_keeps_the_order_of_the_signature_and_the_docstring(invoke):
    text = invoke("ask", "--help", COLUMNS="200")["output"]
    assert "Ask a model." in text
    places = [text.index(name) for name in ("--max-tokens", "--temperature", "--concurrency")]
    assert places == sorted(places)


def test_two_options_of_one_name_are_a_mistake_of_ours():
    def twice(*, sampling: SamplingOptions, top_p: float) -> None: ...

    with pytest.raises(ValueError, match="duplicate parameter name: 'top_p'"):
        grouped(twice)


def test_a_limit_of_cost_needs_a_price():
    with pytest.raises(UsageError, match="--max-cost needs --price"):
        CostOptions(max_cost=3.0).budget()
    budget = CostOptions("1,2", 5, 3.0).budget()
    assert (budget.max_requests, budget.max_cost) == (5, 3.0)
