"""The teacher and the generator: a program that solves every task, and one that varies it.

    with oracle(salt="seed 1") as server:
        ...  # the model spec: f"openai/oracle@{server.url}"

A prompt that states a task is answered. A prompt of lion-distill's generator holds a task among
other lines; it is answered by a new task of the same family: of the same level where something
similar is asked for, of the next level where something rarer is. Nothing that is held out is said.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from families import LEVELS, Posed, Task, pose, read, vocabulary

from truing_core.testing.server import ChatServer

UNREAD = "I cannot read a task in this."
_KNOWN = frozenset(vocabulary())
_WORDS = re.compile(r"\w+")
_RARER = re.compile(r"\b(?:rare|rarer|uncommon|unusual|seldom|less common)\b", re.IGNORECASE)


def oracle(salt: str) -> ChatServer:
    """The server; its generator's draws depend on the salt, the prompt, and the draw's number."""
    drawn: Counter[str] = Counter()

    def reply(body: Mapping[str, Any]) -> str:
        prompt = str(body["messages"][-1]["content"])
        task = read(prompt)
        if task is not None:
            return task.answer
        parent = find(prompt)
        if parent is None:
            return UNREAD
        drawn[prompt] += 1
        number = body.get("seed", drawn[prompt])
        rng = random.Random(f"{salt} {prompt} {number}")
        made = vary(parent, rng, rarer=asks_rarer(prompt))
        return json.dumps({"instruction": made.instruction, "input": made.input})

    return ChatServer(reply)


def vary(parent: Task, rng: random.Random, *, rarer: bool) -> Posed:
    """Another task of the family, as hard or, where rarer is wanted, one level up."""
    level = min(parent.level + rarer, LEVELS[-1])
    while True:
        made = pose(parent.family, rng, level)
        if made.task != parent:
            return made


def asks_rarer(prompt: str) -> bool:
    """Whether a generator's prompt wants something rarer than its example."""
    return bool(_RARER.search(prompt))


def find(prompt: str) -> Task | None:
    """The task among a prompt's lines: one of them, or an instruction and its input."""
    lines = [line.strip() for line in prompt.splitlines()]
    lines = [line for line in lines if line and _KNOWN.issuperset(_WORDS.findall(line))]
    texts = (*lines, *(f"{one} {other}" for one, other in combinations(lines, 2)))
    return next((task for text in texts if (task := read(text)) is not None), None)
