"""The authors' Chinese rules, bug for bug."""

from __future__ import annotations

import re
import string

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import Rule, cumulative, require
from followbench.checks.official.released import (
    SHARED,
    Dialect,
    begins_with,
    last_match,
    table_care,
)

CHINESE = Dialect(
    stops="。！？",
    unit="character",
    # Punctuation and line breaks count.
    length=len,
    sentence_length=len,
    contains=lambda text, word: re.search(word, text) is not None,
    punctuation=string.punctuation + "，。：’“”",
)


def _no_numerals(text: str) -> Outcome:
    # Named after Arabic numerals, yet true of 一 and 万 too.
    found = next((char for char in text if char.isnumeric()), None)
    return require(found is None, f"'{found}'" if found else show(text), "no numeral")


def encodable(rule: Rule) -> Rule:
    """Fails texts that the authors' script, which encodes them as UTF-8, would crash on."""

    def guarded(generation: str, target: str, level: int) -> Outcome:
        try:
            (generation + target).encode()
        except UnicodeEncodeError:
            return Outcome(False, "half a surrogate pair, text that UTF-8 can hold wanted")
        return rule(generation, target, level)

    return guarded


_RULES: dict[str, Rule] = SHARED | {
    "cnn_dailymail": cumulative(
        CHINESE.sentence_count(3),
        CHINESE.every_sentence_length(most=14),
        CHINESE.sentences_have("波特", "演员", "电影"),
        CHINESE.in_sentence(2, CHINESE.lacks("奢侈")),
        CHINESE.in_sentence(3, CHINESE.has("了")),
    ),
    "xsum": cumulative(
        CHINESE.sentence_count(1),
        CHINESE.answer_length(most=19),
        CHINESE.lacks("牛顿斯图尔特"),
        CHINESE.has("在"),
        CHINESE.has("操作"),
    ),
    "samsum": cumulative(
        CHINESE.sentence_count(1),
        CHINESE.answer_length(most=14),
        CHINESE.has("琐碎的"),
        CHINESE.lacks("拖沓的"),
        CHINESE.punctuation_count(1),
    ),
    "gigaword": cumulative(
        CHINESE.answer_length(least=8, most=8),
        CHINESE.punctuation_count(0),
        _no_numerals,
        CHINESE.lacks("公交车"),
        CHINESE.has("在"),
    ),
    "arxiv": cumulative(
        CHINESE.sentence_count(1),
        CHINESE.answer_length(most=20),
        begins_with("我们"),
        CHINESE.has("激活"),
        CHINESE.lacks("transformer"),
    ),
    # The look-behind changes no match; it spares quadratic time on a long run of digits.
    "gsm_8k": last_match(r"(?<!\d)\d+美元", "amount"),
    "format_22": table_care(CHINESE, "这些是建议"),
}

RULES: dict[str, Rule] = {name: encodable(rule) for name, rule in _RULES.items()}
