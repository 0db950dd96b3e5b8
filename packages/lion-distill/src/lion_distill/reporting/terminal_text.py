"""The report in a terminal: plain columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lion_distill.reporting.material import Material
from lion_distill.reporting.tables import percent, state

_HEADS = ("iteration", "train", "cache", "teacher", "student", "hard", "kept", "score", "state")


def report_lines(material: Material) -> Iterator[str]:
    """The main figures."""
    found = material.summary
    for role, model in material.manifest.models().items():
        yield f"{role}: {model}"
    rows: list[Sequence[str]] = [_HEADS]
    for each in found["iterations"]:
        own = material.discrimination.get(each["iteration"])
        means = (own.teacher, own.student) if own is not None else (None, None)
        rows.append(
            [
                str(each["iteration"]),
                _count(each["train_pool"]),
                _count(each["cache_pool"]),
                *("–" if mean is None else f"{mean[0]:.2f}" for mean in means),
                _share(each["hard_share"]),
                _share(each["acceptance_rate"]),
                "–" if each["score"] is None else f"{each['score']:.1f}",
                state(each, found["stopped"]),
            ]
        )
    yield ""
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
    last = len(_HEADS) - 1
    for row in rows:
        cells = (
            cell.ljust(width) if at == last else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    yield ""
    if found["paid"]:
        yield f"tokens: {found['paid']:,}"
    yield f"stopped: {found['stopped']}" if found["stopped"] else "not over yet"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _share(value: float | None) -> str:
    shown = percent(value)
    return "–" if shown is None else f"{shown:.1f}%"
