"""From reviews to a relative score, wins, and what each is worth; all in percent.

The relative score of an order is Σ student's scores / Σ reference's scores, and the score is the
mean of both orders' (as Vicuna's authors, and Lion's after them, compare models). A
question whose review was not read in both orders is undecided: it is counted and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lion_distill.discrimination.agreement import complete, position_bias
from lion_distill.rows import Review
from truing_core.statistics import McNemar, mean, ratio_interval, wilson

_ORDERS = (0, 1)
_ByOrder = tuple[float, float]
Pair = tuple[_ByOrder, _ByOrder]
"""Reference's and student's scores."""


def relative(
    reviews: Sequence[Review], categories: Mapping[str, str], *, seed: int
) -> dict[str, Any]:
    """How a student's open answers fare beside the reference's.

    Args:
        reviews: In which the reference is the teacher.
        categories: Of questions, by id.
        seed: Of the bootstrap.

    Returns:
        ``n`` (decided), ``undecided``, ``score`` with ``interval``, ``by_order`` (the reference
        first, the student first), ``means``, ``categories``, ``wins`` (by mean scores),
        ``wins_strict`` (in both orders), ``agreement``: how often both orders prefer the same
        answer, and ``position_bias``
        (:func:`~lion_distill.discrimination.agreement.position_bias`).
    """
    scores = [found for each in reviews if (found := complete(each)) is not None]
    decided: list[Pair] = [((each[0], each[2]), (each[1], each[3])) for each in scores]
    names = [categories.get(each.id, "all") for each in reviews if complete(each) is not None]
    by_name: dict[str, list[Pair]] = {}
    for name, pair in zip(names, decided, strict=True):
        by_name.setdefault(name, []).append(pair)
    categories_found = {}
    if len(by_name) > 1:
        for name, own in by_name.items():
            score, interval = _score(own, seed)
            categories_found[name] = {"n": len(own), "score": score, "interval": interval}
    score, interval = _score(decided, seed)
    return {
        "n": len(decided),
        "undecided": len(reviews) - len(decided),
        "score": score,
        "interval": interval,
        "by_order": [_ratio(decided, order) for order in _ORDERS],
        "means": {
            "student": mean([sum(student) / 2 for _, student in decided]),
            "reference": mean([sum(reference) / 2 for reference, _ in decided]),
        },
        "categories": categories_found,
        "wins": _wins([_by_mean(pair) for pair in decided]),
        "wins_strict": _wins([_in_both(pair) for pair in decided]),
        "agreement": _agreement(decided),
        "position_bias": position_bias(scores),
    }


def _ratio(pairs: Sequence[Pair], order: int) -> float | None:
    under = sum(reference[order] for reference, _ in pairs)
    return 100 * sum(student[order] for _, student in pairs) / under if under else None


def _score(pairs: Sequence[Pair], seed: int) -> tuple[float | None, list[float] | None]:
    """Mean of both orders' ratios, and its interval by bootstrap over questions."""
    ratios = [_ratio(pairs, order) for order in _ORDERS]
    if any(ratio is None for ratio in ratios):
        return None, None
    series = [
        ([student[order] for _, student in pairs], [reference[order] for reference, _ in pairs])
        for order in _ORDERS
    ]
    found = ratio_interval(series, seed)
    return mean([each for each in ratios if each is not None]), (
        [100 * bound for bound in found] if found else None
    )


def _by_mean(pair: Pair) -> int:
    reference, student = pair
    return _sign(sum(student) - sum(reference))


def _in_both(pair: Pair) -> int:
    """1 or -1 if both orders say so, else a tie."""
    reference, student = pair
    signs = {_sign(student[order] - reference[order]) for order in _ORDERS}
    return signs.pop() if len(signs) == 1 else 0


def _sign(difference: float) -> int:
    return (difference > 0) - (difference < 0)


def _wins(signs: Sequence[int]) -> dict[str, Any]:
    win = signs.count(1)
    low, high = wilson(win, len(signs))
    return {
        "win": win,
        "tie": signs.count(0),
        "lose": signs.count(-1),
        "n": len(signs),
        "win_rate": 100 * win / len(signs) if signs else None,
        "interval": [100 * low, 100 * high] if signs else None,
    }


def _agreement(pairs: Sequence[Pair]) -> float | None:
    """Share of questions on which both orders prefer the same answer, or none."""
    same = [
        _sign(reference[0] - student[0]) == _sign(reference[1] - student[1])
        for reference, student in pairs
    ]
    return 100 * sum(same) / len(same) if same else None


def accuracy(
    right: Mapping[str, Mapping[str, bool]], categories: Mapping[str, str]
) -> dict[str, Any]:
    """Of tasks with answers.

    Args:
        right: For ``student`` and maybe ``reference``: whether each answered task is right.
        categories: Of tasks, by id.

    Returns:
        For each of them ``n``, ``correct``, ``accuracy``, ``interval`` (Wilson's) and
        ``categories``; and ``difference``, the student's accuracy minus the reference's on the
        tasks that both answered, with the interval of paired shares and McNemar's p.
    """
    found: dict[str, Any] = {}
    for who, own in right.items():
        by_name: dict[str, list[bool]] = {}
        for key, value in own.items():
            by_name.setdefault(categories.get(key, "all"), []).append(value)
        found[who] = {
            **_share(list(own.values())),
            "categories": {name: _share(values) for name, values in by_name.items()}
            if len(by_name) > 1
            else {},
        }
    if "reference" in right:
        found["difference"] = _difference(right["reference"], right["student"])
    return found


def _share(values: Sequence[bool]) -> dict[str, Any]:
    low, high = wilson(sum(values), len(values))
    return {
        "n": len(values),
        "correct": sum(values),
        "accuracy": 100 * sum(values) / len(values) if values else None,
        "interval": [100 * low, 100 * high] if values else None,
    }


def _difference(first: Mapping[str, bool], second: Mapping[str, bool]) -> dict[str, Any]:
    shared = [(first[key], second[key]) for key in second if key in first]
    table = McNemar(
        shared.count((True, True)),
        shared.count((True, False)),
        shared.count((False, True)),
        shared.count((False, False)),
    )
    low, high = table.interval()
    return {
        "n": table.shared,
        "points": 100 * table.difference if shared else None,
        "interval": [100 * low, 100 * high] if shared else None,
        "p_value": table.p_value(),
    }
