"""KnowEdit (arXiv 2401.01286) in all its variants; plain edits are its simplest one.

Ground truths are a text, a list, or a list of alias lists; aspects may be missing or empty.
WikiBio has other fields: the passage so far (``text``), its next sentence (``labels``) and whom it
is about (``concept``).
"""

from __future__ import annotations

from lte_edit.cases import Case
from lte_edit.sources.rows import Row


def knowedit_case(row: Row) -> Case:
    """A row with ``prompt``, ``target_new`` (or ``target``), ``subject``, and perhaps probes.

    Raises:
        InputError: Prompt or target is missing or no text.
    """
    subject = row.text("subject") if str(row.fields.get("subject") or "").strip() else ""
    edit = row.edit(row.text("prompt"), row.text("target_new", "target"), subject)
    rephrasings = row.texts("rephrase_prompt", "rephrase", "rephrasings")
    probes = (
        *row.own_probes(edit, rephrasings),
        *row.probes("portability", "in"),
        *row.probes("locality", "out"),
    )
    return Case(row.id, (edit,), probes, row.source)


def wikibio_case(row: Row) -> Case:
    """A row of WikiBio: the edit is the passage's next sentence.

    Raises:
        InputError: A field is missing or no text.
    """
    edit = row.edit(row.text("text"), row.text("labels"), row.text("concept"))
    probes = (*row.own_probes(edit, ()), *row.probes("locality", "out"))
    return Case(row.id, (edit,), probes, row.source)
