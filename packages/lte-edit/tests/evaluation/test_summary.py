"""Metrics by hand from a few rows."""

from __future__ import annotations

import pytest

from lte_edit.evaluation.summary import retention, summarise


def row(record, metric="edit_success", aspect="Edit", score=1.0, **fields):
    return {
        "record": record, "metric": metric, "aspect": aspect, "score": score,
        "score_original": None, "facts": [], "dropped": 0, "at_1": False, "at_k": False,
        "skipped": None, **fields,
    }  # fmt: skip


def test_records_weigh_the_same_however_many_questions_they_have():
    rows = [
        row(0, score=1.0, at_1=True, at_k=True, fluency=5.0, exact=True, contains=True),
        row(0, "portability", "Reasoning", 1.0, at_k=True),
        row(0, "portability", "Reasoning", 0.0),
        row(1, "portability", "Reasoning", 1.0),
        row(1, score=0.5, fluency=6.0, exact=False, contains=True, dropped=2),
        row(1, "locality", "Forgetfulness", 0.25, score_original=0.75, facts=[1], same=False),
        row(1, "locality", "Forgetfulness", None, skipped="too long"),
    ]
    found = summarise(rows, retrieves=True)
    assert found["edit_success"] == 75
    assert found["portability"] == {"Reasoning": 75}
    assert found["locality"] == {"Forgetfulness": 25}
    assert found["locality_original"] == {"Forgetfulness": 75}
    assert found["fluency"] == 550
    # Record 0: one of three; record 1: none of two.
    assert found["retrieval"]["at_1"] == pytest.approx(100 / 6)
    assert found["retrieval"]["at_k"] == pytest.approx(100 / 3)
    assert found["retrieval"]["locality"] == {"own_edit": 0, "any_edit": 50}
    assert found["generation"]["exact"]["edit_success"] == 50
    assert found["generation"]["contains"]["edit_success"] == 100
    assert found["generation"]["same"] == {"locality": {"Forgetfulness": 0}}
    assert found["rephrase"] is None
    assert found["n"]["records"] == 2
    assert found["n"]["portability"] == {"Reasoning": 2}
    assert (found["questions"], found["edits_dropped"]) == (7, 2)
    assert found["skipped"] == {"too long": 1}
    low, high = found["intervals"]["edit_success"]
    assert 50 <= low <= 75 <= high <= 100


def test_no_retrieval_and_no_aspects():
    found = summarise([row(0, score=1.0)], retrieves=False)
    assert found["retrieval"] == {"at_1": None, "at_k": None}
    assert (found["portability"], found["locality"], found["fluency"]) == ({}, {}, None)


def test_retention_by_age():
    rows = [row(record, score=float(record >= 6)) for record in range(10)]
    rows.append(row(9, "locality", "Forgetfulness", 0.0))
    found = retention(rows, 10)
    assert [each["age"] for each in found] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert [each["edit_success"] for each in found] == [100, 100, 0, 0, 0]
    assert [each["n"] for each in found] == [2] * 5
