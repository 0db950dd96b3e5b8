import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import benchmark_tables
from benchmark_tables import MAP, RESULTS, at, figure, page, shown

RESULT = {
    "runs": 3,
    "limit": 0.70,
    "tools": [
        {"tool": "ours", "s": 2.0, "right": 20},
        {"tool": "theirs, plain", "s": 5.0, "right": 19},
    ],
    "by": {"small": {"ms": 1.2345, "x": 4.0}, "large": {"ms": 1234.5, "x": None}},
    "interval": [85.316, 3.412],
}
ENTRY = {
    "name": "race",
    "tool": "a-tool",
    "question": "How fast?",
    "setup": "{runs} runs, limit {limit}.",
    "tables": [
        {
            "caption": "All",
            "head": ["", "s", "beside ours", "right"],
            "each": "tools",
            "label": "tool",
            "names": {"ours": "**ours**"},
            "cells": ["s", "s ÷ /tools/[tool=ours]/s", "right"],
        },
        {"head": ["", "ms"], "each": "by", "without": ["large"], "cells": ["ms"]},
        {"head": ["", ""], "rows": [["mean", "interval"], ["none", "by/large/x"], ["", ""]]},
    ],
}


def test_a_section_is_made_by_the_map_alone():
    text = page({"race": RESULT, "new": {}}, [ENTRY])
    assert "## a-tool\n\n### How fast?\n\n3 runs, limit 0.7. [Script](" in text
    assert "/benchmarks/race.py), [result](" in text
    assert "**All**\n\n|  | s | beside ours | right |\n" in text
    assert "| **ours** | 2.00 | 1.00 × | 20 |\n| theirs, plain | 5.00 | 2.50 × | 19 |" in text
    assert "| small | 1.23 |" in text
    assert "large" not in text
    assert "| mean | 85.3 ± 3.4 |\n| none | not measured |\n|  |  |" in text
    assert "## Without a table\n\n[`new`](" in text


def test_a_figure_that_is_not_there_is_no_empty_cell():
    entry = {**ENTRY, "tables": [{"head": ["", ""], "rows": [["x", "by/medium/ms"]]}]}
    with pytest.raises(ValueError, match=r"race.json: nothing at 'by/medium/ms', from 'medium' on"):
        page({"race": RESULT}, [entry])
    with pytest.raises(ValueError, match="there is no result 'race'"):
        page({}, [ENTRY])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".", RESULT),
        ("by/small/ms", 1.2345),
        ("tools/1/right", 19),
        ("tools/[tool=theirs, plain]/s", 5.0),
    ],
)
def test_a_path_leads_to_a_value(path, value):
    assert at(RESULT, path) == value


@pytest.mark.parametrize("path", ["tools/7", "tools/[tool=x]/s", "none", "by/small/ms/deeper"])
def test_a_path_that_leads_nowhere(path):
    with pytest.raises((LookupError, TypeError)):
        at(RESULT, path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2000, "2,000"),
        (0.9976, "0.998"),
        (1.0, "1.00"),
        (9.999, "10.0"),
        (39.19, "39.2"),
        (157564.9, "158,000"),
        (0.0095, "0.00950"),
        (0.0, "0"),
        ("2 cores", "2 cores"),
        (None, "not measured"),
        ([85.316, 3.412], "85.3 ± 3.4"),
        ([1, 2], "1, 2"),
    ],
)
def test_figures_for_people(value, text):
    assert shown(value) == text


@given(st.floats(1e-6, 1e9))
def test_three_digits_are_kept(value):
    assert float(shown(value).replace(",", "")) == pytest.approx(value, rel=5.1e-3)


def test_a_ratio_as_measured():
    assert figure(RESULT, RESULT, "×by/small/x") == "4.00 ×"


def test_a_ratio_that_was_not_measured():
    assert figure(RESULT, RESULT, "×by/large/x") == ""


def test_a_peer_that_was_not_measured_has_a_row_that_says_so():
    [table] = ENTRY["tables"][:1]
    entry = {
        **ENTRY,
        "setup": "theirs {versions/theirs}, another {versions/another}.",
        "tables": [{**table, "peers": ["theirs", "another"]}],
    }
    result = {**RESULT, "versions": {"theirs": "2.0"}, "not_installed": {"another": "why"}}
    text = page({"race": result}, [entry])
    assert "| theirs, plain | 5.00 | 2.50 × | 19 |\n| another | not measured |  |  |" in text
    assert "theirs 2.0, another not measured. [Script]" in text
    with pytest.raises(ValueError, match="nothing at 'versions/third'"):
        page({"race": result}, [{**entry, "setup": "{versions/third}"}])


def test_what_may_be_left_out_is_told_in_a_written_row():
    entry = {
        **ENTRY,
        "setup": "{other_version}",
        "optional": ["other", "other_version"],
        "tables": [{"head": ["", "", ""], "rows": [["x", "runs", "other/s ÷ runs"]]}],
    }
    text = page({"race": RESULT}, [entry])
    assert "| x | 3 | not measured |" in text
    assert "\nnot measured [Script]" in text


def without(found, names):
    """A result as it is where none of these was measured."""
    if isinstance(found, dict):
        return {
            key: without(value, names)
            for key, value in found.items()
            if re.split("[, ]", key)[0] not in names
        }
    if isinstance(found, list):
        kept = [each for each in found if not isinstance(each, dict) or each.get("tool") is None
                or re.split("[, ]", each["tool"])[0] not in names]  # fmt: skip
        return [without(each, names) for each in kept]
    return found


@pytest.mark.parametrize("entry", yaml.safe_load(MAP.read_text("utf-8")), ids=lambda e: e["name"])
def test_the_page_can_do_without_anybody_else(entry):
    names = {name for each in entry["tables"] for name in each.get("peers", ())}
    names |= set(entry.get("optional", ()))
    result = json.loads((RESULTS / f"{entry['name']}.json").read_text("utf-8"))
    if names:
        assert without(result, names) != result
    text = page({entry["name"]: {**without(result, names), "not_installed": {}}}, [entry])
    assert ("not measured" in text) == bool(names)


def test_the_page_is_up_to_date(capsys):
    assert benchmark_tables.main(["--check"]) == 0, capsys.readouterr().err


def test_a_missing_figure_ends_the_script(tmp_path, monkeypatch, capsys):
    (tmp_path / "dispatch.json").write_text(json.dumps({}))
    monkeypatch.setattr(benchmark_tables, "RESULTS", tmp_path)
    assert benchmark_tables.main(["--check"]) == 1
    assert "dispatch.json: nothing at 'requests'" in capsys.readouterr().err
