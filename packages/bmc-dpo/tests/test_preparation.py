"""Bad rows are named, good ones numbered; masks are made once and counted."""

from __future__ import annotations

import logging

import pytest
from datasets import Dataset

from bmc_dpo import BMCConfig, BMCTrainer
from bmc_dpo.preparation import add_masks, number_rows
from truing_core.errors import InputError

GOOD = {"prompt": "Q", "chosen": "right", "rejected": "wrong"}
TURN = [{"role": "assistant", "content": "right"}]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"chosen": " "}, "train data, row 2, field 'chosen': is empty"),
        ({"rejected": ""}, "train data, row 2, field 'rejected': is empty"),
        ({"chosen": None}, "train data, row 2, field 'chosen': is NoneType; expected text"),
    ],
)
def test_bad_rows(bad, said):
    data = Dataset.from_list([GOOD, {**GOOD, **bad}])
    with pytest.raises(InputError, match=said):
        number_rows(data, "train", None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**GOOD, "chosen": 3, "rejected": 4}, "row 1, field 'chosen': is int; expected text"),
        ({**GOOD, "chosen": TURN, "rejected": TURN}, "row 1: mixes plain text and messages"),
        (
            {"prompt": TURN, "chosen": TURN, "rejected": [{"role": "assistant", "content": " "}]},
            "row 1, field 'rejected': is empty",
        ),
        (
            {"prompt": TURN, "chosen": [{"text": "no role"}], "rejected": TURN},
            "row 1, field 'chosen': is list; expected text, or messages",
        ),
    ],
)
def test_rows_of_a_wrong_kind(row, said):
    with pytest.raises(InputError, match=said):
        number_rows(Dataset.from_list([row]), "train", None)


def test_a_missing_column_is_named_with_those_there_are():
    data = Dataset.from_list([{"prompt": "Q", "completion": "A", "chosen": "x"}])
    with pytest.raises(InputError, match=r"no column 'rejected'.*\(found: chosen, completion, pro"):
        number_rows(data, "eval", None)


def test_an_empty_prompt_is_fine_and_rows_are_numbered():
    data = number_rows(Dataset.from_list([{**GOOD, "prompt": ""}, GOOD]), "train", None)
    assert data["bmc_row"][:] == [0, 1]


def test_masks_in_parallel_and_streamed_are_the_same():
    ids = {"chosen_ids": [[1, 2, 3], [4]] * 8, "rejected_ids": [[1, 9, 3], [4]] * 8}
    data = Dataset.from_dict(ids)
    alone = add_masks(data, "train", algorithm="levenshtein")
    assert alone[0]["chosen_diff_mask"] == [0, 1, 0]
    assert alone["bmc_differing"][:2] == [2, 0]
    assert add_masks(data, "train", algorithm="levenshtein", num_proc=2)[:] == alone[:]
    streamed = add_masks(data.to_iterable_dataset(), "train", algorithm="levenshtein")
    assert list(streamed) == list(alone)
    spared = add_masks(data, "train", algorithm="levenshtein", ignore_ids=frozenset({9}))
    assert spared[0]["rejected_diff_mask"] == [0, 0, 0]


@pytest.fixture
def trainer(tiny_model_dir, tmp_path):
    def make(rows, **fields):
        args = BMCConfig(str(tmp_path / "out"), **fields)
        return BMCTrainer(str(tiny_model_dir), args=args, train_dataset=Dataset.from_list(rows))

    return make


def test_equal_sides_are_counted(trainer, pairs, caplog):
    same = {**pairs[0], "chosen": "Yes", "rejected": "Yes"}
    with caplog.at_level(logging.WARNING):
        trainer([*pairs, same])
    assert "in 1 of 5 pairs no token differs" in caplog.text


def test_prompts_that_leave_no_room_are_counted_or_refused(trainer, pairs, caplog):
    long = {**pairs[0], "prompt": "Where? " * 30}
    with caplog.at_level(logging.WARNING):
        made = trainer([*pairs, long], max_length=40)
    assert len(made.train_dataset) == 4
    assert "1 of 5 pairs have a prompt of max_length (40 tokens) or more" in caplog.text
    with pytest.raises(InputError, match="so nothing is left; raise max_length"):
        trainer([long], max_length=40)
