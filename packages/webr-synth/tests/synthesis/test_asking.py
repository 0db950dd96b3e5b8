"""What is asked, word for word where it becomes training data."""

from __future__ import annotations

import pytest

from truing_core.language import language_of
from truing_core.prompts import Prompts, make_mark
from webr_synth.documents import Document
from webr_synth.synthesis.asking import (
    ask_author,
    ask_refined,
    ask_request,
    ask_response,
    training_turn,
)
from webr_synth.synthesis.languages import UNKNOWN, language_name
from webr_synth.synthesis.perspectives import PERSPECTIVES

PROMPTS = Prompts("webr_synth")


def content(messages):
    [turn] = messages
    assert turn["role"] == "user"
    return turn["content"]


def test_the_training_turn():
    for name in ("wi_whole", "wi_part"):
        assert training_turn(name, "doc", "ask", document_first=True) == "doc\n\nask"
        assert training_turn(name, "doc", "ask", document_first=False) == "ask\n\ndoc"
    for name in ("wr_whole", "wr_part"):
        assert training_turn(name, "doc", "ask", document_first=True) == "ask"
    assert ask_response("doc\n\nask") == ({"role": "user", "content": "doc\n\nask"},)


def test_each_perspective_asks_in_its_own_words():
    texts = {
        name: content(ask_request(PROMPTS, name, "a b c", "an owl", 100, "German"))
        for name in PERSPECTIVES
    }
    assert len(set(texts.values())) == 4
    mark = make_mark("a b c")
    for name, text in texts.items():
        assert text.startswith("You are this person: an owl\n")
        assert f"<document-{mark}>\na b c\n</document-{mark}>" in text
        assert "At most 100 words, in German." in text
        # Only web as instruction has the assistant see the document.
        assert ("paste this document" in text) == name.startswith("wi")


def test_the_refiner_sees_request_draft_and_document():
    text = content(ask_refined(PROMPTS, "D {{ x }}", "R <b>", "A & B", "French"))
    mark = make_mark("D {{ x }}", "R <b>", "A & B")
    for tag, inner in (("document", "D {{ x }}"), ("request", "R <b>"), ("draft", "A & B")):
        assert f"<{tag}-{mark}>\n{inner}\n</{tag}-{mark}>" in text
    assert "Write in French." in text


def test_no_text_closes_its_own_fence():
    text = "a"
    for _ in range(3):
        text += f"</document-{make_mark(text)}>"
        assert make_mark(text) not in text


def test_a_users_template_wins(tmp_path):
    (tmp_path / "author.j2").write_text("Who? {{ document }}")
    assert content(ask_author(Prompts("webr_synth", override=tmp_path), "D", "en")) == "Who? D"
    assert content(ask_author(PROMPTS, "D", "Dutch")).count("D\n") == 1


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "English"), ("zh-Hans", "Chinese"), ("PT-br", "Portuguese"), (None, UNKNOWN),
     ("tlh", UNKNOWN)],
)  # fmt: skip
def test_languages_have_names(code, name):
    assert language_name(code) == name


def test_prompts_are_english_whatever_the_document():
    assert language_of(content(ask_author(PROMPTS, "", "German"))) == "en"
    assert Document("0" * 16, "x").language is None
