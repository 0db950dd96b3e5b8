from __future__ import annotations

import json
import random
from urllib.request import Request, urlopen

import pytest
from families import FAMILIES, LEVELS, Task, pose, read
from oracle import UNREAD, asks_rarer, find, oracle, vary


def _ask(url: str, prompt: str, **fields: object) -> str:
    body = {"model": "oracle", "messages": [{"role": "user", "content": prompt}], **fields}
    request = Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request) as response:
        return str(json.load(response)["choices"][0]["message"]["content"])


def test_a_task_is_solved_and_another_text_is_not() -> None:
    with oracle("a") as server:
        assert _ask(server.url, "Put these in order.\n\n21 4 15") == "4 then 15 then 21"
        assert _ask(server.url, "Write a poem.") == UNREAD


@pytest.mark.parametrize("rarer", [False, True])
@pytest.mark.parametrize("name", FAMILIES)
def test_variations_stay_in_the_family_and_are_never_held_out(name: str, rarer: bool) -> None:
    rng = random.Random(name)
    for level in LEVELS:
        parent = pose(name, rng, level).task
        for _ in range(20):
            child = vary(parent, rng, rarer=rarer)
            assert child.task.family == name
            assert child.task.level == min(4, level + rarer)
            assert child.task != parent
            assert not child.held_out


def test_the_generators_draws_differ_by_seed_and_repeat_with_it() -> None:
    prompt = "Make a new one like the one below.\n[[x]]\nSort: 21 4 15\n[[x]]\nReply in JSON."
    with oracle("a") as server:
        said = [_ask(server.url, prompt, seed=number) for number in (1, 2, 1)]
        unseeded = [_ask(server.url, prompt) for _ in range(2)]
    assert said[0] == said[2] != said[1]
    assert unseeded[0] != unseeded[1]
    for each in said:
        made = json.loads(each)
        task = read(f"{made['instruction']} {made['input']}")
        assert task is not None
        assert (task.family, task.level) == ("sort", 2)


def test_a_parent_is_found_with_its_input_apart() -> None:
    letters = Task("reverse", (("letters", "K A B"),))
    assert find("New one:\n<<1>>\nTurn the letters round.\n<<1>>\n<<2>>\nK A B\n<<2>>") == letters
    assert find("New one:\n<<1>>\nTurn the letters round.\n\nK A B\n<<1>>\nReply.") == letters
    assert find("New one:\n<<1>>\nWrite a poem.\n<<1>>") is None


@pytest.mark.parametrize("kind", ["hard", "easy"])
def test_the_tools_own_prompts_are_understood(kind: str) -> None:
    from truing_core.prompts import Prompts

    rng = random.Random(kind)
    prompts = Prompts("lion_distill")
    for name in FAMILIES:
        for _ in range(10):
            parent = pose(name, rng, 2)
            prompt = prompts.render(
                f"generator/{kind}", instruction=parent.instruction, input=parent.input,
                language="English", mark="k3x9",
            )  # fmt: skip
            assert find(prompt) == parent.task
            assert asks_rarer(prompt) == (kind == "easy")
