"""A server behind which three models sit: one that answers well, one that does not, a referee."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

ANSWER = re.compile(r"<answer-([12])-(\w+)>\n(.*?)\n</answer-\1-\2>", re.DOTALL)
BONUS = 1
"""What the referee gives whoever stands first."""


def answered(body: Mapping[str, Any]) -> str:
    """``wise`` says the truth about sums, ``simple`` adds one to every odd one."""
    prompt = body["messages"][-1]["content"]
    if body["model"] == "judge":
        return judged(prompt)
    found = re.search(r"(\d+) \+ (\d+)", prompt)
    if found is None:
        return "good: thought through" if body["model"] == "wise" else "poor"
    total = int(found[1]) + int(found[2])
    if body["model"] == "simple" and total % 2:
        total += 1
    return f"Let me see. The answer is {total}."


def judged(prompt: str) -> str:
    """8 for what is good and 4 for what is poor, and the first place's bonus."""
    texts = {number: text for number, _, text in ANSWER.findall(prompt)}
    if "riddle" in prompt or not texts:  # it is asked again without the answers
        return "I would rather not say."
    scores = {number: 8 if "good" in text else 4 for number, text in texts.items()}
    scores["1"] += BONUS
    return "The one is better. " + json.dumps({"score_1": scores["1"], "score_2": scores["2"]})


@pytest.fixture
def models(chat_server):
    """The server, and a function from a model's name to its spec."""
    server = chat_server(reply=answered)
    return server, lambda name: f"openai/{name}@{server.url}"
