"""Batches, by literal tensors."""

from __future__ import annotations

import pytest
import torch

from bmc_dpo.collator import BMCDataCollator, placed

EXAMPLES = [
    {
        "prompt_ids": [1, 2, 3], "chosen_ids": [4, 5], "rejected_ids": [6],
        "chosen_diff_mask": [1, 0], "rejected_diff_mask": [1], "bmc_row": 7,
    },
    {
        "prompt_ids": [7, 8], "chosen_ids": [9], "rejected_ids": [10, 11, 12],
        "chosen_diff_mask": [0], "rejected_diff_mask": [0, 1, 1], "bmc_row": 8,
    },
]  # fmt: skip
REF = [
    {"ref_chosen_logps": [-1.0, -2.0], "ref_rejected_logps": [-3.0]},
    {"ref_chosen_logps": [-4.0], "ref_rejected_logps": [-5.0, -6.0, -7.0]},
]


def test_masks_lie_on_the_completions():
    batch = BMCDataCollator(pad_token_id=0)(EXAMPLES)
    assert batch["input_ids"].tolist() == [
        [1, 2, 3, 4, 5], [7, 8, 9, 0, 0], [1, 2, 3, 6, 0], [7, 8, 10, 11, 12]
    ]  # fmt: skip
    assert batch["diff_mask"].tolist() == [
        [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 1]
    ]  # fmt: skip
    assert batch["row_ids"].tolist() == [7, 8]
    assert "ref_logps" not in batch


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("keep_start", [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]]),
        ("keep_end", [[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]]),
    ],
)
def test_masks_are_cut_like_tokens(mode, expected):
    batch = BMCDataCollator(pad_token_id=0, max_length=4, truncation_mode=mode)(EXAMPLES)
    assert batch["diff_mask"].tolist() == expected
    assert batch["diff_mask"].shape == batch["input_ids"].shape
    assert not (batch["diff_mask"] * (1 - batch["completion_mask"])).any()


def test_padding_to_a_multiple():
    batch = BMCDataCollator(pad_token_id=0, pad_to_multiple_of=8)(EXAMPLES)
    assert batch["diff_mask"].shape == batch["input_ids"].shape == (4, 8)
    assert batch["diff_mask"].sum() == 4


def test_reference_values_stand_where_completion_tokens_are_predicted():
    examples = [{**example, **ref} for example, ref in zip(EXAMPLES, REF, strict=True)]
    batch = BMCDataCollator(pad_token_id=0)(examples)
    assert batch["ref_logps"].tolist() == [
        [0, 0, -1, -2], [0, -4, 0, 0], [0, 0, -3, 0], [0, -5, -6, -7]
    ]  # fmt: skip


def test_reference_values_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="another max_length"):
        placed([[-1.0]], torch.tensor([[0, 1, 1]]))


def test_released_masks_come_from_whole_padded_rows():
    rows = BMCDataCollator(pad_token_id=0, align_rows=True)(EXAMPLES)
    # chosen 1 2 3 4 5 against rejected 1 2 3 6 0; and 7 8 9 0 0 against 7 8 10 11 12
    assert rows["diff_mask"].tolist() == [
        [0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 1, 1, 1]
    ]  # fmt: skip
    kept = BMCDataCollator(pad_token_id=0, align_rows=True, ignore_ids=frozenset({6, 9}))(EXAMPLES)
    assert kept["diff_mask"][2].tolist() == [0, 0, 0, 0, 1]
    assert kept["diff_mask"][1].tolist() == [0, 0, 0, 1, 1]


def test_rows_without_numbers_are_minus_one():
    examples = [{k: v for k, v in each.items() if k != "bmc_row"} for each in EXAMPLES]
    assert BMCDataCollator(pad_token_id=0)(examples)["row_ids"].tolist() == [-1, -1]
