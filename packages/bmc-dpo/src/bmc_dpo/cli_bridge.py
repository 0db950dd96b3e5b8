"""``bmc-dpo bridge``: its options, and the choices that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from truing_core.asking import failures, show_plan, watch
from truing_core.cli import (
    MODEL_SPEC,
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    Limit,
    LoadingOptions,
    PromptsDir,
    RunDir,
    SamplingOptions,
    Seed,
    Split,
    Subset,
    auto_or_one_of,
    emit_json,
    grouped,
    model_choice,
    one_of,
    tell,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from bmc_dpo.bridge.choices import BridgeChoice
    from bmc_dpo.pairs import Pair
    from truing_core.roles import ModelChoice

_EDITING, _GATES = "Editing", "Gates"

Prefs = Annotated[
    str, typer.Argument(metavar="PREFS", help="A .jsonl, .json or .parquet file, or a hub id.")
]
Editor = Annotated[
    str,
    typer.Option(
        "--editor",
        "-e",
        metavar="SPEC",
        help=f"Mends: {MODEL_SPEC}.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="The bridged data: .parquet, .jsonl or .json."
    ),
]
Task = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="NAME",
        help="qa, math, instruction, or auto: by each pair's options and final answer.",
        rich_help_panel=_EDITING,
    ),
]
WithoutReference = Annotated[
    bool,
    typer.Option(
        "--without-reference",
        help="Hide the winning response from the editor (the paper's ablation).",
        rich_help_panel=_EDITING,
    ),
]
Fraction = Annotated[
    float,
    typer.Option(
        "--fraction",
        metavar="X",
        min=0.0,
        max=1.0,
        help="Bridge this share of the pairs and keep the others as they are.",
        rich_help_panel=_EDITING,
    ),
]
FewShot = Annotated[
    int,
    typer.Option(
        "--few-shot",
        metavar="N",
        min=0,
        help="Worked examples in each question.",
        rich_help_panel=_EDITING,
    ),
]
Examples = Annotated[
    Path | None,
    typer.Option(
        "--examples",
        metavar="FILE",
        help="Draw them from rows with prompt, rejected, chosen, edited and maybe task.",
        rich_help_panel=_EDITING,
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        min=0,
        help="How often a reply that fails is asked for again, with the reason.",
        rich_help_panel=_GATES,
    ),
]
OnFailure = Annotated[
    str,
    typer.Option(
        "--on-failure",
        metavar="keep|drop",
        help="Keep pairs that could not be bridged as they were, or leave them out.",
        rich_help_panel=_GATES,
    ),
]
MaxChange = Annotated[
    float,
    typer.Option(
        "--max-change",
        metavar="X",
        min=0.0,
        max=1.0,
        help="Most of the losing response's words that may change.",
        rich_help_panel=_GATES,
    ),
]
MaxWinnerSimilarity = Annotated[
    float,
    typer.Option(
        "--max-winner-similarity",
        metavar="X",
        min=0.0,
        max=1.0,
        help="Beyond this likeness a reply is a copy of the winning response.",
        rich_help_panel=_GATES,
    ),
]
MaxLengthRatio = Annotated[
    float,
    typer.Option(
        "--max-length-ratio",
        metavar="X",
        min=1.0,
        help="How many times longer or shorter than both responses a reply may be.",
        rich_help_panel=_GATES,
    ),
]


@dataclass(frozen=True)
class EditingOptions:
    """What the editor is asked."""

    task: Task = "auto"
    without_reference: WithoutReference = False
    fraction: Fraction = 1.0
    few_shot: FewShot = 0
    examples: Examples = None
    prompts: PromptsDir = None


@dataclass(frozen=True)
class GateOptions:
    """What a reply must pass, and what happens if it does not."""

    retries: Retries = 2
    on_failure: OnFailure = "keep"
    max_change: MaxChange = 0.6
    max_winner_similarity: MaxWinnerSimilarity = 0.9
    max_length_ratio: MaxLengthRatio = 2.0

    def drops(self) -> bool:
        """Whether pairs that could not be bridged are left out.

        Raises:
            UsageError: The option is neither of the two.
        """
        return one_of("--on-failure", self.on_failure, ("keep", "drop")) == "drop"


@grouped
def bridge_command(
    prefs: Prefs,
    editor: Editor,
    output: Out,
    *,
    split: Split = "train",
    subset: Subset = None,
    limit: Limit = None,
    editing: EditingOptions,
    gates: GateOptions,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Mend losing responses where they must change; resumes where it stopped."""
    from bmc_dpo.bridge.choices import default_folder
    from bmc_dpo.bridge.pipeline import Source, bridge, plan
    from bmc_dpo.bridge.summary import print_summary
    from bmc_dpo.pairs import read_pairs

    drop = gates.drops()
    model = model_choice(editor, sampling, loading, cost)
    pairs = read_pairs(prefs, split=split, subset=subset, limit=limit)
    choice = _choice(model, pairs, editing, gates, seed)
    source = Source(prefs, pairs, limit)
    folder = run_dir or default_folder(editor, prefs)
    if dry_run:
        show_plan({"bridge": plan(folder, source, choice, fresh=fresh)}, as_json)
        if not as_json:
            tell("replies that fail a gate and are asked for again come on top")
        return
    summary = bridge(folder, source, output, choice, drop=drop, watch=watch, fresh=fresh)
    if as_json:
        emit_json(summary)
    else:
        print_summary(summary)
    tell(
        f"{summary['written']:,} pairs in {output}{failures(summary['statuses']['failed'])}; "
        f"the run is in {folder}"
    )


def _choice(
    model: ModelChoice,
    pairs: list[Pair],
    editing: EditingOptions,
    gates: GateOptions,
    seed: int,
) -> BridgeChoice:
    from bmc_dpo.bridge.choices import BridgeChoice
    from bmc_dpo.bridge.examples import check_enough, load_examples
    from bmc_dpo.bridge.gates import Limits
    from bmc_dpo.bridge.kinds import KINDS
    from truing_core.prompts import Prompts

    kind = auto_or_one_of("--task", editing.task, KINDS)
    if editing.examples is not None and not editing.few_shot:
        raise UsageError("--examples needs --few-shot N to say how many are shown")
    limits = Limits(gates.max_change, gates.max_winner_similarity, gates.max_length_ratio)
    choice = BridgeChoice(
        model,
        Prompts("bmc_dpo", override=editing.prompts),
        kind,
        not editing.without_reference,
        editing.fraction,
        editing.few_shot,
        load_examples(editing.examples) if editing.few_shot else (),
        limits,
        gates.retries,
        seed,
    )
    if editing.few_shot:
        check_enough(choice.examples, editing.few_shot, {choice.kind_of(pair) for pair in pairs})
    return choice
