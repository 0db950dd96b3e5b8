"""Question sets in the forms that people have."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lion_distill.evaluation.questions import open_of, read_questions, tasks_of
from lion_distill.rows import instruction_id
from truing_core.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write(*rows):
        path = tmp_path / "questions.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return path

    return write


@pytest.mark.skipif("TRUING_TEST_DATA" not in os.environ, reason="TRUING_TEST_DATA is not set")
def test_the_80_questions():
    path = Path(os.environ["TRUING_TEST_DATA"]) / "lion" / "vicuna80.jsonl"
    found = read_questions(path)
    assert len(found) == 80
    assert found[0].id == "1"
    assert found[0].instruction.text == "How can I improve my time management skills?"
    assert len({each.category for each in found}) == 9
    assert len(open_of(found)) == 80
    assert [each.id for each in read_questions(path, 3)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("row", "text", "category"),
    [
        ({"question_id": 7, "text": "Why?", "category": "generic"}, "Why?", "generic"),
        ({"turns": ["Why?", "And why that?"]}, "Why?", "all"),
        ({"instruction": "Why?", "output": "So.", "dataset": "koala"}, "Why?", "koala"),
        ({"instruction": "Why?", "input": "this"}, "Why?\n\nthis", "all"),
        ({"messages": [{"role": "user", "content": "Why?"}]}, "Why?", "all"),
        (
            {"messages": [{"role": "system", "content": "Be brief."},
                          {"role": "user", "content": "Why?"},
                          {"role": "assistant", "content": "So."}]},
            "Be brief.\n\nWhy?", "all",
        ),
        ({"prompt": [{"role": "user", "content": "Why?"}]}, "Why?", "all"),
        ({"prompt": "Why?", "answer": None}, "Why?", "all"),
    ],
)  # fmt: skip
def test_open_questions(write, row, text, category):
    [found] = read_questions(write(row))
    assert (found.instruction.text, found.category, found.is_task) == (text, category, False)


@pytest.mark.parametrize(
    ("answer", "read"),
    [("42", "42"), (42, "42"), (4.5, "4.5"), ("6 * 7 is 42.\n#### 42", "42"), (" yes ", "yes")],
)
def test_tasks(write, answer, read):
    [found] = tasks_of(
        read_questions(write({"question": "What?", "answer": answer, "family": "f"}))
    )
    assert (found.instruction.answer, found.category) == (read, "f")


def test_ids_are_the_rows_own_or_follow_from_the_text(write):
    rows = [{"id": "a", "instruction": "One?"}, {"instruction": "Two?", "input": "2"}]
    first, second = read_questions(write(*rows))
    assert (first.id, second.id) == ("a", instruction_id("Two?", "2"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"instruction": " "}, r"row 1, field 'instruction': is empty or no text"),
        ({"turns": []}, r"field 'turns': is empty or no text"),
        ({"output": "So."}, r"row 1: has none of the fields turns, instruction, text"),
        ({"messages": "Why?"}, r"field 'messages': expected a list of turns"),
        ({"messages": [{"role": "user"}]}, r"field 'messages': expected a list of turns"),
        ({"messages": [{"role": "assistant", "content": "So."}]}, r"has 0 turns of a user"),
        ({"instruction": "Why?", "input": 3}, r"field 'input': is no text"),
        ({"instruction": "Why?", "answer": ""}, r"field 'answer': is empty or no text"),
        ({"instruction": "Why?", "answer": ["a"]}, r"field 'answer': is empty or no text"),
        ({"instruction": "Why?", "answer": "####"}, r"field 'answer': is empty or no text"),
    ],
)
def test_rows_that_ask_nothing(write, row, said):
    with pytest.raises(InputError, match=said):
        read_questions(write(row))


def test_two_questions_with_one_id(write):
    rows = [{"question_id": 1, "text": "One?"}, {"question_id": 1, "text": "Two?"}]
    with pytest.raises(InputError, match="row 2: a second question has the id '1'"):
        read_questions(write(*rows))


def test_an_empty_file(tmp_path):
    path = tmp_path / "none.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="holds no questions"):
        read_questions(path)
