"""What happens between two tokens: drawing one for each row, and seeing that a row has ended.

Both depend only on the row itself, its seed and how far it is, so a reply does not change with
the rows it shares a batch with.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from truing_core.models.base import ChatRequest

if TYPE_CHECKING:
    import torch

_NUCLEUS = 1024


class SeededDraw:
    """A logits processor that draws each row's token itself and leaves only that one possible.

    Temperature first, then the nucleus, then one uniform number a row and step, from the row's
    seed and sample index. A row without a seed gets one that is never the same again.

    Args:
        requests: One a row; they agree on temperature and nucleus mass.
        width: Length of the padded prompts, where the replies begin.
    """

    def __init__(self, requests: Sequence[ChatRequest], width: int) -> None:
        self._temperature = requests[0].sampling.temperature
        self._top_p = requests[0].sampling.top_p
        self._width = width
        self._seeds = [_seed(request) for request in requests]

    def keep(self, rows: Sequence[int]) -> None:
        """Forgets all rows but these."""
        self._seeds = [self._seeds[row] for row in rows]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores (rows, vocabulary) -> the same shape, zero at the drawn token, else -inf."""
        import torch

        step = input_ids.shape[1] - self._width
        points = [random.Random(f"{seed}/{step}").random() for seed in self._seeds]
        point = torch.tensor(points, dtype=torch.float32, device=scores.device)[:, None]
        point = point.clamp(max=1 - 2**-23)  # never the whole mass, even when rounded
        mass = torch.softmax(scores.float() / self._temperature, dim=-1)
        tokens = None
        if self._top_p < 1.0:
            mass, tokens = mass.topk(min(_NUCLEUS, mass.shape[-1]), dim=-1)
            if bool((mass.sum(dim=-1) < self._top_p).any()):
                mass, tokens = torch.softmax(scores.float() / self._temperature, dim=-1).sort(
                    dim=-1, descending=True
                )
            outside = mass.cumsum(dim=-1) - mass >= self._top_p
            outside[:, 0] = False  # with top_p 0 the likeliest token is left
            mass = mass.masked_fill(outside, 0.0)
        upto = mass.cumsum(dim=-1)
        drawn = torch.searchsorted(upto, point * upto[:, -1:], right=True)
        chosen = drawn if tokens is None else tokens.gather(-1, drawn)
        return torch.full_like(scores, -torch.inf).scatter(-1, chosen, 0.0)


def _seed(request: ChatRequest) -> str:
    seed = request.sampling.seed
    return f"{secrets.token_hex(16) if seed is None else seed}/{request.sample}"


class StopStrings:
    """A stopping criterion: a row is done once its newest text holds one of the strings.

    Args:
        stop: The strings.
        decode: Token ids to text.
        width: Length of the padded prompts, where the replies begin.
    """

    def __init__(
        self, stop: Sequence[str], decode: Callable[[Sequence[int]], str], width: int
    ) -> None:
        self._stop = stop
        self._decode = decode
        self._width = width
        # A token is at least a byte of text; a few more in case the tail starts inside a letter.
        self._tail = max((len(text.encode()) for text in stop), default=0) + 4

    def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
        import torch

        tails = input_ids[:, max(self._width, input_ids.shape[1] - self._tail) :].tolist()
        done = [any(text in self._decode(tail) for text in self._stop) for tail in tails]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)


def ending(
    tokens: Sequence[int],
    *,
    end_tokens: frozenset[int],
    stop: Sequence[str],
    limit: int,
    decode: Callable[[Sequence[int]], str],
) -> tuple[str, int, str] | None:
    """Whether a reply has ended within ``tokens``, and how.

    Returns:
        Its text, its number of tokens (an end token counts) and ``stop`` or ``length``;
        ``None`` if it goes on.
    """
    tokens = tokens[:limit]
    upto = next((i for i, token in enumerate(tokens) if token in end_tokens), None)
    if upto is None and not stop and len(tokens) < limit:
        return None
    kept = tokens[:upto]
    text = decode(kept)
    cut = min((at for at in (text.find(string) for string in stop) if at >= 0), default=None)
    if cut is not None:
        used = next(n for n in range(1, len(kept) + 1) if _holds(decode(kept[:n]), stop))
        return text[:cut], used, "stop"
    if upto is not None:
        return text, upto + 1, "stop"
    if len(tokens) == limit:
        return text, limit, "length"
    return None


def _holds(text: str, stop: Sequence[str]) -> bool:
    return any(string in text for string in stop)
