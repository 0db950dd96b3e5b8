"""The teacher's answers: which of them are targets, and that none is paid for twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager

import pytest

from lion_distill.imitation import respond
from lion_distill.imitation.respond import why_not
from lion_distill.rows import Instruction, Response
from lion_distill.workspace import load
from truing_core.errors import InputError, ModelError
from truing_core.models import ChatReply

QUESTIONS = ["Where do storks nest?", "Who bakes at night?", "What is bread?", "Sing of bread."]
SAID = {
    QUESTIONS[0]: "  On roofs.\n",
    QUESTIONS[1]: "I'm sorry, but I can't help with that.",
    QUESTIONS[2]: {"content": "Flour and", "finish_reason": "length"},
    QUESTIONS[3]: "  \n",
}


def reply(body):
    return SAID.get(body["messages"][-1]["content"], "Six words, and none of them bad.")


def test_only_good_answers_are_targets(run, at, pool, teacher, chat_server, silent):
    server = chat_server(reply, faults={"Break.": ["400"] * 9})
    pool = [
        *pool,
        Instruction(id="bad", instruction="Break."),
        Instruction(id="last", instruction="Add.", input="1 and 2"),
    ]
    facts = respond(run, at, pool, teacher(server), watch=silent)
    rows = load(at.responses, Response)
    assert [row.id for row in rows] == ["q0", "last"]
    assert rows[0].messages == [
        {"role": "user", "content": "Where do storks nest?"},
        {"role": "assistant", "content": "On roofs."},
    ]
    assert rows[1].messages[0]["content"] == "Add.\n\n1 and 2"
    assert (facts["instructions"], facts["kept"]) == (6, 2)
    assert facts["left_out"] == {"failed": 1, "truncated": 1, "empty": 1, "refusal": 1}
    asked = [text for text in server.answered.elements()]
    assert facts["tokens"]["prompt"] == sum(len(text.split()) for text in asked)
    # The server says that blanks are no token; that is taken for not counting, and one is guessed.
    assert facts["tokens"]["completion"] == 2 + 8 + 2 + 1 + 7
    assert {body["temperature"] for body in server.bodies} == {0.7}


@pytest.mark.parametrize(
    ("instruction", "given", "why"),
    [
        ("Reply to the letter.", "I want a refund.", None),
        ("Summarize the article.", "The shop rejected her letter. Sorry, it said.", "refusal"),
    ],
)
def test_what_an_input_says_asks_for_nothing(instruction, given, why):
    asked = Instruction(id="a", instruction=instruction, input=given)
    assert why_not(ChatReply("a", "Unfortunately, we cannot offer a refund."), asked) == why


def test_again_asks_only_what_failed(run, at, pool, teacher, chat_server, silent):
    server = chat_server(lambda body: "Good.", faults={QUESTIONS[2]: ["400"]})
    first = respond(run, at, pool, teacher(server), watch=silent)
    assert first["left_out"] == {"failed": 1}
    again = respond(run, at, pool, teacher(server), watch=silent)
    assert (again["left_out"], again["kept"]) == ({}, 4)
    assert [row.id for row in load(at.responses, Response)] == [each.id for each in pool]
    assert server.asked == {**dict.fromkeys(QUESTIONS, 1), QUESTIONS[2]: 2}


def test_every_reply_is_told(run, at, pool, teacher, chat_server):
    told = []

    @contextmanager
    def watch(label, total):
        told.append((label, total))
        yield lambda reply: told.append(reply.id)

    respond(run, at, pool, teacher(chat_server(lambda body: "Good.")), watch=watch)
    assert told[0] == ("respond", 4)
    assert sorted(told[1:]) == ["q0", "q1", "q2", "q3"]


def test_nothing_to_imitate(run, at, pool, teacher, chat_server, silent):
    server = chat_server(faults=lambda prompt, attempt: "400")
    with pytest.raises(ModelError, match=r"all 4 requests failed; the first said: .*400"):
        respond(run, at, pool, teacher(server), watch=silent)
    server = chat_server(lambda body: "")
    with pytest.raises(InputError, match=r"can be imitated \(4 empty\)"):
        respond(run, at, pool, teacher(server), watch=silent)
    with pytest.raises(InputError, match="the train pool is empty"):
        respond(run, at, [], teacher(server), watch=silent)
    assert not at.responses.exists()


SCRIPT = """
    import sys
    from contextlib import nullcontext
    from lion_distill.imitation import respond
    from lion_distill.rows import Instruction
    from lion_distill.workspace import Iteration
    from truing_core.models import LoadOptions, Sampling
    from truing_core.roles import ModelChoice
    from truing_core.run import Run

    folder, url = sys.argv[1:]
    pool = [Instruction(id=str(n), instruction=f"Say {n}.") for n in range(40)]
    with Run.open(folder, tool="lion-distill", version="0", config={}) as run:
        choice = ModelChoice(f"openai/m@{url}", Sampling(), LoadOptions(concurrency=2))
        watch = lambda label, total: nullcontext(lambda reply: None)
        respond(run, Iteration(run.folder, 0), pool, choice, watch=watch)
"""


def test_killed_and_started_again(tmp_path, chat_server, journaled):
    server = chat_server(latency=0.02)
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT), "utf-8")
    command = [sys.executable, str(script), str(tmp_path / "run"), server.url]
    environment = {**os.environ, "OPENAI_API_KEY": "none"}
    process = subprocess.Popen(command, env=environment)
    while sum(server.answered.values()) < 10 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 10 <= sum(server.answered.values()) < 40
    kept = journaled(tmp_path / "run")
    assert kept
    subprocess.run(command, env=environment, check=True)
    answered = server.answered
    assert set(answered) == {f"Say {n}." for n in range(40)}
    # Those under way when the process died were answered, but nobody was there to hear it.
    assert all(answered[f"Say {name}."] == 1 for name in kept)
    lines = (tmp_path / "run" / "iteration-0" / "responses.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 40
