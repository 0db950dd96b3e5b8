"""The options of the commands, and the choices that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truing_core.cli import (
    CostOptions,
    LoadingOptions,
    PromptsDir,
    SamplingOptions,
    model_choice,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from followbench.choices import DataChoice, JudgeChoice
    from followbench.scoring import Mode

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
        help="mini, official, FILE or DIR; default: what the run folder was made on, else mini.",
    ),
]
Lang = Annotated[
    str | None, typer.Option("--lang", metavar="en|zh", help="Language of the benchmark.")
]
Categories = Annotated[
    str | None,
    typer.Option("--categories", metavar="A,B", help="Some categories only, e.g. content,style."),
]
Groups = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="The first N groups of each category only."),
]
Checks = Annotated[
    str,
    typer.Option(
        "--checks",
        metavar="fixed|released",
        help="Rules as they should be, or as the authors' code computes them.",
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        metavar="SPEC",
        help="openai/NAME\\[@URL], hf/FOLDER-OR-HUB-ID, vllm/FOLDER-OR-HUB-ID or demo.",
    ),
]
Judge = Annotated[
    str | None,
    typer.Option("--judge", metavar="SPEC", help="The model that judges; none: checks only."),
]
JudgeTokens = Annotated[
    int,
    typer.Option("--judge-max-tokens", metavar="N", min=1, help="Longest judgement, in tokens."),
]
JudgePrice = Annotated[
    str | None,
    typer.Option("--judge-price", metavar="IN,OUT", help="The judge's; default: as --price."),
]
Reasks = Annotated[
    int,
    typer.Option(
        "--reasks", metavar="N", min=0, help="How often the judge is asked again if unreadable."
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
    reasks: Reasks = 2
    prompts: PromptsDir = None

    def choice(self, judge: str, loading: LoadingOptions, cost: CostOptions) -> JudgeChoice:
        """The judge, greedy, with our templates or those of ``--prompts``."""
        from followbench.choices import JudgeChoice
        from truing_core.prompts import Prompts

        model = model_choice(judge, SamplingOptions(self.judge_max_tokens), loading, cost)
        return JudgeChoice(model, Prompts("followbench", override=self.prompts), self.reasks)


def mode_of(checks: str) -> Mode:
    """The mode of scoring that ``--checks`` names."""
    from followbench.scoring import MODES

    for mode in MODES:
        if mode == checks:
            return mode
    raise UsageError(f"--checks is '{checks}'; expected {' or '.join(MODES)}")


def _names(categories: str | None) -> tuple[str, ...] | None:
    from followbench.data import CATEGORIES

    if categories is None:
        return None
    chosen = tuple(dict.fromkeys(name.strip() for name in categories.split(",")))
    for name in chosen:
        if name not in CATEGORIES:
            raise UsageError(
                f"--categories: there is no '{name}'; the six are {', '.join(CATEGORIES)}"
            )
    return chosen
