"""Parallel examples: what stands in which half, and where the right fact stands."""

from __future__ import annotations

from collections import Counter

import pytest

from lte_edit.alignment.distractors import Neighbours
from lte_edit.alignment.examples import Maker
from lte_edit.block import edit_prompt
from lte_edit.cases import Case, Probe
from lte_edit.edits import Edit
from truing_core.prompts import Prompts

PROMPTS = Prompts("lte_edit")


def facts_of(twin):
    lines = twin.messages[-1]["content"].splitlines()
    block = lines[lines.index("[Updated facts]") + 1 : lines.index("[End of updated facts]")]
    return [line.partition(". ")[2] for line in block]


@pytest.fixture
def maker(cases, encoder):
    pool = [edit for case in cases for edit in case.edits]

    def make(gold_position="shuffled", seed=0, out_of_scope="file"):
        return Maker(PROMPTS, Neighbours(pool, encoder), gold_position, out_of_scope, seed)

    return make


def test_both_halves_ask_the_same(maker, cases):
    case = cases[0]
    for number, probe in enumerate(case.probes):
        edited, bare = maker().pair((case, probe), number)
        assert edited.pair_id == bare.pair_id == f"zsre_test-0:{probe.aspect}:{number}"
        assert bare.messages == ({"role": "user", "content": probe.prompt},)
        assert edited.messages[0]["content"] == edit_prompt(PROMPTS, facts_of(edited), probe.prompt)
        assert case.edits[0].descriptor in facts_of(edited)
        assert (edited.id, bare.id) == (f"{edited.pair_id}/edit", f"{edited.pair_id}/bare")


def test_answers(maker, cases):
    def answers(number):
        return tuple(twin.answer for twin in maker().pair((cases[0], cases[0].probes[number]), 0))

    assert answers(0) == ("T0", None)  # by the edit; bare the model's own
    assert answers(1) == ("Rome", None)
    assert answers(2) == ("Paris", "Paris")  # out of scope: unchanged
    assert answers(3) == (None, None)


def test_out_of_scope_the_model_may_answer_as_it_does(maker, cases):
    make = maker(out_of_scope="responder")
    edited, bare = make.pair((cases[0], cases[0].probes[2]), 0)
    assert (edited.scope, edited.answer, bare.answer) == ("out", None, None)
    assert edited.answered_as == bare.answered_as == bare.id
    edited, bare = make.pair((cases[0], cases[0].probes[0]), 0)
    assert (edited.answer, bare.answer) == ("T0", None)
    assert (edited.answered_as, bare.answered_as) == (edited.id, bare.id)


def test_shares_of_distractors_and_places_of_the_right_fact(maker, cases):
    twins = [
        maker(seed=seed).pair((case, case.probes[0]), 0)[0] for seed in range(80) for case in cases
    ]
    total = len(twins)
    facts = Counter(twin.n_facts for twin in twins)
    assert facts[1] / total == pytest.approx(0.5, abs=0.06)
    assert facts[2] / total == pytest.approx(0.25, abs=0.05)
    assert facts[3] / total == pytest.approx(0.25, abs=0.05)
    places = Counter(twin.gold_position for twin in twins if twin.n_facts == 3)
    assert min(places[place] / facts[3] for place in (1, 2, 3)) > 0.25
    for case, twin in zip(cases * 80, twins, strict=True):
        assert facts_of(twin)[twin.gold_position - 1] == case.edits[0].descriptor


def test_first_is_the_released_way(maker, cases):
    twins = [maker("first").pair((case, case.probes[0]), 0)[0] for case in cases]
    assert {twin.gold_position for twin in twins} == {1}
    assert max(twin.n_facts for twin in twins) > 1


def test_the_same_seed_makes_the_same_pairs_in_any_order(maker, cases):
    def pairs(order):
        return {case.id: maker().pair((case, case.probes[0]), 0) for case in order}

    assert pairs(cases) == pairs(cases[::-1])
    assert pairs(cases) != {
        case.id: maker(seed=1).pair((case, case.probes[0]), 0) for case in cases
    }


def test_distractors_are_the_nearest_of_another_subject(encoder):
    edits = [
        Edit(id="a", prompt="aaa", target="a", subject="A"),
        Edit(id="b", prompt="aaa", target="aa", subject=" a "),  # A again
        Edit(id="c", prompt="aab", target="a", subject="C"),
        Edit(id="d", prompt="zzz", target="z", subject="D"),
    ]
    near = Neighbours(edits, encoder)
    assert [edit.id for edit in near.of([edits[0]], 2)] == ["c", "d"]
    assert [edit.id for edit in near.of([edits[0]], 1)] == ["c"]
    assert [edit.id for edit in near.of([edits[0], edits[2]], 2)] == ["d"]
    assert Neighbours(edits[:2], encoder).of([edits[0]], 2) == []
    assert Neighbours(edits[:1], encoder).of([edits[0]], 2) == []


def test_without_subjects_all_but_the_same_question_may_distract(encoder):
    edits = [
        Edit(id="a", prompt="aaa?", target="a"),
        Edit(id="b", prompt="AAA?", target="b"),  # it would say the contrary
        Edit(id="c", prompt="aab?", target="a"),
        Edit(id="d", prompt="zzz?", target="z", subject="D"),
    ]
    near = Neighbours(edits, encoder)
    assert [edit.id for edit in near.of([edits[0]], 3)] == ["c", "d"]
    assert [edit.id for edit in near.of([edits[3]], 3)] == ["a", "b", "c"]


def test_another_answer_to_the_same_question_does_not_distract(encoder):
    edits = [
        Edit(id="a", prompt="Who leads Acme?", target="Ada", subject="Acme"),
        Edit(id="b", prompt="who leads  ACME?", target="Eve"),  # of a file without subjects
        Edit(id="c", prompt="Who leads Acme?", target="Ida", subject="Acme plc"),
        Edit(id="d", prompt="Who led Acme?", target="Ada"),
        Edit(id="e", prompt="Where is Rome?", target="Italy", subject="Rome"),
    ]
    near = Neighbours(edits, encoder)
    for asked in range(3):
        assert [edit.id for edit in near.of([edits[asked]], 4)] == ["d", "e"]
    assert [edit.id for edit in near.of([edits[4], edits[1]], 4)] == ["d"]
    # However often others say the contrary, those who do not are found.
    many = [Edit(prompt="Who leads Acme?", target="Ada" + "a" * n) for n in range(20)]
    assert [edit.id for edit in Neighbours([*edits, *many], encoder).of(edits[:1], 2)] == ["d", "e"]


def test_files_may_share_ids(encoder):
    edits = [
        Edit(id="train-1", prompt="aaa", target="a", subject="A"),
        Edit(id="train-1", prompt="zzz", target="z", subject="Z"),
        Edit(id="train-2", prompt="aab", target="a", subject="B"),
        Edit(id="train-2", prompt="zzy", target="z", subject="Y"),
    ]
    near = Neighbours(edits, encoder)
    assert [edit.subject for edit in near.of([edits[0]], 3)] == ["B", "Z", "Y"]
    assert [edit.subject for edit in near.of([edits[1]], 3)] == ["Y", "A", "B"]
    case = Case("train-1", (edits[0],), (Probe("aaa", ("a",), "in", "Edit"),), "train")
    for seed in range(40):
        maker = Maker(PROMPTS, near, "shuffled", "file", seed)
        twin, _ = maker.pair((case, case.probes[0]), 0)
        assert facts_of(twin)[twin.gold_position - 1] == "aaa a"


def test_all_edits_of_a_case_are_right(maker, cases):
    case = cases[0]
    second = Edit(id="e0b", prompt="Where was T0 born?", target="Rome", subject="T0")
    both = Case(case.id, (*case.edits, second), case.probes, case.source)
    edited, _ = maker().pair((both, both.probes[1]), 1)
    assert {edit.descriptor for edit in both.edits} <= set(facts_of(edited))


def test_instructions_stay_as_they_are_under_edits_that_do_not_matter(maker, cases):
    talk = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Name a fruit."},
        {"role": "assistant", "content": "A pear."},
    )
    pool = [edit for case in cases for edit in case.edits]
    edited, bare = maker().instruction(talk, "general-1", "general", pool)
    assert bare.messages == talk[:-1]
    assert edited.messages[:3] == talk[:3]
    assert edited.messages[3]["content"].endswith("\n\nQuestion: Name a fruit.")
    assert edited.answer == bare.answer == "A pear."
    assert (edited.scope, edited.aspect, edited.gold_position) == ("free", "Instruction", 0)
    assert edited.n_facts == len(facts_of(edited)) >= 1
    assert edited.row("A pear.")["messages"][-1] == {"role": "assistant", "content": "A pear."}
