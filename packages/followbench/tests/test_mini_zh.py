"""The Chinese half of mini: well-formed, cumulative, satisfiable, and not satisfied by nothing."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest
from followbench.checks import parse_check, run_check

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
