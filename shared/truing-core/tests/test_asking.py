"""What a command shows while it asks, and of what it would ask."""

from __future__ import annotations

import json

from truing_core.asking import failures, show_plan, watch
from truing_core.budget import Price, estimate
from truing_core.models import ChatReply, ChatRequest, Sampling


def plan(count):
    requests = [
        ChatRequest(str(n), ({"role": "user", "content": "four"},), Sampling(max_tokens=10))
        for n in range(count)
    ]
    return estimate(requests, price=Price(1.0, 1.0))


def test_what_came_from_the_journal_is_told(capsys):
    with watch("judge", 3) as on_reply:
        on_reply(ChatReply("a", "text", cached=True))
        on_reply(ChatReply("b", error="no"))
        on_reply(ChatReply("c", "text"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "judge: 1 of 3 had been answered before" in err


def test_nothing_is_told_of_a_first_run(capsys):
    with watch("judge", 1) as on_reply:
        on_reply(ChatReply("a", "text"))
    assert "before" not in capsys.readouterr().err


def test_failures_end_a_sentence():
    assert failures(0) == ""
    assert failures(2) == "; 2 failed, run the same command again to retry them"


def test_a_plan_of_one_stage_has_no_sum(capsys):
    show_plan({"generate": plan(3)}, as_json=False)
    out = capsys.readouterr().out
    assert out.startswith("generate:\n")
    assert "together" not in out


def test_a_plan_of_two_stages_is_added_up(capsys):
    show_plan({"generate": plan(3), "judge": plan(4)}, as_json=False)
    out = capsys.readouterr().out
    assert "7" in out[out.index("together:") :].splitlines()[1]


def test_a_plan_as_json(capsys):
    show_plan({"generate": plan(3), "judge": plan(4)}, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert {name: stage["requests"] for name, stage in shown.items()} == {
        "generate": 3,
        "judge": 4,
    }
