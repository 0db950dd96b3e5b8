"""What a token is, and that sequences of them survive a full alphabet."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from lion_distill.novelty.tokens import (
    Alphabet,
    numbers,
    rouge_tokens,
    tokenizer_named,
    unicode_tokens,
)
from truing_core.errors import UsageError


@given(st.text())
def test_rouge_tokens_are_the_packages(text):
    reason = "the package whose tokens these are is not installed"
    tokenize = pytest.importorskip("rouge_score.tokenize", reason=reason)
    assert rouge_tokens(text) == tokenize.tokenize(text, None)


@given(st.text(st.characters(max_codepoint=127)))
def test_for_ascii_both_are_the_same(text):
    assert unicode_tokens(text) == rouge_tokens(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Перепиши ПИСЬМО, пожалуйста!", ["перепиши", "письмо", "пожалуйста"]),
        ("用Python写一个函数。", ["用", "python", "写", "一", "个", "函", "数"]),
        ("カタカナ、ｶﾅ", ["カ", "タ", "カ", "ナ", "カ", "ナ"]),
        ("한국어 문장을 써라", ["한국어", "문장을", "써라"]),
        ("हिन्दी में लिखिए", ["हिन्दी", "में", "लिखिए"]),
        ("ดีๆ", ["ดี", "ๆ"]),
        ("Größe STRASSE straße ＡＢＣ１", ["grösse", "strasse", "strasse", "abc1"]),
        ("e\u0301te\u0301 été", ["été", "été"]),
        ("snake_case -- 3.5 €", ["snake", "case", "3", "5"]),
        ("", []),
        ("…!?", []),
    ],
)
def test_unicode_tokens(text, expected):
    assert unicode_tokens(text) == expected


def test_an_unknown_tokenizer_is_one_sentence():
    with pytest.raises(UsageError, match=r"^the tokenizer is 'words'; expected rouge or unicode$"):
        tokenizer_named("words")


def test_each_word_has_a_character():
    alphabet = Alphabet(rouge_tokens)
    first, second = alphabet.learn("the cat and the dog"), alphabet.learn("dog, cat")
    assert len(alphabet) == 4
    assert isinstance(first, str)
    assert first[0] == first[3]
    assert second == first[4] + first[1]
    assert alphabet.look_up("a dog") == "\0" + first[4]
    assert len(alphabet) == 4
    assert "\0" not in first + second
    assert numbers([first, second]).tolist() == [1, 2, 3, 1, 4, 4, 2]


def test_no_character_is_a_surrogate():
    alphabet = Alphabet(rouge_tokens, first=0xD7FE)
    assert alphabet.learn("a b c d") == "\ud7fe\ud7ff\ue000\ue001"


def test_more_words_than_characters():
    alphabet = Alphabet(rouge_tokens, first=sys.maxunicode - 1)
    short, long = alphabet.learn("a b a"), alphabet.learn("b c d a")
    assert short == "\U0010fffe\U0010ffff\U0010fffe"
    assert long == (0x10FFFF, 0x110000, 0x110001, 0x10FFFE)
    assert LCSseq.similarity(short, long) == 2
    assert numbers([short, long]).tolist() == [*map(ord, short), *long]
