"""The funnel, of whole and of broken summaries."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import InputError
from webr_synth.reporting.funnel import Step, find_summary, funnel, wanted_mix

SUMMARY = {
    "documents": {"seen": 100, "skipped": {"too_short": 7, "none": 0}, "used": 60, "cut": 2},
    "stages": {
        "request": {"asked": 60, "ok": 50, "failed": 1, "gates": {"over_limit": 9},
                    "prompt_tokens": 600, "completion_tokens": 60},
        "author": {"asked": 62, "ok": 60, "failed": 0, "gates": {"empty": 2}},
        "refine": {"asked": 0, "ok": 0, "failed": 0, "gates": {}},
    },
    "duplicates": 3,
    "written": 40,
    "wanted": 44,
    "perspectives": {"wi_whole": {"wanted": 30, "written": 28}, "wr_part": {"wanted": 14}},
}  # fmt: skip


def test_steps_in_order():
    assert funnel(SUMMARY, 40) == [
        Step("documents read", 100, None, {"too short": 7}),
        Step("documents asked about", 60, 100, {"cut to fit": 2}),
        Step("author replies", 60, 62, {"empty": 2}),
        Step("request replies", 50, 60, {"over limit": 9, "request failed": 1}, (600, 60)),
        Step("rows written", 40, 44, {"near-duplicate requests": 3}),
        Step("rows in this report", 40),
    ]
    assert wanted_mix(SUMMARY) == {"wi_whole": 30, "wr_part": 14}


def test_without_a_summary():
    assert funnel(None, 5) == [Step("rows in this report", 5)]
    assert wanted_mix(None) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["documents", "seen", "skipped", "stages", "author", "gates", "ok", "asked",
                         "failed", "perspectives", "written", "used", "duplicates"]),
        inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(list(SUMMARY)), JSON))
def test_every_key_is_optional(summary):
    steps = funnel(summary, 1)
    assert steps[-1] == Step("rows in this report", 1)
    assert all(isinstance(step.count, int) for step in steps)
    assert all(isinstance(number, int) for number in wanted_mix(summary).values())


def test_a_run_folder_that_is_named_has_a_summary(tmp_path):
    data, run = tmp_path / "rows.parquet", tmp_path / "run"
    run.mkdir()
    with pytest.raises(InputError, match=r"there is no summary\.json in it; is it a run folder"):
        find_summary(data, run)
    for text, problem in (("[]", "expected a JSON object"), ("{", "cannot be read: ")):
        (run / "summary.json").write_text(text)
        with pytest.raises(InputError, match=problem):
            find_summary(data, run)
    (run / "summary.json").write_text(json.dumps(SUMMARY))
    assert find_summary(data, run) == SUMMARY


def test_without_one_the_summary_is_the_runs_that_wrote_the_data(tmp_path):
    data = tmp_path / "rows.parquet"
    assert find_summary(data, None) is None
    (tmp_path / "summary.json").write_text(json.dumps({"written": 1}))
    assert find_summary(data, None) == {"written": 1}
    (tmp_path / "summary.json").unlink()
    (tmp_path / "run.json").write_text(json.dumps({"tool": "webr-synth"}))
    assert find_summary(data, None) is None, "a run that has not come to its end"
