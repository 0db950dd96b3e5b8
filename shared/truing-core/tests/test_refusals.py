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
        "I'm sorry, but I can't recommend ways to pick a lock.",
        "Sorry, we won't be able to assist.",
        "Unfortunately, I cannot honestly tell you that.",
        "I'm sorry, but as an AI language model, I cannot feel.",
        "I'm sorry, but I can't.",
        "**I'm sorry, but I can't**",
        "Sorry, I can't.",
        "Unfortunately, I cannot.",
        "Sorry, I can't, as that would do harm.",
        "I'm sorry, but I can't do so.",
        "I'm sorry, but I will not.",
        "I apologize, but I cannot\n\nIs there anything else?",
        "I'm sorry, but I cannot see any image.",
        "I'm sorry, but I can't view images.",
        "Unfortunately, I can't open the attached file.",
        "Sorry, I can't open that link.",
        "I'm sorry, but I cannot accept this request.",
        "I'm sorry, but I can't allow that.",
        "I cannot help with lighthouses.",
        "I must respectfully decline.",
        "We must decline your request.",
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
        "I'm sorry, I can't make it to your party.",
        "I'm so sorry to hear that your cat is ill.",
        "Sorry, I can't wait any longer. Let's go.",
        "I'm sorry, but I can't help feeling that the second verse is weak.",
        "Unfortunately, we cannot attend on Sunday.",
        "Sorry, I can't make it on Sunday.",
        "I can't.",
        "Sorry, I can't *wait* for it.",
        "Sorry, I can't\nwait for it.",
        "I'm sorry, but I can't see you on Friday.",
        "Sorry, I can't see a way round it.",
        "Unfortunately, I cannot open the shop before nine.",
        "Unfortunately, we cannot accept returns after thirty days.",
        "I'm sorry, but I cannot accept that offer.",
        "Unfortunately, we cannot allow dogs in the garden.",
        "Sorry, I will not be there in time.",
        "I can't wait for the concert.",
        "We cannot thank you enough for your kindness.",
        "I won't forget that day at the lake.",
        "I must decline your kind invitation, as I am in Leeds on Friday.",
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
