"""A judge in a run: unreadable, late, missing, and what it costs."""

from __future__ import annotations

import json

import pytest

ITEMS, JUDGED = 20, 16  # of the garden


def test_a_judge_that_talks_nonsense_is_asked_thrice_and_counts_as_unread(
    command, garden, staff, tmp_path, rows
):
    nonsense = {"[c1] level 2": "I would rather not say.", "[s2] level 4": '["YES"]'}
    people = staff(judgements=nonsense)
    args = (
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r",
        "--json",
    )  # fmt: skip
    result = command(*args)
    assert result.code == 0
    talks = [
        body["messages"]
        for body in people.server.bodies
        if body["model"] == "judge" and "[c1] level 2" in body["messages"][0]["content"]
        and "[c1] level 3" not in body["messages"][0]["content"]
    ]  # fmt: skip
    assert sorted(len(talk) for talk in talks) == [1, 3, 5]
    longest = max(talks, key=len)
    assert [turn["role"] for turn in longest] == ["user", "assistant"] * 2 + ["user"]
    assert longest[1]["content"] == "I would rather not say."
    assert "there is no list of YES and NO" in longest[2]["content"]
    assert any("the list has 1 verdict, 2 wanted" in prompt for prompt in people.asked_of("judge"))
    assert people.server.total == ITEMS + JUDGED + 2 * 2

    coverage = result.json["coverage"]
    assert (coverage["judged"], coverage["unparsed"], coverage["missing"]) == (14, 2, 0)
    assert coverage["scored"] == 18
    content = result.json["categories"]["content"]
    assert content["n"] == [2, 1, 2, 2, 2]
    assert content["hsr"] == [100, 100, 100, 100, 50]
    assert (content["csl_groups"], content["csl"]) == (1, 4)
    attempts = {
        (row["example_id"], row["level"]): row["attempts"]
        for row in rows(tmp_path / "r/judgements.jsonl")
    }
    assert attempts[("c1", 2)] == attempts[("s2", 4)] == 3
    assert attempts[("c1", 3)] == 1
    unread = [row for row in rows(tmp_path / "r/items.jsonl") if row["status"] == "unread"]
    assert [(row["example_id"], row["hard"], row["soft"]) for row in unread] == [
        ("c1", None, None), ("s2", None, None),
    ]  # fmt: skip
    assert unread[0]["judgement"] == "I would rather not say."
    assert unread[0]["reason"] == "there is no list of YES and NO"

    asked = people.server.total
    assert command(*args).json == result.json
    assert people.server.total == asked


def test_a_judge_that_comes_to_its_senses_counts(command, garden, staff, tmp_path, rows):
    people = staff()
    fair = people.reply
    people.server.reply = lambda body: (
        "Hm." if body["model"] == "judge" and len(body["messages"]) == 1 else fair(body)
    )
    result = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r",
        "--json",
    )  # fmt: skip
    assert result.json["coverage"]["judged"] == JUDGED
    assert {row["attempts"] for row in rows(tmp_path / "r/judgements.jsonl")} == {2}
    assert people.server.total == ITEMS + 2 * JUDGED


def test_judge_retries_can_be_forbidden(command, garden, staff):
    people = staff(judgements={"[c1] level 2": "No idea."})
    result = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--judge-retries", 0,
        "--json",
    )  # fmt: skip
    assert result.json["coverage"]["unparsed"] == 1
    assert people.server.total == ITEMS + JUDGED


def test_a_server_without_json_schema_judges_too(command, garden, staff):
    people = staff(json_schema=False)
    fair = people.reply
    people.server.reply = lambda body: (
        fair(body) if body["model"] == "model" else _in_brackets(fair(body))
    )
    result = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--json"
    )  # fmt: skip
    assert result.json["coverage"]["judged"] == JUDGED
    assert result.json["categories"]["style"]["hsr"] == [50, 100, 100, 50, 50]


def _in_brackets(reply):
    return f"It is fine.\n[{', '.join(json.loads(reply)['verdicts'])}]"


def test_a_judge_may_come_later_but_not_leave(command, garden, staff, tmp_path):
    people = staff()
    base = ("run", "-m", people.model, "--data", garden, "--run-dir", "r", "--json")
    assert command(*base).json["constraints"] == "checks-only"
    judged = command(*base, "--judge", people.judge)
    assert judged.json["constraints"] == "all"
    assert people.server.total == ITEMS + JUDGED
    refused = command(*base)
    assert (refused.code, refused.out) == (1, "")
    assert f"was judged by {people.judge}" in refused.err
    assert "--judge" in refused.err
    assert "--fresh" in refused.err
    assert json.loads((tmp_path / "r/scores.json").read_text("utf-8")) == judged.json


def test_the_judge_has_its_own_price(command, garden, staff):
    people = staff()
    plan = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--dry-run", "--json",
        "--price", "1,1", "--judge-price", "2,2",
    ).json  # fmt: skip
    generate, judge = plan["generate"], plan["judge"]
    tokens = generate["prompt_tokens"] + generate["max_completion_tokens"]
    assert generate["cost_high"] == pytest.approx(tokens / 1e6)
    tokens = judge["prompt_tokens"] + judge["max_completion_tokens"]
    assert judge["cost_high"] == pytest.approx(2 * tokens / 1e6)


def test_nothing_to_judge_needs_no_judge(command, tmp_path, staff, rows):
    levels = [
        {"instruction": f"L{n}", "check": {"type": "words", "max": 10 * n}} for n in range(1, 6)
    ]
    group = {"id": 1, "category": "mixed", "lang": "en", "levels": levels}
    (tmp_path / "checks.jsonl").write_text(json.dumps(group))
    people = staff()
    result = command(
        "run", "-m", people.model, "--judge", people.judge, "--data", "checks.jsonl",
        "--run-dir", "r", "--json",
    )  # fmt: skip
    assert result.code == 0
    assert people.asked_of("judge") == []
    assert result.json["judge"]["model"] == people.judge
    assert result.json["categories"]["mixed"]["hsr"] == [100] * 5
    assert command("score", "--run-dir", "r", "--json").code == 0
