"""Punctuation marks and emojis."""

from __future__ import annotations

import pytest

from followbench.checks import run_check


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "no_punctuation"}, "It rains", True, "no punctuation, as wanted"),
        ({"type": "no_punctuation"}, "下雨。", False, "contains '。', no punctuation wanted"),
        ({"type": "no_punctuation"}, "it's", False, "contains ''', no punctuation wanted"),
        ({"type": "no_punctuation", "marks": ",，"}, "a; b", True, "no ',' or '，', as wanted"),
        ({"type": "no_punctuation", "marks": ",，"}, "一，二", False,
         "contains '，', no ',' or '，' wanted"),
        ({"type": "no_punctuation", "negate": True}, "It rains", False,
         "no punctuation, some wanted"),
        ({"type": "no_punctuation", "negate": True}, "Rain!", True, "contains '!', as wanted"),
        ({"type": "punctuation_count", "mark": "!", "max": 1}, "Oh! No!", False,
         "'!' occurs 2 times, at most 1 wanted"),
        ({"type": "punctuation_count", "exactly": 1}, "a, $5 + 3", True,
         "1 punctuation mark, exactly 1 wanted"),
        ({"type": "sentence_endings", "mark": "!"}, "Oh! “No!” (Yes!)", True,
         "every sentence ends with '!', as wanted"),
        ({"type": "sentence_endings", "mark": "！"}, "下雨！刮风!", True,
         "every sentence ends with '！', as wanted"),
        ({"type": "sentence_endings", "mark": "?"}, "Oh? And then it rained", False,
         "sentence 2 ends 'en it rained', '?' at the end of every sentence wanted"),
        ({"type": "sentence_endings", "mark": "?"}, "", False,
         "no sentence, '?' at the end of every sentence wanted"),
        ({"type": "sentence_endings", "mark": "?", "negate": True}, "Oh?", False,
         "every sentence ends with '?', which was not allowed"),
        ({"type": "emojis", "max": 1}, "☔️ 👨‍👩‍👧", False, "2 emojis, at most 1 wanted"),
        ({"type": "emojis"}, "Rain", False, "0 emojis, at least 1 wanted"),
    ],
)  # fmt: skip
def test_messages(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize(
    ("text", "count"),
    [("😊😊", 2), ("👍🏽", 1), ("🇨🇳🇩🇪", 2), ("1️⃣", 1), ("❤️", 1), ("© ™ 3 # * ★ ☀", 0), ("✅", 1)],
)
def test_emojis(text, count):
    assert run_check({"type": "emojis", "exactly": count}, text).ok
