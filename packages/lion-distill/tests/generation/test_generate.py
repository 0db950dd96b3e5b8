"""The whole stage against a real server whose generator is a program."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager

import pytest

from lion_distill.rows import instruction_id


def test_quotas_are_exact_and_rows_know_where_they_come_from(
    tmp_path, chat_server, choice, program, stage
):
    generator = program.Generator()
    facts, rows, rejected = stage.made(
        tmp_path / "run", choice(chat_server(reply=generator)), number=2
    )
    assert Counter(row.kind for row in rows) == {"hard": 10, "easy": 10}
    assert rejected == []
    hard = {each.id for each in stage.verdicts if each.kind == "hard"}
    easy = {each.id for each in stage.verdicts if each.kind == "easy"}
    ids = {each.id for each in stage.pool}
    for row in rows:
        assert row.iteration == 3
        assert row.id == instruction_id(row.instruction, row.input)
        assert row.parent in (hard if row.kind == "hard" else easy)
        assert 0 <= row.similarity <= 0.7
        assert row.nearest in ids if row.similarity else row.nearest is None
        ids.add(row.id)
    assert len(ids) == 32
    assert facts["kept"] == facts["wanted"] == facts["attempts"] == facts["asked"] == 20
    assert facts["kept_by_kind"] == {"hard": 10, "easy": 10}
    assert facts["parents"] == {"hard": 5, "easy": 5}
    assert facts["ended"] == "enough"
    assert (facts["acceptance_rate"], facts["retries"], facts["rejected"]) == (1.0, 0, {})
    assert facts["mean_chars"]["hard"] == pytest.approx(
        sum(len(row.text) for row in rows if row.kind == "hard") / 10
    )
    assert facts["mean_similarity"] == pytest.approx(sum(row.similarity for row in rows) / 20)
    assert facts["surplus"] == generator.asked.total() - 20
    assert max(generator.asked.values()) == 1


def test_each_kind_is_asked_with_its_own_parents(tmp_path, chat_server, choice, program, stage):
    seen = set()

    def answer(body, draw):
        seen.add((program.kind_of(body), program.parent_of(body)))
        return program.as_json(program.made_up(body, draw))

    stage.made(tmp_path / "run", choice(chat_server(reply=program.Generator(answer)), num=60))
    said = {each.id: each.instruction for each in stage.pool}
    assert seen == {
        (each.kind, said[each.id]) for each in stage.verdicts if each.kind != "undecided"
    }


@pytest.mark.parametrize(("num", "share", "hard"), [(7, 0.5, 4), (10, 0.2, 2), (5, 1.0, 5)])
def test_the_share_of_hard_ones(tmp_path, chat_server, choice, num, share, hard, program, stage):
    server = chat_server(reply=program.Generator())
    facts, rows, _ = stage.made(tmp_path / "run", choice(server, num=num, hard_share=share))
    assert facts["kept_by_kind"] == {"hard": hard, "easy": num - hard}
    assert len(rows) == num


@pytest.mark.parametrize("concurrency", [1, 5, 40])
def test_the_order_of_replies_changes_nothing(
    tmp_path, chat_server, choice, concurrency, program, stage
):
    plain = stage.made(
        tmp_path / "plain",
        choice(chat_server(reply=program.Generator(program.mixed)), concurrency=3),
    )
    chance = random.Random(concurrency)
    server = chat_server(
        reply=program.Generator(program.mixed), latency=lambda _: chance.random() * 0.03
    )
    shuffled = stage.made(tmp_path / "shuffled", choice(server, concurrency=concurrency))
    assert shuffled[1:] == plain[1:]
    assert stage.decided(shuffled[0]) == stage.decided(plain[0])
    assert plain[0]["kept"] == 20
    assert set(plain[0]["rejected"]) >= {"same_as_parent", "not_new", "refusal", "prompt_leak"}
    assert plain[0]["retries"] > 0


def test_a_rejected_one_says_why_and_what_it_is_near(tmp_path, chat_server, choice, program, stage):
    facts, _, rejected = stage.made(
        tmp_path / "run", choice(chat_server(reply=program.Generator(program.mixed)))
    )
    assert Counter(each.reason for each in rejected) == facts["rejected"]
    assert len(rejected) == facts["attempts"] - 20
    for each in rejected:
        assert each.text
        if each.reason == "not_new":
            assert each.similarity > 0.7
            assert each.nearest
        else:
            assert each.similarity is None
    repeats = [each for each in rejected if "matter number 3" in each.text]
    assert any(each.nearest == "seed-3" and each.similarity == 1.0 for each in repeats)


def test_what_is_hard_and_what_is_easy_are_compared_with_each_other(
    tmp_path, chat_server, choice, program, stage
):
    def answer(body, draw):
        # Each fourth draw says the same, whatever it is asked about.
        return program.as_json("Weigh the moon against a feather and a brick." if draw % 4 == 0
                       else program.made_up(body, draw))  # fmt: skip

    facts, rows, rejected = stage.made(
        tmp_path / "run", choice(chat_server(reply=program.Generator(answer)))
    )
    (first,) = (row for row in rows if row.instruction.startswith("Weigh"))
    stopped = [each for each in rejected if "Weigh" in each.text]
    assert {each.nearest for each in stopped} == {first.id}
    assert {each.kind for each in stopped} == {"hard", "easy"}
    assert facts["kept"] == 20


def test_a_second_iteration_draws_anew(tmp_path, chat_server, choice, program, stage):
    generator = program.Generator()
    chosen = choice(chat_server(reply=generator))
    _, first, _ = stage.made(tmp_path / "run", chosen)
    asked = generator.asked.total()
    facts, second, _ = stage.made(tmp_path / "run", chosen, number=1, pool=[*stage.pool, *first])
    assert facts["rejected"] == {}
    assert not {row.id for row in first} & {row.id for row in second}
    assert generator.asked.total() >= asked + 20
    assert max(generator.asked.values()) == 1


def test_a_generator_that_repeats_its_parent_comes_to_an_end(
    tmp_path, chat_server, choice, program, stage
):
    generator = program.Generator(lambda body, draw: program.as_json(program.parent_of(body)))
    chosen = choice(chat_server(reply=generator), num=6, attempts=4.0)
    facts, rows, rejected = stage.made(tmp_path / "run", chosen)
    assert rows == []
    assert facts["rejected"] == {"same_as_parent": 24}
    assert facts["rejected_by_kind"] == {
        "hard": {"same_as_parent": 12}, "easy": {"same_as_parent": 12},
    }  # fmt: skip
    assert facts["ended"] == "attempts ran out"
    assert (facts["asked"], facts["acceptance_rate"]) == (24, 0.0)
    assert generator.asked.total() == 24
    assert len(rejected) == 24


def test_a_generator_that_always_says_the_same_gives_one(
    tmp_path, chat_server, choice, program, stage
):
    server = chat_server(
        reply=program.Generator(lambda body, draw: "Count the stones on the moon.")
    )
    facts, rows, _ = stage.made(tmp_path / "run", choice(server, num=6, attempts=3.0))
    assert [row.instruction for row in rows] == ["Count the stones on the moon."]
    assert facts["rejected"] == {"not_new": 17}
    assert facts["kept_by_kind"] == {"hard": 1, "easy": 0}


def test_cut_replies_are_asked_for_again_from_the_same_parent(
    tmp_path, chat_server, choice, program, stage
):
    parents = {}

    def answer(body, draw):
        parents.setdefault(draw // 3, set()).add(program.parent_of(body))
        task = program.as_json(program.made_up(body, draw // 3))
        if draw % 3 == 0:
            return {"content": task[:30], "finish_reason": "length"}
        return '{"instruction": "broken' if draw % 3 == 1 else task

    facts, rows, _ = stage.made(
        tmp_path / "run", choice(chat_server(reply=program.Generator(answer)))
    )
    assert len(rows) == 20
    assert facts["retries"] == 40
    assert facts["asked"] == 60
    assert facts["acceptance_rate"] == 1.0
    # Hard and easy attempts share numbers: at most one parent of each.
    assert all(len(each) <= 2 for each in parents.values())


def test_what_is_always_cut_is_given_up_with_the_reason(
    tmp_path, chat_server, choice, program, stage
):
    server = chat_server(
        reply=program.Generator(lambda body, draw: {"content": "Write", "finish_reason": "length"})
    )
    facts, rows, rejected = stage.made(tmp_path / "run", choice(server, num=4, attempts=6.0))
    assert rows == []
    assert facts["rejected"] == {"truncated": 8}
    assert (facts["asked"], facts["retries"]) == (24, 16)
    assert {each.text for each in rejected} == {"Write"}


def test_other_languages_are_asked_for_and_checked(tmp_path, chat_server, choice, program, stage):
    def answer(body, draw):
        prompt = body["messages"][-1]["content"]
        assert "Write it in German." in prompt
        words = program.made_up(body, draw).split()[1:8]
        if draw % 2:
            return program.as_json("Please write a few friendly sentences that hold the words "
                           + " ".join(words))  # fmt: skip
        return program.as_json("Bitte schreibe ein paar freundliche Sätze, in denen das vorkommt: "
                       + " ".join(words))  # fmt: skip

    server = chat_server(reply=program.Generator(answer))
    chosen = choice(server, num=4, languages=("de",), max_rouge_l=0.9, attempts=20.0)
    facts, rows, _ = stage.made(tmp_path / "run", chosen)
    assert len(rows) == 4
    assert all(row.instruction.startswith("Bitte") for row in rows)
    assert set(facts["rejected"]) <= {"language", "not_new"}
    assert facts["rejected"]["language"] >= 1


def test_progress_is_told_in_new_instructions(tmp_path, chat_server, choice, program, stage):
    told = []

    @contextmanager
    def watching(label, total):
        told.append((label, total))
        yield lambda reply: told.append(reply.ok)

    stage.made(
        tmp_path / "run",
        choice(chat_server(reply=program.Generator(program.mixed))),
        watch=watching,
    )
    assert told == [("generate", 20), *[True] * 20]


def test_little_is_asked_beyond_need(tmp_path, chat_server, choice, program, stage):
    generator = program.Generator(
        lambda body, draw: program.as_json(program.made_up(body, draw)) if draw // 3 % 3 else "Hm."
    )
    server = chat_server(reply=generator, latency=0.002)
    facts, _, _ = stage.made(tmp_path / "run", choice(server, num=300, concurrency=16))
    assert facts["kept"] == 300
    assert facts["rejected"] == {"too_short": facts["attempts"] - 300}
    assert facts["surplus"] <= 0.1 * facts["asked"]
    assert 4 <= server.max_in_flight <= 16, "requests wait for each other"


def test_nothing_wanted_nothing_asked(tmp_path, chat_server, choice, program, stage):
    server = chat_server(reply=program.Generator())
    facts, rows, rejected = stage.made(tmp_path / "run", choice(server, num=0))
    assert (rows, rejected, facts["kept"], facts["ended"]) == ([], [], 0, "enough")
    assert server.total == 0
