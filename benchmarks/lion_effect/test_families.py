from __future__ import annotations

import random
from itertools import product

import pytest
from families import FAMILIES, LARGEST, LEVELS, Task, pose, read, vocabulary

# Worked out by hand.
KNOWN = {
    "Repeat: K A B": "K A B",
    "Which letter is number 2 in K A B ?": "A",
    "Give letter 1 from the end of K A B E L": "L",
    "Write K A B E L backwards.": "L E B A K",
    "Strike every A\n\nB A L A L A": "B L L",
    "Sort: 21 4 15": "4 then 15 then 21",
    "Put the largest first.\n\n4 21 15": "21 then 15 then 4",
    "Continue: 3 5 7 9": "11",
    "20 17 14 11 and then ?": "8",
    "Work out 8 - 3 + 4 one step after the other.": "5 then 9",
    "Ada Ben Cleo stay 3 days after Saturday . Which days ?": "Sunday Monday Tuesday",
    "Name the 2 days that precede Monday for Ada Ben Cleo": "Sunday Saturday",
    "Ada Ben Cleo count 3 spiders . How many legs ?": "24",
    "4 dozens for Ada Ben Cleo , in eggs ?": "48",
    "Ben beats Cleo. Ada beats Ben. Who wins ?": "Ada",
    "Name the worst.\n\nBen beats Cleo. Ada beats Ben.": "Cleo",
}


@pytest.mark.parametrize(("text", "answer"), KNOWN.items())
def test_known_answers(text: str, answer: str) -> None:
    task = read(text)
    assert task is not None
    assert task.answer == answer


@pytest.mark.parametrize(
    "text", ["", "Hello", "Sort: K A B", "Each step of 8 - please.", "Repeat: k"]
)
def test_what_states_no_task(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_every_phrasing_is_read_back(name: str, level: int) -> None:
    rng = random.Random(f"{name} {level}")
    known = set(vocabulary())
    for held_out in (False, True):
        for _ in range(60):
            posed = pose(name, rng, level, held_out=held_out)
            assert read(posed.text) == posed.task
            assert (posed.task.level, posed.held_out) == (level, held_out)
            assert set(posed.task.answer.split()) <= known


def test_a_task_is_asked_in_all_words_that_fit_and_no_others() -> None:
    rng = random.Random(0)
    task = Task("letter", (("end", "end"), ("letters", "K A B"), ("place", "2")))
    assert {task.phrased(rng).text for _ in range(50)} == {
        "Give letter 2 from the end of K A B",
        "Counting from the end, which letter is number 2 ?\n\nK A B",
    }


def test_a_quarter_of_the_texts_is_held_out() -> None:
    rng = random.Random(1)
    words = product("ABCDE", "ABCDE", "ABCDEFGH")
    tasks = [Task("reverse", (("letters", " ".join(word)),)) for word in words]
    share = sum(task.phrased(rng).held_out for task in tasks) / len(tasks)
    assert 0.15 < share < 0.35


def test_numbers_stay_within_the_vocabulary() -> None:
    rng = random.Random(2)
    largest = 0
    for name in FAMILIES:
        for _ in range(300):
            words = pose(name, rng, 4).task.answer.split()
            largest = max([largest, *(int(word) for word in words if word.isdigit())])
    assert 100 < largest <= LARGEST
