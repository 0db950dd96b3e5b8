"""Sentences as a person would count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks.sentences import sentences


@pytest.mark.parametrize(
    "text",
    [
        "It rains. |It pours! |Why?",
        "Dr. Smith paid $3.14 to Mr. J. R. Jones. |He left at 5 p.m. Monday. |Fine, e.g. good.",
        "We met in the U.S. |Then we left. |The U.S. Army came. |An EU-U.S. deal. |At 5 p.m. ET.",
        "St. Louis is nice. |We live on Main St. |The end.",
        "Acme Inc. fell. |They sold Acme Inc. |Everyone cheered.",
        "See Fig. 3 and No. 5. |No. |I won't.",
        "Born Jan. 5, 1990. |She has a Ph.D. |He has a Ph.D. in law.",
        "Cats, dogs, etc. are here. |Cats, dogs, etc. |Birds are not.",
        "Take plan B. |Then wait. |It was I. |You know.",
        "Wait... what? |Really?! |Yes... |Fine.",
        "the cat sat. |the dog ran. |nobody came.",
        '"Stop!" he said. |"Go." |She left (at last). |Good.',
        "He said, “I am here.” |Then he left.",
        "Version 2.0.1 is out. |Use node.js now. |Visit www.x.org. |It's good.",
        "**Note:** It rains. |**All of it.** |_Really._ |Yes.",
        "One.[1] |Two.[2] |Three",
        "Great! |😊 Next one. |Done",
        "今天下雨！|我们回家吧？|好。",
        "“你好！”他说。|然后走了。|“再见。”|她走了。",
        "“走吧！”他笑着说，“快走！”",
        "他喜欢《你好，李焕英！》这部电影。|我不喜欢。",
        "价格是3.5元。|很便宜。",
        "苹果……|也许吧。",
        "It rains。|第二句！|Third one?|四",
        "क्या हाल है।|ठीक है।",
    ],
)
def test_one_line(text):
    assert list(sentences(text.replace("|", ""))) == [part.strip() for part in text.split("|")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title\n\nOne. Two.\n\n**Part**\nThree", ["One.", "Two.", "Three"]),
        (
            "- one\n* two.\n• three\n1. Four. Five.\n2) six",
            ["one", "two.", "three", "Four.", "Five.", "six"],
        ),
        ("1、下雨\n（2）刮风\n三、打雷", ["下雨", "刮风", "打雷"]),
        ("Here it is:\n- this", ["Here it is:", "this"]),
        (
            "Roses are red,\nViolets are blue\nSugar is sweet\nand so are you",
            ["Roses are red, Violets are blue", "Sugar is sweet and so are you"],
        ),
        ("| a | b |\n|---|---|\n| c | d |", ["| a | b |", "| c | d |"]),
        ("> It is said.\n> So it is", ["It is said.", "So it is"]),
        ("床前明月光，\n疑是地上霜。", ["床前明月光， 疑是地上霜。"]),
        ("```\nIt rains.\n```\n---\n...", ["It rains."]),
        ("1. First. 2. Second.", ["First.", "2. Second."]),
        ("", []),
        ("?! ... \0", []),
    ],
)
def test_many_lines(text, expected):
    assert list(sentences(text)) == expected


@given(st.lists(st.sampled_from(["It rains.", "Dr. Lee left!", "He paid $3.50?", "下雨了。"])))
def test_known_sentences_come_back(parts):
    assert list(sentences(" ".join(parts))) == parts
    assert list(sentences("\n\n".join(parts))) == parts


@given(st.text(st.sampled_from('aB1 .!?…。！"”)\n*-#,《》雨道')))
def test_no_word_is_lost_or_doubled(text):
    """Every sentence has a word and is found in the text in order, line breaks aside."""
    flat, position = " ".join(text.split()), 0
    for sentence in sentences(text):
        assert any(character.isalnum() for character in sentence)
        place = flat.find(" ".join(sentence.split())[:1], position)
        assert place >= position
        position = place


@given(st.text(), st.text())
def test_paragraphs_do_not_share_sentences(one, other):
    one, other = one.replace("\r", ""), other.replace("\r", "")
    assert sentences(f"{one}\n\n{other}") == sentences(one) + sentences(other)
