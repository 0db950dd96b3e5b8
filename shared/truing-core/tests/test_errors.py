from __future__ import annotations

from pathlib import Path

import pytest

from truing_core import errors
from truing_core.errors import InputError, TruingError, UsageError


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, "is empty"),
        ({"path": "a.jsonl"}, "a.jsonl: is empty"),
        ({"path": Path("d/a.jsonl"), "row": 3}, "d/a.jsonl, row 3: is empty"),
        ({"path": "a.jsonl", "row": 3, "field": "x.y"}, "a.jsonl, row 3, field 'x.y': is empty"),
        ({"path": "a.jsonl", "field": "x"}, "a.jsonl, field 'x': is empty"),
        ({"row": 3}, "row 3: is empty"),
        ({"row": 3, "field": "x"}, "row 3, field 'x': is empty"),
        ({"field": "x"}, "field 'x': is empty"),
    ],
)
def test_input_error_says_where(place: dict[str, object], expected: str) -> None:
    error = InputError("is empty", **place)  # type: ignore[arg-type]
    assert str(error) == expected
    assert error.problem == "is empty"
    assert (error.path, error.row, error.field) == (
        place.get("path"),
        place.get("row"),
        place.get("field"),
    )


def test_exit_codes() -> None:
    kinds = {kind.__name__: kind.exit_code for kind in TruingError.__subclasses__()}
    assert kinds == {
        "UsageError": 2,
        "InputError": 1,
        "ModelError": 1,
        "ResumeError": 1,
        "BudgetError": 1,
        "Interruption": 130,
    }
    assert TruingError.exit_code == 1


def test_every_error_can_be_caught_as_one() -> None:
    with pytest.raises(TruingError, match="wrong option"):
        raise UsageError("wrong option")
    assert issubclass(errors.BudgetError, TruingError)
