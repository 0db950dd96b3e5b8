from __future__ import annotations

import json

import pytest

from followbench.answers import read_generations, read_judgements
from followbench.data import Benchmark, Constraint, Group, Level
from truing_core.errors import InputError

LEVELS = tuple(Level(f"L{n}", Constraint("path")) for n in range(1, 6))
BENCHMARK = Benchmark("b", "en", (Group("1", "content", "en", "I", LEVELS),))


def row(**fields):
    return {"category": "content", "example_id": 1, "level": 1, "generation": "text", **fields}


def write(path, *rows):
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def test_rows_are_matched_by_category_id_and_level(tmp_path):
    path = write(tmp_path / "g.jsonl", row(), row(level=2, generation="two", extra="kept out"))
    answers = read_generations(path, BENCHMARK)
    assert answers.texts == {("content", "1", 1): "text", ("content", "1", 2): "two"}


def test_an_empty_generation_is_an_answer_but_null_is_none(tmp_path):
    path = write(tmp_path / "g.jsonl", row(generation=""), row(level=2, generation=None))
    answers = read_generations(path, BENCHMARK)
    assert answers.texts == {("content", "1", 1): ""}
    assert answers.failed == 1


def test_a_row_with_an_error_counts_as_failed(tmp_path):
    path = write(tmp_path / "g.jsonl", row(generation=None, error="HTTP 500"))
    assert read_generations(path, BENCHMARK).failed == 1


def test_rows_of_other_items_are_counted_not_scored(tmp_path):
    path = write(tmp_path / "g.jsonl", row(example_id=99))
    answers = read_generations(path, BENCHMARK)
    assert answers.texts == {}
    assert answers.strangers == 1


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row(category="contnet"), "g.jsonl, row 2, field 'category'"),
        (row(level=7), "row 2, field 'level'"),
        (row(level=0), "row 2, field 'level'"),
        (row(level="two"), "row 2, field 'level'"),
        (row(generation=5), "row 2, field 'generation'"),
        ({"category": "content", "example_id": 1, "level": 1}, "row 2, field 'generation'"),
        (row(), "row 2: a second generation for content 1 level 1, after row 1"),
    ],
)
def test_bad_rows_are_named(tmp_path, bad, message):
    with pytest.raises(InputError) as caught:
        read_generations(write(tmp_path / "g.jsonl", row(), bad), BENCHMARK)
    assert message in str(caught.value)


def test_judgements_are_read_alike(tmp_path):
    judged = {"category": "content", "example_id": "1", "level": 3, "judgement": "['YES']"}
    answers = read_judgements(write(tmp_path / "j.jsonl", judged), BENCHMARK)
    assert answers.texts == {("content", "1", 3): "['YES']"}
