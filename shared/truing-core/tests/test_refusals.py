"""Refusals are whole answers that decline."""

from __future__ import annotations

import pytest

from truing_core.refusals import is_refusal, sees_nothing


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot fulfill this request as it violates the guidelines.",
        "As an AI language model, I do not have personal experiences.",
        "**I apologize, but I cannot create content of this kind.** Is there something else?",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Je suis désolé, mais je ne peux pas répondre à cette demande.",
        "Lo siento, pero no puedo ayudar con eso.",
        "Mi dispiace, ma non posso aiutarti con questa richiesta.",
        "Desculpe, mas não posso ajudar com isso.",
        "抱歉，我无法满足这个请求。",
        "申し訳ありませんが、そのご要望にはお応えできません。",
        "Извините, но я не могу помочь с этим.",
    ],
)
def test_refusals(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I can't believe it has been ten years since we left the farm.",
        "I can't write essays well. How do I begin one about my holidays?",
        "As an AI researcher from Leeds, she writes about machines.",
        "Als Kind war ich oft am See.",
        "He said: I cannot help you. Then he left.",
        "I'm sorry, but I can't make it on Sunday. " + "We meet at noon by the river. " * 30,
    ],
)
def test_no_refusals(text):
    assert not is_refusal(text)


def test_who_sees_nothing_asks_for_a_text():
    assert sees_nothing("It seems you haven't provided the text. Please share it.")
    assert not sees_nothing("Please provide the text with headings, one for each step.")
    assert not sees_nothing("You haven't provided the text. " + "It is about birds. " * 40)
