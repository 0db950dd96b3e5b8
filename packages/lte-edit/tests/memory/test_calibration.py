"""The threshold: every score is tried, and the best balance is taken."""

from __future__ import annotations

import pytest

from lte_edit.memory.calibration import Point, Question, calibrate, read_questions
from truing_core.errors import InputError


class Given:
    """An encoder whose dot products are what the texts say: edits are one, queries a number."""

    identity, dimension = "given#1", 1

    def encode(self, texts):
        import numpy as np

        rows = [[float(text)] if text[0] in "0123456789" else [1.0] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 1)


@pytest.fixture
def given(open_memory, fact):
    memory = open_memory(with_encoder=Given())
    memory.add([fact("a")])
    return memory


def asked(right, others):
    return [Question(str(x), "a") for x in right] + [Question(str(x), None) for x in others]


def test_the_curve_by_hand(given):
    result = calibrate(given, asked([0.5, 0.75, 1.0], [0.25, 0.5]))
    assert [(p.threshold, p.found, p.untouched) for p in result.curve[:-1]] == [
        (0.25, 1, 0),
        (0.5, 1, 0.5),
        (0.75, pytest.approx(2 / 3), 1),
        (1.0, pytest.approx(1 / 3), 1),
    ]
    last = result.curve[-1]
    assert (last.threshold > 1, last.found, last.untouched) == (True, 0, 1)
    assert result.best == result.curve[2]
    assert result.best.balance == pytest.approx(5 / 6)


def test_of_equals_the_highest_threshold(given):
    # Either half of the one kind is lost, or half of the other.
    result = calibrate(given, asked([0.25, 0.75], [0.5, 0.5]))
    assert [p.balance for p in result.curve] == [0.5, 0.25, 0.75, 0.5]
    assert calibrate(given, asked([0.25], [0.5])).threshold > 0.5


def test_what_is_stored_is_a_little_lower(given):
    result = calibrate(given, asked([0.123456], [0.1]))
    assert result.best.threshold == pytest.approx(0.123456)
    assert result.threshold == pytest.approx(0.1234)


def test_thinning_keeps_the_best(given):
    result = calibrate(given, asked([n / 100 for n in range(50, 100)], [0.1, 0.505]))
    thin = result.thinned(6)
    assert len(thin) <= 7
    assert result.best in thin
    assert thin == sorted(thin, key=lambda point: point.threshold)
    assert thin[0] == result.curve[0]


@pytest.mark.parametrize(("right", "others"), [([], [0.5]), ([0.5], [])])
def test_both_kinds_are_needed(given, right, others):
    with pytest.raises(InputError, match=f"found {len(right)} and {len(others)}"):
        calibrate(given, asked(right, others))


def test_an_edit_that_is_not_in_force(given):
    given.remove(["a"])
    with pytest.raises(InputError, match="'a' is not in force"):
        calibrate(given, asked([0.5], [0.1]))


@pytest.mark.parametrize(
    ("row", "field"), [('{"q": 1}', "question"), ('{"question": "x", "edit_id": 3}', "edit_id")]
)
def test_bad_questions(tmp_path, row, field):
    (tmp_path / "q.jsonl").write_text('{"question": "x"}\n' + row + "\n")
    with pytest.raises(InputError) as raised:
        read_questions(tmp_path / "q.jsonl")
    assert (raised.value.row, raised.value.field) == (2, field)


def test_points_are_values():
    assert Point(0.5, 1, 0).balance == 0.5
