from __future__ import annotations

import collections
import json

import pytest

from followbench.data import CATEGORIES
from followbench.official import official_groups, read_official
from followbench.sources import load_benchmark
from truing_core.errors import InputError


def rows(**fields):
    for number, level in enumerate(range(6), start=1):
        row = {
            "example_id": 3,
            "category": "content",
            "source": "quora",
            "level": level,
            "instruction": f"I{level}",
            "target": "",
        }
        yield number, {**row, **fields}


def test_a_judged_example_reads_the_constraints_off_the_path():
    (group,) = official_groups(rows(), "en", "content_constraints.json")
    items = list(group.items())
    assert group.id == "3"
    assert items[1].path == ("I0", "I1", "I2")
    assert [item.judged for item in items] == [1, 2, 3, 4, 5]


def test_a_rule_example_has_one_rule_a_level():
    (group,) = official_groups(rows(category="mixed", source="xsum", target="t"), "en", "x")
    items = list(group.items())
    assert [item.judged for item in items] == [0] * 5
    assert [(c.rule, c.target) for c in items[4].constraints] == [("xsum", "t")]


def test_the_old_name_scenario_is_understood():
    (group,) = official_groups(rows(category="scenario", source="vicuna"), "en", "x")
    assert group.category == "situation"


def test_the_files_name_decides_where_rows_name_what_a_level_adds():
    (group,) = official_groups(rows(category="format, content"), "en", "mixed_constraints.json")
    assert group.category == "mixed"


def test_an_unknown_category_is_named():
    with pytest.raises(
        InputError, match=r"f\.json, row 1, field 'category': 'contents' is none of"
    ):
        official_groups(rows(category="contents"), "en", "f.json")


def test_level_seven_is_named():
    bad = [(number, {**row, "level": 7} if number == 4 else row) for number, row in rows()]
    with pytest.raises(InputError, match=r"f\.json, row 4, field 'level'"):
        official_groups(bad, "en", "f.json")


def test_a_missing_level_is_named():
    with pytest.raises(InputError, match="example 3 of category content lacks level 4"):
        official_groups([pair for pair in rows() if pair[0] != 5], "en", "f.json")


def test_a_repeated_level_names_both_rows():
    doubled = [*rows(), (8, dict(next(rows())[1], level=2))]
    with pytest.raises(InputError, match=r"row 8, field 'level': .* level 2 in row 3 already"):
        official_groups(doubled, "en", "f.json")


@pytest.mark.parametrize(("lang", "items", "ruled"), [("en", 820, 350), ("zh", 790, 330)])
def test_the_real_benchmark_has_the_papers_sizes(test_data, lang, items, ruled):
    benchmark = load_benchmark(str(test_data / "followbench" / lang))
    assert benchmark.lang == lang
    assert len(benchmark.items) == items
    assert sum(item.judged == 0 for item in benchmark.items) == ruled


def test_the_real_benchmarks_categories(test_data):
    benchmark = load_benchmark(str(test_data / "followbench"), "en")
    counts = collections.Counter(item.category for item in benchmark.items)
    assert counts == {
        "content": 125, "situation": 110, "style": 150, "format": 150, "example": 200, "mixed": 85,
    }  # fmt: skip


def write_files(folder, *names):
    for name in names:
        rows_of = list(rows(category=name, example_id=name))
        path = folder / f"{name}_constraints.json"
        path.write_text(json.dumps([row for _, row in rows_of]))


def test_a_category_is_found_under_its_old_name(tmp_path, caplog):
    """The first release has scenario_constraints.json in place of situation's file."""
    others = [name for name in CATEGORIES if name != "situation"]
    write_files(tmp_path, "scenario", *others)
    benchmark = load_benchmark(str(tmp_path), "en")
    assert [group.key for group in benchmark.groups] == [
        (name, "scenario" if name == "situation" else name) for name in CATEGORIES
    ]
    assert caplog.text == ""
    write_files(tmp_path, "situation")
    benchmark = load_benchmark(str(tmp_path), "en")
    assert [group.key for group in benchmark.groups] == [(name, name) for name in CATEGORIES]


def test_a_folder_that_lacks_categories_says_which(tmp_path, caplog):
    write_files(tmp_path, "content", "style", "format", "mixed")
    assert len(load_benchmark(str(tmp_path), "en").groups) == 4
    assert caplog.messages == [f"{tmp_path} lacks situation, example: averages are over the others"]


def test_files_are_read_in_the_order_given(tmp_path):
    path = tmp_path / "content_constraints.json"
    path.write_text(json.dumps([row for _, row in rows()]))
    assert [group.key for group in read_official([path], "en")] == [("content", "3")]
