from __future__ import annotations

import re
from itertools import pairwise

import pytest

from followbench.answers import Answers
from followbench.figures import MOST_BANDS, MOST_ON_RADAR, category_radar, level_lines
from followbench.leaderboard import PUBLISHED
from followbench.results import Result, evaluate
from followbench.series import COLOURS, series_of
from followbench.sources import load_benchmark

MINI = load_benchmark("mini", "en").select(limit=2)


def run(model, upto, categories=None):
    """A run that answers with the reference up to a level, and with nonsense above."""
    benchmark = MINI.select(categories)
    texts = {
        item.key: group.reference if item.level <= upto else "…"
        for group in benchmark.groups
        for item in group.items()
    }
    return evaluate(benchmark, Answers(texts, author=model), None, "fixed")


def points(svg, gid):
    """The (x, y) of a line's vertices, in the figure's points, y downwards."""
    path = re.search(rf'<g id="{gid}">\s*<path d="([^"]*)"', svg)[1]
    return [tuple(map(float, pair)) for pair in re.findall(r"[ML] (\S+) (\S+)", path)]


@pytest.mark.parametrize("metric", ["hsr", "ssr"])
def test_lines_go_through_the_rates(metric):
    runs = [run("a", 2), run("b", 4)]
    svg = level_lines(series_of(runs), metric)
    values = [result.summary["average"][metric] for result in runs]
    lines = [points(svg, f"{metric}-run-{n}") for n in range(2)]
    assert len(lines[0]) == len(lines[1]) == 5
    assert values[0] != values[1]
    xs = [x for x, _ in lines[0]]
    assert xs == sorted(xs)
    steps = [b - a for a, b in pairwise(xs)]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.01)
    # One linear scale takes every rate to its height, upwards.
    drawn = [y for line in lines for _, y in line]
    rates = [value for line in values for value in line]
    low, high = rates.index(min(rates)), rates.index(max(rates))
    scale = (drawn[high] - drawn[low]) / (rates[high] - rates[low])
    assert scale < 0
    assert drawn == pytest.approx([drawn[low] + scale * (r - rates[low]) for r in rates], abs=0.01)


def test_the_published_models_are_thin_lines_beside_hsr_only():
    series = series_of([run("a", 3)])
    assert level_lines(series, "ssr", PUBLISHED) == level_lines(series, "ssr")
    plain, with_paper = level_lines(series, "hsr"), level_lines(series, "hsr", PUBLISHED)
    thin = "stroke-width: 0.7"
    assert (plain.count(thin), with_paper.count(thin)) == (0, 13)


def test_bands_only_where_they_can_be_told_apart():
    few = level_lines(series_of([run(str(n), n) for n in range(MOST_BANDS)]), "hsr")
    many = level_lines(series_of([run(str(n), n) for n in range(MOST_BANDS + 1)]), "hsr")
    assert few.count("fill-opacity: 0.15") == MOST_BANDS
    assert "fill-opacity" not in many
    assert all(f'id="hsr-run-{n}"' in many for n in range(MOST_BANDS + 1))


def test_a_level_without_a_rate_leaves_a_gap():
    result = run("a", 5)
    result.summary["average"]["hsr"][2] = None
    result.summary["average"]["intervals"]["hsr"][2] = None
    assert len(points(level_lines(series_of([result]), "hsr"), "hsr-run-0")) == 4


def test_the_radar_has_a_spoke_a_category():
    radar = category_radar(series_of([run("a", 2), run("b", 5)]))
    for name in ("content", "situation", "style", "format", "example", "mixed"):
        assert f">{name}</text>" in radar
    rings = [points(radar, f"radar-run-{n}") for n in range(2)]
    assert all(len(ring) == 7 and ring[0] == ring[-1] for ring in rings)
    # The references pass every check: that ring is a regular hexagon, and the other lies within.
    centre = tuple(sum(axis) / 6 for axis in zip(*rings[1][:6], strict=True))
    far, near = (
        [abs(complex(x - centre[0], y - centre[1])) for x, y in ring] for ring in rings[::-1]
    )
    assert far == pytest.approx([far[0]] * 7, abs=0.05)
    assert all(inner < outer for inner, outer in zip(near, far, strict=True))


def test_fewer_than_three_categories_are_bars_and_many_runs_no_radar():
    bars = category_radar(series_of([run("a", 2, ["content", "style"])]))
    assert ">content</text>" in bars
    assert ">HSR (%)</text>" in bars
    assert "radar-run" not in bars
    assert category_radar(series_of([run(str(n), 3) for n in range(MOST_ON_RADAR + 1)])) == ""


def test_the_same_runs_give_the_same_bytes():
    series = series_of([run("a", 2), run("b", 4)])
    for draw in (lambda: level_lines(series, "hsr", PUBLISHED), lambda: category_radar(series)):
        assert draw() == draw()


def test_no_name_is_drawn():
    named = level_lines(series_of([run("cost $x_1$ <b>", 3)]), "hsr")
    assert named == level_lines(series_of([run("plain", 3)]), "hsr")


def test_every_run_of_twenty_looks_its_own():
    series = series_of([Result({"model": "m"}, [])] * 20)
    assert len({(run.colour, run.style) for run in series}) == 20
    assert len({run.swatch for run in series}) == 20
    assert {run.colour for run in series} == set(COLOURS)
    assert [run.name for run in series[:2]] == ["m #1", "m #2"]


def test_a_long_name_is_shortened_in_its_middle_and_whole_on_hover():
    name = "openai/" + "very-" * 20 + "long-instruct?a=<b>"
    [run] = series_of([Result({"model": name}, [])])
    assert (run.name, len(run.short)) == (name, 34)
    assert run.short.startswith("openai/very-")
    assert run.short.endswith("instruct?a=<b>")
    assert str(run.label) == (
        f'<span class="name" title="{name.replace("<b>", "&lt;b&gt;")}">'
        f"{run.short.replace('<b>', '&lt;b&gt;')}</span>"
    )
