"""What a data set card tells: counted over the rows, and noted by the run. Every fact may lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from truing_core.errors import InputError
from truing_core.run import MANIFEST
from webr_synth.origin import SUMMARY, find_run, read_noted, read_object


@dataclass
class Facts:
    """Of a data set.

    Attributes:
        rows: How many there are.
        perspectives: How many of each.
        languages: How many of each; ``unknown`` where it could not be told.
        hosts: How many rows come from a page of each.
        documents: Ids of the documents.
        models: Specs of the models, without the server's address.
        addressed: Whether a spec in the rows has one.
        seeds: Of the runs.
        answer_chars: Characters of all answers together.
        run: ``run.json``, as far as it is there.
        summary: ``summary.json``, as far as it is there.
        ingested: What ``ingest`` counted, where it lies beside the documents.
    """

    rows: int = 0
    perspectives: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    models: Counter[str] = field(default_factory=Counter)
    addressed: bool = False
    seeds: set[str] = field(default_factory=set)
    answer_chars: int = 0
    run: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    ingested: dict[str, Any] = field(default_factory=dict)

    def count(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Counts rows as they pass."""
        for row in rows:
            self.rows += 1
            self._add(row)
            yield row

    def _add(self, row: Mapping[str, Any]) -> None:
        if perspective := row.get("perspective"):
            self.perspectives[str(perspective)] += 1
        if "language" in row:
            self.languages[str(row["language"] or "unknown")] += 1
        if host := _host(row.get("url")):
            self.hosts[host] += 1
        if document := row.get("doc_id"):
            self.documents.add(str(document))
        if model := row.get("model"):
            name = public_name(str(model))
            self.models[name] += 1
            self.addressed |= name != model
        if row.get("seed") is not None:
            self.seeds.add(str(row["seed"]))
        self.answer_chars += len(row["messages"][-1]["content"])


def public_name(spec: str) -> str:
    """A model's spec without its server's address, and of a folder its name alone."""
    kind, _, name = spec.partition("@")[0].partition("/")
    if not name:
        return kind
    local = name.startswith(("/", ".", "~")) or name.count("/") > 1
    return f"{kind}/{Path(name).name if local else name}"


def run_facts(
    source: Path, run_dir: Path | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """``run.json``, ``summary.json`` and the counts of ingest; each empty where it is not there.

    Args:
        source: The rows.
        run_dir: The run folder; by default :func:`~webr_synth.origin.find_run` looks for it.

    Returns:
        The three of them.

    Raises:
        InputError: A run folder was named and holds neither file, or one is damaged.
    """
    folder = run_dir or find_run(source)
    if folder is None:
        return {}, {}, {}
    noted = read_noted(folder)
    if not (noted.run or noted.summary):
        raise InputError(f"holds neither {MANIFEST} nor {SUMMARY}", path=folder)
    if not noted.is_ours:
        raise InputError(f"is a run of {noted.tool}, not of webr-synth", path=folder)
    data = at(noted.run, "facts", "data")
    counts = read_object(Path(f"{data}.counts.json")) if isinstance(data, str) else {}
    return noted.run, noted.summary, counts


def at(tree: Any, *names: str) -> Any:
    """What lies so deep in nested mappings; ``None`` if anything on the way is missing."""
    for name in names:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree


def _host(url: Any) -> str | None:
    if not isinstance(url, str):
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
