"""Figures of a run, small ones beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lion_distill.reporting.measures import Discrimination
from truing_core.report import PALETTE, Markup, figure_html, figure_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = """
.figures { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); }
.figures figure { margin: .5rem 0; min-width: 0; overflow: visible; }
.figures figure svg { min-width: 0; max-width: 31rem; }
"""
TEACHER, STUDENT, HARD, EASY, SEED = PALETTE[0], PALETTE[1], PALETTE[3], PALETTE[2], PALETTE[7]
_SIZE = (4.2, 2.5)
_LOWEST, _HIGHEST = 1, 10
_Entries = Sequence[Mapping[str, Any]]


def side_by_side(figures: Sequence[Markup]) -> Markup:
    """As many in a row as the page has room for; nothing where there are none."""
    drawn = Markup("").join(figures)
    return Markup('<div class="figures">{}</div>\n').format(drawn) if drawn else Markup("")


def progress(entries: _Entries, found: Mapping[int, Discrimination], seeds: int | None) -> Markup:
    """Student against teacher, held-out score, hard share, acceptance, pools: by iteration."""
    figures = []
    if any(own.teacher for own in found.values()):
        caption = "Mean score of the referee (1 to 10) on the cache pool, with 95 % intervals"
        figures.append(_drawn(caption, lambda axes: _means(axes, found)))
    scores = [(each["iteration"], each["score"], _interval(each)) for each in entries]
    known = [(at, score, interval) for at, score, interval in scores if score is not None]
    if known:
        caption = "Score on questions of its own, in percent, with 95 % intervals"
        figures.append(_drawn(caption, lambda axes: _scores(axes, known)))
    shares = [
        (said, colour, shares_of(entries, field))
        for field, said, colour in (
            ("hard_share", "of the cache pool are hard", HARD),
            ("acceptance_rate", "of the candidates were kept", EASY),
        )
    ]
    if any(points for _, _, points in shares):
        figures.append(_drawn("Shares, in percent", lambda axes: _shares(axes, shares)))
    figures.append(_pools(entries, seeds))
    return side_by_side(figures)


def shares_of(entries: _Entries, field: str) -> list[tuple[int, float]]:
    """A share by iteration, where it is known; none at all is a share, too."""
    return [(each["iteration"], each[field]) for each in entries if each[field] is not None]


def _interval(entry: Mapping[str, Any]) -> Sequence[float] | None:
    evaluation = entry.get("evaluation")
    found = evaluation.get("interval") if isinstance(evaluation, Mapping) else None
    judged = evaluation.get("open") if isinstance(evaluation, Mapping) else None
    if found is None and isinstance(judged, Mapping) and not (evaluation or {}).get("tasks"):
        found = judged.get("interval")
    return found if isinstance(found, list) and len(found) == 2 else None


def _means(axes: Axes, found: Mapping[int, Discrimination]) -> None:
    for name, colour, marker in (("teacher", TEACHER, "s"), ("student", STUDENT, "o")):
        points = [(at, mean) for at, own in sorted(found.items()) if (mean := getattr(own, name))]
        axes.errorbar(
            [at for at, _ in points],
            [mean[0] for _, mean in points],
            yerr=[
                [mean[0] - mean[1] for _, mean in points],
                [mean[2] - mean[0] for _, mean in points],
            ],
            color=colour, marker=marker, capsize=3, label=name,
        )  # fmt: skip
    axes.legend()
    _by_iteration(axes, sorted(found))


def _scores(axes: Axes, known: Sequence[tuple[int, float, Sequence[float] | None]]) -> None:
    places, scores = [at for at, _, _ in known], [score for _, score, _ in known]
    low = [score - interval[0] if interval else 0.0 for _, score, interval in known]
    high = [interval[1] - score if interval else 0.0 for _, score, interval in known]
    error = [[max(0.0, value) for value in low], [max(0.0, value) for value in high]]
    axes.errorbar(places, scores, yerr=error, color=STUDENT, marker="o", capsize=3)
    _by_iteration(axes, places)


def _shares(axes: Axes, shares: Sequence[tuple[str, str, list[tuple[int, float]]]]) -> None:
    places: set[int] = set()
    for said, colour, points in shares:
        if points:
            at, values = zip(*points, strict=True)
            axes.plot(at, [100 * value for value in values], color=colour, marker="o", label=said)
            places.update(at)
    axes.set_ylim(0, max(100 * share for _, _, own in shares for _, share in own) * 1.45 + 1)
    axes.legend(loc="upper right", fontsize=8)
    _by_iteration(axes, sorted(places))


def _pools(entries: _Entries, seeds: int | None) -> Markup:
    """The cache pool before each iteration and after the last, by what it was made from."""
    parts: list[tuple[str, str, list[int]]] = [("seeds", SEED, [seeds or 0])]
    parts += [("from hard ones", HARD, [0]), ("from easy ones", EASY, [0])]
    for each in entries:
        made = each["generated"]
        if made is None:
            break
        parts[0][2].append(seeds or 0)
        for (_, _, heights), kind in zip(parts[1:], ("hard", "easy"), strict=True):
            heights.append(heights[-1] + made[kind])

    def draw(axes: Axes) -> None:
        below = [0] * len(parts[0][2])
        for name, colour, heights in parts:
            axes.bar(range(len(heights)), heights, bottom=below, color=colour, label=name)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        axes.set_ylim(0, max(below) * 1.3 + 1)
        axes.legend(ncols=3, loc="upper left", fontsize=8)
        _by_iteration(axes, range(len(below)))

    return _drawn("Instructions in the cache pool of each iteration", draw)


def fates(entries: _Entries) -> Markup:
    """What became of the generator's candidates, in shares."""
    known = [each for each in entries if each["rejected"] is not None and each["candidates"]]
    total: Counter[str] = Counter()
    for each in known:
        total.update(each["rejected"])
    if not known:
        return Markup("")
    reasons = [reason for reason, _ in total.most_common()]
    colours = [EASY, *(colour for colour in PALETTE if colour != EASY)]

    def draw(axes: Axes) -> None:
        left = [0.0] * len(known)
        for place, reason in enumerate(["kept", *reasons]):
            counts = [
                (each["generated"] or {}).get("all", 0)
                if reason == "kept"
                else each["rejected"].get(reason, 0)
                for each in known
            ]
            widths = [
                100 * count / each["candidates"] for count, each in zip(counts, known, strict=True)
            ]
            axes.barh(
                [str(each["iteration"]) for each in known], widths, left=left, height=0.6,
                color=colours[place % len(colours)], label=reason.replace("_", " "),
            )  # fmt: skip
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_ylabel("iteration")
        axes.grid(False)
        axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12), fontsize=8)

    return side_by_side([_drawn("What became of the candidates, in percent", draw)])


def gaps(found: Mapping[int, Discrimination], threshold: float) -> Markup:
    """How far the student lies behind, by iteration; the threshold is marked."""
    figures = []
    for at, own in sorted(found.items()):
        if own.gaps:
            caption = (
                f"Iteration {at}: teacher's mean score minus student's, of {len(own.gaps):,} "
                f"instructions; hard from τ = {threshold:g} on"
            )
            figures.append(_drawn(caption, _gap_bars(own.gaps, threshold)))
    return side_by_side(figures)


def _gap_bars(values: Sequence[float], threshold: float) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        # Bins half a point wide with τ at an edge, so that no bar is on both sides.
        first = threshold - 0.5 * round((threshold + 9) / 0.5 + 1)
        edges = [first + 0.5 * step for step in range(40)]
        _, _, bars = axes.hist(values, bins=edges)
        for edge, bar in zip(edges, bars, strict=False):
            bar.set_facecolor(HARD if edge > threshold - 0.25 else EASY)
        axes.axvline(threshold, color="black", linewidth=1.2, linestyle="--")
        low, high = min(values), max(values)
        axes.set_xlim(min(low, threshold) - 1, max(high, threshold) + 1)
        axes.locator_params(axis="y", nbins=5, integer=True)

    return draw


def scores(found: Mapping[int, Discrimination]) -> Markup:
    """Which scores the referee gives, to whom, by iteration."""
    figures = []
    for at, own in sorted(found.items()):
        if own.facts["teacher"]["mean"] is not None:
            caption = f"Iteration {at}: scores given, both orders"
            figures.append(_drawn(caption, _score_bars(own)))
    return side_by_side(figures)


def _score_bars(own: Discrimination) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        places = range(_LOWEST, _HIGHEST + 1)
        for name, colour, shift in (("teacher", TEACHER, -0.2), ("student", STUDENT, 0.2)):
            heights = own.facts[name]["counts"]
            axes.bar([at + shift for at in places], heights, width=0.4, color=colour, label=name)
        axes.set_xticks(list(places))
        axes.legend()
        axes.locator_params(axis="y", nbins=5, integer=True)

    return draw


def losses(found: Mapping[int, Sequence[tuple[float, float]]]) -> Markup:
    """Training loss by step, a line for each iteration."""
    if not found:
        return Markup("")

    def draw(axes: Axes) -> None:
        for at, points in sorted(found.items()):
            steps, values = zip(*points, strict=True)
            marker = "o" if len(points) == 1 else ""
            axes.plot(
                steps, values, color=PALETTE[at % len(PALETTE)], marker=marker,
                label=f"iteration {at}",
            )  # fmt: skip
        axes.legend(fontsize=8)
        axes.set_xlabel("step")

    return side_by_side([_drawn("Training loss of the student", draw)])


def _by_iteration(axes: Axes, places: Sequence[int]) -> None:
    axes.set_xticks(list(places))
    axes.set_xlim(min(places) - 0.5, max(places) + 0.5)
    axes.set_xlabel("iteration")


def _drawn(caption: str, draw: Callable[[Axes], None]) -> Markup:
    from matplotlib.figure import Figure

    with figure_style():
        figure = Figure(figsize=_SIZE)
        draw(figure.add_subplot())
        return figure_html(figure, caption)
