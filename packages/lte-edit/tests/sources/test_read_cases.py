"""Readers: every variant people have, and what each row is told when it cannot be read."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from lte_edit.cases import Skipped
from lte_edit.sources import read_cases
from truing_core.errors import InputError, UsageError

KNOWEDIT = {
    "subject": "Acme",
    "prompt": "Who leads Acme?",
    "target_new": "Ada Byron",
    "ground_truth": ["Old Boss"],
    "rephrase_prompt": "Who is Acme's head?",
    "portability": {
        "Reasoning": [{"prompt": "Where was Acme's leader born?", "ground_truth": "London"}],
        "Subject_Aliasing": [],
    },
    "locality": {
        "Relation_Specificity": [
            {"prompt": "Where is Acme?", "ground_truth": [["Rome", "Roma"], ["Italy"]]},
            {"prompt": "Who owns Acme?", "ground_truth": [[]]},
        ]
    },
}
MQUAKE = {
    "case_id": 7,
    "requested_rewrite": [
        {
            "prompt": "{} is led by",
            "subject": "Acme",
            "target_new": {"str": "Ada"},
            "question": "Who leads Acme?",
        },
        {"prompt": "{} was born in", "subject": "Ada", "target_new": {"str": "Rome"}},
    ],
    "questions": ["Where was Acme's leader born?", "Birthplace of Acme's head?"],
    "new_answer": "Rome",
    "new_answer_alias": ["Roma"],
}
COUNTERFACT = {
    "case_id": 3,
    "requested_rewrite": {
        "prompt": "The mother tongue of {} is",
        "subject": "Danielle {}",
        "target_new": {"str": "English"},
        "target_true": {"str": "French"},
    },
    "paraphrase_prompts": ["Danielle, a native"],
    "neighborhood_prompts": ["The mother tongue of Léon is"],
    "generation_prompts": ["Danielle's mother tongue is", "Where Danielle lives, people speak"],
}


@pytest.fixture
def read(tmp_path):
    def read_(*rows, name="facts.jsonl", **options):
        file = tmp_path / name
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return read_cases(file, **options)

    return read_


def facts(case):
    return [(probe.scope, probe.aspect, probe.prompt, probe.answers) for probe in case.probes]


def test_knowedit(read):
    skipped = Skipped()
    (case,) = read(KNOWEDIT, skipped=skipped)
    assert (case.id, case.source) == ("facts-1", "facts")
    assert case.edits[0].descriptor == "Who leads Acme? Ada Byron"
    assert facts(case) == [
        ("in", "Edit", "Who leads Acme?", ("Ada Byron",)),
        ("in", "Rephrase", "Who is Acme's head?", ("Ada Byron",)),
        ("in", "Reasoning", "Where was Acme's leader born?", ("London",)),
        ("out", "Relation_Specificity", "Where is Acme?", ("Rome", "Roma", "Italy")),
    ]
    assert skipped == Skipped(without_answer=1)


def test_missing_and_null_aspects(read):
    bare = {"prompt": "Who?", "target_new": "He", "subject": "", "portability": None}
    bare["locality"] = {"Forgetfulness": None}
    (case,) = read(bare)
    assert facts(case) == [("in", "Edit", "Who?", ("He",))]
    assert case.edits[0].subject == ""


def test_plain_edits(read):
    row = {"id": "a", "prompt": "Who?", "target": "He", "rephrasings": ["Whom?", " "]}
    (case,) = read(row)
    assert case.id == "facts-a"
    assert facts(case)[1] == ("in", "Rephrase", "Whom?", ("He",))


def test_wikibio(read):
    (case,) = read({"text": "Ada was", "labels": "She wrote.", "concept": "Ada", "locality": {}})
    assert case.edits[0].descriptor == "Ada was She wrote."
    assert case.edits[0].subject == "Ada"


def test_mquake(read):
    (case,) = read(MQUAKE)
    assert [edit.descriptor for edit in case.edits] == [
        "Acme is led by Ada",
        "Ada was born in Rome",
    ]
    assert [edit.id for edit in case.edits] == ["facts-7.0", "facts-7.1"]
    assert facts(case) == [
        ("in", "Edit", "Acme is led by", ("Ada",)),
        ("in", "Rephrase", "Who leads Acme?", ("Ada",)),
        ("in", "Edit", "Ada was born in", ("Rome",)),
        ("in", "Reasoning", "Where was Acme's leader born?", ("Rome", "Roma")),
        ("in", "Reasoning", "Birthplace of Acme's head?", ("Rome", "Roma")),
    ]


def test_counterfact_and_braces_in_a_subject(read):
    (case,) = read(COUNTERFACT)
    assert case.edits[0].prompt == "The mother tongue of Danielle {} is"
    assert facts(case) == [
        ("in", "Edit", "The mother tongue of Danielle {} is", ("English",)),
        ("in", "Rephrase", "Danielle, a native", ("English",)),
        ("out", "Relation_Specificity", "The mother tongue of Léon is", ("French",)),
        ("free", "Free_Text", "Danielle's mother tongue is", ()),
        ("free", "Free_Text", "Where Danielle lives, people speak", ()),
    ]


def test_kinds_may_be_mixed(read):
    cases = read(KNOWEDIT, MQUAKE, COUNTERFACT)
    assert [len(case.edits) for case in cases] == [1, 2, 1]


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ({**KNOWEDIT, "target_new": None}, "target_new", "is missing"),
        ({**KNOWEDIT, "target_new": " "}, "target_new", "expected text, found ' '"),
        ({**KNOWEDIT, "prompt": 3}, "prompt", "expected text, found 3"),
        (
            {**KNOWEDIT, "target_new": "x" * 1_000_000},
            "target",
            "has 1,000,000 characters; at most 20000 fit",
        ),
        ({**KNOWEDIT, "prompt": "a\u0000b"}, "prompt", "control character U+0000"),
        ({**KNOWEDIT, "portability": ["x"]}, "portability", "expected an object of aspects"),
        ({**KNOWEDIT, "locality": {"A": ["x"]}}, "locality.A[0]", "expected an object with prompt"),
        ({**KNOWEDIT, "rephrase_prompt": [1]}, "rephrase_prompt", "a list of texts"),
        ({**MQUAKE, "requested_rewrite": []}, "requested_rewrite", "at least one"),
        ({**MQUAKE, "new_answer": None}, "new_answer", "is missing"),
        (
            {**COUNTERFACT, "requested_rewrite": {"prompt": "{}", "subject": "x"}},
            "requested_rewrite.target_new",
            "is missing",
        ),
    ],
)
def test_bad_rows_are_named(read, row, field, said):
    with pytest.raises(InputError) as raised:
        read(KNOWEDIT, row)
    assert (raised.value.row, raised.value.field) == (2, field)
    assert said in str(raised.value)


@pytest.mark.parametrize("kind", ["mquake", "counterfact"])
@pytest.mark.parametrize("row", [KNOWEDIT, {**KNOWEDIT, "requested_rewrite": "x"}])
def test_rows_of_another_kind_are_named(read, kind, row):
    with pytest.raises(InputError, match=r"row 1, field 'requested_rewrite': expected"):
        read(row, kind=kind)


def test_no_rows_and_unknown_kinds(read):
    with pytest.raises(InputError, match="the file is empty"):
        read()
    with pytest.raises(UsageError, match="known: auto, knowedit, wikibio, mquake, counterfact"):
        read(KNOWEDIT, kind="zsre")


@pytest.mark.parametrize(
    ("file", "cases", "aspects"),
    [
        ("zsre_test", 1304, {"Edit": 1304, "Rephrase": 1304, "Reasoning": 771,
                             "Logical_Generalization": 269, "Subject_Aliasing": 264,
                             "Relation_Specificity": 2608}),
        ("wiki_recent_train", 570, {"Edit": 570, "Reasoning": 476, "Logical_Generalization": 223,
                                    "Subject_Aliasing": 52, "Relation_Specificity": 1641,
                                    "Forgetfulness": 298}),
        ("wikibio_test", 306, {"Edit": 306, "Relation_Specificity": 612}),
    ],
)  # fmt: skip
def test_the_real_files(test_data, file, cases, aspects):
    read = read_cases(test_data / "knowedit" / f"{file}.json")
    assert len(read) == cases
    assert Counter(probe.aspect for case in read for probe in case.probes) == aspects
