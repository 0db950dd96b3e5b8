"""From cases to a data set, through a real server: what is asked, written, and asked again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from lte_edit.alignment.choices import BuildChoice, Material
from lte_edit.alignment.mix import Mix
from lte_edit.alignment.pipeline import build, make_twins, plan
from truing_core.errors import InputError, ModelError, ResumeError
from truing_core.models import LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.records import read_rows
from truing_core.roles import ModelChoice
from truing_core.testing.server import ChatServer


@contextmanager
def silent(label, total):
    yield lambda reply: None


@pytest.fixture
def run(tmp_path, encoder):
    def run_(server, material, name="out.parquet", folder="run", **fields):
        options = LoadOptions(max_retries=0)
        model = ModelChoice(f"openai/m@{server.url}", Sampling(max_tokens=50), options)
        choice = BuildChoice(model, Prompts("lte_edit"), Mix({}), "letters", **fields)
        output = tmp_path / name
        summary = build(tmp_path / folder, output, material, choice, encoder, watch=silent)
        return summary, [row for _, row in read_rows(output)]

    return run_


def talk(number):
    return (
        f"general-{number}",
        ({"role": "user", "content": f"Say {number}."}, {"role": "assistant", "content": "Done."}),
    )


def answer(body):
    text = body["messages"][-1]["content"]
    return "under edits" if "[Updated facts]" in text else f"bare: {text}"


def test_every_pair_is_complete(run, cases):
    with ChatServer(reply=answer) as server:
        summary, rows = run(server, Material(cases[:2], [talk(1)]), out_of_scope="file")
    # Of each case: 2 bare answers in scope, and both halves of the open question.
    assert server.total == 2 * 4
    assert (summary["rows"], summary["pairs"], summary["missing"]) == (18, 9, {})
    assert len(rows) == 18
    for edited, bare in zip(rows[::2], rows[1::2], strict=True):
        assert edited["pair_id"] == bare["pair_id"]
        assert (edited["with_edit"], bare["with_edit"]) == (True, False)
        assert edited["messages"][0]["content"].endswith(bare["messages"][0]["content"])
        assert (bare["n_facts"], bare["gold_position"]) == (0, 0)
    answers = [[half["messages"][-1]["content"] for half in pair] for pair in
               zip(rows[::2], rows[1::2], strict=True)]  # fmt: skip
    assert answers[:4] == [
        ["T0", "bare: Who leads subject a?"],
        ["Rome", "bare: Where was the head of subject a born?"],
        ["Paris", "Paris"],
        ["under edits", "bare: Tell me about subject a."],
    ]
    assert answers[-1] == ["Done.", "Done."]
    assert {"source": "general", "scope": "free", "aspect": "Instruction", "pairs": 1} in summary[
        "groups"
    ]


def test_out_of_scope_a_model_is_asked_once_and_without_the_edit(run, cases):
    with ChatServer(reply=answer) as server:
        _, rows = run(server, Material(cases[:1]))
    assert server.total == 5
    [edited, bare] = [row for row in rows if row["scope"] == "out"]
    assert edited["messages"][-1] == bare["messages"][-1]
    question = bare["messages"][0]["content"]
    assert bare["messages"][-1]["content"] == f"bare: {question}"
    assert "[Updated facts]" in edited["messages"][0]["content"]


def test_what_was_answered_is_not_asked_again(run, cases, tmp_path):
    asked = {"Who leads subject a?": ["500"], "Tell me about subject b.": ["empty"]}
    with ChatServer(reply=answer, faults=asked) as server:
        first, rows = run(server, Material(cases[:2]))
        assert sum(first["missing"].values()) >= 1
        assert len(rows) == first["rows"] == 16 - 2 * sum(first["missing"].values())
        before = server.total
        second, rows = run(server, Material(cases[:2]))
        assert (second["rows"], second["missing"]) == (16, {})
        assert server.total - before == sum(first["missing"].values())
        again, same = run(server, Material(cases[:2]))
    assert again == second
    assert same == rows


def test_an_answer_that_was_cut_off_is_no_answer(run, cases):
    def cut(body):
        text = body["messages"][-1]["content"]
        if text.startswith("Who"):
            return {"content": "It is", "finish_reason": "length"}
        return answer(body)

    with ChatServer(reply=cut) as server:
        summary, rows = run(server, Material(cases[:3]))
    assert summary["missing"] == {"the answer was cut off": 3}
    assert len(rows) == 3 * 8 - 3 * 2
    assert not any(row["aspect"] == "Edit" for row in rows)


def test_the_same_seed_gives_the_same_file(run, cases, tmp_path):
    with ChatServer(reply=answer) as server:
        run(server, Material(cases), "a.jsonl", "one")
        run(server, Material(cases), "b.jsonl", "two")
        run(server, Material(cases), "c.jsonl", "three", seed=1)
    one, two, three = ((tmp_path / f"{name}.jsonl").read_bytes() for name in "abc")
    assert one == two
    assert one != three


def test_another_configuration_is_refused(run, cases):
    with ChatServer(reply=answer) as server:
        run(server, Material(cases[:1]))
        with pytest.raises(ResumeError, match="gold_position"):
            run(server, Material(cases[:1]), gold_position="first")
        edit = cases[0].edits[0].model_copy(update={"subject": "another"})
        for others in (cases[:2], [replace(cases[0], edits=(edit,))]):
            with pytest.raises(ResumeError, match="fingerprint"):
                run(server, Material(others))


def test_nothing_to_ask_and_nobody_who_answers(run, cases):
    with ChatServer(faults=["401"] * 50) as server:
        with pytest.raises(InputError, match="leaves no question"):
            run(server, Material([]))
        with pytest.raises(ModelError):
            run(server, Material(cases[:1]))


def test_the_plan_counts_what_is_not_answered_yet(run, cases, tmp_path, encoder):
    with ChatServer(reply=answer) as server:
        model = ModelChoice(f"openai/m@{server.url}", Sampling(max_tokens=50))
        choice = BuildChoice(model, Prompts("lte_edit"), Mix({}), "letters")
        twins = make_twins(Material(cases[:2]), choice, encoder)
        assert plan(tmp_path / "run", twins, choice).journaled == 0
        run(server, Material(cases[:2]))
        planned = plan(tmp_path / "run", twins, choice)
    assert (planned.requests, planned.journaled) == (10, 10)
