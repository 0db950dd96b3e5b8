"""Counts and samples of a data set."""

from __future__ import annotations

import random

import pytest

from truing_core.errors import InputError
from truing_core.records import write_rows
from webr_synth.dedup.exchanges import Exchange
from webr_synth.reporting import surveying
from webr_synth.reporting.page import near_duplicates
from webr_synth.reporting.surveying import Drawn, survey


def test_counts(tmp_path):
    rows = [
        {"prompt_id": "a", "request": "Write a story about the sea.", "perspective": "wi_whole",
         "messages": [{"role": "user", "content": "…"},
                      {"role": "assistant", "content": "Once upon"}],
         "document": "12345", "language": "en"},
        {"prompt_id": "b", "request": "Write a story about the sea!", "perspective": "wr_part",
         "messages": [{"role": "assistant", "content": "So"}], "document": "1", "language": "en"},
        {"prompt_id": "c", "request": "请写一首诗", "perspective": "wr_part",
         "messages": [], "document": None, "language": "zh"},
        {"prompt_id": "d", "request": "  ", "perspective": "wr_part",
         "messages": [], "document": None, "language": None},
    ]  # fmt: skip
    write_rows(tmp_path / "rows.jsonl", rows)
    seen = []
    found = survey(tmp_path / "rows.jsonl", name="x", sample=10, seed=0, on_rows=seen.append)
    assert found.rows == sum(seen) == 4
    assert found.perspectives == {"wi_whole": 1, "wr_part": 3}
    assert found.document_languages == {"en": 2, "zh": 1}
    assert list(found.request_words) == [6, 6, 5]
    assert list(found.answer_words) == [2, 1]
    assert list(found.document_chars) == [5, 1]
    assert found.verbs == {("write", "story"): 2}
    assert found.without_verb == 0
    assert (found.near_duplicates, found.searched) == (1, 3)
    assert found.requests == [row["request"] for row in rows[:3]]


def test_near_duplicates_are_searched_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(surveying, "_SEARCHED", 3)
    monkeypatch.setattr(surveying, "_BATCH", 2)
    write_rows(tmp_path / "rows.jsonl", [{"text": "the same"}] * 5)
    found = survey(tmp_path / "rows.jsonl", name="x", sample=10, seed=0)
    assert (found.near_duplicates, found.searched) == (2, 3)
    assert near_duplicates(found).startswith("Of the first 3 requests 2 (66.7%) nearly repeat")


def test_nothing_to_read(tmp_path):
    write_rows(tmp_path / "rows.jsonl", [{"text": ""}])
    with pytest.raises(InputError, match="there is no request in it"):
        survey(tmp_path / "rows.jsonl", name="x", sample=10, seed=0)


def exchanges(count):
    return [Exchange(str(at), f"request {at}", None, {}) for at in range(count)]


def drawn(rows, size, seed=0):
    sample = Drawn(size, seed)
    for row in rows:
        sample.offer(row.id, row)
    return [row.id for row in sample.rows()]


def test_a_sample_depends_on_ids_alone():
    rows = exchanges(300)
    found = drawn(rows, 20)
    assert len(set(found)) == 20
    assert found == sorted(found, key=int), "in the data's order"
    mixed = list(rows)
    random.Random(1).shuffle(mixed)
    assert set(drawn(mixed, 20)) == set(found)
    assert set(drawn(rows, 10)) < set(found)
    assert drawn(rows, 20, seed=1) != found
    assert len(drawn(rows, 1000)) == 300
    assert drawn(rows, 0) == []


def test_every_row_is_as_likely():
    times = [0] * 40
    for seed in range(2000):
        for name in drawn(exchanges(40), 10, seed):
            times[int(name)] += 1
    assert min(times) > 400
    assert max(times) < 600
