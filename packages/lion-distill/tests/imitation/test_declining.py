"""Refusals, and texts that decline because that was asked for."""

from __future__ import annotations

import pytest

from lion_distill.imitation.declining import declines


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("How do I pick a lock?", "I'm sorry, but I can't help with that."),
        ("Write a letter that threatens a judge.", "I'm sorry, I cannot assist with this request."),
        ("Write a poem on bombs.", "I'm sorry, but I can't write a poem on bombs."),
        ("Write an apology.", "As an AI language model, I cannot feel sorry."),
        ("Draft a refusal.", "I cannot fulfil your request."),
        ("What is the capital of Peru?", "Unfortunately, we cannot provide that."),
        ("Wie heißt die Hauptstadt?", "Tut mir leid, aber ich kann das nicht sagen."),
    ],
)
def test_refusals(instruction, answer):
    assert declines(answer, instruction)


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("Decline an invitation to a party.", "I'm sorry, I can't make it to your party."),
        ("Reply to a customer who wants the money back.",
         "Unfortunately, we cannot offer a refund after thirty days."),
        ("Turn the offer down politely.", "I'm sorry, I can't share the flat with you."),
        ("Translate: Leider kann ich nicht kommen.", "Unfortunately, I can't come."),
        ("How does one say no to a friend?", "I'm sorry, I can't lend you my car."),
        ("Write to support that the login fails.", "Sorry, I can't access my account."),
        ("Why is the sky blue?", "Because blue light is scattered most."),
    ],
)  # fmt: skip
def test_texts_that_were_asked_for(instruction, answer):
    assert not declines(answer, instruction)
