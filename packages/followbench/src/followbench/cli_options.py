"""The options of the commands, and the choices that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.errors import UsageError

if TYPE_CHECKING:
    from followbench.choices import DataChoice, JudgeChoice, ModelChoice
    from followbench.scoring import Mode
    from truing_core.models import LoadOptions

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
        help="openai/NAME[@URL], hf/FOLDER-OR-HUB-ID, vllm/FOLDER-OR-HUB-ID or demo.",
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


def data_choice(
    data: str, lang: str | None, categories: str | None, limit: int | None
) -> DataChoice:
    """The data that ``--data``, ``--lang``, ``--categories`` and ``--limit`` choose."""
    from followbench.choices import DataChoice
    from followbench.data import CATEGORIES

    chosen = None
    if categories is not None:
        chosen = tuple(dict.fromkeys(name.strip() for name in categories.split(",")))
        for name in chosen:
            if name not in CATEGORIES:
                raise UsageError(
                    f"--categories: there is no '{name}'; the six are {', '.join(CATEGORIES)}"
                )
    return DataChoice(data, lang, chosen, limit)


def data_of(
    run_dir: Path | None,
    data: str | None,
    lang: str | None,
    categories: str | None,
    limit: int | None,
) -> DataChoice:
    """The data that is named, or else what the run folder was made on."""
    from followbench.pipeline import data_of_run

    chosen = data_choice(data or "mini", lang, categories, limit)
    held = data_of_run(run_dir) if data is None and run_dir is not None else None
    return chosen if held is None else held.narrowed(lang, chosen.categories, limit)


def mode_of(checks: str) -> Mode:
    """The mode of scoring that ``--checks`` names."""
    from followbench.scoring import MODES

    for mode in MODES:
        if mode == checks:
            return mode
    raise UsageError(f"--checks is '{checks}'; expected {' or '.join(MODES)}")


def load_options(
    concurrency: int,
    max_retries: int,
    timeout: float,
    batch_tokens: int,
    dtype: str,
    device: str,
    chat_template: Path | None,
) -> LoadOptions:
    """How models are run."""
    from truing_core.models import LoadOptions

    return LoadOptions(
        concurrency, max_retries, timeout, batch_tokens, dtype, device, chat_template
    )


def limits_of(
    price: str | None, max_requests: int | None, max_cost: float | None
) -> dict[str, Any]:
    """Price and budget, as :class:`~followbench.choices.ModelChoice` takes them."""
    from truing_core.budget import Budget, Price

    if max_cost is not None and price is None:
        raise UsageError("--max-cost needs --price IN,OUT to know what a token costs")
    return {
        "price": Price.parse(price) if price is not None else None,
        "budget": Budget(max_requests, max_cost),
    }


def model_choice(
    model: str,
    max_tokens: int,
    temperature: float,
    top_p: float,
    options: LoadOptions,
    limits: dict[str, Any],
) -> ModelChoice:
    """A model in a role."""
    from followbench.choices import ModelChoice
    from truing_core.models import ModelSpec, Sampling

    spec = str(ModelSpec.parse(model))
    return ModelChoice(spec, Sampling(temperature, top_p, max_tokens), options, limits)


def judge_choice(
    judge: str,
    max_tokens: int,
    reasks: int,
    prompts: Path | None,
    options: LoadOptions,
    limits: dict[str, Any],
) -> JudgeChoice:
    """The judge, greedy, with our templates or those of ``--prompts``."""
    from followbench.choices import JudgeChoice
    from truing_core.prompts import Prompts

    model = model_choice(judge, max_tokens, 0.0, 1.0, options, limits)
    return JudgeChoice(model, Prompts("followbench", override=prompts), reasks)
