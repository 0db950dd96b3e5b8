from pathlib import Path

import pytest

from lion_distill.rows import Instruction
from lion_distill.workspace import (
    Iteration,
    cache_pool,
    iterations,
    load,
    save,
    seeds_file,
    train_pool,
)
from truing_core.errors import InputError


def rows(*names: str, iteration: int = 0) -> list[Instruction]:
    return [Instruction(id=name, instruction=f"Do {name}.", iteration=iteration) for name in names]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    save(seeds_file(tmp_path), rows("s1", "s2"))
    save(Iteration(tmp_path, 0).generated, rows("a", iteration=1))
    save(Iteration(tmp_path, 1).generated, rows("b", "c", iteration=2))
    return tmp_path


def ids(pool: list[Instruction]) -> list[str]:
    return [each.id for each in pool]


@pytest.mark.parametrize(
    ("number", "new", "cache"),
    [
        (0, ["s1", "s2"], ["s1", "s2"]),
        (1, ["a"], ["s1", "s2", "a"]),
        (2, ["b", "c"], ["s1", "s2", "a", "b", "c"]),
    ],
)
def test_pools_by_iteration(root: Path, number: int, new: list[str], cache: list[str]) -> None:
    at = Iteration(root, number)
    assert ids(cache_pool(at)) == cache
    assert ids(train_pool(at, "new")) == new
    assert ids(train_pool(at, "all")) == cache


def test_iterations_are_found_by_number_and_strangers_passed_over(root: Path) -> None:
    Iteration(root, 10).folder.mkdir()
    (root / "iteration-x").mkdir()
    assert [each.number for each in iterations(root)] == [0, 1, 10]
    assert [each and each.number for each in (at.before() for at in iterations(root))] == [
        None, 0, 9,
    ]  # fmt: skip


def test_an_empty_file_has_no_rows_and_a_missing_one_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "generated.jsonl"
    assert save(empty, []) == 0
    assert load(empty, Instruction) == []
    with pytest.raises(InputError, match="there is no such file"):
        load(tmp_path / "nowhere.jsonl", Instruction)


def test_a_row_of_another_kind_is_named_by_file_row_and_field(tmp_path: Path) -> None:
    path = tmp_path / "generated.jsonl"
    path.write_text('{"id": "a", "instruction": "Do a."}\n{"id": "b"}\n')
    with pytest.raises(InputError, match=r"generated\.jsonl.*2.*instruction.*required"):
        load(path, Instruction)


def test_stage_names_hold_the_iteration(tmp_path: Path) -> None:
    assert Iteration(tmp_path, 2).stage("split") == "iteration-2/split"
