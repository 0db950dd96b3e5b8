"""Replies in every form that models give them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.replies import Candidate, Unread, read

TASK = Candidate("Sort the words.", "pear, fig")
ALONE = Candidate("Name three rivers of Peru.")


@pytest.mark.parametrize(
    "text",
    [
        '{"instruction": "Sort the words.", "input": "pear, fig"}',
        '```json\n{"instruction": "Sort the words.", "input": "pear, fig"}\n```',
        'Sure! Here it is:\n\n{"instruction": "Sort the words.", "input": "pear, fig"}\n\nEnjoy!',
        '<think>\n{"a": 1}?\n</think>\n{"instruction":"Sort the words.","input":"pear, fig"}',
        '{"Instruction": " Sort the words. ", "INPUT": "pear, fig", "output": "fig, pear"}',
        '{"new_instruction": "Sort the words.", "new_input": "pear, fig"}',
        '[{"instruction": "Sort the words.", "input": "pear, fig"}]',
        '{"task": {"instruction": "Sort the words.", "input": "pear, fig"}}',
        '{"instruction": "Sort the words.", "input": "pear, fig",}',
        '{"instruction": "Sort the words.", "input": "pear, fig"',
        '{"a": 1} and {"instruction": "Sort the words.", "input": "pear, fig"}',
        "Instruction: Sort the words.\nInput: pear, fig",
        "**Instruction:** Sort the words.\n\n**Input:** pear, fig",
        "### New task\nSort the words.\n\n### Input\npear, fig\n\n### Answer\nfig, pear",
        "Sure, here is a new one.\nTask: Sort the words.\nInput: pear, fig\nOutput: fig, pear",
        "Sort the words.\n\nInput: pear, fig",
        "指令：Sort the words.\n输入：pear, fig",
        "Aufgabe: Sort the words.\nEingabe: pear, fig\nAntwort: fig, pear",
    ],
)
def test_a_task_with_input(text):
    assert read(text) == TASK


@pytest.mark.parametrize(
    "text",
    [
        "Name three rivers of Peru.",
        '"Name three rivers of Peru."',
        "“Name three rivers of Peru.”",
        "**Name three rivers of Peru.**",
        "Sure! Name three rivers of Peru.",
        "Sure, here is a new task:\n\nName three rivers of Peru.",
        "Sure! Here's another instruction: Name three rivers of Peru.",
        "Here is a new task from the same field:\nName three rivers of Peru.",
        "当然可以！以下是新任务：\nName three rivers of Peru.",
        "Name three rivers of Peru.\n\nLet me know if you need another one!",
        "Instruction: Name three rivers of Peru.",
        "Instruction: Name three rivers of Peru.\nInput: None",
        "Instruction: Name three rivers of Peru.\nInput: <noinput>\nOutput: Amazon",
        "```\nName three rivers of Peru.\n```",
        '{"instruction": "Name three rivers of Peru."}',
        '{"instruction": "Name three rivers of Peru.", "input": null}',
        '{"instruction": "Name three rivers of Peru.", "input": "N/A"}',
        '{"instruction": "Name three rivers of Peru.", "input": []}',
        "{'x'} " + '{"instruction": "Name three rivers of Peru.", "input": ""}',
    ],
)
def test_a_task_that_says_it_all(text):
    assert read(text) == ALONE


@pytest.mark.parametrize(
    "text",
    [
        "Here is a list of tasks: wash, cook, iron. Put them in a good order.",
        "Here is my question: why does ice float?",
        "Sure as I am of it, I would like to know why ice floats.",
        "Okay, so what does a notary do?",
        'Translate "good night" and "thank you" into Welsh.',
        '"Carpe diem" and "memento mori": who said them?',
        'Turn this JSON into YAML: {"a": [1, 2]}',
        "Of course, not everybody likes olives. Write a rhyme for those who do.",
        "Write an email that ends with:\n\nBest wishes\nTom",
        "Explain what the task of a notary is.",
        "[A] cold, [B] warm, [C] hot: which is the opposite of A?",
        "Write a function.\n\n```python\ndef f(x):\n    ...\n```",
    ],
)
def test_unusual_tasks_are_left_as_they_are(text):
    assert read(text) == Candidate(text)


def test_an_input_may_be_a_list_or_an_object():
    assert read('{"instruction": "Sort.", "input": ["b", "a"]}') == Candidate("Sort.", "b\na")
    found = read('{"instruction": "Sum.", "input": {"x": [1, 2]}}')
    assert found == Candidate("Sum.", '{"x": [1, 2]}')
    assert read('{"instruction": "Double.", "input": 12}') == Candidate("Double.", "12")


def test_line_breaks_inside_strings_are_forgiven():
    assert read('{"instruction": "Sort\nthem.", "input": ""}') == Candidate("Sort\nthem.")


@pytest.mark.parametrize(
    ("text", "finish_reason", "why"),
    [
        ("", "stop", "empty"),
        ("...", "stop", "empty"),
        ('{"instruction": "...", "input": "..."}', "stop", "empty"),
        ('{"instruction": "", "input": "x"}', "stop", "empty"),
        ("<think>I never", "stop", "empty"),
        ("", "length", "truncated"),
        ("Write a story about", "length", "truncated"),
        ("Instruction: Sort.\nInput: pear, f", "length", "truncated"),
        ('{"instruction": "Write a st', "length", "truncated"),
        ('{"instruction": "Write a story", "inp', "length", "truncated"),
        ('{"instruction": "Write a st', "stop", "malformed"),
        ('{"instruction": "Say "hi" twice", "input": ""}', "stop", "malformed"),
        ('{"instruction": "Answer him", "input": "He said "hi" to me"}', "stop", "malformed"),
        ('{"answer": 4}', "stop", "malformed"),
        ("[1, 2]", "stop", "malformed"),
        ('{\n  "custom": Operation.create(', "stop", "malformed"),
        ('["Extract the page.", language: python', "stop", "malformed"),
        ('{"instruction": 3}', "stop", "malformed"),
    ],
)
def test_what_gives_no_task(text, finish_reason, why):
    assert read(text, finish_reason) == Unread(why)


def test_a_closed_object_counts_though_the_talk_after_it_was_cut():
    text = '{"instruction": "Sort.", "input": "b a"}\n\nThis task is'
    assert read(text, "length") == Candidate("Sort.", "b a")


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)
tasks = words.filter(lambda text: any(each.isalnum() for each in text))


@given(tasks, words, st.sampled_from(["{}", "```json\n{}\n```", "Here you are:\n{}\nGood luck!"]))
def test_json_comes_back_as_it_was(instruction, given, around):
    text = around.format(json.dumps({"instruction": instruction, "input": given}))
    found = read(text)
    assert isinstance(found, Candidate)
    assert found.instruction == instruction.strip()
    assert found.input in (given.strip(), "")


@given(st.text(max_size=300), st.sampled_from(["stop", "length"]))
def test_any_text_is_read_without_a_fall(text, finish_reason):
    found = read(text, finish_reason)
    if isinstance(found, Candidate):
        assert any(each.isalnum() for each in found.instruction)
        assert found.instruction == found.instruction.strip()


@given(
    st.lists(
        st.sampled_from(
            ["{", "}", '"', "instruction", ":", "input", ",", "\\", "\n", "Task", "**", "```", " "]
        ),
        max_size=40,
    )
)
def test_broken_json_is_read_without_a_fall(parts):
    found = read("".join(parts))
    assert isinstance(found, Candidate | Unread)


def test_hostile_depth_and_length_cost_little():
    assert isinstance(read('{"a":' * 100_000), Candidate | Unread)
    assert isinstance(read("{" * 200_000), Candidate | Unread)
    assert isinstance(read('"task":"' + "\\" * 100_001), Candidate | Unread)
    assert isinstance(read("Task:\n" * 50_000), Candidate | Unread)


@pytest.mark.parametrize(
    "between", ["Note: keep it short.", "Expected output: two words.", "Explanation: none\nNote: x"]
)
def test_an_input_counts_wherever_it_stands_after_the_instruction(between):
    said = f"Instruction: Sort the words.\n{between}\nInput: pear, fig\nOutput: fig, pear"
    assert read(said) == Candidate("Sort the words.", "pear, fig")


@pytest.mark.parametrize("label", ["**Answer:**", "Sample output:", "### Solution", "Antwort:"])
def test_an_input_inside_an_answer_is_not_the_tasks(label):
    said = f"Instruction: Write unit tests for f.\n\n{label}\nInput: [1, 2]\nOutput: 3"
    assert read(said) == Candidate("Write unit tests for f.", "")


def test_the_input_of_a_second_instruction_is_not_the_firsts():
    said = "Instruction: Name a river.\n\nInstruction: Sort the words.\nInput: pear, fig"
    assert read(said) == Candidate("Name a river.", "")
