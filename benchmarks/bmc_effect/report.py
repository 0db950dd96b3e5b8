"""Intervals over seeds, the table, and the plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

Values = Mapping[str, Sequence[float]]


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the 95 % interval over seeds (Student's t)."""
    if len(values) < 2:
        return values[0], math.nan
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    half = t.get(len(values), 1.96) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), half


def against(values: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Mean and interval of the differences, seed by seed."""
    return interval([mine - theirs for mine, theirs in zip(values, others, strict=True)])


def table(accuracies: Values) -> str:
    """Accuracy of each method, its difference to the plain method of its kind, and each seed."""
    lines = [f"{'method':<12}{'accuracy':>16}{'beside plain':>16}  by seed"]
    for name, values in accuracies.items():
        mean, half = interval(values)
        plain, beside = name.partition("-")[0], ""
        if plain != name and plain in accuracies:
            beside = "{:+.1f} ± {:.1f}".format(*against(values, accuracies[plain]))
        seeds = ", ".join(f"{value:.1f}" for value in values)
        lines.append(f"{name:<12}{f'{mean:.1f} ± {half:.1f}':>16}{beside:>16}  {seeds}")
    return "\n".join(lines)


def draw(
    accuracies: Mapping[float, Values],
    margins: Mapping[str, Sequence[Sequence[float]]],
    every: int,
    file: Path,
) -> None:
    """Accuracies with intervals at each learning rate, and the reward margins at the first."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "bmc-effect"
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    names = list(next(iter(accuracies.values())))
    for number, (rate, reached) in enumerate(accuracies.items()):
        for place, values in enumerate(reached.values()):
            mean, half = interval(values)
            left.errorbar(
                mean, place + 0.25 * number, xerr=half, fmt="os^v"[number % 4], capsize=3,
                color=f"C{number}", label=f"learning rate {rate:.0e}" if place == 0 else None,
            )  # fmt: skip
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    left.set_xlabel("accuracy, % (mean of seeds, 95 % interval)")
    left.legend(frameon=False, fontsize=8)
    for name, curves in margins.items():
        if not name.startswith("DPO"):
            continue
        curve = [statistics.mean(points) for points in zip(*curves, strict=True)]
        steps = [every * (number + 1) for number in range(len(curve))]
        right.plot(steps, curve, label=name, color=f"C{names.index(name)}")
    right.set_xlabel("step")
    right.set_ylabel("reward margin, without weights")
    right.legend(frameon=False, fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    # The writer leaves white space at line ends.
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")
