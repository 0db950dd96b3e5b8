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
    accuracies: Values, margins: Mapping[str, Sequence[Sequence[float]]], every: int, file: Path
) -> None:
    """Accuracies with intervals, and the reward margins of the DPO family over the steps."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "bmc-effect"
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for place, values in enumerate(accuracies.values()):
        mean, half = interval(values)
        left.errorbar(mean, place, xerr=half, fmt="o", capsize=3, color=f"C{place}")
        left.plot(values, [place] * len(values), "|", color=f"C{place}", alpha=0.6)
    left.set_yticks(range(len(accuracies)), list(accuracies))
    left.invert_yaxis()
    left.set_xlabel("accuracy, % (mean of seeds, 95 % interval)")
    for name, curves in margins.items():
        if not name.startswith("DPO"):
            continue
        mean_curve = [statistics.mean(points) for points in zip(*curves, strict=True)]
        steps = [every * (number + 1) for number in range(len(mean_curve))]
        right.plot(steps, mean_curve, label=name, color=f"C{list(accuracies).index(name)}")
    right.set_xlabel("step")
    right.set_ylabel("reward margin, without weights")
    right.legend(frameon=False, fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    file.write_text("\n".join(line.rstrip() for line in file.read_text().splitlines()) + "\n")
