"""The Chinese half of mini: well-formed, cumulative, satisfiable, and not satisfied by nothing."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from followbench.checks import parse_check, run_check
from followbench.open_format import read_groups

CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")
GROUP_KEYS = {"id", "category", "lang", "instruction", "levels", "reference"}
LINES = (files("followbench") / "mini" / "zh.jsonl").read_text("utf-8").splitlines()
GROUPS: list[dict[str, Any]] = [json.loads(line) for line in LINES]

each_group = pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["id"])


def checks_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    return [level["check"] for level in group["levels"] if "check" in level]


def passed(group: dict[str, Any], text: str) -> list[bool]:
    return [run_check(check, text, "zh").ok for check in checks_of(group)]


def test_six_groups_of_every_category():
    assert Counter(group["category"] for group in GROUPS) == dict.fromkeys(CATEGORIES, 6)


def test_ids_are_unique_and_name_their_category():
    ids = [group["id"] for group in GROUPS]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(f"zh-{c}-{n}" for c in CATEGORIES for n in range(1, 7))


def test_text_is_stored_as_text():
    assert not any("\\u" in line for line in LINES)


def test_the_loader_reads_it():
    groups = list(read_groups(enumerate(GROUPS, start=1), "zh.jsonl"))
    assert [group.id for group in groups] == [group["id"] for group in GROUPS]
    assert all(group.cumulative and len(group.levels) == 5 for group in groups)


@each_group
def test_schema(group):
    assert set(group) == GROUP_KEYS
    assert group["lang"] == "zh"
    assert group["instruction"].strip()
    assert group["reference"].strip()
    assert len(group["levels"]) == 5
    for level in group["levels"]:
        assert set(level) in (
            {"instruction", "constraint", "check"},
            {"instruction", "constraint", "criterion"},
        )
        assert 0 < len(level["constraint"]) <= 30
        assert level.get("criterion", "是。").endswith("。")


@each_group
def test_every_level_asks_for_something_new(group):
    instructions = [group["instruction"], *(level["instruction"] for level in group["levels"])]
    if group["category"] == "example":
        assert len(set(instructions)) == 6
    else:
        # The first level may also fix the form of the answer; from there on it only grows.
        lengths = [len(text) for text in instructions]
        assert lengths == sorted(set(lengths))
    labels = [level["constraint"] for level in group["levels"]]
    assert len(set(labels)) == 5


def test_most_constraints_are_checked_by_rule():
    share = sum(len(checks_of(group)) for group in GROUPS) / (5 * len(GROUPS))
    assert 0.6 <= share < 1


def test_checks_are_varied():
    types = {check["type"] for group in GROUPS for check in checks_of(group)}
    assert len(types) >= 25


@each_group
def test_every_check_parses(group):
    for check in checks_of(group):
        assert parse_check(check).type == check["type"]


@each_group
def test_reference_passes_every_check(group):
    outcomes = [run_check(check, group["reference"], "zh") for check in checks_of(group)]
    assert [outcome.message for outcome in outcomes if not outcome.ok] == []


@each_group
@pytest.mark.parametrize("text", ["好的。", "好的，没问题，我这就来帮您处理这件事。", ""])
def test_an_answer_without_substance_fails(group, text):
    if checks_of(group):
        assert not all(passed(group, text))


def test_answers_to_other_instructions_fail_most_checks():
    verdicts = [
        ok
        for group in GROUPS
        for other in GROUPS
        if other is not group
        for ok in passed(group, other["reference"])
    ]
    assert sum(verdicts) / len(verdicts) < 0.5
    assert not any(
        all(passed(group, other["reference"]))
        for group in GROUPS
        for other in GROUPS
        if other is not group
    )


VERDICTS = [
    ("content-2", 5, "上午九点，3号楼，内线8306。", True),
    ("content-2", 5, "上午9点，3号楼，内线8306。", False),
    ("content-2", 5, "上午九点，13号楼。", False),
    ("content-3", 1, "食盐约2克", True),
    ("content-3", 1, "| 盐 | 2克 |", True),
    ("content-3", 1, "加入三克左右的盐", True),
    ("content-3", 1, "盐适量，油20克", False),
    ("content-5", 5, "押金的事先别急。第二句。", False),
    ("situation-1", 1, "- 周一：**80斤**", True),
    ("situation-1", 1, "周一：120-35-5=80斤。", True),
    ("situation-1", 1, "周一：180斤", False),
    ("situation-1", 2, "周一：80斤\n周二：80斤", False),
    ("situation-2", 1, "答案：A", False),
    ("situation-2", 1, "答案：C", True),
    ("situation-2", 5, "A有花生，H太慢。\n**答案：G**", True),
    ("situation-2", 5, "G也行。\n答案：H", False),
    ("situation-4", 1, "推理略。\n**顺序：小安 → 小白 → 小程**", True),
    ("situation-4", 1, "顺序：小白→小安→小程", False),
    ("situation-6", 1, "1. **到机场**：13：50", True),
    ("situation-6", 2, "到机场：13:50\n上车：13:50", False),
    ("style-5", 3, "下午2点停水。", False),
    ("style-6", 2, "千顷黄云接远天\n镰声惊起鹭飞旋", True),
    ("style-6", 2, "千顷黄云接远天啊", False),
    ("format-4", 1, "## 背景\n无\n## 待办\n无\n## 结论\n无", False),
    ("format-5", 3, "1. 早睡。早起。\n\n2. 少看手机。多散步。", True),
    ("format-5", 3, "1. 早睡早起。\n\n2. 少看手机。多散步。", False),
    ("format-6", 3, "* 帐篷——住\n* 灯——照明", True),
    ("format-6", 3, "- 帐篷：住", False),
    ("example-2", 2, "负面（服务）", False),
    ("example-3", 1, "答：还剩48本。", False),
    ("example-5", 1, "The train was delayed by half an hour.", True),
    ("example-5", 1, "这趟火车晚点了。", False),
    ("example-6", 1, "fix: 防止重复扣款", True),
    ("example-6", 5, "fix(pay): 防止重复扣款\n影响：支付页\nRefs: #512", False),
    ("mixed-1", 1, "共20辆，三轮车有**7**辆。", True),
    ("mixed-1", 1, "三轮车7辆，自行车13辆。", False),
    ("mixed-1", 2, "设三轮车有X辆。", False),
    ("mixed-2", 1, "马到成功：一开始就取得成功", False),
    ("mixed-2", 3, "【一马当先】", True),
    ("mixed-2", 3, "【老马识途】", False),
    ("mixed-4", 5, "一室灯光\n一卷闲情", False),
    ("mixed-6", 1, "答案：D\nA写的是雪。", True),
    ("mixed-6", 1, "答案：B\n不是D。", False),
]


@pytest.mark.parametrize(("name", "level", "answer", "ok"), VERDICTS)
def test_answers_are_judged_as_a_reader_would(name, level, answer, ok):
    group = next(group for group in GROUPS if group["id"] == f"zh-{name}")
    outcome = run_check(group["levels"][level - 1]["check"], answer, "zh")
    assert outcome.ok is ok, outcome.message
