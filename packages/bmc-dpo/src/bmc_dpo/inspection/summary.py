"""The numbers of an inspection."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bmc_dpo.inspection.measuring import View
from bmc_dpo.pairs import Pair


def statuses(pairs: Sequence[Pair]) -> dict[str, int]:
    """How many pairs have which bridge status; empty for data that was never bridged."""
    found = [pair.others.get("bridge") for pair in pairs]
    counted = Counter(str(each["status"]) for each in found if isinstance(each, dict))
    return dict(counted.most_common())


def summarise(pairs: Sequence[Pair], views: Sequence[View]) -> dict[str, Any]:
    """All pairs by status, and means and medians over the sample.

    Returns:
        Numbers; ``None`` where nothing was measured.
    """
    tokens = [token for view in views for token in (*view.chosen, *view.rejected)]
    weights = [token.weight for token in tokens if token.differs and token.logp is not None]
    margins = [view.margin for view in views if view.margin is not None]
    return {
        "pairs": len(pairs),
        "sample": len(views),
        "statuses": statuses(pairs),
        "change_ratio": _middle([view.change_ratio for view in views]),
        "without_difference": sum(view.change_ratio == 0 for view in views),
        "chosen_tokens": _middle([len(view.chosen) for view in views]),
        "rejected_tokens": _middle([len(view.rejected) for view in views]),
        "weight_of_differing": _middle(weights),
        "margin": _middle(margins),
        "margins_above_0": (
            sum(margin > 0 for margin in margins) / len(margins) if margins else None
        ),
    }


def _middle(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"mean": statistics.fmean(values), "median": float(statistics.median(values))}
