"""Questions from files: kinds, names, options, and what is said of bad rows."""

from __future__ import annotations

import json

import pytest

from bmc_dpo.evaluation.extraction import read_reply
from bmc_dpo.evaluation.items import read_items
from truing_core.errors import InputError

QUESTION = "Where?\nOptions:\nA) here\nB) there"


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="arc/test.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def test_kinds(file):
    items = read_items(
        [
            file({"problem": QUESTION, "answer": "here", "solution": "The answer is here"}),
            file(
                {"question": "1+1?", "answer": "One and one.\n#### 2", "idx": 0},
                {"problem": "Half of 5?", "answer": 2.5},
                name="gsm8k_test.jsonl",
            ),
            file({"id": "own", "instruction": "Sing."}, name="vicuna.jsonl"),
        ]
    )
    assert [(item.id, item.task, item.kind, item.answer) for item in items] == [
        ("arc-1", "arc", "qa", "here"),
        ("gsm8k_test-1", "gsm8k_test", "math", "2"),
        ("gsm8k_test-2", "gsm8k_test", "math", "2.5"),
        ("own", "vicuna", "open", None),
    ]
    assert items[0].options == ("here", "there")
    assert items[1].solution == "One and one.\n#### 2"


LABELLED = "Where?\nOptions:\n(A) the sea\n(B) the sky\n(C) A. Lincoln's"


@pytest.mark.parametrize(
    ("question", "answer", "wanted"),
    [
        (LABELLED, "the sky", "the sky"),
        (LABELLED, "The Sky.", "The Sky."),
        (LABELLED, "B", "the sky"),
        (LABELLED, "(b)", "the sky"),
        (LABELLED, "B) the sky", "the sky"),
        (LABELLED, "C.", "A. Lincoln's"),
        (LABELLED, "A. Lincoln's", "A. Lincoln's"),
        ("Where?\nOptions:\nsea\nsky", "B", "sky"),
        ("Where?\nOptions:\nB) sea\nA) sky", "B", "sea"),
        ("Where?\nOptions:\n(1) sea\n(2) sky", 2, "sky"),
        ("Where?\nOptions:\n(1) sea\n(2) sky", "2) sky", "sky"),
        ("Where?\nOptions:\nA - sea\nB - sky", "sky", "sky"),
        ("Where?\nOptions:\nA - sea\nB - sky", "B - sky", "sky"),
        ("Where?\nOptions:\n- the sea\n- the sky", "the sky", "the sky"),
        ("What does it cost?\nOptions:\n$40\n$50", "50", "50"),
        ("Which?\nOptions:\nE. coli\nS. aureus\nE. faecalis", "E. faecalis", "E. faecalis"),
        ("Which vitamin?\nOptions:\nC\nA\nB", "A", "A"),
    ],
)
def test_the_answer_is_an_option_or_names_one(file, question, answer, wanted):
    [item] = read_items([file({"problem": question, "answer": answer})])
    assert (item.answer, item.solution) == (wanted, wanted)
    assert read_reply(item, f"The answer is {wanted}").correct
    assert read_reply(item, f"The answer is ({answer})").correct


@pytest.mark.parametrize("answer", ["D", "B) the sea", "sky", "2", "the sea or the sky"])
def test_an_answer_that_is_no_option_is_compared_as_it_stands(file, caplog, answer):
    row = {"problem": LABELLED, "answer": answer}
    first, second, good = read_items([file(row, row, {**row, "answer": "B"})])
    assert (first.answer, second.answer, good.answer) == (answer, answer, "the sky")
    assert (first.right, good.right) == (None, "the sky")
    [said] = caplog.messages
    assert said.endswith(
        f"test.jsonl, row 1, field 'answer': '{answer}' is none of the options (the sea, the sky, "
        "A. Lincoln's), nor its letter; it is compared as it stands; so it is in 2 rows"
    )
    assert not read_reply(first, "The answer is the land").correct


def test_an_answer_beside_the_options_is_right_where_a_reply_says_it(file):
    [item] = read_items([file({"problem": LABELLED, "answer": "the land"})])
    assert read_reply(item, "The answer is **The Land**.").correct
    assert not read_reply(item, "The answer is the sky").correct


def test_files_may_share_ids_and_names(file):
    rows = [{"id": 1, "prompt": "a"}, {"prompt": "b"}]
    files = [file(*rows, name=f"{place}/test.jsonl") for place in ("x", "y")]
    (files[1].parent.parent / "z").mkdir()
    files.append(file(*rows, name="z/x.jsonl"))
    items = read_items(files)
    assert [(item.task, item.id) for item in items] == [
        ("x", "1"), ("x", "x-2"), ("y", "1"), ("y", "y-2"), ("x-2", "1"), ("x-2", "x-2-2"),
    ]  # fmt: skip
    assert len({item.key for item in items}) == 6
    with pytest.raises(InputError, match="is given twice"):
        read_items([files[0], files[1], files[0]])


def test_limit_is_of_each_file(file):
    rows = [{"prompt": f"p{n}"} for n in range(5)]
    items = read_items([file(*rows, name="a.jsonl"), file(*rows, name="b.jsonl")], limit=2)
    assert [item.id for item in items] == ["a-1", "a-2", "b-1", "b-2"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"answer": "x"}, "row 1: has none of the fields problem, question, instruction, prompt"),
        ({"problem": 3, "answer": "x"}, "row 1, field 'problem': is no text"),
        ({"problem": "Q", "answer": " "}, "row 1, field 'answer': is missing or empty"),
        ({"problem": "Q", "answer": None}, "row 1, field 'answer': is missing or empty"),
        ({"question": "Q", "answer": "#### "}, "row 1, field 'answer': has nothing after"),
    ],
)
def test_bad_rows(file, row, said):
    with pytest.raises(InputError, match=said):
        read_items([file(row)])


def test_rows_of_one_id_and_no_rows(file, tmp_path):
    with pytest.raises(InputError, match="row 2: a second row has the id 'x'"):
        read_items([file({"id": "x", "prompt": "a"}, {"id": "x", "prompt": "b"})])
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(InputError, match="holds no questions"):
        read_items([tmp_path / "none.json"])
