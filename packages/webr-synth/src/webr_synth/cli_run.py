"""``webr-synth run``: the choices that are made of its options, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core.asking import show_plan
from truing_core.cli import (
    CostOptions,
    DryRun,
    Fresh,
    JsonOut,
    Limit,
    LoadingOptions,
    Model,
    RunDir,
    SamplingOptions,
    Seed,
    emit_json,
    grouped,
    model_choice,
    tell,
    words_of,
)
from truing_core.errors import UsageError
from webr_synth.cli_run_options import (
    ClusterOptions,
    Docs,
    GateOptions,
    Num,
    Out,
    ShardRows,
    TextField,
    WriterSampling,
    WritingOptions,
)

if TYPE_CHECKING:
    from webr_synth.cluster.corpus import Corpus
    from webr_synth.synthesis.choices import SynthChoice
    from webr_synth.synthesis.pipeline import Source
    from webr_synth.synthesis.planning import Plan


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
    from webr_synth.synthesis.summary import print_summary

    choice = _choice(model, num, shard_rows, writing, gates, seed, sampling, loading, cost)
    _check_cluster(cluster, cost)
    source = _source(cluster, docs, limit, text_field)
    folder = run_dir or default_folder(model, docs)
    if dry_run:
        planned = _planned(folder, source, choice, cluster, fresh)
        show_plan(planned.stages, as_json)
        if planned.stages and not as_json:
            tell("replies that a gate stops, and rows that are near-duplicates, come on top")
        if not planned.wanted:
            tell("all rows are made: nothing is left to be asked")
        if planned.rows < planned.wanted:
            tell(
                f"there are documents for {planned.rows:,} of the {planned.wanted:,} rows that are "
                "still to be made"
            )
        return
    summary = _made(folder, source, output, choice, cluster, fresh)
    if as_json:
        emit_json(summary)
    else:
        print_summary(summary)
    failed, short = summary["failed"], summary["short"]
    more = "the same command asks what failed again" if failed else "give more documents"
    if short:
        tell(f"ran short: {short}; {more}, or see what stopped replies")
    others = f"; {failed:,} requests failed" if failed else ""
    others += ", other documents took their place" if failed and not short else ""
    tell(f"{summary['written']:,} rows in {output}{others}; the run is in {folder}")


def _check_cluster(cluster: ClusterOptions, cost: CostOptions) -> None:
    if cluster.executor == "local":
        for name, value in (
            ("--ray-address", cluster.ray_address),
            ("--workers", cluster.workers),
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


def _planned(
    folder: Path,
    source: Source | Corpus,
    choice: SynthChoice,
    cluster: ClusterOptions,
    fresh: bool,
) -> Plan:
    from webr_synth.synthesis.pipeline import Source

    if isinstance(source, Source):
        from webr_synth.synthesis.planning import plan

        return plan(folder, source, choice, fresh=fresh)
    from webr_synth.cluster.planning import plan_on_cluster

    return plan_on_cluster(
        folder, source, choice, block_documents=cluster.block_documents, fresh=fresh
    )


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

    where = ClusterChoice(cluster.ray_address, cluster.workers or ClusterChoice.workers)
    return synthesise_on_cluster(
        folder, source, output, choice, where,
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
    off = words_of("--without", gates.without, known) if gates.without else ()
    if gates.no_dedup and gates.dedup_index is not None:
        raise UsageError("--dedup-index and --no-dedup exclude each other")
    if not gates.no_dedup and gates.threshold <= 0:
        raise UsageError("--threshold is 0, at which all requests are one; --no-dedup keeps all")
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
def _watch(total: int, done: int) -> Iterator[Callable[[int], None]]:
    from truing_core.terminal import progress

    with progress("rows", total - done) as bar:
        yield bar.advance
