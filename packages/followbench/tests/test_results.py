"""Evaluating in Python, and results on disk."""

from __future__ import annotations

import json

import pytest

from followbench.answers import Answers
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.results import Result, evaluate, flat_scores, load, save
from followbench.sources import load_benchmark
from truing_core.errors import InputError


@pytest.fixture
def result(garden):
    benchmark = load_benchmark(str(garden))
    texts = {item.key: "A kettle of tea." for item in benchmark.items}
    judgements = {
        item.key: "YES" if item.judged == 1 else '["YES", "NO"]'
        for item in benchmark.items
        if item.judged
    }
    return evaluate(
        benchmark,
        Answers(texts, author="one, two"),
        Answers(judgements, author="judge", templates={"judge/en/content": "abc"}),
        "fixed",
    )


def test_evaluate(result):
    content = result.summary["categories"]["content"]
    assert content["hsr"] == [100, 100, 100, 0, 0]
    assert content["ssr"] == [100, 100, 100, 75, 80]
    assert content["csl"] == 3
    assert content["intervals"]["csl"] == [3, 3]
    assert result.summary["model"] == "one, two"
    assert result.summary["judge"] == {
        "model": "judge", "templates": {"judge/en/content": "abc"},
    }  # fmt: skip
    verdicts = [(one["kind"], one["ok"]) for one in result.items[4]["constraints"]]
    assert verdicts == [
        ("check", True), ("criterion", True), ("check", True), ("criterion", False),
        ("check", True),
    ]  # fmt: skip
    assert result.items[4]["constraints"][2]["message"] == "4 words, at most 8 wanted"


def test_a_result_survives_the_disk(result, tmp_path):
    paths = save(result, tmp_path / "new/folder")
    assert [path.name for path in paths] == [
        "scores.json", "scores.csv", "items.jsonl", "items.parquet",
    ]  # fmt: skip
    for place in (tmp_path / "new/folder", paths[0]):
        again = load(place)
        assert again.summary == result.summary
        assert again.items == result.items
    for one, two in zip(load(paths[0]).tables(), result.tables(), strict=True):
        assert (one.name, one.groups) == (two.name, two.groups)
        assert one.hard.tolist() == two.hard.tolist()
        assert one.soft.tolist() == two.soft.tolist()


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("openai/m@http://localhost:8000/v1", "openai/m"),
        ("openai/a@https://x.org/v1?api_key_env=KEY, demo", "openai/a, demo"),
        ("hf/org/name@revision", "hf/org/name@revision"),
        (None, "unnamed model"),
    ],
)
def test_labels_leave_out_addresses(model, label):
    assert Result({"model": model}, []).label == label


def test_flat_scores_have_a_row_for_each_number(result):
    rows = list(flat_scores(result.summary))
    assert [row["category"] for row in rows[::11]] == ["content", "style", "average"]
    assert rows[3] == {
        "category": "content", "metric": "hsr", "level": 4, "value": 0.0, "low": 0.0, "high": 0.0,
    }  # fmt: skip
    assert rows[10]["metric"] == "csl"
    assert rows[10]["level"] is None


@pytest.mark.parametrize("content", ["[]", "{", "3", '{"checks": "fixed"}'])
def test_what_is_no_scores_file(result, tmp_path, content):
    save(result, tmp_path)
    (tmp_path / "scores.json").write_text(content)
    with pytest.raises(InputError, match=r"scores\.json: not a scores file of followbench"):
        load(tmp_path)


@pytest.mark.parametrize("change", [{"category": "taste"}, {"hard": ...}])
def test_what_is_no_scored_row(result, tmp_path, change):
    save(result, tmp_path)
    first = {**result.items[0], **change}
    row = {key: value for key, value in first.items() if value is not ...}
    (tmp_path / "items.jsonl").write_text(json.dumps(row))
    with pytest.raises(InputError, match=r"items\.jsonl, row 1: not a row that followbench scored"):
        load(tmp_path)


@pytest.mark.parametrize(("cumulative", "names"), [(True, (1, 2, 3)), (False, (3,))])
def test_a_constraint_of_the_path_is_called_by_its_step(cumulative, names):
    levels = tuple(Level(f"L{n}", Constraint("path")) for n in range(1, 6))
    group = Group("g", "style", "en", "I", levels, cumulative=cumulative)
    third = evaluate(Benchmark("b", "en", (group,)), Answers()).items[2]
    assert [c["text"] for c in third["constraints"]] == [
        f"constraint {n} of the path" for n in names
    ]
