"""The options of the commands, and the choices that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truing_core.cli import (
    MODEL_SPEC,
    CostOptions,
    LoadingOptions,
    PromptsDir,
    SamplingOptions,
    model_choice,
    one_of,
    words_of,
)

if TYPE_CHECKING:
    from followbench.choices import DataChoice, JudgeChoice
    from followbench.scoring import Mode

_JUDGE = "Judge"

Data = Annotated[
    str,
    typer.Option(
        "--data",
        metavar="DATA",
        help="mini (ours), official (the authors', from the hub), FILE or DIR of either format.",
    ),
]
RunData = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="mini, official, FILE or DIR; by default what the run folder was made on, else mini.",
    ),
]
Lang = Annotated[
    str | None, typer.Option("--lang", metavar="en|zh", help="Language of the benchmark.")
]
Categories = Annotated[
    str | None,
    typer.Option("--categories", metavar="NAME,…", help="Some only, as content,style."),
]
Groups = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=1,
        help="Use the first N groups of each category only.",
        rich_help_panel="Run",
    ),
]
Checks = Annotated[
    str,
    typer.Option(
        "--checks",
        metavar="fixed|released",
        help="Rules as they should be, or as the authors' code computes them.",
    ),
]
Judge = Annotated[
    str | None,
    typer.Option(
        "--judge", metavar="SPEC", help=f"Who judges: {MODEL_SPEC}. Without, checks only."
    ),
]
JudgeTokens = Annotated[
    int,
    typer.Option(
        "--judge-max-tokens",
        metavar="N",
        min=1,
        help="Longest judgement, in tokens.",
        rich_help_panel=_JUDGE,
    ),
]
JudgePrice = Annotated[
    str | None,
    typer.Option(
        "--judge-price",
        metavar="IN,OUT",
        help="The judge's; by default as --price.",
        rich_help_panel="Cost",
    ),
]
JudgeRetries = Annotated[
    int,
    typer.Option(
        "--judge-retries",
        metavar="N",
        min=0,
        help="How often a judgement that cannot be read is asked for again.",
        rich_help_panel=_JUDGE,
    ),
]


@dataclass(frozen=True)
class DataOptions:
    """The data, chosen anew."""

    data: Data = "mini"
    lang: Lang = None
    categories: Categories = None
    limit: Groups = None

    def choice(self) -> DataChoice:
        """The data that the options choose.

        Raises:
            UsageError: There is no such category.
        """
        from followbench.choices import DataChoice

        return DataChoice(self.data, self.lang, _names(self.categories), self.limit)


@dataclass(frozen=True)
class RunDataOptions:
    """The data that is named, or else what a run folder was made on."""

    data: RunData = None
    lang: Lang = None
    categories: Categories = None
    limit: Groups = None

    def choice(self, run_dir: Path | None) -> DataChoice:
        """The data that the options choose.

        Raises:
            UsageError: There is no such category.
            InputError: The folder's manifest is not of this tool.
        """
        from followbench.choices import DataChoice
        from followbench.pipeline import data_of_run

        categories = _names(self.categories)
        held = data_of_run(run_dir) if self.data is None and run_dir is not None else None
        if held is not None:
            return held.narrowed(self.lang, categories, self.limit)
        return DataChoice(self.data or "mini", self.lang, categories, self.limit)


@dataclass(frozen=True)
class JudgingOptions:
    """How the judge is asked."""

    judge_max_tokens: JudgeTokens = 1024
    judge_retries: JudgeRetries = 2
    prompts: PromptsDir = None

    def choice(self, judge: str, loading: LoadingOptions, cost: CostOptions) -> JudgeChoice:
        """The judge, greedy, with our templates or those of ``--prompts``."""
        from followbench.choices import JudgeChoice
        from truing_core.prompts import Prompts

        model = model_choice(judge, SamplingOptions(self.judge_max_tokens), loading, cost)
        return JudgeChoice(model, Prompts("followbench", override=self.prompts), self.judge_retries)


def mode_of(checks: str) -> Mode:
    """The mode of scoring that ``--checks`` names."""
    from followbench.scoring import MODES

    return one_of("--checks", checks, MODES)


def _names(categories: str | None) -> tuple[str, ...] | None:
    from followbench.data import CATEGORIES

    return None if categories is None else words_of("--categories", categories, CATEGORIES)
