"""The Chinese rules in mode ``fixed``: what each level's instruction says, as a person reads it.

不超过 n 个字 includes n, n 个以上 includes n, and 字 are characters without punctuation.
"""

from __future__ import annotations

import re
from functools import partial

from followbench.checks.base import Outcome
from followbench.checks.official import answers, example_template
from followbench.checks.official.conditions import Rule, by_level, cumulative, every, require
from followbench.checks.official.fixed import (
    before_closing,
    contains_text,
    every_sentence,
    has,
    in_sentence,
    lacks,
    length,
    no_punctuation,
    numbered_paragraphs,
    one_punctuation_mark,
    paragraph_count,
    sentence_count,
    sentences_per_paragraph,
    starts,
    true_of,
    words_in_sentences,
)
from followbench.checks.official.tenses import is_completed, is_under_way

_has = partial(has, contains=contains_text)
_lacks = partial(lacks, contains=contains_text)


def _no_arabic_numerals(text: str) -> Outcome:
    found = re.search(r"\d", text)
    return require(not found, f"'{found[0]}'" if found else "none", "no Arabic numeral")


_THREE = paragraph_count(3)
_LONG = every_sentence("character", least=20)
# 不超过三个句子 (at most three) up to level 3, 少于三句话 (fewer than three) from level 4 on.
_NUMBERED = (_THREE, sentences_per_paragraph(most=2), _LONG, numbered_paragraphs)

RULES: dict[str, Rule] = answers.RULES | {
    "example": example_template.FIXED,
    "cnn_dailymail": cumulative(
        sentence_count(3),
        every_sentence("character", most=15),
        words_in_sentences(("波特", "演员", "电影"), contains_text),
        in_sentence(2, _lacks("奢侈")),
        in_sentence(3, true_of(is_completed, "a completed action (了, 已, 过)")),
    ),
    "xsum": cumulative(
        sentence_count(1),
        length("character", most=20),
        _lacks("牛顿斯图尔特"),
        true_of(is_under_way, "an action under way (正在, 着, 在 and a verb)"),
        _has("操作"),
    ),
    "samsum": cumulative(
        sentence_count(1),
        length("character", most=15),
        _has("琐碎的"),
        _lacks("拖沓的"),
        one_punctuation_mark,
    ),
    "gigaword": cumulative(
        length("character", least=8, most=8),
        no_punctuation,
        _no_arabic_numerals,
        _lacks("公交车"),
        # The instruction forbids 在; the authors' rule asks for it.
        _lacks("在"),
    ),
    "arxiv": cumulative(
        sentence_count(1),
        length("character", most=20),
        starts("我们"),
        _has("激活"),
        _lacks("transformer"),
    ),
    "format_22": by_level(
        [
            [_THREE],
            [_THREE, sentences_per_paragraph(most=3)],
            [_THREE, sentences_per_paragraph(most=3), _LONG],
            _NUMBERED,
            [before_closing("这些是建议", every(_NUMBERED))],
        ]
    ),
}
