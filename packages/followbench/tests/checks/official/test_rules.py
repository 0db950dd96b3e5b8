"""Which items have a rule, and the rules on the benchmark's own answers."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followbench.checks.official import RULE_SOURCES, official_rule, rule_names, rule_of
from followbench.data import CATEGORIES

Row = dict[str, Any]


def rows(test_data: Path, lang: str) -> Iterator[tuple[str, Row]]:
    """The scored rows of a language with their category, which mixed rows name otherwise."""
    for category in CATEGORIES:
        file = test_data / "followbench" / lang / f"{category}_constraints.json"
        for row in json.loads(file.read_text(encoding="utf-8")):
            if row["level"] > 0:
                yield category, row


@pytest.mark.parametrize(
    ("source", "category", "example_id", "lang", "rule"),
    [
        ("E2E", "content", 14, "en", "E2E"),
        ("quora", "content", 1, "en", None),
        ("xsum", "mixed", "12", "en", "xsum"),
        ("xsum", "example", 39, "en", "example"),
        ("quora", "example", 1, "zh", "example"),
        ("helpful_base", "format", 22, "en", "format_22"),
        ("helpful_base", "format", "22", "zh", "format_22"),
        ("koala", "format", 30, "en", "format_30"),
        ("koala", "format", "30", "zh", None),
        ("koala", "style", 22, "en", None),
        ("oasst", "format", 2, "en", None),
    ],
)
def test_rule_of(
    source: str, category: str, example_id: str | int, lang: str, rule: str | None
) -> None:
    assert rule_of(source, category, example_id, lang) == rule


@pytest.mark.parametrize("mode", ["fixed", "released"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_rule_there_is_can_be_had(mode: str, lang: str) -> None:
    names = [*RULE_SOURCES, "example", "format_22", *(["format_30"] if lang == "en" else [])]
    assert set(names) == set(rule_names(lang))
    for name in names:
        assert isinstance(official_rule(name, mode, lang)("x", "x", 1).message, str)
    with pytest.raises(ValueError, match=f"no rule 'quora' for mode '{mode}'"):
        official_rule("quora", mode, lang)


PARTS = ["**", "1. ", "$", "٣", "answer is ", "(A)", "[", "]", "14th floor", "。", "\ud800", "\0"]


@settings(max_examples=100)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from([*PARTS, *"a .,!\n'①{}在"])).map("".join)),
    st.integers(1, 5),
)
def test_no_answer_makes_a_rule_raise(answer: str, level: int) -> None:
    for mode in ("fixed", "released"):
        for lang in ("en", "zh"):
            for name in (*RULE_SOURCES, "example", "format_22"):
                outcome = official_rule(name, mode, lang)(answer, "a[b]", level)
                assert isinstance(outcome.ok, bool)
        official_rule("format_30", mode, "en")(answer, "", level)


@pytest.mark.parametrize(("lang", "rules", "all_items"), [("en", 350, 820), ("zh", 330, 790)])
def test_how_many_items_have_a_rule(test_data: Path, lang: str, rules: int, all_items: int) -> None:
    found = [rule_of(r["source"], c, r["example_id"], lang) for c, r in rows(test_data, lang)]
    assert len(found) == all_items
    assert len(found) - found.count(None) == rules


def own_answers(rule: str, row: Row) -> list[str]:
    """What the benchmark itself gives as right answers to an item."""
    target = row["target"]
    match rule:
        case "example":
            # The Chinese files hold templates only.
            return [row["answer"]] if row.get("answer") else [filled(target)]
        case "CONLL2003":
            return [str(name) for name in ast.literal_eval(target)]
        case "WIKIEVENTS":
            return [target, "\n".join(target.split("\n")[: row["level"]])]
    return [target] if target else []


def filled(template: str) -> str:
    text = template.replace("{instruction}\n", "").replace("{answer}", "一\n\n二")
    return text.replace("{{", "{").replace("}}", "}")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_fixed_rules_pass_the_benchmarks_own_answers(test_data: Path, lang: str) -> None:
    tried: Counter[str] = Counter()
    failed = []
    for category, row in rows(test_data, lang):
        rule = rule_of(row["source"], category, row["example_id"], lang)
        for answer in own_answers(rule, row) if rule else ():
            tried[rule or ""] += 1
            outcome = official_rule(rule or "", "fixed", lang)(answer, row["target"], row["level"])
            if not outcome.ok:
                failed.append((rule, row["example_id"], row["level"], outcome.message))
    assert failed == []
    assert tried["example"] == 200
    assert tried["E2E"] == 25
    assert tried["BBH_logical"] == 25
    assert tried["text_editing"] == (15 if lang == "en" else 10)
    assert tried["CONLL2003"] > 50


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_fixed_rules_fail_the_answers_to_other_items(test_data: Path, lang: str) -> None:
    """An answer from another example of the same rule is wrong, unless its target is the same."""
    by_rule: dict[str, list[Row]] = {}
    for category, row in rows(test_data, lang):
        rule = rule_of(row["source"], category, row["example_id"], lang)
        if rule in ("E2E", "text_editing", "BBH_logical", "BBH_time", "gsm_8k", "example"):
            by_rule.setdefault(rule, []).append(row)
    compared = 0
    for rule, members in by_rule.items():
        decide = official_rule(rule, "fixed", lang)
        for row in members:
            for other in members:
                if other["target"] != row["target"] and "\n{answer}" not in row["target"]:
                    answer = own_answers(rule, other)[0]
                    compared += 1
                    assert not decide(answer, row["target"], row["level"]).ok, (rule, answer)
    assert compared > 1000


def test_where_the_released_rules_fail_the_benchmarks_own_answers(test_data: Path) -> None:
    """Five English example answers hold line breaks, which the released pattern stops at."""
    decide = official_rule("example", "released", "en")
    failing = [
        (row["example_id"], row["level"])
        for category, row in rows(test_data, "en")
        if category == "example" and not decide(row["answer"], row["target"], row["level"]).ok
    ]
    assert failing == [(4, level) for level in range(1, 6)]
