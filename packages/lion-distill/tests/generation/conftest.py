"""What the tests of generation share: a generator that is a program, and the stage around it."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from contextlib import contextmanager
from hashlib import sha256
from types import SimpleNamespace

import pytest

from lion_distill.choices import GeneratorChoice
from lion_distill.generation import generate
from lion_distill.generation.asking import TemplateWords
from lion_distill.rows import Instruction, Rejected, Verdict
from lion_distill.workspace import Iteration, load
from truing_core.models import LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.run import Run

_TASK = re.compile(r"<task-(\w{6})>\n(.*?)\n</task-\1>", re.DOTALL)
_WORDS = re.findall(
    r"\w+",
    "amber basin cedar delta ember fjord grove harbor island jungle kettle lagoon meadow needle "
    "orchard pebble quarry river summit tunnel valley willow yonder zephyr anchor bridge candle "
    "drizzle engine feather garden hammer insect jacket kernel lantern mirror nectar oyster pillar",
)


def prompt_of(body) -> str:
    return body["messages"][-1]["content"]


def parent_of(body) -> str:
    return _TASK.search(prompt_of(body))[2]


def kind_of(body) -> str:
    return "hard" if "of the same kind, and" in prompt_of(body) else "easy"


def made_up(body, draw: int) -> str:
    """A task of twelve words that shares few with any other."""
    digest = sha256(f"{prompt_of(body)} {draw}".encode()).digest()
    return "Explain " + " ".join(_WORDS[each % len(_WORDS)] for each in digest[:12]) + "."


def as_json(instruction: str, given: str = "") -> str:
    return json.dumps({"instruction": instruction, "input": given})


class Generator:
    """The reply function of a server; its draws are told apart by the seed of the request.

    Args:
        answer: From body and draw to the text, or the whole message.
    """

    def __init__(self, answer=None) -> None:
        self._answer = answer or (lambda body, draw: as_json(made_up(body, draw)))
        self.asked: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, body):
        draw = body["seed"]
        with self._lock:
            self.asked[prompt_of(body), draw] += 1
        return self._answer(body, draw)


def mixed(body, draw):
    """Good ones, repeats, refusals, leaks, cut and broken ones."""
    chance = random.Random(f"{body['messages'][-1]['content']} {draw}")
    what = chance.choice(["good"] * 4 + ["parent", "old", "refusal", "cut", "broken", "leak"])
    task = made_up(body, draw)
    return {
        "good": as_json(task),
        "parent": as_json(parent_of(body)),
        "old": as_json("Tell me about matter number 3 of the old list."),
        "refusal": "I'm sorry, but I can't help with that.",
        "cut": {"content": as_json(task)[:-20], "finish_reason": "length"},
        "broken": '{"instruction": "Say "hi", "input": }',
        "leak": as_json("Make up one new task that trains the same ability."),
    }[what]


POOL = [
    Instruction(id=f"seed-{n}", instruction=f"Tell me about matter number {n} of the old list.")
    for n in range(12)
]
VERDICTS = [
    Verdict(id=each.id, kind="hard" if n < 5 else "easy" if n < 10 else "undecided")
    for n, each in enumerate(POOL)
]


@contextmanager
def unwatched(label, total):
    yield lambda reply: None


@pytest.fixture
def choice(prompts):
    def make(server, *, concurrency=8, **fields):
        model = ModelChoice(
            f"openai/generator@{server.url}",
            Sampling(temperature=1.0, max_tokens=200, seed=0),
            LoadOptions(concurrency=concurrency, max_retries=1),
        )
        return GeneratorChoice(**{"model": model, "prompts": prompts, "num": 20, **fields})

    return make


def made(folder, choice, *, number=0, pool=POOL, verdicts=VERDICTS, watch=unwatched):
    with Run.open(folder, tool="lion-distill", version="0", config={}) as run:
        at = Iteration(run.folder, number)
        facts = generate(run, at, pool, verdicts, choice, watch=watch)
    return facts, load(at.generated, Instruction), load(at.rejected, Rejected)


def decided(facts):
    """The facts that do not hang on time."""
    return {name: value for name, value in facts.items() if name not in ("surplus", "tokens")}


@pytest.fixture(scope="session")
def prompts():
    return Prompts("lion_distill")


@pytest.fixture(scope="session")
def template(prompts):
    return TemplateWords(prompts)


@pytest.fixture(scope="session")
def program():
    """The generator's parts, by name."""
    return SimpleNamespace(
        Generator=Generator, mixed=mixed, as_json=as_json, made_up=made_up,
        kind_of=kind_of, parent_of=parent_of, prompt_of=prompt_of,
    )  # fmt: skip


@pytest.fixture(scope="session")
def stage():
    """The stage on a small pool, by name."""
    return SimpleNamespace(made=made, decided=decided, pool=POOL, verdicts=VERDICTS)
