"""Words in scripts with and without spaces."""

from __future__ import annotations

from truing_core.words import run_length, word_count, words


def test_words_keep_apostrophes_and_hyphens_inside():
    assert words("It's a well-known FACT, isn’t it?") == (
        "it's", "a", "well-known", "fact", "isn’t", "it",
    )  # fmt: skip


def test_vowels_that_are_marks_do_not_end_a_word():
    assert words("हिन्दी में लिखें।") == ("हिन्दी", "में", "लिखें")
    assert words("ดีครับ, می\u200cخواهم cafe\u0301") == ("ดีครับ", "می\u200cخواهم", "cafe\u0301")
    assert words("用हिन्दी写") == ("用", "हिन्दी", "写")
    assert words("\u0301\u200d !") == ()


def test_scripts_without_spaces_go_by_characters():
    assert words("用Python写诗") == ("用", "python", "写", "诗")
    assert word_count("今天下雨。") == 4
    assert word_count("") == 0


def test_a_run_is_twice_as_long_where_words_are_characters():
    assert run_length("今天下雨，明天也下。", 8) == 16
    assert run_length("It rains today, 今天 as well as tomorrow.", 8) == 8
    assert run_length("", 8) == 8
