"""Preference data made ready for training: checked, numbered, and with its masks.

The masks are computed once, by ``datasets.map`` (in parallel, and cached), never in a step.
"""

from __future__ import annotations

import logging
from typing import Any

from datasets import Dataset, IterableDataset, List, Value

from bmc_dpo.alignment import Algorithm, token_diff_masks
from bmc_dpo.collator import CHOSEN_MASK, REJECTED_MASK, ROW
from truing_core.errors import InputError, UsageError

logger = logging.getLogger(__name__)

DIFFERING = "bmc_differing"  # how many tokens of a pair differ, both sides together


def select_winner(dataset: Any, bridged: bool, name: str) -> Any:
    """Lets ``chosen`` be the bridged winner (it is), or the original one.

    Raises:
        InputError: The original winner is wanted and the data has none.
    """
    if bridged:
        return dataset
    columns = columns_of(dataset)
    if "chosen_original" not in columns:
        raise InputError(
            "there is no column 'chosen_original', which variants mc and plain train on; bridge "
            "writes it. Data that was never bridged: use variant bmc for weights, bc for none",
            path=f"{name} data",
        )
    return dataset.remove_columns("chosen").rename_column("chosen_original", "chosen")


def number_rows(dataset: Any, name: str, num_proc: int | None) -> Any:
    """Checks every pair and gives it its row number (from 0), for messages about batches.

    Raises:
        InputError: A column is missing, or a pair cannot be trained on; the message says which.
    """
    columns = columns_of(dataset)
    missing = [column for column in ("chosen", "rejected") if column not in columns]
    if missing:
        raise InputError(
            f"there is no column '{missing[0]}'; preference data has prompt, chosen and rejected "
            f"(found: {', '.join(sorted(columns))})",
            path=f"{name} data",
        )
    options: dict[str, Any] = {"fn_kwargs": {"place": f"{name} data"}, "with_indices": True}
    if isinstance(dataset, Dataset):
        options |= {"num_proc": num_proc, "desc": f"Checking {name} dataset"}
    return dataset.map(_checked, **options)


def _checked(row: dict[str, Any], index: int, place: str) -> dict[str, int]:
    kinds = set()
    for column in ("prompt", "chosen", "rejected"):
        if column not in row:
            continue
        value = row[column]
        if isinstance(value, str):
            kinds.add("text")
            empty = column != "prompt" and not value.strip()
        elif _conversation(value):
            kinds.add("messages")
            empty = not value or (column != "prompt" and not value[-1]["content"].strip())
        else:
            raise InputError(
                f"is {type(value).__name__}; expected text, or messages with role and content",
                path=place, row=index + 1, field=column,
            )  # fmt: skip
        if empty:
            raise InputError("is empty; there is nothing to train on", path=place, row=index + 1,
                             field=column)  # fmt: skip
    if len(kinds) > 1:
        raise InputError(
            "mixes plain text and messages; all three must be of one kind",
            path=place,
            row=index + 1,
        )
    return {ROW: index}


def _conversation(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(turn, dict)
        and isinstance(turn.get("role"), str)
        and isinstance(turn.get("content"), str)
        for turn in value
    )


def refuse_masks(dataset: Any, name: str) -> None:
    """Refuses masks that came with the data, where whole padded rows are aligned instead.

    Raises:
        UsageError: There are some.
    """
    given = sorted({CHOSEN_MASK, REJECTED_MASK} & columns_of(dataset))
    if given:
        raise UsageError(
            f"{name} data brings masks of its own ({', '.join(given)}), which bmc_mode released "
            "would not use, as it aligns whole padded rows; drop them, or use bmc_mode paper"
        )


def add_masks(
    dataset: Any,
    name: str,
    *,
    algorithm: Algorithm,
    ignore_ids: frozenset[int] = frozenset(),
    num_proc: int | None = None,
) -> Any:
    """Adds the masks of differing completion tokens to tokenised pairs, unless they are there.

    Args:
        dataset: With ``chosen_ids`` and ``rejected_ids``; a ``Dataset`` or ``IterableDataset``.
        name: What messages call it.
        algorithm: See :func:`~bmc_dpo.token_diff_masks`.
        ignore_ids: Tokens that are never marked.
        num_proc: Processes, for a ``Dataset``.

    Raises:
        InputError: Masks that came with the data do not fit its tokens, or only one is there.
    """
    there = {CHOSEN_MASK, REJECTED_MASK} & columns_of(dataset)
    if len(there) == 1:
        raise InputError(
            f"there is a column '{there.pop()}' without its twin; bring masks of both sides, or "
            "none",
            path=f"{name} data",
        )
    given = bool(there)
    function = _fitting if given else _masked
    options: dict[str, Any] = {"batched": True}
    if given:
        options |= {"fn_kwargs": {"place": f"{name} data"}}
    else:
        options |= {"fn_kwargs": {"algorithm": algorithm, "ignore_ids": sorted(ignore_ids)}}
    if isinstance(dataset, Dataset):
        features = dataset.features.copy()
        features[CHOSEN_MASK] = features[REJECTED_MASK] = List(Value("int8"))
        features[DIFFERING] = Value("int64")
        options |= {
            "num_proc": num_proc, "desc": f"Aligning {name} dataset", "features": features,
        }  # fmt: skip
    return dataset.map(function, **options)


def _masked(batch: dict[str, Any], algorithm: Algorithm, ignore_ids: list[int]) -> dict[str, Any]:
    pairs = [
        token_diff_masks(rejected, chosen, algorithm=algorithm, ignore_ids=ignore_ids)
        for rejected, chosen in zip(batch["rejected_ids"], batch["chosen_ids"], strict=True)
    ]
    return {
        REJECTED_MASK: [rejected for rejected, _ in pairs],
        CHOSEN_MASK: [chosen for _, chosen in pairs],
        DIFFERING: [sum(rejected) + sum(chosen) for rejected, chosen in pairs],
    }


def _fitting(batch: dict[str, Any], place: str) -> dict[str, Any]:
    for side, tokens in ((CHOSEN_MASK, "chosen_ids"), (REJECTED_MASK, "rejected_ids")):
        for position, (mask, ids) in enumerate(zip(batch[side], batch[tokens], strict=True)):
            if len(mask) != len(ids) or not set(mask) <= {0, 1}:
                row = batch[ROW][position] + 1 if ROW in batch else None
                raise InputError(
                    f"has {len(mask)} values for {len(ids)} tokens; expected one 0 or 1 a token "
                    "of this tokenizer, or no masks at all",
                    path=place, row=row, field=side,
                )  # fmt: skip
    totals = [
        sum(chosen) + sum(rejected)
        for chosen, rejected in zip(batch[CHOSEN_MASK], batch[REJECTED_MASK], strict=True)
    ]
    return {CHOSEN_MASK: batch[CHOSEN_MASK], REJECTED_MASK: batch[REJECTED_MASK], DIFFERING: totals}


def report(dataset: Any, rows_before: int | None, name: str, max_length: int | None) -> None:
    """Says what became of the pairs: too long ones, and those in which nothing differs.

    Raises:
        InputError: No pair is left.
    """
    if not isinstance(dataset, Dataset):
        return
    if rows_before is not None and len(dataset) < rows_before:
        text = (
            f"{rows_before - len(dataset):,} of {rows_before:,} pairs have a prompt of max_length"
        )
        if not len(dataset):
            raise InputError(
                f"{text} ({max_length} tokens) or more, so nothing is left; raise max_length",
                path=f"{name} data",
            )
        logger.warning("%s data: %s (%s tokens) or more and are left out", name, text, max_length)
    if DIFFERING in dataset.column_names:
        same = sum(count == 0 for count in dataset[DIFFERING])
        if same:
            logger.warning(
                "%s data: in %s of %s pairs no token differs; they train as without weights",
                name, f"{same:,}", f"{len(dataset):,}",
            )  # fmt: skip


def columns_of(dataset: Dataset | IterableDataset) -> set[str]:
    """The columns of a data set; a streamed one is asked for its first row."""
    if dataset.column_names is not None:
        return set(dataset.column_names)
    return set(next(iter(dataset)))
