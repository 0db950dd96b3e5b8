"""The English half of mini: well-formed, cumulative, satisfiable, fair and not trivially passed."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from followbench.checks import check_types, parse_check, run_check
from followbench.data import CATEGORIES
from followbench.sources import load_benchmark

LINES = (files("followbench") / "mini" / "en.jsonl").read_text("utf-8").splitlines()
GROUPS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
BY_ID = {group["id"]: group for group in GROUPS}

each_group = pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["id"])


def checks_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    return [level["check"] for level in group["levels"] if "check" in level]


def passed(group: dict[str, Any], text: str) -> list[bool]:
    return [run_check(check, text, "en").ok for check in checks_of(group)]


def verdicts(group: dict[str, Any], text: str) -> str:
    """One mark a level: + passes, - fails, . is the judge's."""
    return "".join(
        ("+" if run_check(level["check"], text, "en").ok else "-") if "check" in level else "."
        for level in group["levels"]
    )


def types_in(check: dict[str, Any]) -> set[str]:
    return {check["type"]}.union(*(types_in(inner) for inner in check.get("checks", [])))


def test_the_package_loads_it_as_a_benchmark():
    benchmark = load_benchmark("mini", "en")
    assert [group.id for group in benchmark.groups] == list(BY_ID)
    assert len(benchmark.items) == 180
    assert all(len(item.constraints) == item.level for item in benchmark.items)


def test_six_groups_of_every_category():
    assert Counter(group["category"] for group in GROUPS) == dict.fromkeys(CATEGORIES, 6)


def test_ids_are_unique_and_name_their_category():
    assert sorted(group["id"] for group in GROUPS) == sorted(
        f"en-{category}-{n}" for category in CATEGORIES for n in range(1, 7)
    )
    assert all(group["id"].split("-")[1] == group["category"] for group in GROUPS)


@each_group
def test_schema(group):
    assert set(group) == {"id", "category", "lang", "instruction", "levels", "reference"}
    assert group["lang"] == "en"
    assert group["instruction"].strip()
    assert group["reference"].strip()
    assert len(group["levels"]) == 5
    for level in group["levels"]:
        assert set(level) in (
            {"instruction", "constraint", "check"},
            {"instruction", "constraint", "criterion"},
        )
        assert 0 < len(level["constraint"]) <= 60
        assert level.get("criterion", ".").endswith(".")


@each_group
def test_every_level_asks_for_something_new(group):
    instructions = [group["instruction"], *(level["instruction"] for level in group["levels"])]
    assert len(set(instructions)) == 6
    if group["category"] != "example":
        # Level 1 may reword the question; from there on, the instruction only grows.
        lengths = [len(text) for text in instructions[1:]]
        assert lengths == sorted(set(lengths))
    assert len({level["constraint"] for level in group["levels"]}) == 5


def test_most_constraints_are_checked_by_rule():
    decided = Counter(
        (group["category"], "check" in level) for group in GROUPS for level in group["levels"]
    )
    assert 0.6 <= sum(decided[category, True] for category in CATEGORIES) / 180 < 1
    assert all(decided[category, True] >= 15 for category in CATEGORIES)
    assert all(decided[category, False] >= 1 for category in CATEGORIES)


def test_all_built_in_check_types_but_few_are_used():
    used = set().union(*(types_in(check) for group in GROUPS for check in checks_of(group)))
    assert used <= set(check_types())
    assert len(used) >= 40


@each_group
def test_every_check_parses(group):
    for check in checks_of(group):
        assert parse_check(check).type == check["type"]


@each_group
def test_quoted_keywords_stand_in_the_instruction(group):
    """A word that must appear is asked for by name, unless it is the answer to the question."""
    answers = {"14:05", "10:25", "Demotic", "Greek", "(Tuesday)", "1,260", "(even)", "couriers"}
    answers |= {"three", "vos"}
    for level in group["levels"]:
        check = level.get("check", {"type": ""})
        for part in [check, *check.get("checks", [])]:
            if part["type"] == "includes" and not part.get("negate"):
                for keyword in set(part["keywords"]) - answers:
                    assert keyword.lower() in level["instruction"].lower()


@each_group
def test_reference_passes_every_check(group):
    outcomes = [run_check(check, group["reference"], "en") for check in checks_of(group)]
    assert [outcome.message for outcome in outcomes if not outcome.ok] == []


@each_group
def test_reference_is_short_enough_for_a_laptop(group):
    assert len(re.findall(r"\S+", group["reference"])) <= 200


@each_group
@pytest.mark.parametrize("text", ["Sure!", "Sure, here is what you asked for.", ""])
def test_an_answer_without_substance_fails(group, text):
    # Bans and limits alone come later in a group, so that the first check is no free point.
    assert not passed(group, text)[0]


def test_answers_to_other_instructions_fail_most_checks():
    shares = []
    for group in GROUPS:
        for other in GROUPS:
            if other is not group:
                marks = passed(group, other["reference"])
                assert not all(marks), (group["id"], other["id"])
                shares.extend(marks)
    assert sum(shares) / len(shares) < 0.3


# Other answers than the reference, good, half good and bad, with the verdict that a reader of
# the instructions would give on each level.
TABLE = """| Vehicle | Cost | Time | Drawback |
|:-|-|-|-|
| a | b | 20 min | c |
| d | e | {time} | f |
| g | h | 30 min | i |"""
CODE = """```python
def is_palindrome(word: str) -> bool:
    '''Tell.'''
    return word == word[::-1]
```
***
It does not handle:
* a
* b
* c"""
CASH = "**Monday: £122**\n- Tuesday: £85.00\nWednesday: {}\nThursday: £{}\nFriday: £{}."
STEPS = "2. ADD b\n3. STIR c\n4. POUR d\n5. WAIT e\n6. LOOK f"
BOOKING = """{"name": "P", "guests": 5, "date": "2031-03-03", "time": "7:30 pm", "phone": "1",
"requests": ["a", "b"]}"""
OTHER_ANSWERS = [
    ("en-content-2", "We meet at 10.30 in 4B. Your agenda by noon, please.", "-.++-"),
    ("en-content-2", "At 10:30am in room 4B, not on the usual day. Agenda by noon!", "+.+++"),
    ("en-content-5", "Hieroglyphs, demotic and ancient Greek, of 196 BC; found in 1799.", "++.+-"),
    ("en-content-6", "7 is prime, 9 is divisible by 3. After 30: 31.", "+.--+"),
    ("en-situation-1", CASH.format(43, 127, 93), "+++++"),
    ("en-situation-1", CASH.format(42, 126, 92), "++---"),
    ("en-situation-2", "I would take the 10:05.\n\n**Answer: D**", "+++++"),
    ("en-situation-2", "A is too early and F too late.\nAnswer: C)", "++++-"),
    ("en-situation-2", "Answer: B", "+++--"),
    ("en-situation-2", "A) leaves 06:40\nB) leaves 08:20\nD) leaves 10:05", "-----"),
    ("en-situation-4", "**Starter:** soup (10 min)\nRice (20 min)\nFigs (5 min)", "+.++."),
    ("en-situation-4", "Soup (10 min)\nRoast beef (20 min)\nFigs (5 min)\nEnjoy!", "-.-+."),
    ("en-situation-5", "Order: Ewa, Finn, Gus, Ana, Cleo, Dev, Ben", "+++--"),
    ("en-situation-6", "Eagle Two. 1 of 7 is hurt, 6 can walk. We wait here. Over", "+++.+"),
    ("en-situation-6", "Emergency! We are stuck on the mountain, six can walk.", "-+-.-"),
    (
        "en-style-2",
        "Madam, the courier's haste is our firm's fault. We remain, Madam, yours",
        "++.+.",
    ),
    ("en-style-2", "Madam, we're sorry, and I mean it!", "--.-."),
    ("en-style-4", "“HE POURS THE WATER!” GO! It's ON!", ".++.+"),
    ("en-style-6", "Behold the rod! Behold, 40 pence.", ".++.+"),
    ("en-format-1", TABLE.format(time="25 min"), "++++."),
    ("en-format-1", "Here you are:\n\n" + TABLE.format(time="about 25 min"), "++--."),
    ("en-format-2", BOOKING, "+++++"),
    ("en-format-2", "Here it is: " + BOOKING.replace("5,", '"5",'), "-++-+"),
    ("en-format-4", "<<T>>\n1. **HEAT** a\n" + STEPS + "\n\nP.S. g", "+++++"),
    ("en-format-4", "1. Heat, a\n" + STEPS, "+----"),
    ("en-format-6", CODE, "+++++"),
    ("en-format-6", "```\ndef f(s):\n    return s == s[::-1]\n```", "-----"),
    ("en-example-1", "Team: BILLING | Priority: 2 | Note: fix the address now", "++++-"),
    ("en-example-1", "Reply: Team: Billing", "-----"),
    ("en-example-2", "Out: [2028-02-29 (Monday); Q1; leap year]", "--+-+"),
    ("en-example-3", "Alibi - Evidence that the accused was elsewhere; Noun", "++---"),
    ("en-example-4", "45 × 28 = 1260", "+----"),
    ("en-example-4", "A: 45 x 28 = 1,260 bottles (even) #", "+++++"),
    ("en-example-6", "docs: Describe the installation on Windows.", "+----"),
    ("en-mixed-3", "THE QUICK COURIERS LEFT THREE HEAVY PARCELS AT THE WRONG DOOR!", "++++-"),
    ("en-mixed-4", "Dear Madame Roussel, we are very sorry for the noise of last night.", "-+-.+"),
    ("en-mixed-5", "We walk round.\nThe gate is missing.\nThat is all.\n**Answer: 36 m**", "++.+-"),
    ("en-mixed-6", "Sundays in the library! #fix\n- a\n- b\n- c\n#a #b", "-+.+-"),
]


@pytest.mark.parametrize(("group_id", "text", "expected"), OTHER_ANSWERS)
def test_checks_judge_as_a_reader_would(group_id, text, expected):
    assert verdicts(BY_ID[group_id], text) == expected
