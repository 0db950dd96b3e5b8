"""No long text makes a check grow quadratic: what takes milliseconds may not take minutes.

Times are compared with each other, not with a clock's: eight times the text may take three times
eight the time, and a quadratic scan takes sixty-four times.
"""

from __future__ import annotations

import gc
import sys
import time

import pytest

from followbench.checks import parse_check
from followbench.checks.registry import BUILT_IN

SIZE, PART = 800_000, 8
ALLOWED, IN_PASSING_S = 3 * PART, 0.25


def filled(piece):
    return (piece * (SIZE // len(piece) + 1))[:SIZE]


TEXTS = {
    "one word": filled("a"),
    "blank": filled(" "),
    "line breaks": filled("\n"),
    "stops": filled("."),
    "one-letter sentences": filled("a. "),
    "abbreviations": filled("etc. A "),
    "closing marks": filled("!)"),
    "characters": filled("雨"),
    "clauses": filled("雨。"),
    "speech": filled("“雨！”他说。"),
    "open titles": filled("《雨！"),
    "bullets": filled("- a\n"),
    "numbers": filled("1、"),
    "digits": filled("9"),
    "thousands": filled(",111"),
    "table": "|a|b|\n|-|-|\n" + filled("|a|b|\n"),
    "rulers": filled("|-|\n"),
    "fences": filled("```\n"),
    "ticks": filled("`"),
    "stars": filled("*"),
    "open bold": filled("**a "),
    "mixed emphasis": filled("*a **b "),
    "brackets": filled("["),
    "objects": filled('{"a":'),
    "addresses": filled("http://"),
    "hyphens": filled("a-"),
    "combining": filled("e\u0301"),
    "surrogates": filled("\ud800"),
    "cues": filled("answer is "),
    "titles": filled("<<"),
    "prose": filled("The quick brown fox (e.g. Dr. Lee's) jumped 3.14 times, didn't it? "),
}
SPECS = {
    "sentences": ["one-letter sentences", "abbreviations", "closing marks", "clauses", "speech",
                  "open titles", "stops", "bullets", "line breaks", "prose"],
    "words": ["one word", "addresses", "hyphens", "combining", "numbers", "surrogates", "prose"],
    "characters": ["combining", "characters"],
    "paragraphs": ["line breaks", "stars", "open bold"],
    "lines": ["bullets", "ticks", "stars"],
    "unique_words": ["bullets", "prose"],
    "word_lengths": ["characters"],
    "includes": ["prose", "blank"],
    "keyword_position": ["prose"],
    "ends_with": ["blank", "stops", "stars"],
    "sentence_endings": ["clauses", "closing marks"],
    "bullet_list": ["bullets", "stars", "numbers"],
    "numbered_list": ["numbers", "bullets"],
    "table": ["table", "rulers"],
    "code_block": ["fences", "ticks"],
    "headings": ["bullets"],
    "sections": ["bullets", "one word"],
    "json": ["brackets", "objects", "digits"],
    "highlights": ["stars", "open bold", "mixed emphasis", "ticks", "line breaks"],
    "placeholders": ["brackets"],
    "separator": ["stars"],
    "title": ["titles"],
    "postscript": ["line breaks"],
    "language": ["prose", "characters", "one word"],
    "number": ["numbers", "digits", "thousands"],
    "choice": ["cues", "brackets"],
    "equals": ["prose"],
    "template": ["prose", "blank"],
    "emojis": ["combining"],
    "wrapped_in": ["prose"],
    "case": ["prose"],
}  # fmt: skip
SPECIAL = {
    "json": {"type": "json", "only": False, "keys": ["b"]},
    "table": {"type": "table", "columns": 3},
    "template": {"type": "template", "template": "{a} a {b} it {c}\n{d}"},
    "includes": {"type": "includes", "keywords": ["new york", "quick brown dog"]},
    "number": {"type": "number", "equals": 3, "which": "any"},
    "ends_with": {"type": "ends_with", "text": "a b c"},
    "case": {"type": "case", "mode": "sentence"},
}


@pytest.fixture(autouse=True)
def _small_caches():
    """The big texts are not kept."""
    yield
    forget()


def forget():
    for name, module in list(sys.modules.items()):
        if name.startswith("followbench.checks"):
            for value in vars(module).values():
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()
    gc.collect()


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in SPECS.items() for name in names]
)
def test_a_long_text(kind, name):
    check = parse_check(SPECIAL.get(kind, BUILT_IN[kind].example.spec))
    check.run("Warm up: load what is loaded once.")
    short = min(seconds(check, TEXTS[name][: SIZE // PART]) for _ in range(2))
    assert seconds(check, TEXTS[name]) <= ALLOWED * short + IN_PASSING_S


def seconds(check, text):
    """The CPU time of one check that remembers nothing."""
    forget()
    started = time.process_time()
    check.run(text)
    return time.process_time() - started


def test_a_benchmark_of_answers_is_checked_in_passing():
    """820 answers of usual length, each with five checks of its own."""
    specs = [
        {"type": "words", "max": 200},
        {"type": "sentences", "min": 3},
        {"type": "includes", "keywords": ["rain", "roof"]},
        {"type": "bullet_list", "exactly": 3},
        {"type": "starts_with", "text": "Here"},
    ]
    checks = [parse_check(spec) for spec in specs]
    answer = "Here is answer {}.\n\n- Rain fell on the roof.\n- It was loud.\n- We slept.\n\n" + (
        "Nobody minded, since Dr. Lee had warned us (twice, at 5 p.m.) about the weather. " * 10
    )
    started = time.process_time()
    results = [check.run(answer.format(n)).ok for n in range(820) for check in checks]
    spent = time.process_time() - started
    assert all(results)
    assert spent < 10  # some 0.5 s
