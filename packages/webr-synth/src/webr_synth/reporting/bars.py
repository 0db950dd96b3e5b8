"""Bars and maps in plain HTML, which need no drawing library and follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence

from truing_core.report import PALETTE, Markup

STYLE = """
.bars { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr max-content;
  gap: .3rem .8rem; align-items: center; font-size: .92rem; margin: .75rem 0; max-width: 58rem; }
.bars .track { position: relative; background: var(--raised); border-radius: 4px; height: 1.1rem; }
.bars .track i { display: block; height: 100%; border-radius: 4px; background: var(--accent);
  opacity: .8; min-width: 2px; }
.bars .track b { position: absolute; top: -2px; bottom: -2px; width: 2px; background: var(--ink); }
.bars .name { overflow-wrap: anywhere; }
.bars .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (max-width: 36rem) {
  .bars { grid-template-columns: 7rem minmax(4rem, 1fr) minmax(0, max-content); }
  .bars .number { white-space: normal; }
}
.bars .more { grid-column: 2 / -1; color: var(--soft); font-size: .85rem; margin: -.2rem 0 .3rem; }
.map svg { border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
.map circle { opacity: .7; }
.map circle:hover { opacity: 1; stroke: var(--ink); stroke-width: 1.5; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .9rem; margin: .5rem 0; }
.key i { display: inline-block; width: .75rem; height: .75rem; border-radius: 50%;
  margin-right: .35rem; }
"""
_WIDTH, _HEIGHT, _MARGIN = 920, 520, 18
_TITLE = 160


def bars(rows: Sequence[tuple[str, int, str, str]], *, marks: Sequence[int] = ()) -> Markup:
    """Horizontal bars.

    Args:
        rows: Name, number, what stands at the right, and what stands below.
        marks: For each row a number to mark on its track, such as the one that was wanted.
    """
    most = max([1, *(number for _, number, _, _ in rows), *marks])
    parts = []
    for at, (name, number, right, below) in enumerate(rows):
        mark = ""
        if marks:
            share = f"{100 * marks[at] / most:.2f}"
            mark = Markup('<b style="left:calc({}% - 1px)" title="wanted: {:,}"></b>').format(
                share, marks[at]
            )
        parts.append(
            Markup(
                '<span class="name">{}</span><span class="track">'
                '<i style="width:{}%"></i>{}</span><span class="number">{}</span>\n'
            ).format(name, f"{100 * number / most:.2f}", mark, right)
        )
        if below:
            parts.append(Markup('<span class="more">{}</span>\n').format(below))
    return Markup('<div class="bars">\n{}</div>\n').format(Markup("").join(parts))


def scatter(
    points: Sequence[tuple[float, float, str, str]], groups: Sequence[str], caption: str
) -> Markup:
    """A map of texts, each of which is shown when it is pointed at.

    Args:
        points: Place, group, and text of each.
        groups: The groups in the order of their colours.
        caption: What the places mean.
    """
    colours = {name: PALETTE[at % len(PALETTE)] for at, name in enumerate(groups)}
    across = _scale([x for x, *_ in points], _WIDTH)
    down = _scale([-y for _, y, *_ in points], _HEIGHT)
    dots = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="4" fill="{}"><title>{}</title></circle>\n').format(
            f"{x:.1f}", f"{y:.1f}", colours[group], _short(text)
        )
        for x, y, (_, _, group, text) in zip(across, down, points, strict=True)
    )
    key = Markup("").join(
        Markup('<span><i style="background:{}"></i>{}</span>').format(colour, name)
        for name, colour in colours.items()
    )
    named = Markup('<div class="key">{}</div>\n').format(key) if len(colours) > 1 else Markup("")
    return Markup(
        '{}<figure class="map"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">\n{}</svg>'
        "<figcaption>{}</figcaption></figure>\n"
    ).format(named, _WIDTH, _HEIGHT, caption, dots, caption)


def _scale(values: Sequence[float], length: int) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = (high - low) or 1.0
    inside = length - 2 * _MARGIN
    middle = inside / 2 if high == low else 0.0
    return [_MARGIN + middle + (value - low) / span * inside for value in values]


def _short(text: str) -> str:
    line = " ".join(text[: 3 * _TITLE].split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"
