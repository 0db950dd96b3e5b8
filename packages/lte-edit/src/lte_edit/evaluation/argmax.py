"""Arg-max tokens of many rows at once: sorted by length, padded on the left, the end alone kept.

Scoring one row at a time spends most of its time on starting the model. Here rows of about the
same length share a forward, and the vocabulary is only projected to where targets stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lte_edit.evaluation.texts import Scored

BATCH_TOKENS = 8192


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Places of rows, the longest first, in groups of at most ``tokens`` with their padding.

    A row longer than that is a group of its own.
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    groups: list[list[int]] = []
    for place in order:
        # The first of a group is its longest, so it sets the width.
        if not groups or (len(groups[-1]) + 1) * lengths[groups[-1][0]] > tokens:
            groups.append([])
        groups[-1].append(place)
    return groups


@torch.inference_mode()  # type: ignore[untyped-decorator]
def argmax_tokens(
    model: Any,
    rows: Sequence[Scored],
    *,
    pad_id: int = 0,
    batch_tokens: int = BATCH_TOKENS,
    on_rows: Callable[[int], None] | None = None,
) -> list[tuple[int, ...]]:
    """What the model predicts where each target token stands, given the true tokens before it.

    Args:
        model: A causal language model of transformers, in evaluation mode.
        rows: What to score; ``S`` tokens each, of which ``T`` are the target.
        pad_id: Any token; padding is masked.
        batch_tokens: Most tokens of a batch, padding included.
        on_rows: Called with the number of rows that are done, after each batch.

    Returns:
        For each row its ``T`` token ids, in the order of ``rows``.
    """
    found: list[tuple[int, ...]] = [()] * len(rows)
    device = next(model.parameters()).device
    for group in batches([len(row.ids) for row in rows], batch_tokens):
        width = len(rows[group[0]].ids)
        ids = torch.full((len(group), width), pad_id)
        mask = torch.zeros(len(group), width, dtype=torch.long)
        for line, place in enumerate(group):
            row = rows[place].ids
            ids[line, width - len(row) :] = torch.tensor(row)
            mask[line, width - len(row) :] = 1
        kept = max(len(rows[place].target) + rows[place].end for place in group) + 1
        logits = model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0).to(device),
            logits_to_keep=min(kept, width),
            use_cache=False,
        ).logits
        tokens = logits.argmax(dim=-1).cpu()
        for line, place in enumerate(group):
            size, end = len(rows[place].target), rows[place].end
            # The token before the target's first predicts it.
            stop = tokens.size(1) - 1 - end
            found[place] = tuple(tokens[line, stop - size : stop].tolist())
        if on_rows is not None:
            on_rows(len(group))
    return found
