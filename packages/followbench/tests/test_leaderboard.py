"""The published numbers, written here once more from the paper's tables."""

from __future__ import annotations

import pytest

from followbench.leaderboard import PUBLISHED
from followbench.results import Result
from followbench.tables import leaderboard_rows

# Model, HSR at levels 1 to 5, mean SSR, CSL: arXiv 2310.20410, English, average of categories.
PAPER = """
GPT-4-1106-preview  84.7 75.6 70.8 73.9 61.9  77.2  3.3
GPT-3.5-turbo-1106  80.3 68.0 68.6 61.1 53.2  72.5  2.9
Qwen-Chat-72B       73.8 63.3 54.3 45.2 39.9  63.6  2.4
WizardLM-13B-V1.2   68.8 64.1 53.1 40.8 35.8  60.7  2.2
Vicuna-13B-v1.5     71.2 60.2 49.6 40.6 34.0  60.8  2.1
LLaMA2-Chat-13B     57.0 56.0 50.4 44.4 38.1  56.4  2.2
LLaMA2-Chat-70B     59.9 53.3 46.0 40.2 37.9  55.9  2.1
Qwen-Chat-14B       62.8 56.2 47.7 38.7 30.9  57.3  1.9
LLaMA2-Chat-7B      58.0 51.3 47.4 39.5 35.3  54.8  1.9
Vicuna-7B-v1.5      60.8 52.0 42.2 33.3 23.9  54.4  1.7
Qwen-Chat-7B        55.9 51.7 38.7 33.1 23.3  52.1  1.5
Baichuan2-Chat-7B   58.3 46.1 40.7 30.4 25.5  53.6  1.4
ChatGLM3-6B         60.9 46.6 36.7 27.8 21.4  52.0  1.6
"""
ROWS = [line.split() for line in PAPER.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_published_model(row):
    name, *numbers = row
    *hsr, ssr, csl = map(float, numbers)
    [model] = [model for model in PUBLISHED if model.model == name]
    assert (list(model.hsr), model.ssr, model.csl) == (hsr, ssr, csl)


def test_there_are_thirteen():
    assert [model.model for model in PUBLISHED] == [row[0] for row in ROWS]
    assert len(PUBLISHED) == 13


def own(model, hsr, ssr, csl, **summary):
    average = {"hsr": hsr, "ssr": ssr, "csl": csl}
    facts = {"data": {"name": "official"}, "checks": "fixed", "constraints": "all"}
    return Result({"model": model, "average": average, **facts, **summary}, [])


def test_runs_stand_among_the_paper_by_mean_hsr():
    middling = own("mine", [70.0, 60.0, 50.0, 40.0, None], [80.0, None, 60.0, 50.0, 40.0], 2.5)
    nothing = own("mute", [None] * 5, [None] * 5, None, constraints="checks-only")
    rows = leaderboard_rows([nothing, middling], PUBLISHED)
    names = [row["model"] for row in rows]
    # 55.0 is less than Qwen-Chat-72B's 55.3 and more than WizardLM's 52.52.
    assert names[:5] == [
        "GPT-4-1106-preview", "GPT-3.5-turbo-1106", "Qwen-Chat-72B", "mine", "WizardLM-13B-V1.2",
    ]  # fmt: skip
    mine = rows[3]
    assert mine["hsr_mean"] == pytest.approx(55.0)
    assert mine["ssr_mean"] == pytest.approx(57.5)
    assert (mine["csl"], mine["source"]) == (2.5, "official, checks fixed")
    assert rows[2]["hsr_mean"] == pytest.approx((73.8 + 63.3 + 54.3 + 45.2 + 39.9) / 5)
    assert rows[2]["source"] == "paper"
    assert names[-1] == "mute"
    assert (rows[-1]["hsr_mean"], rows[-1]["source"]) == (None, "official, checks fixed, no judge")


def test_a_run_that_scored_nothing_is_last_even_behind_zero():
    rows = leaderboard_rows(
        [own("mute", [None] * 5, [None] * 5, None), own("zero", [0.0] * 5, [0.0] * 5, 0.0)], ()
    )
    assert [row["model"] for row in rows] == ["zero", "mute"]
