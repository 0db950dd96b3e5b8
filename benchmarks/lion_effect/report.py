"""Intervals over seeds, the tables, and the plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Found = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Seed -> arm -> ``accuracy`` (a table of cells for each iteration) and ``rounds``."""

Of = Callable[[Mapping[str, float]], float]
_T = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36}
_PLAIN = "random"


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the 95 % interval over seeds (Student's t)."""
    if len(values) < 2:
        return values[0], math.nan
    half = _T.get(len(values), 1.96) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), half


def overall(cells: Mapping[str, float]) -> float:
    """The mean over families and levels."""
    return statistics.mean(cells.values())


def of_family(family: str) -> Of:
    """The mean over the levels of a family."""
    return lambda cells: statistics.mean(
        value for cell, value in cells.items() if cell.split()[0] == family
    )


def of_level(level: int) -> Of:
    """The mean over the families at a level."""
    return lambda cells: statistics.mean(
        value for cell, value in cells.items() if cell.split()[1] == str(level)
    )


def values_of(found: Found, arm: str, of: Of, iteration: int = -1) -> list[float]:
    """A value of each seed; by default at the end."""
    return [of(arms[arm]["accuracy"][iteration]) for arms in found.values()]


def arms_of(found: Found) -> list[str]:
    """The arms, in their order."""
    return [arm for arm in next(iter(found.values())) if arm != "base"]


def families_of(found: Found) -> list[str]:
    """The families, the hardest after the imitation of the seeds last."""
    cells = next(iter(found.values()))[arms_of(found)[0]]["accuracy"][0]
    names = {cell.split()[0] for cell in cells}
    first = arms_of(found)[0]
    return sorted(names, key=lambda name: -_mean(values_of(found, first, of_family(name), 0)))


def table(found: Found) -> str:
    """Accuracies of each arm: overall, beside plain distillation, by level and by family."""
    arms = arms_of(found)
    rows: list[tuple[str, Of]] = [("all", overall)]
    rows += [(f"level {level}", of_level(level)) for level in range(1, 5)]
    rows += [(name, of_family(name)) for name in families_of(found)]
    heads = ["", "base", "seeds", *arms]
    lines = ["".join(f"{head:>15}" for head in heads)]
    for name, of in rows:
        cells = [
            _shown(values_of(found, "base", of)),
            _shown(values_of(found, arms[0], of, 0)),
            *(_shown(values_of(found, arm, of)) for arm in arms),
        ]
        lines.append("".join(f"{cell:>15}" for cell in [name, *cells]))
    if _PLAIN in arms:
        lines.append("\nbeside random, after each round; in the end by seed:")
        lines += [_beside(found, arm) for arm in arms if arm != _PLAIN]
    lines.append("\nby round: hard share | accepted | levels 1-4 of the new ones, %")
    for arm in arms:
        lines += [f"{arm:>15} {_round(found, arm, n)}" for n in range(_rounds(found, arm))]
    return "\n".join(lines)


def intervals(found: Found) -> dict[str, dict[str, tuple[float, float] | None]]:
    """For each arm, and for the base: mean and half the interval in the end, in percent.

    Returns:
        ``all``; ``beside_random``, seed by seed, None without that arm; ``level 1`` to ``4``.
    """
    rows = {}
    for arm in [*arms_of(found), "base"]:
        own = values_of(found, arm, overall)
        row: dict[str, tuple[float, float] | None] = {"all": interval(own), "beside_random": None}
        if _PLAIN in arms_of(found):
            plain = values_of(found, _PLAIN, overall)
            row["beside_random"] = interval([a - b for a, b in zip(own, plain, strict=True)])
        for level in range(1, 5):
            row[f"level {level}"] = interval(values_of(found, arm, of_level(level)))
        rows[arm] = row
    return rows


def _beside(found: Found, arm: str) -> str:
    """Differences to plain distillation, seed by seed."""
    count = min(len(arms[each]["accuracy"]) for arms in found.values() for each in (arm, _PLAIN))
    cells, beside = [], [0.0]
    for number in range(1, count):
        mine, plain = (values_of(found, each, overall, number) for each in (arm, _PLAIN))
        beside = [one - other for one, other in zip(mine, plain, strict=True)]
        cells.append(_shown(beside, "+"))
    seeds = ", ".join(f"{value:+.1f}" for value in beside)
    return f"{arm:>15}" + "".join(f"{cell:>15}" for cell in cells) + f"  {seeds}"


def _rounds(found: Found, arm: str) -> int:
    """Rounds in which all seeds made something."""
    return min(sum(bool(each["levels"]) for each in arms[arm]["rounds"]) for arms in found.values())


def _round(found: Found, arm: str, number: int) -> str:
    rounds = [arms[arm]["rounds"][number] for arms in found.values()]
    hard = [100 * each["split"]["hard_share"] for each in rounds if "hard_share" in each["split"]]
    accepted = [100 * each["generate"]["acceptance_rate"] for each in rounds]
    levels = []
    for level in ("1", "2", "3", "4"):
        made = [100 * each["levels"].get(level, 0) / sum(each["levels"].values())
                for each in rounds]  # fmt: skip
        levels.append(f"{_mean(made):.0f}")
    share = f"{_mean(hard):5.1f}" if hard else "    –"
    return f"{number}: {share} | {_mean(accepted):5.1f} | {' '.join(levels)}"


def _shown(values: Sequence[float], sign: str = "") -> str:
    mean, half = interval(values)
    return f"{mean:{sign}.1f}" if math.isnan(half) else f"{mean:{sign}.1f} ± {half:.1f}"


def _mean(values: Sequence[float]) -> float:
    return statistics.mean(values)


def draw(found: Found, file: Path) -> None:
    """Accuracy over the rounds, at the end by family, and where the new examples lie."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "lion-effect"
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(13, 4), layout="constrained", width_ratios=(1, 1.5, 1)
    )
    arms, families = arms_of(found), families_of(found)
    for number, arm in enumerate(arms):
        look = {"color": f"C{number}", "marker": "os^vD"[number % 5], "capsize": 3, "ms": 5}
        count = min(len(seeds[arm]["accuracy"]) for seeds in found.values())
        points = [interval(values_of(found, arm, overall, place)) for place in range(count)]
        shift = 0.04 * (number - len(arms) / 2)
        left.errorbar(
            [place + shift for place in range(count)], [mean for mean, _ in points],
            yerr=[half for _, half in points], label=arm, **look,
        )  # fmt: skip
        points = [interval(values_of(found, arm, of_family(name))) for name in families]
        middle.errorbar(
            [mean for mean, _ in points],
            [place + 0.14 * (number - (len(arms) - 1) / 2) for place in range(len(families))],
            xerr=[half for _, half in points], ls="", **look,
        )  # fmt: skip
    for place, name in enumerate(families):
        before = _mean(values_of(found, arms[0], of_family(name), 0))
        middle.plot([before, before], [place - 0.4, place + 0.4], color="0.6", lw=2, zorder=0)
    left.set_xticks(range(max(len(each["accuracy"]) for each in found[next(iter(found))].values())))
    left.set_xlabel("round (0: seeds imitated)")
    left.set_ylabel("accuracy, % (all families and levels alike)")
    left.legend(frameon=False, fontsize=8)
    middle.set_yticks(range(len(families)), families)
    middle.invert_yaxis()
    middle.set_xlim(0, 102)
    middle.set_xlabel("accuracy by family in the end, % (grey: seeds imitated)")
    for number, arm in enumerate(arms):
        made = [sum(each["levels"].get(str(level), 0) for seeds in found.values()
                    for each in seeds[arm]["rounds"]) for level in range(1, 5)]  # fmt: skip
        if sum(made):
            right.bar(
                [level + 0.18 * (number - 1.5) for level in range(1, 5)],
                [100 * each / sum(made) for each in made], width=0.18, color=f"C{number}",
            )  # fmt: skip
    right.set_xticks(range(1, 5))
    right.set_xlabel("level of the new examples")
    right.set_ylabel("share, %")
    figure.suptitle("mean of seeds, 95 % intervals", fontsize=9)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    # The writer leaves white space at line ends.
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")
