"""The page: tables, curves, failures."""

from __future__ import annotations

import pytest

from lte_edit.cases import EDIT, Case, Probe
from lte_edit.edits import Edit
from lte_edit.evaluation import Setting, evaluate
from lte_edit.evaluation.report import report_html


@pytest.fixture
def page(cases, make_subject, make_encoder, choose):
    def make(settings, records=cases):
        found = evaluate(
            records, ["none", "lte"], settings, model=make_subject(), encoder=make_encoder(),
            choice=choose(),
        )  # fmt: skip
        return report_html(found)

    return make


def test_several_numbers_of_edits_are_curves(page):
    html = page([Setting("mass", 2), Setting("mass", 5), Setting("sequential", 5)])
    assert "Over the number of edits: mass" in html
    assert "Over the number of edits: sequential" not in html
    assert "Retention of 5 records" in html
    # Eight metrics over the number of edits, and one over age.
    assert html.count("<svg") == 8
    assert "locality, Relation_Specificity" in html
    assert "Is Ada by the water?" in html  # among what went wrong


def test_one_number_is_a_table_and_texts_are_no_html(page):
    odd = Case(
        "x", (Edit(id="x", prompt="<b>Who?</b>", target="<script>x</script>"),),
        (Probe("<b>Who?</b>", ("<script>x</script>",), "in", EDIT),), "d",
    )  # fmt: skip
    html = page(["single"], [odd])
    assert "<svg" not in html
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html
