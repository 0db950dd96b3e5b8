"""The options of ``webr-synth run``, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from truing_core.cli import PromptsDir, SamplingOptions
from truing_core.options import MaxTokens, Temperature, TopP

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
        metavar="NAME,…",
        help="Gates to turn off: empty, refusal, gives_away, too_long, loop, truncated, copies, "
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
    typer.Option(
        "--executor",
        metavar="local|ray",
        help="Work in this process, or over Ray.",
        rich_help_panel=_CLUSTER,
    ),
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
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Models over Ray; by default 2.",
        rich_help_panel=_CLUSTER,
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
    workers: Workers = None
    block_documents: BlockDocuments = None
