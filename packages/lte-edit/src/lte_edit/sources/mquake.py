"""MQuAKE-CF and -T (arXiv 2305.14795): several edits, and multi-hop questions that need them."""

from __future__ import annotations

from typing import Any

from lte_edit.cases import Case, Probe
from lte_edit.edits import Edit
from lte_edit.sources.rows import Row, flat

REASONING = "Reasoning"


def mquake_case(row: Row) -> Case:
    """A row with ``requested_rewrite``, ``questions`` and ``new_answer``.

    Raises:
        InputError: A rewrite lacks its prompt, subject or new target; or there is no answer.
    """
    rewrites = row.fields.get("requested_rewrite")
    if not isinstance(rewrites, list) or not rewrites:
        raise row.wrong("requested_rewrite", "expected a list of at least one rewrite")
    edits = tuple(rewrite_edit(row, rewrite, place) for place, rewrite in enumerate(rewrites))
    answers = flat([row.text("new_answer"), row.fields.get("new_answer_alias")])
    probes = [
        probe
        for rewrite, edit in zip(rewrites, edits, strict=True)
        for probe in row.own_probes(edit, flat(rewrite.get("question")))
    ]
    probes += [Probe(text, answers, "in", REASONING) for text in row.texts("questions")]
    return Case(row.id, edits, tuple(probes), row.source)


def rewrite_edit(row: Row, rewrite: Any, place: int | None) -> Edit:
    """The edit of ``{"prompt": "… {} …", "subject", "target_new": {"str"}}``.

    Raises:
        InputError: Something of it is missing.
    """
    where = "requested_rewrite" if place is None else f"requested_rewrite[{place}]"
    if not isinstance(rewrite, dict):
        raise row.wrong(where, "expected an object with prompt, subject, target_new")
    prompt, subject, target = (rewrite.get(name) for name in ("prompt", "subject", "target_new"))
    target = target.get("str") if isinstance(target, dict) else target
    for name, value in (("prompt", prompt), ("subject", subject), ("target_new", target)):
        if not isinstance(value, str) or not value.strip():
            raise row.wrong(f"{where}.{name}", "is missing; expected text")
    # Only the placeholder is filled; braces elsewhere are the author's.
    filled = str(prompt).replace("{}", str(subject), 1)
    return row.edit(filled, str(target), str(subject), place="" if place is None else f".{place}")
