"""CounterFact (arXiv 2202.05262): one edit, paraphrases, neighbours, and open prompts."""

from __future__ import annotations

from typing import Any

from lte_edit.cases import FREE_TEXT, Case, Probe
from lte_edit.sources.mquake import rewrite_edit
from lte_edit.sources.rows import Row, flat

NEIGHBOURS = "Relation_Specificity"


def counterfact_case(row: Row) -> Case:
    """A row with ``requested_rewrite``, ``paraphrase_prompts``, ``neighborhood_prompts``, ….

    Neighbours share the relation, so their answer stays what it was (``target_true``).
    Generation prompts are open: what is written must go by the edit.

    Raises:
        InputError: The rewrite lacks its prompt, subject or new target.
    """
    rewrite: Any = row.fields.get("requested_rewrite")
    edit = rewrite_edit(row, rewrite, None)
    truth = rewrite.get("target_true")
    answers = flat(truth.get("str") if isinstance(truth, dict) else truth)
    neighbours = row.texts("neighborhood_prompts")
    if not answers:
        row.skipped.without_answer += len(neighbours)
        neighbours = ()
    probes = (
        *row.own_probes(edit, row.texts("paraphrase_prompts")),
        *(Probe(text, answers, "out", NEIGHBOURS) for text in neighbours),
        *(Probe(text, (), "free", FREE_TEXT) for text in row.texts("generation_prompts")),
    )
    return Case(row.id, (edit,), probes, row.source)
