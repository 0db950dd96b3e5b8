"""``lte-edit eval``: its options, and the tables it prints."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import (
    BatchTokens,
    ChatTemplate,
    Device,
    Dtype,
    Fresh,
    JsonOut,
    Limit,
    PromptsDir,
    RunDir,
    Seed,
    emit_json,
    grouped,
    one_of,
    progress,
    show_table,
    table_of,
    tell,
    words_of,
)
from truing_core.errors import ModelError, UsageError

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder
    from lte_edit.evaluation import EvalChoice, Evaluation, Setting
    from lte_edit.evaluation.subjects import OnRows

_WHAT = "What is measured"

Data = Annotated[
    Path,
    typer.Option(
        "--data", metavar="FILE",
        help="Records with their questions: KnowEdit, MQuAKE, CounterFact, or rows with prompt, "
        "target and subject; .json, .jsonl or .parquet.",
    ),
]  # fmt: skip
ModelSpec = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="SPEC",
        help="The aligned model: a folder (also an adapter of train), hf/FOLDER-OR-HUB-ID, a hub "
        "id, or demo.",
    ),
]  # fmt: skip
Unaligned = Annotated[
    str | None,
    typer.Option(
        "--unaligned", metavar="SPEC",
        help="The model before its alignment, for none, icl, ft and lora, and to see what the "
        "alignment cost; by default an adapter's base, else --model.",
    ),
]  # fmt: skip
ProtocolName = Annotated[
    str,
    typer.Option(
        "--protocol", metavar="paper|released", rich_help_panel=_WHAT,
        help="One chat template, all questions, 3 edits, fluency under the edit; or exactly what "
        "the authors' code scores.",
    ),
]  # fmt: skip
SettingNames = Annotated[
    str,
    typer.Option(
        "--setting", metavar="NAME,…", rich_help_panel=_WHAT,
        help="single: each record's own edits; mass: those of all records at once; sequential: "
        "the same, one after the other.",
    ),
]  # fmt: skip
Edits = Annotated[
    str | None,
    typer.Option(
        "--edits", metavar="N,…", rich_help_panel=_WHAT,
        help="Records whose edits hold at once, and which are asked about; by default all. A list "
        "draws curves.",
    ),
]  # fmt: skip
Methods = Annotated[
    str,
    typer.Option(
        "--methods", metavar="NAME,…", rich_help_panel=_WHAT,
        help="none, icl (the same prompt, unaligned model), lte, ft, lora, or one that another "
        "package brings.",
    ),
]  # fmt: skip
EncoderSpec = Annotated[
    str | None,
    typer.Option(
        "--encoder", metavar="SPEC", rich_help_panel=_WHAT,
        help="Looks edits up: demo, or a sentence-transformers folder or hub id; by default the "
        "paper's, multi-qa-mpnet-base-dot-v1, or demo where that is out of reach.",
    ),
]  # fmt: skip
K = Annotated[
    int | None,
    typer.Option(
        "--k", "-k", metavar="N", min=1, rich_help_panel=_WHAT,
        help="Most edits of a question; by default 3, under released 1.",
    ),
]  # fmt: skip
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="X", rich_help_panel=_WHAT,
        help="Least score of an edit; by default none, so that every question is shown some.",
    ),
]  # fmt: skip
Generate = Annotated[
    bool,
    typer.Option(
        "--generate/--no-generate", rich_help_panel=_WHAT,
        help="Also let the model write answers: exact and contained matches, and fluency.",
    ),
]  # fmt: skip
MaxTokens = Annotated[
    int,
    typer.Option(
        "--max-tokens", metavar="N", min=1, rich_help_panel=_WHAT, help="Of a written answer."
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        "--kind", metavar="NAME", rich_help_panel=_WHAT,
        help="knowedit, wikibio, mquake, counterfact, or auto: each row's fields decide.",
    ),
]  # fmt: skip
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be asked of which method; load no model.")
]


@dataclass(frozen=True)
class LocalOptions:
    """How weights are run."""

    batch_tokens: BatchTokens = 8192
    dtype: Dtype = "auto"
    device: Device = "auto"
    chat_template: ChatTemplate = None


@grouped
def eval_command(
    *,
    data: Data,
    model: ModelSpec,
    unaligned: Unaligned = None,
    protocol: ProtocolName = "paper",
    setting: SettingNames = "single",
    edits: Edits = None,
    methods: Methods = "lte",
    encoder: EncoderSpec = None,
    k: K = None,
    threshold: Threshold = None,
    generate: Generate = True,
    max_tokens: MaxTokens = 32,
    kind: Kind = "auto",
    prompts: PromptsDir = None,
    limit: Limit = None,
    run_dir: RunDir = None,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    seed: Seed = 0,
    as_json: JsonOut = False,
    local: LocalOptions,
) -> None:
    """Edit success, portability, locality, fluency and retrieval; resumes where it stopped."""
    names = words_of("--methods", methods)
    settings = _settings(setting, edits)
    choice = _choice(protocol, k, threshold, prompts, generate, max_tokens, local, seed)

    from lte_edit.cases import Skipped
    from lte_edit.encoder import name_of
    from lte_edit.evaluation import Loading, evaluate
    from lte_edit.evaluation.planning import plan
    from lte_edit.evaluation.subjects import dtype_of
    from lte_edit.sources import read_cases

    skipped = Skipped()
    cases = read_cases(data, kind, skipped)[:limit]
    if skipped.without_answer or skipped.without_prompt:
        tell(
            f"left out: {skipped.without_answer:,} questions without an answer, "
            f"{skipped.without_prompt:,} without a prompt"
        )
    template = _digest(local)
    if dry_run:
        _show_plan(plan(cases, names, settings, choice), as_json)
        return
    looks_up = encoder if encoder is not None else _encoder(names)
    # As the run has them: what "auto" and a default come to is another thing elsewhere.
    dtype = dtype_of(local.dtype, local.device, choice.protocol)
    finder = looks_up if isinstance(looks_up, str) else name_of(looks_up.identity)
    folder = run_dir or _folder(
        model, data, [unaligned, finder, limit, kind, choice.config(), dtype, template]
    )
    found = evaluate(
        cases,
        names,
        settings,
        model=model,
        unaligned=unaligned,
        encoder=looks_up,
        choice=choice,
        loading=Loading(local.dtype, local.device, local.chat_template),
        folder=folder,
        fresh=fresh,
        watch=_watch,
    )
    if as_json:
        emit_json(found.document())
    else:
        _print(found)
    _tell_about(found)
    tell(f"the run is in {folder}; the page is in {folder / 'report.html'}")


def _encoder(methods: Sequence[str]) -> str | Encoder:
    """The paper's encoder, or the demo's where there is no way to the paper's."""
    from lte_edit import encoder
    from lte_edit.evaluation.methods.registry import method_of

    if not any(method_of(name).retrieves for name in methods):
        return encoder.DEFAULT
    try:
        return encoder.load_encoder(encoder.DEFAULT)
    except ModelError as error:
        found = encoder.load_encoder(encoder.DEMO)
        tell(f"{error}; edits are looked up by the demo encoder")
        return found


@contextmanager
def _watch(label: str, total: int) -> Iterator[OnRows]:
    with progress(label, total) as bar:
        yield bar.advance


def _settings(names: str, edits: str | None) -> list[Setting]:
    from lte_edit.evaluation.choices import Setting

    numbers: list[int | None] = [None]
    if edits is not None:
        try:
            numbers = [int(each) for each in words_of("--edits", edits)]
        except ValueError:
            raise UsageError(f"--edits is '{edits}'; expected numbers, as 10,100,1000") from None
    return [Setting.parse(name, n) for name in words_of("--setting", names) for n in numbers]


def _choice(
    protocol: str,
    k: int | None,
    threshold: float | None,
    prompts: Path | None,
    generate: bool,
    max_tokens: int,
    local: LocalOptions,
    seed: int,
) -> EvalChoice:
    from lte_edit.evaluation.choices import PROTOCOLS, EvalChoice
    from truing_core.prompts import Prompts

    return EvalChoice(
        one_of("--protocol", protocol, PROTOCOLS), k, threshold,
        Prompts("lte_edit", override=prompts), generate, max_tokens,
        batch_tokens=local.batch_tokens, seed=seed,
    )  # fmt: skip


def _folder(model: str, data: Path, facts: list[Any]) -> Path:
    """Where a run goes that names no folder; other options, another folder."""
    text = json.dumps([model, str(data.resolve()), facts], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    name = re.sub(r"[^\w.]+", "-", f"eval-{Path(model).name}-{data.stem}-{digest}").strip("-.")
    return Path("runs") / name


def _digest(local: LocalOptions) -> str | None:
    from truing_core.models.checkpoint import read_template

    if local.chat_template is None:
        return None
    return hashlib.sha256(read_template(local.chat_template)).hexdigest()


def _show_plan(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        emit_json(rows)
        return
    metrics = list(dict.fromkeys(metric for row in rows for metric in row["questions"]))
    named = [metric.replace("_", " ") for metric in metrics]
    table = table_of("method", "setting", "records", "edits at once", *named)
    for row in rows:
        asked = [row["questions"].get(metric, 0) for metric in metrics]
        numbers = (f"{number:,}" for number in (row["records"], row["edits"], *asked))
        table.add_row(row["method"], row["setting"], *numbers)
    show_table(table)


def _print(found: Evaluation) -> None:
    from lte_edit.evaluation.tables import groups, main_lines, shown, title

    for (setting, edits), own in groups(found.outcomes).items():
        table = table_of("% (95 % interval)", title=title(setting, edits))
        for outcome in own:
            table.add_column(outcome.method, justify="right", no_wrap=True)
        before = ""
        for line in main_lines(own):
            if before and line.path[0] != before and line.path[0] in ("retrieval", "generation"):
                table.add_section()
            before = line.path[0]
            table.add_row(line.label, *(shown(outcome, line) for outcome in own))
        show_table(table)


def _tell_about(found: Evaluation) -> None:
    """What a reader of the numbers should know."""
    if found.facts["open_questions"]:
        tell(f"{found.facts['open_questions']:,} open questions have no answer to score")
    for outcome in found.outcomes:
        who = f"{outcome.method}, {outcome.setting}"
        for reason, count in outcome.scores["skipped"].items():
            tell(f"{who}: {count:,} questions skipped ({reason})")
        if outcome.scores["edits_dropped"]:
            tell(f"{who}: {outcome.scores['edits_dropped']:,} edits dropped, the context is full")
    if found.facts["unaligned"] is None and {"lte"} < {each.method for each in found.outcomes}:
        tell("no --unaligned given: all methods start from --model")
