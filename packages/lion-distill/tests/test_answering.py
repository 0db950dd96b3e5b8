"""Teacher and student on the cache pool: both, once, and in the pool's order."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest

from lion_distill.answering import answer
from lion_distill.choices import StudentChoice
from lion_distill.imitation import respond
from lion_distill.imitation.student import Mark
from lion_distill.rows import Answers, Instruction
from lion_distill.workspace import Iteration, load
from truing_core.errors import BudgetError, InputError, ModelError
from truing_core.models import LoadOptions, Sampling
from truing_core.roles import ModelChoice
from truing_core.run import Run
from truing_core.testing.tiny import ANSWERS

KNOWN = ["Say yes.", "Count to five.", "Name three fruits.", "Where does the river go?"]


def silent(label, total):
    return nullcontext(lambda reply: None)


@pytest.fixture
def run(tmp_path):
    with Run.open(tmp_path / "run", tool="lion-distill", version="0", config={}) as opened:
        yield opened


@pytest.fixture
def at(run, tiny_model_dir):
    """An iteration whose student is the tiny model, which knows some answers by heart."""
    iteration = Iteration(run.folder, 0)
    shutil.copytree(tiny_model_dir, iteration.student)
    Mark("trained", ".").write(iteration)
    return iteration


@pytest.fixture
def pool():
    return [Instruction(id=f"q{n}", instruction=text) for n, text in enumerate(KNOWN)]


@pytest.fixture
def student():
    return StudentChoice("unused", sampling=Sampling(max_tokens=40))


def ask(server, **options):
    return ModelChoice(
        f"openai/test-model@{server.url}", Sampling(0.7, max_tokens=64), LoadOptions(**options)
    )


def test_both_answer_in_the_pools_order(run, at, pool, student, chat_server):
    server = chat_server(lambda body: f"  {body['messages'][-1]['content']} Indeed.\n")
    told = []

    @contextmanager
    def watch(label, total):
        told.append((label, total))
        yield lambda reply: told.append(reply.id)

    facts = answer(run, at, pool, ask(server), student, watch=watch)
    rows = load(at.answers, Answers)
    assert [(row.id, row.teacher, row.student) for row in rows] == [
        (each.id, f"{each.instruction} Indeed.", ANSWERS[each.instruction]) for each in pool
    ]
    assert not any(row.teacher_cut or row.student_cut for row in rows)
    assert told[0] == ("answer", 8)
    assert sorted(told[1:]) == sorted(2 * [each.id for each in pool])
    assert facts["instructions"] == 4
    assert facts["failed"] == facts["cut"] == {"teacher": 0, "student": 0}
    assert facts["asked"] == {"teacher": 4, "student": 4}
    assert facts["tokens"]["teacher"] == {
        "prompt": sum(len(text.split()) for text in KNOWN),
        "completion": sum(len(text.split()) + 1 for text in KNOWN),
    }
    assert facts["tokens"]["student"]["completion"] > 20
    assert facts["seconds"]["student"] > 0
    again = answer(run, at, pool, ask(server), student, watch=silent)
    assert again["asked"] == {"teacher": 0, "student": 0}
    assert again["tokens"] == facts["tokens"]
    assert load(at.answers, Answers) == rows


def test_what_the_teacher_said_in_respond_is_not_asked_again(run, at, pool, student, chat_server):
    server = chat_server(lambda body: "Good.")
    respond(run, at, pool[:3], ask(server), watch=silent)
    facts = answer(run, at, pool, ask(server), student, watch=silent)
    assert facts["asked"] == {"teacher": 1, "student": 4}
    assert server.total == 4


def test_another_student_in_the_same_place_is_asked_anew(run, at, pool, student, chat_server):
    from lion_distill.imitation.student import stamp

    server = chat_server(lambda body: "Good.")
    answer(run, at, pool, ask(server), student, watch=silent)
    stamp(at.student, "another training")
    facts = answer(run, at, pool, ask(server), student, watch=silent)
    assert facts["asked"] == {"teacher": 0, "student": 4}


def test_a_student_draws_the_same_in_another_run(run, at, pool, tmp_path, chat_server):
    server = chat_server(lambda body: "Good.")
    warm = StudentChoice("unused", sampling=Sampling(temperature=1.5, max_tokens=12))
    answer(run, at, pool, ask(server), warm, watch=silent)
    with Run.open(tmp_path / "two", tool="lion-distill", version="0", config={}) as other:
        shutil.copytree(at.folder, other.folder / "iteration-0")
        two = Iteration(other.folder, 0)
        two.answers.unlink()
        answer(other, two, pool[::-1], ask(server), warm, watch=silent)
    said = {row.id: row.student for row in load(at.answers, Answers)}
    assert said == {row.id: row.student for row in load(two.answers, Answers)}
    assert len(set(said.values())) > 1


def test_failed_and_cut_answers(run, at, pool, student, chat_server):
    long = Instruction(id="long", instruction="word " * 300)  # beyond the student's context

    def reply(body):
        if body["messages"][-1]["content"] == KNOWN[1]:
            return {"content": "One, two", "finish_reason": "length"}
        return "Good."

    server = chat_server(reply, faults={KNOWN[0]: ["400"]})
    short = StudentChoice("unused", sampling=Sampling(max_tokens=4))
    facts = answer(run, at, [*pool, long], ask(server), short, watch=silent)
    first, second, *_, last = load(at.answers, Answers)
    assert (first.teacher, second.teacher, second.teacher_cut) == (None, "One, two", True)
    assert (last.teacher, last.student, last.student_cut) == ("Good.", None, False)
    assert second.student_cut
    assert facts["failed"] == {"teacher": 1, "student": 1}
    assert facts["cut"]["teacher"] == 1
    again = answer(run, at, [*pool, long], ask(server), short, watch=silent)
    assert again["failed"] == {"teacher": 0, "student": 1}
    assert load(at.answers, Answers)[0].teacher == "Good."
    assert server.total == 6


def test_a_local_teacher_answers_first(run, at, pool, student, tiny_model_dir):
    local = ModelChoice(f"hf/{tiny_model_dir}", Sampling(max_tokens=40))
    order = []

    def watch(label, total):
        return nullcontext(lambda reply: order.append(threading.current_thread().name))

    facts = answer(run, at, pool, local, student, watch=watch)
    assert set(order) == {"MainThread"}
    assert facts["asked"] == {"teacher": 4, "student": 4}
    assert all(row.teacher == row.student for row in load(at.answers, Answers))


def test_both_at_once(run, at, student, chat_server):
    """The teacher is asked while the student answers, not before or after."""
    asked, begun = threading.Event(), threading.Event()
    threads = []

    def reply(body):
        asked.set()
        return "Good." if begun.wait(60) else "The student has not begun."

    def answered(reply):
        threads.append(threading.current_thread().name)
        if threads[-1] == "MainThread":
            begun.set()
            assert asked.wait(60)

    pool = [Instruction(id=str(n), instruction=f"{KNOWN[n % 4]} {n}") for n in range(24)]
    small = StudentChoice(
        "unused", sampling=Sampling(max_tokens=24), options=LoadOptions(batch_tokens=300)
    )
    teacher = ask(chat_server(reply), concurrency=2)
    answer(run, at, pool, teacher, small, watch=lambda label, total: nullcontext(answered))
    assert threads.count("teacher") == threads.count("MainThread") == 24
    assert threads[0] == "MainThread"


def test_one_that_breaks_off_ends_the_other(run, at, pool, student, chat_server):
    from truing_core.budget import Budget

    server = chat_server(lambda body: "Good.")
    broke = ModelChoice(f"openai/m@{server.url}", Sampling(), budget=Budget(max_requests=2))
    with pytest.raises(BudgetError):
        answer(run, at, pool, broke, student, watch=silent)
    assert not at.answers.exists()
    assert answer(run, at, pool, ask(server), student, watch=silent)["failed"]["teacher"] == 0


def test_nobody_to_ask(run, at, pool, student, chat_server):
    server = chat_server(faults=lambda prompt, attempt: "400")
    with pytest.raises(ModelError, match=r"all 4 requests to the teacher failed; the first said"):
        answer(run, at, pool, ask(server), student, watch=silent)
    with pytest.raises(InputError, match="the cache pool is empty"):
        answer(run, at, [], ask(server), student, watch=silent)
    (at.student / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"iteration 0 is gone or damaged .*holds no weights"):
        answer(run, at, pool, ask(server), student, watch=silent)
    with pytest.raises(InputError, match="run 'lion-distill imitate --iteration 1' first"):
        answer(run, Iteration(run.folder, 1), pool, ask(server), student, watch=silent)


SCRIPT = """
    import sys
    from contextlib import nullcontext
    from lion_distill.answering import answer
    from lion_distill.choices import StudentChoice
    from lion_distill.rows import Instruction
    from lion_distill.workspace import Iteration
    from truing_core.models import LoadOptions, Sampling
    from truing_core.roles import ModelChoice
    from truing_core.run import Run

    folder, url = sys.argv[1:]
    pool = [Instruction(id=str(n), instruction=f"Say {n}.") for n in range(30)]
    with Run.open(folder, tool="lion-distill", version="0", config={}) as run:
        teacher = ModelChoice(f"openai/m@{url}", Sampling(), LoadOptions(concurrency=2))
        student = StudentChoice("unused", sampling=Sampling(max_tokens=8))
        watch = lambda label, total: nullcontext(lambda reply: None)
        answer(run, Iteration(run.folder, 0), pool, teacher, student, watch=watch)
"""


def test_killed_and_started_again(run, at, tmp_path, chat_server, journaled):
    run.close()
    server = chat_server(latency=0.05)
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT), "utf-8")
    command = [sys.executable, str(script), str(run.folder), server.url]
    environment = {**os.environ, "OPENAI_API_KEY": "none", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(command, env=environment)
    while sum(server.answered.values()) < 8 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not at.answers.exists()
    kept = journaled(run.folder)
    subprocess.run(command, env=environment, check=True)
    assert set(server.answered) == {f"Say {n}." for n in range(30)}
    # What was under way when the process died is asked again, and nothing that had come.
    assert all(server.answered[f"Say {name}."] == 1 for name in kept)
    rows = load(at.answers, Answers)
    assert [row.id for row in rows] == [str(n) for n in range(30)]
    assert all(row.teacher == f"echo: Say {row.id}." for row in rows)
    assert all(row.student is not None for row in rows)
