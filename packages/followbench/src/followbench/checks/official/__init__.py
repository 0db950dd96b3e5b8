"""The rules that decide official items without a judge: 350 of 820 English, 330 of 790 Chinese.

``released`` computes what the authors' scripts compute, bug for bug; ``fixed`` what a person
who reads the instruction and counts would say. docs/fidelity.md sets them side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from followbench.checks.official import (
    example_template,
    fixed_en,
    fixed_zh,
    released_en,
    released_zh,
)
from followbench.checks.official.conditions import Rule

__all__ = ["RULE_SOURCES", "Rule", "official_rule", "rule_names", "rule_of"]

RULE_SOURCES = (
    "E2E",
    "WIKIEVENTS",
    "CONLL2003",
    "text_editing",
    "cnn_dailymail",
    "xsum",
    "samsum",
    "gigaword",
    "arxiv",
    "BBH_logical",
    "BBH_time",
    "self_made_space",
    "gsm_8k",
)
"""Sources whose items have a rule of the source's own name."""

_RULE_FORMATS = {"en": ("22", "30"), "zh": ("22",)}


def rule_of(source: str, category: str, example_id: str | int, lang: str) -> str | None:
    """The rule that decides the items of a group.

    Args:
        source: Where the authors took the group from.
        category: The group's category.
        example_id: Its id within the category.
        lang: ``en`` or ``zh``.

    Returns:
        A name for :func:`official_rule`, or ``None`` if a judge decides.
    """
    if category == "example":
        return "example"
    if category == "format" and str(example_id) in _RULE_FORMATS[lang]:
        return f"format_{example_id}"
    return source if source in RULE_SOURCES else None


@lru_cache
def official_rule(rule: str, mode: str, lang: str) -> Rule:
    """The rule of a name.

    Args:
        rule: What :func:`rule_of` returned.
        mode: ``fixed`` or ``released``.
        lang: ``en`` or ``zh``.

    Returns:
        A function of the answer, the row's target and the level (1 to 5).

    Raises:
        ValueError: There is no such rule in this mode and language.
    """
    try:
        return _TABLES[mode, lang][rule]
    except KeyError:
        raise ValueError(f"no rule '{rule}' for mode '{mode}' and language '{lang}'") from None


def rule_names(lang: str) -> tuple[str, ...]:
    """The rules that there are in a language, whatever the mode."""
    return tuple(_TABLES["fixed", lang])


_TABLES: Mapping[tuple[str, str], Mapping[str, Rule]] = {
    ("fixed", "en"): fixed_en.RULES,
    ("fixed", "zh"): fixed_zh.RULES,
    ("released", "en"): {**released_en.RULES, "example": example_template.RELEASED},
    ("released", "zh"): {
        **released_zh.RULES,
        "example": released_zh.encodable(example_template.RELEASED),
    },
}
