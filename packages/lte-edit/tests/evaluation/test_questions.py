"""Which probes are asked, and where they count."""

from __future__ import annotations

from dataclasses import replace

from lte_edit.cases import FREE_TEXT, Probe
from lte_edit.evaluation.questions import open_questions, questions_of


def test_all_of_a_record_or_the_first_of_each_aspect(cases):
    asked = questions_of(3, cases[0], "paper")
    assert [question.metric for question in asked] == [
        "edit_success", "rephrase", "portability", "portability", "locality", "locality",
    ]  # fmt: skip
    assert [question.first for question in asked] == [True] + [False] * 5
    assert {question.record for question in asked} == {3}
    assert asked[2].target == "Yes"
    released = questions_of(3, cases[0], "released")
    assert [question.probe.prompt for question in released] == [
        "Where does the river go?", "the river goes where?", "Is the river by the water?",
        "Say yes.",
    ]  # fmt: skip


def test_open_questions_are_counted_not_asked(cases):
    probes = (*cases[0].probes, Probe("Tell me of the river.", (), "free", FREE_TEXT))
    case = replace(cases[0], probes=probes)
    assert len(questions_of(0, case, "paper")) == len(cases[0].probes)
    assert open_questions([case, cases[1]]) == 1
