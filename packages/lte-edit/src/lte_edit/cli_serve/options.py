"""The options of ``serve``, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lte_edit.cli_memory.options import EncoderSpec, K, Namespace
from lte_edit.namespaces import DEFAULT_NAMESPACE
from truing_core.cli import ChatTemplate, Device, Dtype, PromptsDir

_EDITS, _DOOR, _LIMITS = "Edits", "Access", "Limits"

Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="SPEC",
        help="The aligned model: openai/NAME\\[@URL] (any OpenAI-compatible server), or in this "
        "process hf/FOLDER-OR-HUB-ID or demo.",
    ),
]  # fmt: skip
Unaligned = Annotated[
    str | None,
    typer.Option(
        "--unaligned", metavar="SPEC",
        help="Gets, unchanged, what no edit matters to; by default --model.",
    ),
]  # fmt: skip
ServedName = Annotated[
    str | None,
    typer.Option("--served-name", metavar="NAME", help="What clients call the model."),
]
MemoryPlace = Annotated[
    str,
    typer.Option(
        "--memory", "-M", metavar="FILE|URL", rich_help_panel=_EDITS,
        help="The memory: a SQLite file, made if it is missing, or postgresql://USER@HOST/DATABASE.",
    ),
]  # fmt: skip
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="X", rich_help_panel=_EDITS,
        help="Least score of an edit; by default what memory calibrate stored.",
    ),
]  # fmt: skip
KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--keys", metavar="FILE", rich_help_panel=_DOOR,
        help="API keys, as keys add makes them; without, only this machine may ask.",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class EditingOptions:
    """Which edits come before a question."""

    memory: MemoryPlace = "edits.sqlite"
    encoder: EncoderSpec = None
    namespace: Namespace = DEFAULT_NAMESPACE
    k: K = 3
    threshold: Threshold = None
    prompts: PromptsDir = None


@dataclass(frozen=True)
class LocalOptions:
    """How a model in this process is run."""

    dtype: Dtype = "auto"
    device: Device = "auto"
    chat_template: ChatTemplate = None


@dataclass(frozen=True)
class DoorOptions:
    """Where it listens, and to whom."""

    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", rich_help_panel=_DOOR,
                     help="Address to listen on; others than loopback need --keys."),
    ] = "127.0.0.1"  # fmt: skip
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, rich_help_panel=_DOOR,
                     help="0 takes a free one."),
    ] = 8000  # fmt: skip
    keys: KeysFile = None


@dataclass(frozen=True)
class LimitOptions:
    """How much at once, how large, how long."""

    max_requests_at_once: Annotated[
        int,
        typer.Option("--max-concurrent", metavar="N", min=1, rich_help_panel=_LIMITS,
                     help="Requests under way; more are answered 429."),
    ] = 256  # fmt: skip
    queue: Annotated[
        int,
        typer.Option("--queue", metavar="N", min=1, rich_help_panel=_LIMITS,
                     help="Requests that wait for a model in this process."),
    ] = 32  # fmt: skip
    max_body: Annotated[
        float,
        typer.Option("--max-body", metavar="MB", min=0.001, rich_help_panel=_LIMITS,
                     help="Largest request."),
    ] = 4.0  # fmt: skip
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="S", min=0.1, rich_help_panel=_LIMITS,
                     help="Seconds without an answer, or without more of it, until 504."),
    ] = 120.0  # fmt: skip
    grace: Annotated[
        int,
        typer.Option("--grace", metavar="S", min=0, rich_help_panel=_LIMITS,
                     help="Seconds that answers may still take after SIGTERM."),
    ] = 10  # fmt: skip
