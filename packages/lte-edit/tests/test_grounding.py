"""Where the block goes, what it is looked up by, and what happens when there is no room."""

from __future__ import annotations

import pytest

from lte_edit.edits import Edit
from lte_edit.grounding import ground, question_of
from lte_edit.memory.results import Hit
from truing_core.prompts import Prompts

PROMPTS = Prompts("lte_edit")
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "Who leads Acme?"},
]
PICTURE = {"type": "image_url", "image_url": {"url": "data:,x"}}


@pytest.fixture
def hits():
    edits = [
        Edit(id="a", prompt="Who leads Acme?", target="Ada", subject="Acme"),
        Edit(id="b", prompt="Who leads Bolt?", target="Bob", subject="Bolt"),
    ]
    return [Hit(edit, 1.0, 0) for edit in edits]


def test_the_last_question_gets_the_block_and_nothing_else_changes(hits):
    grounded = ground(PROMPTS, TALK, hits)
    assert grounded.messages[:3] == tuple(TALK[:3])
    asked = grounded.messages[3]["content"]
    assert "1. Who leads Acme? Ada\n2. Who leads Bolt? Bob\n" in asked
    assert asked.endswith("Question: Who leads Acme?")
    assert (grounded.used, grounded.left_out) == (tuple(hits), ())


def test_without_edits_it_is_the_callers_own(hits):
    grounded = ground(PROMPTS, TALK, [])
    assert grounded.messages == tuple(TALK)
    nobody = [{"role": "system", "content": "x"}, {"role": "user", "content": "  "}]
    assert ground(PROMPTS, nobody, hits).messages == tuple(nobody)
    assert question_of(nobody) == ""


def test_what_the_assistant_or_a_tool_said_last_does_not_hide_the_question(hits):
    talk = [*TALK, {"role": "tool", "content": "Acme is a firm", "tool_call_id": "1"}]
    assert question_of(talk) == "Who leads Acme?"
    grounded = ground(PROMPTS, talk, hits)
    assert grounded.messages[4] == talk[4]
    assert "Ada" in grounded.messages[3]["content"]


def test_parts_keep_their_pictures(hits):
    parts = [PICTURE, {"type": "text", "text": "Who leads"}, {"type": "text", "text": "Acme?"}]
    talk = [{"role": "user", "content": parts, "name": "eve"}]
    assert question_of(talk) == "Who leads\nAcme?"
    [message] = ground(PROMPTS, talk, hits).messages
    assert message["name"] == "eve"
    text, picture = message["content"]
    assert picture == PICTURE
    assert text["text"].endswith("Question: Who leads\nAcme?")
    assert parts[0] == PICTURE, "the caller's own list is left alone"


def test_the_farthest_go_first_where_there_is_no_room(hits):
    def fits(messages):
        return "Bob" not in messages[-1]["content"]

    grounded = ground(PROMPTS, TALK, hits, fits)
    assert ([hit.edit.id for hit in grounded.used], grounded.left_out) == (["a"], (hits[1],))
    nothing = ground(PROMPTS, TALK, hits, lambda messages: False)
    assert (nothing.messages, nothing.used) == (tuple(TALK), ())
    assert nothing.left_out == tuple(hits)
