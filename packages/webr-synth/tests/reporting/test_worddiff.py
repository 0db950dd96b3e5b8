"""Word differences as HTML: nothing is lost, everything is escaped."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from webr_synth.reporting.worddiff import marked

TEXT = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "c",
            "你",
            "e\u0301",
            "_",
            "<del>",
            "</ins>",
            "&amp;",
            "<script>",
            " ",
            "\n",
            "  ",
        ]
    ),
    max_size=20,
).map("".join)


def test_what_was_dropped_and_what_is_new():
    old, new, share = marked("The old cat sat down.", "The new black cat sat there now.")
    assert old == "The <del>old</del> cat sat <del>down</del>."
    assert new == "The <ins>new black</ins> cat sat <ins>there now</ins>."
    assert share == 4 / 7


def test_characters_where_there_are_no_spaces():
    old, new, share = marked("我们今天去学校。", "我们明天去学校！")
    assert old == "我们<del>今</del>天去学校<del>。</del>"
    assert new == "我们<ins>明</ins>天去学校<ins>！</ins>"
    assert share == 1 / 7


def test_equal_and_empty_texts():
    assert marked("same text", "same text") == ("same text", "same text", 0)
    assert marked("", "all new") == ("", "<ins>all new</ins>", 1)
    assert marked("gone", "") == ("<del>gone</del>", "", 0)


def test_numbers_stay_whole():
    assert marked("It fell to 2.1.", "It fell to 2.4.")[1] == "It fell to <ins>2.4</ins>."
    assert marked("don't", "won't")[0] == "<del>don&#39;t</del>"


def test_white_space_is_no_difference():
    old, new, share = marked("a b", "a\n\nb")
    assert (old, new, share) == ("a b", "a\n\nb", 0)


def test_markup_stays_text():
    old, new, _ = marked("<script>alert(1)</script> x", "<img src=x> x")
    assert "script" in old
    assert "<script" not in old
    assert new == "&lt;<ins>img src=x</ins>&gt; x"


@given(TEXT, TEXT)
def test_nothing_is_lost(before, after):
    for text, shown, tag in zip(
        (before, after), marked(before, after), ("del", "ins"), strict=False
    ):
        plain = re.sub(f"</?{tag}>", "", shown)
        assert not re.search("<", plain)
        assert html.unescape(plain) == text
        common = re.sub(f"<{tag}>.*?</{tag}>", "", shown, flags=re.DOTALL)
        assert len("".join(html.unescape(common).split())) <= len("".join(text.split()))


@given(TEXT, TEXT)
def test_the_unmarked_words_are_the_same_on_both_sides(before, after):
    old, new, _ = marked(before, after)
    left = "".join(re.sub("<del>.*?</del>", "", old, flags=re.DOTALL).split())
    right = "".join(re.sub("<ins>.*?</ins>", "", new, flags=re.DOTALL).split())
    assert left == right
