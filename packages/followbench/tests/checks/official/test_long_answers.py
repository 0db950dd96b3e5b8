"""No rule takes long over a long answer, whatever it repeats."""

from __future__ import annotations

import time

import pytest

from followbench.checks.official import RULE_SOURCES, official_rule

# What each rule's patterns could be led astray by.
UNITS = ["1", "**1", "is a", "1. ", "[a]", "(A ", "答案是", "a\n", "'", "在"]
TARGETS = {
    "E2E": "name[x]",
    "CONLL2003": "['a']",
    "example": "{instruction}\n{{'bot': '{answer}'}}",
    "self_made_space": "14th floor, Apartment 2",
}


@pytest.mark.parametrize("mode", ["fixed", "released"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("unit", UNITS)
def test_a_hundred_kilobytes(mode: str, lang: str, unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    names = [*RULE_SOURCES, "example", "format_22", *(["format_30"] if lang == "en" else [])]
    for name in names:
        start = time.process_time()
        official_rule(name, mode, lang)(text, TARGETS.get(name, ""), 5)
        official_rule(name, mode, lang)(text + "x", TARGETS.get(name, ""), 1)
        assert time.process_time() - start < 5, name
