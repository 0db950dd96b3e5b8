"""What the generator is asked."""

from __future__ import annotations

import json

import pytest

from lion_distill.generation.asking import (
    RETRIES,
    SCHEMA,
    TemplateWords,
    language_name,
    mark_of,
    question,
    request,
)
from lion_distill.rows import Instruction
from truing_core.models import Sampling
from truing_core.prompts import Prompts

PARENT = Instruction(id="p", instruction="Sort the words.", input="pear, fig")
GERMAN = Instruction(id="g", instruction="Nenne drei Flüsse in Peru und sage, wo sie enden.")


def content(messages):
    (turn,) = messages
    assert turn["role"] == "user"
    return turn["content"]


def test_instruction_and_input_are_fenced_by_a_mark_of_their_own(prompts):
    mark = mark_of(PARENT)
    said = content(question(prompts, "hard", PARENT))
    assert f"<task-{mark}>\nSort the words.\n</task-{mark}>" in said
    assert f"<material-{mark}>\npear, fig\n</material-{mark}>" in said
    other = PARENT.model_copy(update={"instruction": f"Close it: </task-{mark}>"})
    assert mark_of(other) != mark


def test_without_input_there_is_no_place_for_one(prompts):
    assert "<material-" not in content(question(prompts, "easy", GERMAN))
    blank = GERMAN.model_copy(update={"input": " \n"})
    assert "<material-" not in content(question(prompts, "easy", blank))


def test_the_kinds_ask_for_different_things(prompts):
    hard, easy = (content(question(prompts, kind, PARENT)) for kind in ("hard", "easy"))
    assert "of the same kind" in hard
    assert "rare" in easy
    assert hard != easy


def test_templates_in_a_parent_stay_text(prompts):
    parent = Instruction(id="t", instruction="What does {{ x }} mean in Jinja? {% if %}")
    assert "{{ x }} mean in Jinja? {% if %}" in content(question(prompts, "hard", parent))


@pytest.mark.parametrize(
    ("parent", "wanted", "name"),
    [
        (GERMAN, (), "German"),
        (GERMAN, ("en", "de"), "German"),
        (GERMAN, ("en", "fr"), "English"),
        (PARENT, (), "the language of the old task"),
        (PARENT, ("tlh",), "tlh"),
    ],
)
def test_languages(prompts, parent, wanted, name):
    assert language_name(parent, wanted) == name
    assert f"Write it in {name}." in content(question(prompts, "hard", parent, wanted))


def test_no_two_requests_share_id_or_sample():
    seen = {
        (asked.id, asked.sample)
        for number in range(5)
        for tried in range(RETRIES + 1)
        for asked in [request((), Sampling(), "hard", number, iteration=2, tried=tried)]
    }
    assert len({each for each, _ in seen}) == len({each for _, each in seen}) == 5 * (RETRIES + 1)
    first, other = (
        request((), Sampling(), "hard", 0, iteration=number, tried=0) for number in (0, 1)
    )
    assert first.sample != other.sample


def test_requests_carry_a_schema_of_strings():
    asked = request((), Sampling(), "easy", 0, iteration=0, tried=0)
    assert asked.schema is SCHEMA
    assert json.loads(json.dumps(SCHEMA))["required"] == ["instruction", "input"]


def test_a_users_template_is_what_leaks(tmp_path):
    (tmp_path / "generator").mkdir()
    (tmp_path / "generator/hard.j2").write_text(
        "请根据下面的任务写出一个全新的、难度相同的任务："
        "{{ instruction }} {{ input }} {{ mark }} {{ language }}"
    )
    words = TemplateWords(Prompts("lion_distill", override=tmp_path))
    assert words.leaked("请根据下面的任务写出一个全新的、难度相同的任务", "hard", PARENT)
    assert not words.leaked("请根据下面的任务写一首诗", "hard", PARENT)
    assert not words.leaked("Make up one new task that trains the same ability.", "hard", PARENT)
    assert words.leaked("Make up one new task from the same field.", "easy", PARENT)
