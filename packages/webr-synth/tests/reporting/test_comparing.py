"""Data sets on equal terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from webr_synth.dedup.exchanges import Exchange
from webr_synth.reporting.compare_page import basis, comparison_html, measures
from webr_synth.reporting.comparing import compare, names_of
from webr_synth.reporting.surveying import Survey
from webr_synth.reporting.terminal_text import comparison_lines


def survey_of(name, texts, answers=None):
    rows = [
        Exchange(f"{name}{at}", text, answers and answers[at], {}) for at, text in enumerate(texts)
    ]
    return Survey(name, rows=len(rows) * 3, sample=rows)


VARIED = survey_of("varied", [f"word{at} other{at * 7} thing{at * 3}" for at in range(40)])
SAME = survey_of("same", ["tell a joke"] * 20, ["ha ha"] * 20)


@pytest.fixture
def comparison():
    return compare([VARIED, SAME], seed=0, encoder="words")


def test_samples_are_of_one_size(comparison):
    assert comparison.sample == 20
    assert comparison.words == 60
    assert comparison.names == ["varied"] * 20 + ["same"] * 20
    assert comparison.vectors.shape == (40, 2048)
    varied, same = comparison.sets["varied"], comparison.sets["same"]
    assert (varied.rows, same.rows) == (120, 60)
    assert same.distinct_1 == 3 / 60
    assert same.distinct_3 == 1 / 20
    assert varied.distinct_3 == 1
    assert same.distance.value == pytest.approx(0, abs=1e-6)
    assert varied.distance.value > 0.9
    assert same.vendi == pytest.approx(1)
    assert varied.vendi > 15
    assert (varied.near_duplicates, same.near_duplicates) == (0, 19 / 20)
    assert varied.request_words.value == 3
    assert varied.answer_words is None
    assert same.answer_words.value == 2


def test_the_same_seed_gives_the_same_figures(comparison):
    again = compare([VARIED, SAME], seed=0, encoder="words")
    assert again.to_dict() == comparison.to_dict()
    other = compare([VARIED, SAME], seed=1, encoder="words")
    assert [row.id for row in other.rows] != [row.id for row in comparison.rows]


def test_table_and_page(comparison):
    cells = dict(measures(comparison))
    assert cells["rows"] == ["120", "60"]
    assert cells["distinct-1"][1] == "0.050"
    assert cells["near-duplicates, %"] == ["0.0", "95.0"]
    assert cells["words of an answer"] == ["–", "2.0 (2.0 to 2.0)"]
    assert basis(comparison).startswith("20 requests of each data set, drawn by the seed; n-grams")
    lines = list(comparison_lines(comparison))
    assert lines[0].split() == ["varied", "same"]
    assert "Vendi score" in "\n".join(lines)
    html = comparison_html(comparison, {"seed": 0})
    assert html.count("<circle") == 40
    assert "20 requests of each data set" in html


def test_names():
    paths = [Path("a/x.jsonl"), Path("b/x.jsonl"), Path("y.parquet"), Path("y.parquet")]
    assert names_of(paths) == ["a/x.jsonl", "b/x.jsonl", "y.parquet (1)", "y.parquet (2)"]
    assert names_of([Path("deep/data.tar.jsonl.gz")]) == ["data"]
