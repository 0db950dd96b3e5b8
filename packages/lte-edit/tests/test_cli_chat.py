"""``lte-edit ask`` and ``chat``, with a model over a real server and the encoder of the tests."""

from __future__ import annotations

import io

import pytest


@pytest.fixture
def model(chat_server):
    """Answers with what it was asked."""
    server = chat_server(reply=lambda body: body["messages"][-1]["content"])
    return f"openai/echo@{server.url}"


@pytest.fixture
def memory(command):
    command("memory", "add", "Who leads Acme?", "Ada Byron", "--subject", "Acme", "--id", "acme")


@pytest.fixture
def typed(monkeypatch):
    return lambda *lines: monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))


def test_an_answer_and_the_edits_behind_it(command, model, memory):
    done = command("ask", "Who leads Acme?", "--model", model, "--compare")
    assert done.code == 0
    assert "1. Who leads Acme? Ada Byron" in done.out
    assert done.out.endswith("without edits: Who leads Acme?\n")
    assert "[acme, 1.00]" in done.err or "[acme, 0." in done.err


def test_lines_of_standard_input_as_json(command, model, memory, typed):
    typed("Who leads Acme?", "", "Name a fruit.")
    done = command("ask", "-m", model, "--threshold", "0.8", "--json")
    first, second = done.json
    assert [edit["id"] for edit in first["edits"]] == ["acme"]
    assert "Ada Byron" in first["answer"]
    assert (second["answer"], second["edits"]) == ("Name a fruit.", [])


def test_a_question_without_an_answer_is_exit_1_and_the_others_are_shown(
    command, chat_server, memory
):
    server = chat_server(
        reply=lambda body: "fine", faults=lambda text, _: "400" if "bad" in text else None
    )
    spec = f"openai/m@{server.url}"
    done = command("ask", "a bad one", "a good one", "-m", spec, "--max-retries", 0)
    assert done.code == 1
    assert "Q: a good one\nfine\n" in done.out
    assert "1 of 2 questions have no answer" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--namespace", "nobody"], 1, "namespace 'nobody'"),
        (["--memory", "none.sqlite"], 1, "there is no such memory"),
        (["--k", "0"], 2, "--k"),
        (["--prompts", "nowhere"], 2, "nowhere"),
    ],
)
def test_misuse(command, model, memory, arguments, code, said):
    done = command("ask", "Who leads Acme?", "-m", model, *arguments)
    assert (done.code, said in done.err) == (code, True), done.err
    assert "Traceback" not in done.err


def test_no_question(command, model, memory, typed):
    typed("", " ")
    done = command("ask", "-m", model)
    assert done.code == 2
    assert "there is no question" in done.err


def test_a_chat_keeps_its_turns_and_an_edit_holds_at_once(command, chat_server, memory, typed):
    seen = []

    def reply(body):
        seen.append(body["messages"])
        return f"answer {len(seen)}"

    server = chat_server(reply=reply)
    typed(
        "Who leads Acme?",
        "/add Who leads Bolt? => Bob => Bolt",
        "Who leads Bolt?",
        "/edits",
        "/forget",
        "Who leads Acme?",
        "/what",
        "/add nothing",
        "/quit",
        "never asked",
    )
    done = command("chat", "-m", f"openai/m@{server.url}", "--k", 1, "--system", "Be brief.")
    assert (done.code, done.out) == (0, "answer 1\nanswer 2\nanswer 3\n")
    assert [len(messages) for messages in seen] == [2, 4, 2]
    assert "Ada Byron" in seen[0][-1]["content"]
    assert seen[1][1:3] == [
        {"role": "user", "content": "Who leads Acme?"},
        {"role": "assistant", "content": "answer 1"},
    ]
    assert "1. Who leads Bolt? Bob" in seen[1][-1]["content"]
    assert "Who leads Bolt? Bob" in done.err
    assert done.err.count("/add PROMPT => TARGET") == 3


def test_an_edit_that_cannot_be_does_not_end_the_chat(command, model, memory, typed):
    typed("/edits", "/add Who leads Bolt? => Bob", "/edits")
    done = command("chat", "-m", model, "--namespace", "team")
    assert (done.code, done.out) == (0, "")
    assert "there is no namespace 'team'" in done.err
    assert "  Who leads Bolt? Bob\n" in done.err
    typed(
        "/add Who leads Bolt? => B\x1bob",
        "/add Who leads Bolt? => " + "x" * 20_001,
        "/add Who leads Bolt? => Bob\u202e",
        "/edits",
        "Name a fruit.",
    )
    done = command("chat", "-m", model, "--threshold", "0.9")
    assert (done.code, done.out) == (0, "Name a fruit.\n")
    assert "field 'target': holds the control character U+001B\n" in done.err
    assert "field 'target': has 20,001 characters; at most 20000 fit\n" in done.err
    assert "  Who leads Bolt? Bob\n" in done.err


def test_a_failed_turn_can_be_tried_again(command, chat_server, memory, typed):
    server = chat_server(reply=lambda body: "fine", faults=["400"])
    typed("Who leads Acme?", "Who leads Acme?")
    done = command("chat", "-m", f"openai/m@{server.url}", "--max-retries", 0)
    assert (done.code, done.out) == (0, "fine\n")
    assert "no answer: " in done.err
