"""The data set card: a README with the hub's metadata, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webr_synth.__about__ import __version__
from webr_synth.export.facts import Facts, at, public_name

_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"),
)  # fmt: skip
_PERSPECTIVES = {
    "wi_whole": "web as instruction, the whole section",
    "wi_part": "web as instruction, a part of it",
    "wr_whole": "web as response, the whole section",
    "wr_part": "web as response, a part of it",
}
_MOST_HOSTS = 10
_LONGEST_CELL = 120

_LICENCE = """\
## Licence

The documents come from the web. **Their texts keep the terms of their authors and publishers**: \
rows of web as instruction contain such texts word for word, and answers are written after them. \
What a model wrote is under **the terms of that model and of its provider**, which may restrict \
training of other models. Whoever publishes or trains on these rows has to see to both; the \
metadata say `license: other` until you put in what holds for yours.
"""


def card(facts: Facts, title: str, *, data_files: str | None = None) -> str:
    """The card as Markdown with YAML on top.

    Args:
        facts: What is known; what is not, the card leaves out.
        title: The data set's name.
        data_files: Where the rows lie in the repository, as a pattern.
    """
    parts = [
        f"# {_plain(title)}\n",
        _about(facts),
        _table("Rows by perspective", ("perspective", "rows", "share"), _mix(facts)),
        _table("Sources", ("", ""), _sources(facts)),
        _table("How they were made", ("", ""), _making(facts)),
        _table(
            "Stage by stage", ("stage", "replies", "passed", "failed", "stopped by"), _funnel(facts)
        ),
        _table("Filters of the documents", ("filter", "taken out"), _ingested(facts)),
        _table("Prompts", ("template", "hash"), _prompts(facts)),
        _COLUMNS,
        _LICENCE,
    ]
    return f"---\n{_metadata(facts, title, data_files)}---\n\n" + "\n".join(
        part for part in parts if part
    )


_COLUMNS = """\
## Columns

`messages` holds the conversation as TRL and most trainers take it. In a data set of whole rows, \
`perspective`, `author`, `request`, `draft`, `document`, `doc_id`, `url`, `language`, `model` and \
`seed` say where it comes from; converted ones hold their format's columns alone.
"""


def _metadata(facts: Facts, title: str, data_files: str | None) -> str:
    import yaml

    size = next((name for most, name in _SIZES if facts.rows < most), "100M<n<1B")
    languages = sorted(code for code in facts.languages if code.isalpha() and len(code) in (2, 3))
    metadata: dict[str, Any] = {
        "pretty_name": " ".join(title.split()),
        "license": "other",
        "language": languages or None,
        "task_categories": ["text-generation"],
        "size_categories": [size],
        "tags": ["synthetic", "instruction-tuning", "sft", "webr", "webr-synth"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": data_files}]}
        ]
        if data_files
        else None,
    }
    kept = {name: value for name, value in metadata.items() if value is not None}
    return str(yaml.safe_dump(kept, sort_keys=False, width=1000))


def _about(facts: Facts) -> str:
    models = ", ".join(f"`{_plain(name)}`" for name in sorted(facts.models)) or "a language model"
    seen = f" from {len(facts.documents):,} web documents" if facts.documents else ""
    mean = f" An answer has {facts.answer_chars / facts.rows:,.0f} characters on average."
    return (
        f"{facts.rows:,} instructions with answers, reconstructed{seen} by {models} after WebR "
        f"([arXiv 2504.15573](https://arxiv.org/abs/2504.15573)), with "
        f"webr-synth {__version__}.{mean if facts.rows else ''}\n"
    )


def _mix(facts: Facts) -> list[Sequence[Any]]:
    total = facts.perspectives.total()
    names = [
        *_PERSPECTIVES,
        *(name for name in sorted(facts.perspectives) if name not in _PERSPECTIVES),
    ]
    return [
        (f"`{_plain(name)}`: {_PERSPECTIVES.get(name, 'other')}", count, f"{count / total:.1%}")
        for name in names
        if (count := facts.perspectives[name])
    ]


def _sources(facts: Facts) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    if name := at(facts.run, "config", "data", "name"):
        rows.append(("documents", f"`{_plain(name)}`"))
    if (seen := at(facts.summary, "documents", "seen")) is not None:
        rows.append(("documents read", seen))
    if facts.documents:
        rows.append(("documents used", f"{len(facts.documents):,}"))
    if facts.languages:
        rows.append(("languages", _counts(facts.languages.most_common(_MOST_HOSTS))))
    if facts.hosts:
        more = len(facts.hosts) - _MOST_HOSTS
        rest = f", and {more:,} more" if more > 0 else ""
        rows.append(("hosts", _counts(facts.hosts.most_common(_MOST_HOSTS)) + rest))
    return rows


def _making(facts: Facts) -> list[Sequence[Any]]:
    writer, synthesis = (at(facts.run, "config", name) or {} for name in ("writer", "synthesis"))
    rows: list[Sequence[Any]] = [
        ("model", f"`{_plain(name)}` ({count:,} rows)")
        for name, count in facts.models.most_common()
    ]
    if not rows and (spec := at(facts.summary, "model")):
        rows.append(("model", f"`{_plain(public_name(str(spec)))}`"))
    sampling = at(writer, "sampling") or writer
    for name in ("temperature", "top_p", "max_tokens"):
        if (value := at(sampling, name)) is not None:
            rows.append((name, value))
    if facts.seeds:
        rows.append(("seed", ", ".join(sorted(facts.seeds)[:8])))
    if isinstance(mix := at(synthesis, "mix"), Mapping):
        rows.append(("mix wanted", _counts(mix.items())))
    if isinstance(off := at(synthesis, "gates", "off"), list) and off:
        rows.append(("gates left open", ", ".join(map(_plain, off))))
    if (threshold := at(synthesis, "dedup", "threshold")) is not None:
        rows.append(("near-duplicate requests", f"left out from a Jaccard index of {threshold} on"))
    if (count := at(facts.summary, "duplicates")) is not None:
        rows.append(("rows left out so", count))
    return rows


def _funnel(facts: Facts) -> list[Sequence[Any]]:
    stages = at(facts.summary, "stages")
    if not isinstance(stages, Mapping):
        return []
    return [
        (
            _plain(stage),
            at(own, "asked") or 0,
            at(own, "ok") or 0,
            at(own, "failed") or 0,
            _counts((at(own, "gates") or {}).items()) or "–",
        )
        for stage, own in stages.items()
        if isinstance(own, Mapping)
    ]


def _ingested(facts: Facts) -> list[Sequence[Any]]:
    filters = at(facts.ingested, "filtered")
    if not isinstance(filters, Mapping):
        return []
    rows: list[Sequence[Any]] = [
        (_plain(name), at(own, "total") or 0) for name, own in filters.items()
    ]
    if (kept := at(facts.ingested, "kept")) is not None:
        rows.append(("documents kept", kept))
    return rows


def _prompts(facts: Facts) -> list[Sequence[Any]]:
    hashes = at(facts.run, "facts", "prompts") or at(facts.run, "config", "synthesis", "templates")
    if not isinstance(hashes, Mapping):
        return []
    return [(f"`{_plain(name)}`", f"`{_plain(value)}`") for name, value in sorted(hashes.items())]


def _counts(pairs: Iterable[tuple[Any, Any]]) -> str:
    return ", ".join(f"{_plain(name)} {count:,}" for name, count in pairs if isinstance(count, int))


def _table(heading: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    lines = [" | ".join(map(_cell, row)) for row in (names, ("---",) * len(names), *rows)]
    return f"## {heading}\n\n" + "".join(f"| {line} |\n" for line in lines)


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return " ".join(text.replace("|", "\\|").split())


def _plain(value: Any) -> str:
    """A name from outside, on one line and without marks that Markdown would read."""
    text = " ".join(str(value).split())
    return "".join(letter for letter in text if letter not in "`<>[]|")[:_LONGEST_CELL]
