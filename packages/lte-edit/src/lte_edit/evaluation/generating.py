"""Greedy answers of many questions at once: of about the same length, padded on the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lte_edit.evaluation.argmax import batches


@dataclass(frozen=True)
class Wanted:
    """An answer to write.

    Attributes:
        ids: Tokens of the question, up to where the answer begins.
        limit: Most tokens of the answer.
    """

    ids: tuple[int, ...]
    limit: int


@torch.inference_mode()  # type: ignore[untyped-decorator]
def greedy_answers(
    model: Any,
    rows: Sequence[Wanted],
    *,
    ends: Sequence[int],
    pad_id: int,
    batch_tokens: int,
    on_rows: Callable[[int], None] | None = None,
) -> list[tuple[int, ...]]:
    """What the model writes, token by token the likeliest, without the token that ends it.

    Args:
        model: A causal language model of transformers, in evaluation mode.
        rows: What is asked.
        ends: Tokens that end an answer.
        pad_id: Any token; padding is masked.
        batch_tokens: Most tokens of a batch, padding and answers included.
        on_rows: Called with the number of rows that are done, after each batch.

    Returns:
        Of each row at most ``limit`` tokens, in the order of ``rows``.
    """
    from transformers import GenerationConfig

    from truing_core.models.chat import quiet

    found: list[tuple[int, ...]] = [()] * len(rows)
    device = next(model.parameters()).device
    # Rows of one limit share a batch, so that none waits for text it does not need.
    for limit in sorted({row.limit for row in rows if row.limit > 0}):
        places = [place for place, row in enumerate(rows) if row.limit == limit]
        lengths = [len(rows[place].ids) + limit for place in places]
        settings = GenerationConfig(
            do_sample=False, max_new_tokens=limit, eos_token_id=list(ends) or None,
            pad_token_id=pad_id, use_cache=True,
        )  # fmt: skip
        for group in batches(lengths, batch_tokens):
            width = max(len(rows[places[line]].ids) for line in group)
            ids = torch.full((len(group), width), pad_id)
            mask = torch.zeros(len(group), width, dtype=torch.long)
            for line, place in enumerate(group):
                row = rows[places[place]].ids
                ids[line, width - len(row) :] = torch.tensor(row)
                mask[line, width - len(row) :] = 1
            with quiet():
                made = model.generate(
                    input_ids=ids.to(device),
                    attention_mask=mask.to(device),
                    generation_config=settings,
                )
            for line, place in enumerate(group):
                tokens = made[line, width:].tolist()
                stop = next((at for at, token in enumerate(tokens) if token in ends), None)
                found[places[place]] = tuple(tokens[:stop])
            if on_rows is not None:
                on_rows(len(group))
    return found
