"""``webr-synth run``: its options, and the choices that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from truing_core.asking import show_plan
from truing_core.cli import (
    ConfigFile,
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
    tell,
)
from truing_core.errors import UsageError
from truing_core.options import MaxTokens, Temperature, TopP

if TYPE_CHECKING:
    from webr_synth.cluster.corpus import Corpus
    from webr_synth.synthesis.choices import SynthChoice
    from webr_synth.synthesis.pipeline import Source

_DATA, _WRITING, _GATES, _DEDUP = "Data", "Writing", "Gates", "Near-duplicates"
_CLUSTER = "Many machines"

Docs = Annotated[
    str,
    typer.Argument(
        metavar="DOCS",
        help="Documents of ingest: a .parquet, .jsonl or .json file; over Ray a .parquet file, a "
        "folder of them, or an address such as s3://BUCKET/FOLDER.",
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
Num = Annotated[
    int, typer.Option("--num", "-n", metavar="N", min=1, help="How many rows are made.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="PLACE",
        help="A .parquet or .jsonl file, or a folder that is filled shard by shard.",
    ),
]
TextField = Annotated[
    str | None,
    typer.Option(
        "--text-field",
        metavar="NAME",
        help="The field that holds a document's text, where it has another name than usual.",
        rich_help_panel=_DATA,
    ),
]
ShardRows = Annotated[
    int,
    typer.Option(
        "--shard-rows", metavar="N", min=1, help="Rows of a shard.", rich_help_panel=_DATA
    ),
]
MixOption = Annotated[
    str,
    typer.Option(
        "--mix",
        metavar="A:B:C:D",
        help="Shares of wi_whole, wi_part, wr_whole, wr_part; the paper's by default.",
        rich_help_panel=_WRITING,
    ),
]
DocumentTokens = Annotated[
    int,
    typer.Option(
        "--max-document-tokens",
        metavar="N",
        min=64,
        help="Longer documents are cut at a section.",
        rich_help_panel=_WRITING,
    ),
]
RequestTokens = Annotated[
    int | None,
    typer.Option(
        "--request-max-tokens",
        metavar="N",
        min=16,
        help="Most tokens of an author or a request; raise it for models that think aloud.",
        rich_help_panel=_WRITING,
    ),
]
Tokenizer = Annotated[
    str | None,
    typer.Option(
        "--tokenizer",
        metavar="FOLDER-OR-HUB-ID",
        help="Count tokens by it; a local model's own is used, else characters are counted.",
        rich_help_panel=_WRITING,
    ),
]
Retries = Annotated[
    int,
    typer.Option(
        "--retries",
        metavar="N",
        min=0,
        help="How often a reply that a gate stops is drawn anew.",
        rich_help_panel=_GATES,
    ),
]
Without = Annotated[
    str,
    typer.Option(
        "--without",
        metavar="GATE,...",
        help="Leave out gates: empty, refusal, gives_away, too_long, loop, truncated, copies, "
        "language.",
        rich_help_panel=_GATES,
    ),
]
Threshold = Annotated[
    float,
    typer.Option(
        "--threshold",
        metavar="X",
        min=0.0,
        max=1.0,
        help="Requests whose 5-word shingles agree so far count as one.",
        rich_help_panel=_DEDUP,
    ),
]
NoDedup = Annotated[bool, typer.Option("--no-dedup", help="Keep them all.", rich_help_panel=_DEDUP)]
Index = Annotated[
    Path | None,
    typer.Option(
        "--dedup-index",
        metavar="FILE",
        help="Requests of earlier runs; this run's are added at its end.",
        rich_help_panel=_DEDUP,
    ),
]

Executor = Annotated[
    Literal["local", "ray"],
    typer.Option("--executor", help="Work in this process, or over Ray.", rich_help_panel=_CLUSTER),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="auto|ADDRESS",
        help="The Ray cluster; by default one is started on this machine.",
        rich_help_panel=_CLUSTER,
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers", metavar="N", min=1, help="Models over Ray.", rich_help_panel=_CLUSTER
    ),
]
BlockDocuments = Annotated[
    int | None,
    typer.Option(
        "--block-documents",
        metavar="N",
        min=1,
        help="Documents that a worker takes at once; by default a 64th of the rows, at most 4,096.",
        rich_help_panel=_CLUSTER,
    ),
]


@dataclass(frozen=True)
class WriterSampling(SamplingOptions):
    """The paper's, for Llama-3-70B."""

    max_tokens: MaxTokens = 1024
    temperature: Temperature = 0.6
    top_p: TopP = 0.9


@dataclass(frozen=True)
class WritingOptions:
    """What the model is asked."""

    mix: MixOption = "2:2:1:1"
    max_document_tokens: DocumentTokens = 2048
    request_max_tokens: RequestTokens = None
    tokenizer: Tokenizer = None
    prompts: PromptsDir = None


@dataclass(frozen=True)
class GateOptions:
    """What a reply must pass, and which rows are kept."""

    retries: Retries = 2
    without: Without = ""
    threshold: Threshold = 0.7
    no_dedup: NoDedup = False
    dedup_index: Index = None


@dataclass(frozen=True)
class ClusterOptions:
    """Who does the work."""

    executor: Executor = "local"
    ray_address: RayAddress = None
    workers: Workers = 2
    block_documents: BlockDocuments = None


@grouped
def run_command(
    docs: Docs,
    model: Model,
    num: Num,
    output: Out,
    *,
    text_field: TextField = None,
    limit: Limit = None,
    shard_rows: ShardRows = 10_000,
    writing: WritingOptions,
    gates: GateOptions,
    cluster: ClusterOptions,
    run_dir: RunDir = None,
    config: ConfigFile = None,
    fresh: Fresh = False,
    seed: Seed = 0,
    dry_run: DryRun = False,
    as_json: JsonOut = False,
    sampling: WriterSampling,
    loading: LoadingOptions,
    cost: CostOptions,
) -> None:
    """Make instructions and answers from documents; resumes where it stopped."""
    from webr_synth.synthesis.choices import default_folder
    from webr_synth.synthesis.planning import plan
    from webr_synth.synthesis.summary import print_summary

    choice = _choice(model, num, shard_rows, writing, gates, seed, sampling, loading, cost)
    _check_cluster(cluster, cost)
    source = _source(cluster, docs, limit, text_field)
    folder = run_dir or default_folder(model, docs)
    if dry_run:
        show_plan({**plan(folder, source, choice)}, as_json)
        if not as_json:
            tell("replies that a gate stops, and rows that are near-duplicates, come on top")
        return
    summary = _made(folder, source, output, choice, cluster, fresh)
    if as_json:
        emit_json(summary)
    else:
        print_summary(summary)
    if summary["short"]:
        tell(f"ran short: {summary['short']}; give more documents, or see what stopped replies")
    failed = summary["failed"]
    others = f"; {failed:,} requests failed, other documents took their place" if failed else ""
    tell(f"{summary['written']:,} rows in {output}{others}; the run is in {folder}")


def _check_cluster(cluster: ClusterOptions, cost: CostOptions) -> None:
    if cluster.executor == "local":
        for name, value in (
            ("--ray-address", cluster.ray_address),
            ("--block-documents", cluster.block_documents),
        ):
            if value is not None:
                raise UsageError(f"{name} needs --executor ray")
    elif cost.max_requests is not None or cost.max_cost is not None:
        raise UsageError(
            "--max-requests and --max-cost hold within one process; over Ray let --num bound the "
            "run, and see --dry-run for what it takes"
        )


def _source(
    cluster: ClusterOptions, docs: str, limit: int | None, text_field: str | None
) -> Source | Corpus:
    if cluster.executor == "ray":
        from webr_synth.cluster.corpus import Corpus

        return Corpus.open(docs, text_field, limit)
    from webr_synth.synthesis.pipeline import Source

    return Source(Path(docs), limit, text_field)


def _made(
    folder: Path,
    source: Source | Corpus,
    output: Path,
    choice: SynthChoice,
    cluster: ClusterOptions,
    fresh: bool,
) -> dict[str, Any]:
    from webr_synth.synthesis.pipeline import Source, synthesise

    if isinstance(source, Source):
        return synthesise(folder, source, output, choice, watch=_watch, fresh=fresh)
    from webr_synth.cluster.engine import ClusterChoice
    from webr_synth.cluster.pipeline import synthesise_on_cluster

    return synthesise_on_cluster(
        folder, source, output, choice, ClusterChoice(cluster.ray_address, cluster.workers),
        block_documents=cluster.block_documents, watch=_watch, fresh=fresh,
    )  # fmt: skip


def _choice(
    model: str,
    num: int,
    shard_rows: int,
    writing: WritingOptions,
    gates: GateOptions,
    seed: int,
    sampling: SamplingOptions,
    loading: LoadingOptions,
    cost: CostOptions,
) -> SynthChoice:
    from typing import get_args

    from truing_core.prompts import Prompts
    from webr_synth.synthesis.choices import DedupChoice, SynthChoice
    from webr_synth.synthesis.gates import Gate, Limits
    from webr_synth.synthesis.perspectives import parse_mix
    from webr_synth.synthesis.tokens import document_limit, tokenizer_of

    known = get_args(Gate)
    off = [name.strip() for name in gates.without.split(",") if name.strip()]
    for name in off:
        if name not in known:
            raise UsageError(f"--without names '{name}'; expected {', '.join(known)}")
    if gates.no_dedup and gates.dedup_index is not None:
        raise UsageError("--dedup-index and --no-dedup exclude each other")
    tokenizer = tokenizer_of(model, writing.tokenizer)
    return SynthChoice(
        model_choice(model, sampling, loading, cost),
        Prompts("webr_synth", override=writing.prompts),
        num,
        parse_mix(writing.mix),
        Limits(off=frozenset(name for name in known if name in off)),
        DedupChoice(None if gates.no_dedup else gates.threshold, index=gates.dedup_index),
        gates.retries,
        writing.request_max_tokens,
        document_limit(tokenizer, writing.max_document_tokens, sampling.max_tokens),
        tokenizer,
        shard_rows,
        seed,
    )


@contextmanager
def _watch(total: int, done: int) -> Iterator[Callable[[], None]]:
    from truing_core.terminal import progress

    with progress("rows", total - done) as bar:
        yield bar.advance
