"""The stage broken off, short of parents, on servers that fail."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from lion_distill.rows import Instruction, Rejected
from lion_distill.workspace import Iteration, load, save
from truing_core.budget import Budget
from truing_core.errors import BudgetError, InputError, ModelError


def test_nothing_is_asked_twice_however_often_it_is_broken_off(
    tmp_path, chat_server, choice, program, stage
):
    whole = stage.made(
        tmp_path / "whole", choice(chat_server(reply=program.Generator(program.mixed)))
    )
    generator = program.Generator(program.mixed)
    chosen = choice(chat_server(reply=generator, latency=0.005))
    breaks = 0
    while True:
        before = generator.asked.total()

        @contextmanager
        def impatient(label, total, before=before):
            def on_kept(reply):
                if generator.asked.total() > before + 6:
                    raise KeyboardInterrupt

            yield on_kept

        try:
            parts = stage.made(tmp_path / "parts", chosen, watch=impatient)
            break
        except KeyboardInterrupt:
            breaks += 1
            assert not (tmp_path / "parts/iteration-0/generated.jsonl").exists()
    assert breaks >= 2
    assert parts[1:] == whole[1:]
    assert stage.decided(parts[0]) == stage.decided(whole[0])


_STAGE = """
import sys
from contextlib import contextmanager
from pathlib import Path
from lion_distill.choices import GeneratorChoice
from lion_distill.generation import generate
from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import Iteration, load
from truing_core.models import LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.run import Run

@contextmanager
def unwatched(label, total):
    yield lambda reply: None

url, folder = sys.argv[1:]
model = ModelChoice(f"openai/generator@{url}", Sampling(temperature=1.0, max_tokens=200, seed=0),
                    LoadOptions(concurrency=8, max_retries=1))
choice = GeneratorChoice(model, Prompts("lion_distill"), num=20)
with Run.open(folder, tool="lion-distill", version="0", config={}) as run:
    pool = load(Path(folder) / "pool.jsonl", Instruction)
    verdicts = load(Path(folder) / "verdicts.jsonl", Verdict)
    generate(run, Iteration(run.folder, 0), pool, verdicts, choice, watch=unwatched)
"""


def test_a_killed_process_goes_on_where_it_was(
    tmp_path, chat_server, choice, program, stage, journaled
):
    whole = stage.made(
        tmp_path / "whole", choice(chat_server(reply=program.Generator(program.mixed)))
    )
    generator = program.Generator(program.mixed)
    server = chat_server(reply=generator, latency=0.05)
    folder = tmp_path / "killed"
    folder.mkdir()
    save(folder / "pool.jsonl", stage.pool)
    save(folder / "verdicts.jsonl", stage.verdicts)
    command = [sys.executable, "-c", _STAGE, server.url, str(folder)]
    process = subprocess.Popen(command)
    while server.total < 12 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (folder / "iteration-0/generated.jsonl").exists()
    in_journal, asked = len(journaled(folder)), server.total
    subprocess.run(command, check=True)
    at = Iteration(folder, 0)
    assert load(at.generated, Instruction) == whole[1]
    assert load(at.rejected, Rejected) == whole[2]
    # Only what was under way when it was killed is asked again.
    assert 0 < in_journal <= asked
    assert sum(count - 1 for count in generator.asked.values()) <= asked + 8 - in_journal


def test_a_finished_stage_replays_from_the_journal_alone(
    tmp_path, chat_server, choice, program, stage
):
    generator = program.Generator(program.mixed)
    chosen = choice(chat_server(reply=generator))
    first = stage.made(tmp_path / "run", chosen)
    asked = generator.asked.total()
    again = stage.made(tmp_path / "run", chosen)
    assert generator.asked.total() == asked
    assert again[1:] == first[1:]
    assert stage.decided(again[0]) == stage.decided(first[0])
    assert again[0]["surplus"] == 0


@pytest.mark.parametrize(("missing", "other"), [("hard", "easy"), ("easy", "hard")])
def test_one_side_supplies_all(
    tmp_path, chat_server, choice, capsys, missing, other, program, stage
):
    verdicts = [each for each in stage.verdicts if each.kind != missing]
    server = chat_server(reply=program.Generator())
    facts, rows, _ = stage.made(tmp_path / "run", choice(server, num=8), verdicts=verdicts)
    assert {row.kind for row in rows} == {other}
    assert len(rows) == 8
    assert facts["parents"][missing] == 0
    said = f"no instruction is {missing}, so all new ones are made from {other} ones"
    assert said in capsys.readouterr().err


def test_no_side_is_an_error_before_anything_is_asked(
    tmp_path, chat_server, choice, program, stage
):
    server = chat_server(reply=program.Generator())
    with pytest.raises(InputError, match="none of 2 verdicts is hard or easy"):
        stage.made(tmp_path / "run", choice(server), verdicts=stage.verdicts[10:])
    assert server.total == 0


def test_requests_that_all_fail_are_an_error_with_the_reason(
    tmp_path, chat_server, choice, program, stage
):
    server = chat_server(reply=program.Generator(), faults=lambda prompt, attempt: "400")
    with pytest.raises(ModelError, match=r"all 16 requests failed: .*scripted fault 400"):
        stage.made(tmp_path / "run", choice(server, num=2))
    assert not (tmp_path / "run/iteration-0/generated.jsonl").exists()


def test_a_server_that_goes_down_ends_the_stage_and_it_goes_on_later(
    tmp_path, chat_server, choice, program, stage
):
    down = []
    server = chat_server(
        reply=program.Generator(), faults=lambda prompt, attempt: "400" if down else None
    )
    chosen = choice(server, num=200)

    @contextmanager
    def until(label, total):
        kept = []

        def on_kept(reply):
            kept.append(reply)
            if len(kept) == 20:
                down.append(True)

        yield on_kept

    with pytest.raises(ModelError, match=r"50 requests in a row failed: .*Run the same command"):
        stage.made(tmp_path / "run", chosen, watch=until)
    down[:] = []
    facts, rows, _ = stage.made(tmp_path / "run", chosen)
    assert len(rows) == facts["kept"] == 200
    assert facts["rejected"] == {}
    assert server.answered.total() == facts["asked"] + facts["surplus"]


def test_a_few_failures_are_passed_over_and_told(
    tmp_path, chat_server, choice, capsys, program, stage
):
    generator = program.Generator()
    said = stage.pool[0].instruction
    server = chat_server(
        reply=generator, faults=lambda prompt, attempt: "400" if said in prompt else None
    )
    facts, rows, rejected = stage.made(tmp_path / "run", choice(server))
    assert len(rows) == 20
    failed = facts["rejected"]["failed"]
    assert failed >= 1
    assert {each.parent for each in rejected} == {"seed-0"}
    assert "scripted fault 400" in rejected[0].text
    assert f"{failed} requests failed" in capsys.readouterr().err
    assert facts["failed"] == failed
    assert facts["acceptance_rate"] == pytest.approx(20 / (facts["attempts"] - failed))
    assert facts["acceptance_rate"] == 1.0, "what failed was no candidate"


def test_a_budget_ends_it_and_a_higher_one_goes_on(tmp_path, chat_server, choice, program, stage):
    generator = program.Generator()
    chosen = choice(chat_server(reply=generator))
    poor = replace(chosen, model=replace(chosen.model, budget=Budget(max_requests=7)))
    with pytest.raises(BudgetError):
        stage.made(tmp_path / "run", poor)
    assert generator.asked.total() == 7
    facts, rows, _ = stage.made(tmp_path / "run", chosen)
    assert len(rows) == 20
    assert max(generator.asked.values()) == 1
    assert facts["kept"] == 20
