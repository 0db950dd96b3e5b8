from __future__ import annotations

import copy

import pytest

from followbench.open_format import group_row, read_groups
from truing_core.errors import InputError

GROUP = {
    "id": "g1",
    "category": "content",
    "lang": "en",
    "instruction": "Describe a bridge.",
    "levels": [
        {"instruction": "L1", "constraint": "short", "check": {"type": "words", "max": 50}},
        {"instruction": "L2", "criterion": "The tone is cheerful."},
        {"instruction": "L3", "check": {"type": "includes", "keywords": ["steel"]}},
        {"instruction": "L4", "check": {"type": "excludes", "keywords": ["rope"]}},
        {"instruction": "L5", "judged": True},
    ],
    "reference": "A steel bridge gleams.",
}


def changed(**fields):
    row = copy.deepcopy(GROUP)
    row.update(fields)
    return row


def one(row):
    return next(iter(read_groups([(7, row)], "groups.jsonl")))


def test_items_are_cumulative_and_carry_the_path():
    items = list(one(GROUP).items())
    assert [item.level for item in items] == [1, 2, 3, 4, 5]
    assert items[2].path == ("Describe a bridge.", "L1", "L2", "L3")
    assert [c.kind for c in items[4].constraints] == [
        "check", "criterion", "check", "check", "path",
    ]  # fmt: skip
    assert [item.judged for item in items] == [0, 1, 1, 1, 2]
    assert items[3].id == "content/g1/4"
    assert items[0].constraints[0].check.max == 50


def test_a_non_cumulative_group_asks_for_its_own_check_alone():
    levels = [
        {"instruction": f"L{n}", "check": {"type": "number", "equals": n}} for n in range(1, 6)
    ]
    items = list(one(changed(cumulative=False, levels=levels)).items())
    assert [len(item.constraints) for item in items] == [1] * 5
    assert items[3].constraints[0].check.equals == 4
    assert len(items[3].path) == 5


def test_writing_and_reading_again_gives_the_same_group():
    group = one(GROUP)
    assert one(group_row(group)) == group


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (changed(category="contents"), "groups.jsonl, row 7, field 'category'"),
        (changed(lang="de"), "field 'lang'"),
        (changed(levels=GROUP["levels"][:4]), "field 'levels'"),
        (changed(levels=[*GROUP["levels"], GROUP["levels"][0]]), "field 'levels'"),
        (changed(colour="red"), "field 'colour'"),
        (changed(id=""), "field 'id'"),
        (
            changed(levels=[*GROUP["levels"][:4], {"instruction": "L5"}]),
            "exactly one of 'check', 'criterion', 'rule', 'judged'",
        ),
        (
            changed(
                levels=[*GROUP["levels"][:4], {"instruction": "L5", "check": {"type": "word"}}]
            ),
            "row 7, field 'levels.5.check",
        ),
        (changed(instruction=None), "'judged' needs the base 'instruction'"),
        (
            changed(levels=[*GROUP["levels"][:4], {"instruction": "L5", "criterion": " "}]),
            "field 'levels.4.criterion'",
        ),
        (
            changed(levels=[*GROUP["levels"][:4], {"instruction": "L5", "rule": "xsum"}]),
            '"cumulative": false',
        ),
    ],
)
def test_a_bad_row_is_named_with_file_row_and_field(row, message):
    with pytest.raises(InputError) as caught:
        one(row)
    assert message in str(caught.value)
    assert str(caught.value).startswith("groups.jsonl, row 7")


def test_a_repeated_id_names_both_rows():
    with pytest.raises(InputError, match=r"row 9, field 'id': 'g1' of category content .* row 2"):
        list(read_groups([(2, GROUP), (9, copy.deepcopy(GROUP))], "groups.jsonl"))


def test_the_same_id_may_stand_in_two_categories():
    rows = [(1, GROUP), (2, changed(category="style"))]
    assert [group.category for group in read_groups(rows, "x")] == ["content", "style"]


def test_instructions_are_kept_to_the_letter():
    levels = copy.deepcopy(GROUP["levels"])
    levels[0]["instruction"] = "  Say it:\n\n"
    group = one(changed(instruction="", levels=levels))
    assert group.levels[0].instruction == "  Say it:\n\n"
    assert group.instruction == ""
    assert one(group_row(group)) == group


def test_a_blank_instruction_is_refused():
    levels = copy.deepcopy(GROUP["levels"])
    levels[2]["instruction"] = " \n"
    with pytest.raises(InputError, match=r"field 'levels\.2\.instruction': the text is blank"):
        one(changed(levels=levels))


def test_null_is_the_same_as_nothing():
    levels = [{"judged": None, "target": None, **level} for level in GROUP["levels"]]
    levels[0]["check"] = {**levels[0]["check"], "min": None}
    assert one(changed(levels=levels, source=None)) == one(GROUP)


def test_a_group_becomes_the_row_it_was_read_from():
    check = {
        "type": "any_of",
        "checks": [{"type": "words", "max": 5}, {"type": "includes", "keywords": ["tea"]}],
        "negate": True,
    }
    levels = [*GROUP["levels"][:4], {"instruction": "L5", "constraint": "either", "check": check}]
    row = changed(levels=levels, source="mine", reference="A cup of tea.")
    assert group_row(one(row)) == row
    judged = [{"instruction": f"L{n}", "judged": True} for n in range(1, 6)]
    assert group_row(one(changed(levels=judged))) == changed(levels=judged)


@pytest.mark.parametrize(("lang", "rule"), [("en", "xsumm"), ("en", "quora"), ("zh", "format_30")])
def test_a_rule_that_its_language_lacks_is_named(lang, rule):
    levels = [{"instruction": f"L{n}", "rule": "xsum"} for n in range(1, 6)]
    good = changed(lang=lang, cumulative=False, levels=levels)
    assert [level.constraint.rule for level in one(good).levels] == ["xsum"] * 5
    levels[3]["rule"] = rule
    with pytest.raises(InputError) as caught:
        one(good)
    assert str(caught.value).startswith(
        f"groups.jsonl, row 7, field 'levels.4.rule': there is no official rule '{rule}' in "
        f"'{lang}'; there are "
    )
    assert ", xsum, " in str(caught.value)


def test_format_30_is_an_english_rule():
    levels = [{"instruction": f"L{n}", "rule": "format_30"} for n in range(1, 6)]
    group = one(changed(cumulative=False, levels=levels))
    assert {level.constraint.rule for level in group.levels} == {"format_30"}
