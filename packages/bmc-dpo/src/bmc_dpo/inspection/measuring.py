"""What a model makes of a pair: log-probabilities, weights and rewards of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bmc_dpo.alignment import Algorithm, token_diff_masks
from bmc_dpo.inspection.tokens import tokenise
from bmc_dpo.pairs import Pair

# Ids of a row, and where its completion begins -> log-probabilities of the completion.
Scorer = Callable[[list[int], int], list[float]]


@dataclass(frozen=True)
class Token:
    """One token of a completion.

    Attributes:
        text: As it stands in the text.
        differs: Whether the other side does not have it in place.
        logp: The policy's log-probability, if a model was asked.
        weight: λ.
        reward: β · λ · log(π / π_ref), if a reference was asked, too.
    """

    text: str
    differs: bool
    logp: float | None = None
    weight: float = 1.0
    reward: float | None = None


@dataclass(frozen=True)
class View:
    """A pair with its measured tokens."""

    pair: Pair
    chosen: tuple[Token, ...]
    rejected: tuple[Token, ...]

    def reward(self, side: str) -> float | None:
        """The sum of a side's token rewards."""
        tokens: tuple[Token, ...] = getattr(self, side)
        rewards = [token.reward for token in tokens if token.reward is not None]
        return sum(rewards) if len(rewards) == len(tokens) else None

    @property
    def margin(self) -> float | None:
        """The chosen reward minus the rejected one."""
        chosen, rejected = self.reward("chosen"), self.reward("rejected")
        return None if chosen is None or rejected is None else chosen - rejected

    @property
    def change_ratio(self) -> float:
        """Share of both sides' tokens that differ."""
        tokens = (*self.chosen, *self.rejected)
        return sum(token.differs for token in tokens) / max(len(tokens), 1)


def measure(
    pairs: Iterable[Pair],
    tokenizer: Any,
    *,
    policy: Scorer | None = None,
    reference: Scorer | None = None,
    delta: float = 1.5,
    beta: float = 0.01,
    max_length: int = 2048,
    algorithm: Algorithm = "levenshtein",
) -> Iterator[View]:
    """Yields each pair with its tokens, weighted as in training (mode ``paper``)."""
    for pair in pairs:
        ids = tokenise(pair, tokenizer).cut(max_length)
        rejected_mask, chosen_mask = token_diff_masks(ids.rejected, ids.chosen, algorithm=algorithm)
        sides = {}
        for side, mask in (("chosen", chosen_mask), ("rejected", rejected_mask)):
            own: list[int] = getattr(ids, side)
            logps = policy(ids.prompt + own, len(ids.prompt)) if policy else None
            refs = reference(ids.prompt + own, len(ids.prompt)) if reference else None
            sides[side] = tuple(_tokens(own, mask, tokenizer, logps, refs, delta, beta))
        yield View(pair, sides["chosen"], sides["rejected"])


def _tokens(
    ids: Sequence[int],
    mask: Sequence[int],
    tokenizer: Any,
    logps: Sequence[float] | None,
    refs: Sequence[float] | None,
    delta: float,
    beta: float,
) -> Iterator[Token]:
    weights = _weights(logps, mask, delta) if logps is not None else [1.0] * len(ids)
    for place, text in enumerate(_pieces(ids, tokenizer)):
        logp = logps[place] if logps is not None else None
        reward = None
        if logp is not None and refs is not None:
            reward = beta * weights[place] * (logp - refs[place])
        yield Token(text, bool(mask[place]), logp, weights[place], reward)


def _weights(logps: Sequence[float], mask: Sequence[int], delta: float) -> list[float]:
    import torch

    from bmc_dpo.weighting import bmc_weights

    weights = bmc_weights(torch.tensor(logps, dtype=torch.float64), torch.tensor(mask), delta)
    return [float(weight) for weight in weights]


def _pieces(ids: Sequence[int], tokenizer: Any) -> list[str]:
    """The text each token adds; a character of several tokens stands with its last."""
    pieces, before = [], ""
    for end in range(1, len(ids) + 1):
        text = tokenizer.decode(ids[:end], clean_up_tokenization_spaces=False)
        if text.endswith("\ufffd"):
            pieces.append("")
            continue
        pieces.append(text[len(before) :])
        before = text
    return pieces


def scorer(model: Any) -> Scorer:
    """Log-probabilities by a transformers model, a row at a time, in float32.

    Args:
        model: A causal language model on its device.
    """
    import torch

    def score(ids: list[int], start: int) -> list[float]:
        if start >= len(ids):
            return []
        tokens = torch.tensor([ids], device=model.device)
        with torch.no_grad():
            logits = model(input_ids=tokens).logits[0, start - 1 : -1].float()
        logps = torch.log_softmax(logits, dim=-1)
        values = logps.gather(1, tokens[0, start:, None])[:, 0]
        return [float(value) for value in values]

    return score
