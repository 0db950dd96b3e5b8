"""``lte-edit build-data``: its options, and the choices that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lte_edit.encoder import DEFAULT
from truing_core.asking import show_plan, watch
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
    emit_json,
    grouped,
    model_choice,
    one_of,
    tell,
)
from truing_core.errors import UsageError

_DATA, _EXAMPLES = "Data", "Examples"

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Edits with their questions: KnowEdit, MQuAKE, CounterFact, or rows with prompt, "
        "target and subject; .json, .jsonl or .parquet.",
    ),
]
Responder = Annotated[
    str,
    typer.Option(
        "--responder", "-m", metavar="SPEC",
        help="Gives the answers that the files lack, mostly the model to be trained: "
        f"{MODEL_SPEC}.",
    ),
]  # fmt: skip
Out = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The data set: .parquet or .jsonl.")
]
Kind = Annotated[
    str,
    typer.Option(
        "--kind", metavar="NAME", rich_help_panel=_DATA,
        help="knowedit, wikibio, mquake, counterfact, or auto: each row's fields decide.",
    ),
]  # fmt: skip
Instructions = Annotated[
    str | None,
    typer.Option(
        "--instructions", metavar="DATA", rich_help_panel=_DATA,
        help="General conversations with messages: a file or a hub id.",
    ),
]  # fmt: skip
MaxInstructions = Annotated[
    int | None,
    typer.Option(
        "--max-instructions", metavar="N", min=1, rich_help_panel=_DATA,
        help="Draw so many of them.",
    ),
]  # fmt: skip
MixName = Annotated[
    str,
    typer.Option(
        "--mix", metavar="paper|all|FILE", rich_help_panel=_EXAMPLES,
        help="How many questions of each scope from which source: the paper's sizes, all there "
        "are, or a YAML file of 'pattern: {in: N, out: N, free: N}'.",
    ),
]  # fmt: skip
EncoderSpec = Annotated[
    str,
    typer.Option(
        "--encoder", metavar="SPEC", rich_help_panel=_EXAMPLES,
        help="Finds distractors: demo, or a sentence-transformers folder or hub id.",
    ),
]  # fmt: skip
GoldPositionName = Annotated[
    str,
    typer.Option(
        "--gold-position", metavar="shuffled|first", rich_help_panel=_EXAMPLES,
        help="Where the right fact stands among distractors; first is the released code's way.",
    ),
]  # fmt: skip
OutOfScopeName = Annotated[
    str,
    typer.Option(
        "--out-of-scope", metavar="responder|file", rich_help_panel=_EXAMPLES,
        help="Whose answer is learned where the edit does not matter: what the responder says "
        "without the edit, so that a model stays as it is, or the file's, which asks less.",
    ),
]  # fmt: skip


@grouped
def build_command(
    sources: Sources,
    responder: Responder,
    output: Out,
    *,
    kind: Kind = "auto",
    instructions: Instructions = None,
    max_instructions: MaxInstructions = None,
    mix: MixName = "paper",
    encoder: EncoderSpec = DEFAULT,
    gold_position: GoldPositionName = "shuffled",
    out_of_scope: OutOfScopeName = "responder",
    prompts: PromptsDir = None,
    limit: Limit = None,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Build the data that teaches a model to obey edits; resumes where it stopped."""
    from lte_edit.alignment.choices import BuildChoice, Material
    from lte_edit.alignment.examples import GOLD_POSITIONS, OUT_OF_SCOPE
    from lte_edit.alignment.instructions import read_conversations
    from lte_edit.alignment.mix import load_mix
    from lte_edit.alignment.pipeline import build, make_twins, plan
    from lte_edit.alignment.summary import print_summary, summarise
    from lte_edit.cases import Skipped
    from lte_edit.encoder import load_encoder
    from lte_edit.sources import read_cases
    from truing_core.prompts import Prompts

    _check_output(output, [*sources, *filter(None, [instructions])])
    choice = BuildChoice(
        model_choice(responder, sampling, loading, cost),
        Prompts("lte_edit", override=prompts),
        load_mix(mix),
        encoder,
        one_of("--gold-position", gold_position, GOLD_POSITIONS),
        one_of("--out-of-scope", out_of_scope, OUT_OF_SCOPE),
        seed,
    )
    skipped = Skipped()
    cases = [case for source in sources for case in read_cases(source, kind, skipped)[:limit]]
    conversations = read_conversations(instructions, max_instructions, seed) if instructions else []
    material = Material(cases, conversations)
    if skipped.without_answer or skipped.without_prompt:
        tell(
            f"left out: {skipped.without_answer:,} questions without an answer, "
            f"{skipped.without_prompt:,} without a prompt"
        )
    folder = run_dir or output.with_suffix(".run")
    finder = load_encoder(encoder)
    if dry_run:
        twins = make_twins(material, choice, finder)
        if not as_json:
            print_summary(summarise([twin.row("") for twin in twins]))
        show_plan({"build-data": plan(folder, twins, choice, fresh=fresh)}, as_json)
        return
    summary = build(folder, output, material, choice, finder, watch=watch, fresh=fresh)
    if as_json:
        emit_json(summary)
    else:
        print_summary(summary)
    left_out = sum(summary["missing"].values())
    tell(
        f"{summary['rows']:,} rows in {output}"
        + (f"; {left_out:,} pairs left out ({_reasons(summary['missing'])})" if left_out else "")
        + f"; the run is in {folder}"
    )


def _check_output(output: Path, sources: Sequence[str]) -> None:
    """Refuses, before anything is asked, a place where the data set cannot go."""
    if output.suffix.lower() not in (".parquet", ".jsonl"):
        raise UsageError(f"--output '{output}': name a .parquet or a .jsonl file")
    if output.is_dir():
        raise UsageError(f"--output '{output}' is a folder; name a file in it")
    if output.exists() and any(output.samefile(each) for each in sources if Path(each).exists()):
        raise UsageError(f"--output '{output}' is an input; name another file")


def _reasons(missing: dict[str, int]) -> str:
    return ", ".join(f"{reason}: {count:,}" for reason, count in sorted(missing.items()))
