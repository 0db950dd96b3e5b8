"""Arg-max tokens of many rows at once: common starts once, rows sorted by length, the end kept.

Scoring one row at a time spends most of its time on what the row before it had, too, and on
starting the model. Here rows with a common start take its keys and values from one forward, rows
of about the same length share another, and the vocabulary is only projected to where targets
stand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lte_edit.evaluation.prefixes import LEAST, Shared, common_length, shared_prefixes
from lte_edit.evaluation.texts import Scored

BATCH_TOKENS = 8192
_ENOUGH = 512  # tokens after which a processor is no quicker with more at once
_EVEN = 0.9  # of the longest row, what its neighbours need to have then


def batches(
    lengths: Sequence[int], tokens: int, *, before: int = 0, even: bool = False
) -> list[list[int]]:
    """Places of rows, the longest first, in groups of at most ``tokens`` with their padding.

    A row longer than that is a group of its own.

    Args:
        lengths: Of the rows.
        tokens: Most of them in a group.
        before: How many tokens of each row are computed already.
        even: Whether rows are also kept apart where padding costs more than another forward.
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    groups: list[list[int]] = []
    for place in order:
        if groups:
            # The first of a group is its longest, so it sets the width.
            number, width = len(groups[-1]), lengths[groups[-1][0]]
            full = (number + 1) * width > tokens
            new = width - before
            padded = lengths[place] - before < _EVEN * new and number * new >= _ENOUGH
        if not groups or full or (even and padded):
            groups.append([])
        groups[-1].append(place)
    return groups


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
    places = [place for place, row in enumerate(rows) if row.target]
    if on_rows is not None and len(places) < len(rows):
        on_rows(len(rows) - len(places))
    forwards = _Forwards(model, pad_id)
    wanted = [rows[place] for place in places]
    for block in _blocks(model, wanted, batch_tokens, even=forwards.on_cpu):
        starts = [rows[places[part.places[0]]].ids[: part.length] for part in block]
        state = forwards.starts(starts)
        lines = [(line, places[at]) for line, part in enumerate(block) for at in part.places]
        # Nothing after a target's last token but one has a say in what is predicted for it.
        ends = [
            rows[place].ids[len(starts[line]) : len(rows[place].ids) - rows[place].end - 1]
            for line, place in lines
        ]
        width = max(map(len, starts))
        lengths = [width + len(end) for end in ends]
        for group in batches(lengths, batch_tokens, before=width, even=forwards.on_cpu):
            best = forwards.ends(
                [ends[at] for at in group],
                [len(rows[lines[at][1]].target) for at in group],
                state,
                [lines[at][0] for at in group],
            )
            for at, tokens in zip(group, best, strict=True):
                found[lines[at][1]] = tokens
            if on_rows is not None:
                on_rows(len(group))
    return found


def _blocks(model: Any, rows: Sequence[Scored], tokens: int, *, even: bool) -> list[list[Shared]]:
    """Groups of rows whose common starts are computed together; rows without one come last."""
    if not _shares(model):
        return [[Shared(0, (place,)) for place in range(len(rows))]] if rows else []
    # The token before the target's first predicts it, so every row has to keep that for itself.
    heads = [row.ids[: len(row.ids) - row.end - len(row.target) - 1] for row in rows]
    parts = shared_prefixes(heads)
    common = [part for part in parts if part.length]
    lengths = [part.length for part in common]
    blocks = [[common[at] for at in group] for group in batches(lengths, tokens, even=even)]
    alone = [part for part in parts if not part.length]
    return [*blocks, alone] if alone else blocks


def _shares(model: Any) -> bool:
    """Whether padding may stand between a common start and the rest of a row.

    It may where every layer attends to all keys; a window would be narrowed by it, and a recurrent
    state disturbed.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    layers = DynamicCache(config=model.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


@dataclass(frozen=True)
class _State:
    """What a forward of some rows leaves for those that go on from them.

    Attributes:
        cache: Keys and values.
        mask: Which of them are no padding, rows × keys.
    """

    cache: Any
    mask: torch.Tensor

    def of(self, lines: Sequence[int], device: Any) -> _State:
        """The state of some of the rows, in a cache of its own: a forward appends to it."""
        chosen = torch.tensor(lines)
        cache = copy.copy(self.cache)
        cache.layers = [copy.copy(layer) for layer in cache.layers]
        cache.batch_select_indices(chosen.to(device))
        return _State(cache, self.mask[chosen])


class _Forwards:
    """Forwards of rows padded on the left.

    Args:
        model: A causal language model.
        pad_id: Any token; padding is masked.
    """

    def __init__(self, model: Any, pad_id: int) -> None:
        # Scaling or capping what the head gives, as some models do, moves no arg-max.
        self._decoder, self._head = model.get_decoder(), model.get_output_embeddings()
        self._pad = pad_id
        self._device = next(model.parameters()).device
        self.on_cpu = self._device.type == "cpu"

    def starts(self, rows: Sequence[Sequence[int]]) -> _State | None:
        """The state after common starts; ``None`` if they are empty."""
        if not any(rows):
            return None
        # Most begin with the same words of the prompt.
        same = common_length(min(rows, key=tuple), max(rows, key=tuple))
        same = min(same, min(map(len, rows)) - 1)
        if len(rows) == 1 or same < LEAST:
            return self._states(rows, None)
        state = self._states([rows[0][:same]], None).of([0] * len(rows), self._device)
        return self._states([row[same:] for row in rows], state)

    def ends(
        self,
        rows: Sequence[Sequence[int]],
        kept: Sequence[int],
        state: _State | None,
        lines: Sequence[int],
    ) -> list[tuple[int, ...]]:
        """The likeliest token after each of the last tokens of rows.

        Args:
            rows: What follows the common starts.
            kept: Of how many tokens of each row.
            state: What :meth:`starts` gave.
            lines: Which start each row follows.
        """
        own = state.of(lines, self._device) if state is not None else None
        hidden, _ = self._forward(rows, own, use_cache=own is not None)
        last = torch.zeros(hidden.shape[:2], dtype=torch.bool)
        for line, number in enumerate(kept):
            last[line, -number:] = True
        logits = self._head(hidden[last.to(self._device)])
        return [tuple(part.tolist()) for part in logits.argmax(dim=-1).cpu().split(list(kept))]

    def _states(self, rows: Sequence[Sequence[int]], state: _State | None) -> _State:
        made: _State = self._forward(rows, state, use_cache=True)[1]
        return made

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def _forward(
        self, rows: Sequence[Sequence[int]], state: _State | None, *, use_cache: bool
    ) -> tuple[torch.Tensor, _State]:
        """Hidden states, rows × tokens × width, and the state after them."""
        width = max(map(len, rows))
        ids = torch.full((len(rows), width), self._pad)
        mask = torch.zeros(len(rows), width, dtype=torch.long)
        for line, row in enumerate(rows):
            ids[line, width - len(row) :] = torch.tensor(row)
            mask[line, width - len(row) :] = 1
        whole = mask if state is None else torch.cat([state.mask, mask], dim=1)
        positions = (whole.cumsum(dim=1) - 1).clamp(min=0)[:, -width:]
        made = self._decoder(
            input_ids=ids.to(self._device),
            attention_mask=whole.to(self._device),
            position_ids=positions.to(self._device),
            past_key_values=None if state is None else state.cache,
            use_cache=use_cache,
        )
        return made.last_hidden_state, _State(made.past_key_values, whole)
