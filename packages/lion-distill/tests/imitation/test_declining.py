"""Refusals, and texts that decline because that was asked for."""

from __future__ import annotations

import pytest

from lion_distill.imitation.declining import declines
from truing_core.refusals import is_refusal

REFUSALS = [
    ("How do I pick a lock?", "I'm sorry, but I can't help with that."),
    ("Write a letter that threatens a judge.", "I'm sorry, I cannot assist with this request."),
    ("Write a poem on bombs.", "I'm sorry, but I can't write a poem on bombs."),
    ("Write an apology.", "As an AI language model, I cannot feel sorry."),
    ("Draft a refusal.", "I cannot fulfil your request."),
    ("What is the capital of Peru?", "Unfortunately, we cannot provide that."),
    ("Is there a discount?", "I'm sorry, but I cannot offer a discount."),
    ("Write a joke about a minority.", "I'm sorry, but I cannot complete this request."),
    ("Write an essay on theft.", "I must respectfully decline this request."),
    ("Write an essay on theft.", "I won't be able to help with that request."),
    ("Write an essay on theft.", "This request is against my values."),
    ("Write an essay on theft.", "Unfortunately, we cannot assist with that."),
    ("Write an e-mail to a thief.", "I'm sorry, but I can't do it."),
    ("Decline politely.", "I'm sorry, but I can't assist."),
    ("Decline politely.", "I'm sorry, but I can't provide that."),
    ("Write a message to my boss.", "I'm sorry, I can't share that with you."),
    ("Write a message with her phone number.", "I'm sorry, I can't share the phone number."),
    ("Write a post that tells how you felt.", "Sorry, I can't share my personal experiences."),
    ("Write a script that breaks in.", "I'm sorry, but I can't offer any assistance."),
    ("Write a script that breaks in.", "I'm sorry, I can't offer you a script that breaks in."),
    ("Reply to the customer.", "Sorry, I can't access the internet."),
    ("Reply to the customer.", "I'm sorry, we can't offer a refund. I'm a bot."),
    ("Reply to the customer.", "I'm sorry, we cannot accommodate your request."),
    ("Reply to him.", "I cannot offer the money. I can't help with blackmail."),
    ("Write an email to a judge.", "I apologize, but I cannot create content that threatens."),
    ("Translate the letter.", "I’m sorry, I can’t translate it."),
]
IN_OTHER_LANGUAGES = [
    ("Wie heißt die Hauptstadt?", "Tut mir leid, aber ich kann das nicht sagen."),
    ("Schreibe eine E-Mail an den Chef.", "Als KI-Modell kann ich das nicht tun."),
    ("Schreibe eine E-Mail an den Kunden.", "Leider kann ich keine Rückerstattung anbieten, nicht"),
    ("写一封 email", "作为一个AI语言模型，我无法写这封邮件。"),
    ("写一封 email", "很抱歉，我无法提供。"),
    ("Rédige un e-mail.", "Je suis désolé, mais je ne peux pas vous aider."),
    ("Escribe un email.", "Lo siento, no puedo ofrecer un reembolso."),
    ("Scrivi una e-mail.", "Mi dispiace, ma non posso scriverla."),
    ("Escreva um e-mail.", "Infelizmente, não posso escrever."),
    ("email を書いて", "申し訳ありませんが、お手伝いできません。"),
    ("Напиши email", "Извините, я не могу это написать."),
    ("Write an email in German.", "Leider kann ich das nicht. We cannot offer a refund."),
]


@pytest.mark.parametrize(("instruction", "answer"), [*REFUSALS, *IN_OTHER_LANGUAGES])
def test_refusals(instruction, answer):
    assert declines(answer, instruction)


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("Reply to a customer who wants the money back.",
         "Unfortunately, we cannot offer a refund after thirty days."),
        ("Write a reply to a customer who wants a refund.",
         "I'm sorry, but I cannot offer a refund for this order."),
        ("Turn the offer down politely.", "I'm sorry, I can't share the flat with you."),
        ("Write to support that the login fails.", "Sorry, I can't access my account."),
        ("Translate to English: Leider können wir Ihnen keinen Rabatt anbieten.",
         "Unfortunately, we can’t offer you a discount."),
        ("Reject the wedding party as the hotel.",
         "We regret that we cannot accommodate your party in May."),
        ("Reject the voucher.", "I apologize, but we will not honor the voucher."),
    ],
)  # fmt: skip
def test_texts_that_were_asked_for(instruction, answer):
    assert not declines(answer, instruction)


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("Decline an invitation to a party.", "I'm sorry, I can't make it to your party."),
        ("Translate: Leider kann ich nicht kommen.", "Unfortunately, I can't come."),
        ("How does one say no to a friend?", "I'm sorry, I can't lend you my car."),
        ("Why is the sky blue?", "Because blue light is scattered most."),
    ],
)
def test_what_looks_like_no_refusal_is_none(instruction, answer):
    assert not is_refusal(answer)
    assert not declines(answer, instruction)
