"""Each rule stops what it is for, and nothing that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.asking import question
from lion_distill.generation.filters import REASONS, Filters
from lion_distill.generation.replies import Candidate
from lion_distill.rows import Instruction

PARENT = Instruction(id="p", instruction="Name three rivers of Peru and say where they end.")
GERMAN = Instruction(id="g", instruction="Nenne drei Flüsse in Peru und sage, wo sie enden.")


@pytest.fixture(scope="module")
def filters(template):
    return Filters.of(template, 10, 300, ())


@pytest.mark.parametrize(
    ("instruction", "given", "reason"),
    [
        ("I'm sorry, but I can't help with that.", "", "refusal"),
        ("As an AI language model, I do not make up tasks.", "", "refusal"),
        ("Es tut mir leid, aber ich kann dabei nicht helfen.", "", "refusal"),
        ("抱歉，我无法满足这个请求。", "", "refusal"),
        ("Make up one new task that trains the same ability as this one.", "", "prompt_leak"),
        ("Name it.", "Whoever reads the new task sees nothing of the old one.", "prompt_leak"),
        ("Name three rivers of Peru and say where they end!", "", "same_as_parent"),
        ("Name three rivers of Peru", "and say where they END.", "same_as_parent"),
        ("Add it.", "", "too_short"),
        ("Name a river.", "a" * 300, "too_long"),
        ("Draw a map of the rivers of Bolivia.", "", "not_text_only"),
        ("Nenne drei Flüsse in Bolivien und beschreibe ihren Lauf.", "", "language"),
        ("Nombra tres ríos de Bolivia", "y explica dónde desembocan.", "language"),
    ],
)
def test_rules(filters, instruction, given, reason):
    assert filters.stop(Candidate(instruction, given), "hard", PARENT) == reason


@pytest.mark.parametrize(
    ("instruction", "given"),
    [
        ("Name three rivers of Bolivia.", ""),
        ("As an AI language model, how do you choose your words?", ""),
        ("I can't sleep at night. What should I do?", ""),
        ("Write an instruction for assembling a chair.", ""),
        ("Explain what a task of an instruction set is.", ""),
        ("Translate this sentence into English.", "Der Fluss ist heute sehr breit und trägt Eis."),
        ("Classify.", "owl, salmon"),
        ("Name three rivers of Peru and say where they begin.", ""),
        ("Sort the rivers.", "Nile, Amazon"),
        ("Compute 2 * 3 + 4.", ""),
    ],
)
def test_sound_tasks_pass(filters, instruction, given):
    assert filters.stop(Candidate(instruction, given), "easy", PARENT) is None


def test_the_language_is_the_parents_unless_others_are_wanted(filters, template):
    german = Candidate("Nenne drei Seen in Bayern und beschreibe, wie tief sie sind.")
    english = Candidate("Name three lakes in Bavaria and describe how deep they are.")
    assert filters.stop(german, "hard", GERMAN) is None
    assert filters.stop(english, "hard", GERMAN) == "language"
    wanted = Filters.of(template, 10, 300, ("en-GB", "fr"))
    assert wanted.stop(english, "hard", GERMAN) is None
    assert wanted.stop(german, "hard", GERMAN) == "language"


def test_a_mark_that_came_back_is_a_leak(filters, prompts):
    (turn,) = question(prompts, "hard", PARENT)
    mark = turn["content"].split("carry the mark ")[1][:6]
    leaked = Candidate(f"<task-{mark}> Name the rivers of Chile.")
    assert filters.stop(leaked, "hard", PARENT) == "prompt_leak"


def test_words_of_the_template_that_stand_in_the_parent_are_no_leak(filters):
    said = "It is clear, it makes sense, and a person might really ask it."
    parent = Instruction(id="x", instruction=f"Translate into French: {said}")
    candidate = Candidate(f"Translate this into Dutch: {said}")
    assert filters.stop(candidate, "hard", parent) is None
    assert filters.stop(candidate, "hard", PARENT) == "prompt_leak"


def test_the_whole_prompt_is_a_leak_of_either_kind(filters, prompts):
    for kind in ("hard", "easy"):
        (turn,) = question(prompts, kind, PARENT)
        assert filters.stop(Candidate(turn["content"]), kind, PARENT) == "prompt_leak"


@given(st.text(min_size=1, max_size=400), st.text(max_size=100))
def test_every_candidate_gets_a_known_reason_or_none(filters, instruction, given):
    found = filters.stop(Candidate(instruction, given), "hard", PARENT)
    assert found is None or found in REASONS
    if found is None:
        assert 10 <= len(f"{instruction}\n\n{given}".strip()) <= 300
