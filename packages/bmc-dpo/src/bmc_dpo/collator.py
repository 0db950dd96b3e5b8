"""Batches of preference pairs with the masks of differing tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from trl.trainer.dpo_trainer import DataCollatorForPreference
from trl.trainer.utils import pad

from bmc_dpo.alignment import Algorithm, token_diff_masks

CHOSEN_MASK, REJECTED_MASK = "chosen_diff_mask", "rejected_diff_mask"
REF_CHOSEN, REF_REJECTED = "ref_chosen_logps", "ref_rejected_logps"
ROW = "bmc_row"
_TOKENS = ("prompt_ids", "chosen_ids", "rejected_ids")


@dataclass
class BMCDataCollator(DataCollatorForPreference):  # type: ignore[misc]
    """TRL's collator, whose batches also hold what BMC needs.

    Beside ``input_ids``, ``attention_mask`` and ``completion_mask`` (2B × L, chosen rows first):

    - ``diff_mask`` (2B × L, int64): 1 where a completion token differs from the other side;
    - ``row_ids`` (B, int64): which rows of the data set these are, where it says;
    - ``ref_logps`` (2B × (L − 1), float32): log-probabilities of the reference, at the positions
      that predict completion tokens, where they were computed beforehand.

    Masks, labels and log-probabilities are truncated alike.

    Args:
        align_rows: Align whole padded rows here, as the authors' code does, instead of taking
            the masks of the completions from the examples.
        diff_algorithm: How rows are aligned then.
        ignore_ids: Tokens that are never marked then.
    """

    align_rows: bool = False
    diff_algorithm: Algorithm = "difflib"
    ignore_ids: frozenset[int] = frozenset()

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        """Pads and stacks examples; see the class for what comes out."""
        batch: dict[str, Any] = super().torch_call(
            [{name: example[name] for name in _TOKENS} for example in examples]
        )
        if self.align_rows:
            batch["diff_mask"] = self._aligned(batch["input_ids"])
        else:
            batch["diff_mask"] = self._stacked(examples)
        batch["row_ids"] = torch.tensor([example.get(ROW, -1) for example in examples])
        if REF_CHOSEN in examples[0]:
            rows = [example[REF_CHOSEN] for example in examples]
            rows += [example[REF_REJECTED] for example in examples]
            batch["ref_logps"] = placed(rows, batch["completion_mask"][:, 1:])
        return batch

    def _stacked(self, examples: Sequence[dict[str, Any]]) -> Tensor:
        masks = [
            torch.tensor(self._cut([0] * len(example["prompt_ids"]) + list(example[side])))
            for side in (CHOSEN_MASK, REJECTED_MASK)
            for example in examples
        ]
        return pad(
            masks, padding_value=0, padding_side="right", pad_to_multiple_of=self.pad_to_multiple_of
        )

    def _cut(self, row: list[int]) -> list[int]:
        if self.max_length is None:
            return row
        return (
            row[-self.max_length :]
            if self.truncation_mode == "keep_end"
            else row[: self.max_length]
        )

    def _aligned(self, input_ids: Tensor) -> Tensor:
        rows = input_ids.tolist()
        half = len(rows) // 2
        pairs = [
            token_diff_masks(
                rejected, chosen, algorithm=self.diff_algorithm, ignore_ids=self.ignore_ids
            )
            for chosen, rejected in zip(rows[:half], rows[half:], strict=True)
        ]
        return torch.tensor([chosen for _, chosen in pairs] + [rejected for rejected, _ in pairs])


def placed(rows: Sequence[Sequence[float]], mask: Tensor) -> Tensor:
    """Puts the values of completion tokens where ``mask`` (rows × positions) has them.

    Raises:
        ValueError: A row has more or fewer values than its mask has places.
    """
    lengths = mask.sum(dim=1).tolist()
    if [len(row) for row in rows] != lengths:
        raise ValueError(
            "reference log-probabilities do not fit the tokens: were they computed with another "
            "max_length?"
        )
    target = torch.zeros(mask.shape, dtype=torch.float32)
    target[mask.bool()] = torch.tensor([value for row in rows for value in row])
    return target
