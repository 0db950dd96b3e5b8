from __future__ import annotations

import random

import pytest
from families import FAMILIES, LARGEST, LEVELS, Task, pose, read, vocabulary

# Worked out by hand.
KNOWN = {
    "Repeat: K A M": "K A M",
    "Which letter is number 2 in K A M ?": "A",
    "Give letter 1 from the end of K A M E L": "L",
    "Write K A M E L backwards.": "L E M A K",
    "How many times do you see A ?\n\nB A N A N A": "3",
    "Sort: 31 4 15": "4 then 15 then 31",
    "Put the largest first.\n\n4 31 15": "31 then 15 then 4",
    "Continue: 3 5 7 9": "11",
    "20 17 14 11 and then ?": "8",
    "What is 8 - 3 + 4 ?": "9",
    "Ada Ben Cleo meet 3 days after Saturday . Which day ?": "Tuesday",
    "On Monday Ada Ben Cleo say: 8 days ago. When ?": "Sunday",
    "Ada Ben Cleo stay 3 weeks and 2 days. How many days ?": "23",
    "2 dozen and 5 eggs, in eggs, for Ada Ben Cleo ?": "29",
    "Ben beats Cleo. Ada beats Ben. Who wins ?": "Ada",
    "Name the worst.\n\nBen beats Cleo. Ada beats Ben.": "Cleo",
}


@pytest.mark.parametrize(("text", "answer"), KNOWN.items())
def test_known_answers(text: str, answer: str) -> None:
    task = read(text)
    assert task is not None
    assert task.answer == answer


@pytest.mark.parametrize("text", ["", "Hello", "Sort: K A M", "What is 8 - ?", "Repeat: k"])
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
    task = Task("letter", (("end", "end"), ("letters", "K A M"), ("place", "2")))
    assert {task.phrased(rng).text for _ in range(50)} == {
        "Give letter 2 from the end of K A M",
        "Counting from the end, which letter is number 2 ?\n\nK A M",
    }


def test_a_quarter_of_the_texts_is_held_out() -> None:
    rng = random.Random(1)
    tasks = [Task("reverse", (("letters", f"{a} {b} {c}"),)) for a in "ABCDE" for b in "ABCDE"
             for c in "ABCDEFGH"]  # fmt: skip
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
