"""Keywords: whole words, case, typography, Chinese, counts and places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks import parse_check, run_check
from followbench.checks.matching import ends, finder, prepared, starts
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("rain", "Rain!", True),
        ("rain", "train, rainy", False),
        ("rain", "rain's, rain-cloud", True),
        ("can", "I can't. I can’t.", False),
        ("can", "I can.", True),
        ("don't", "I don’t", True),
        ("New York", "in New\n  York.", True),
        ("well-known", "well‑known", True),
        ("C++", "C++17 and C++.", True),
        ("#1", "the #1 song", True),
        ("café", "cafe\u0301", True),
        ("雨", "下雨了", True),
        ("Python", "我用Python编程", True),
        ("Python", "我用CPython编程", False),
        ("3", "13 or 3.14", True),
        ("3", "13 or 34", False),
        ("a.b", "axb", False),
        ("yes.", "yes.", True),
        ("straße", "STRASSE", True),
    ],
)
def test_whole_words(keyword, text, found):
    assert run_check({"type": "includes", "keywords": [keyword]}, text).ok is found
    assert run_check({"type": "excludes", "keywords": [keyword]}, text).ok is not found


def test_parts_of_words_and_case_on_demand():
    spec = {"type": "includes", "keywords": ["Rain"]}
    assert run_check(spec | {"whole_word": False}, "train").ok
    assert not run_check(spec | {"case_sensitive": True}, "rain").ok
    assert run_check(spec | {"case_sensitive": True}, "Rain").ok


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"keywords": ["bus"]}, "a bus", True, "contains 'bus', as wanted"),
        ({"keywords": ["bus"]}, "a car", False, "does not contain 'bus', which was wanted"),
        (
            {"keywords": ["bus", "car", "tram"]},
            "a car",
            False,
            "does not contain 'bus' or 'tram', all 3 keywords wanted",
        ),
        ({"keywords": ["bus"], "negate": True}, "a bus", False,
         "contains 'bus', which was not allowed"),
        ({"keywords": ["bus"], "negate": True}, "a car", True,
         "does not contain 'bus', as wanted"),
        (
            {"keywords": ["bus", "car", "tram"], "at_least": 2},
            "a car",
            False,
            "contains 1 of 3 keywords ('car'), at least 2 wanted",
        ),
        (
            {"keywords": ["bus", "car"], "at_least": 1, "negate": True},
            "on foot",
            True,
            "contains 0 of 2 keywords, fewer than 1 wanted",
        ),
    ],
)  # fmt: skip
def test_includes(said, spec, text, ok, message):
    assert said({"type": "includes", **spec}, text) == (ok, message)


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"keywords": ["bus", "car"]}, "a bus, a bus", False,
         "contains 'bus', which was not allowed"),
        ({"keywords": ["bus", "car"]}, "on foot", True,
         "does not contain 'bus' or 'car', as wanted"),
        ({"keywords": ["bus", "car"], "negate": True}, "on foot", False,
         "does not contain 'bus' or 'car', one of them wanted"),
        ({"keywords": ["bus"], "negate": True}, "a bus", True, "contains 'bus', as wanted"),
    ],
)  # fmt: skip
def test_excludes(said, spec, text, ok, message):
    assert said({"type": "excludes", **spec}, text) == (ok, message)


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"keyword": "rain", "min": 2}, "Rain, rain, train", True,
         "'rain' occurs 2 times, at least 2 wanted"),
        ({"keyword": "雨", "max": 1}, "雨雨", False, "'雨' occurs 2 times, at most 1 wanted"),
        ({"any_of": ["he", "she"], "exactly": 2}, "She said he, he she", False,
         "'he' and 'she' together occur 4 times, exactly 2 wanted"),
    ],
)  # fmt: skip
def test_keyword_count(said, spec, text, ok, message):
    assert said({"type": "keyword_count", **spec}, text) == (ok, message)


def test_keyword_count_wants_one_source():
    for spec in ({}, {"keyword": "a", "any_of": ["b"]}):
        with pytest.raises(InputError, match="one of 'keyword' and 'any_of' is needed"):
            parse_check({"type": "keyword_count", "min": 1, **spec})


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"sentence": 2}, "It rains. The bus is late.", True,
         "sentence 2 contains 'bus', as wanted"),
        ({"sentence": 1}, "It rains. The bus is late.", False,
         "sentence 1 is 'It rains.', 'bus' in it wanted"),
        ({"sentence": 3}, "It rains. The bus is late.", False,
         "only 2 sentences, 'bus' in sentence 3 wanted"),
        ({"paragraph": -1}, "It rains.\n\nThe bus is late.", True,
         "the last paragraph contains 'bus', as wanted"),
        ({"line": 1, "negate": True}, "The bus\nis late.", False,
         "line 1 contains 'bus', which was not allowed"),
        ({"word": 2}, "The bus is late.", True, "word 2 of the text is 'bus', 'bus' wanted"),
        ({"word": -1}, "The bus is late.", False,
         "the last word of the text is 'late', 'bus' wanted"),
        ({"sentence": 2, "word": 2}, "It rains. The bus is late.", True,
         "word 2 of sentence 2 is 'bus', 'bus' wanted"),
        ({"word": 9}, "The bus is late.", False,
         "the text has 4 words, 'bus' as word 9 of the text wanted"),
        ({"word": 2, "negate": True}, "The bus is late.", False,
         "word 2 of the text is 'bus', anything but 'bus' wanted"),
    ],
)  # fmt: skip
def test_keyword_position(said, spec, text, ok, message):
    assert said({"type": "keyword_position", "keyword": "bus", **spec}, text) == (ok, message)


def test_a_phrase_at_a_word_position():
    spec = {"type": "keyword_position", "keyword": "New York", "word": 2}
    assert run_check(spec, "In new york it rains.").ok
    assert not run_check(spec | {"case_sensitive": True}, "In new york it rains.").ok
    assert run_check({"type": "keyword_position", "keyword": "雨", "word": -1}, "又下雨。", "zh").ok


@pytest.mark.parametrize("spec", [{}, {"sentence": 1, "line": 2}])
def test_keyword_position_wants_one_place(spec):
    with pytest.raises(InputError, match="one of 'sentence', 'paragraph', 'line' is needed"):
        parse_check({"type": "keyword_position", "keyword": "bus", **spec})


def test_beginnings_and_ends():
    assert starts("  **We** go", "we")
    assert starts("## We go", "We")
    assert not starts("West", "We")
    assert starts("West", "We", whole_word=False)
    assert not starts("we", "We", case_sensitive=True)
    assert starts("**We**", "**We**")
    assert ends("so **we go.**\n", "we go.")
    assert ends("so ‘we’", "'we'")
    assert not ends("ago", "go")
    assert not ends("go!", "go")


words = st.text(st.sampled_from("abC雨 '-.*("), min_size=1, max_size=8).filter(str.strip)


@given(words, words, words)
def test_a_keyword_is_found_where_it_stands_alone(before, keyword, after):
    text = f"{before} {keyword} {after}"
    assert finder(keyword).search(prepared(text))
    assert starts(f"{keyword} {after}", keyword)
    assert ends(f"{before} {keyword}", keyword)
