"""The shell of a report: one HTML file that opens anywhere and loads nothing.

    html = page(
        "FollowBench",
        [
            Section("Scores", table_html(["category", "HSR"], rows)),
            Section("Levels", figure_html(fig, "Hard satisfaction rate by level")),
        ],
        subtitle="3 models, 820 items",
        facts={"data": "official", "seed": 0},
    )
    write_text(run.path("report.html"), html)

Plain text is escaped wherever it is taken. What these functions return is
:class:`markupsafe.Markup`, HTML that is safe to nest; build your own with ``Markup`` and
``escape``. Colours are CSS variables (``--ink``, ``--soft``, ``--good``, ``--bad``,
``--accent`` ...) that follow the reader's light or dark setting.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PALETTE",
    "Markup",
    "Section",
    "collapsible",
    "escape",
    "facts_html",
    "figure_html",
    "figure_style",
    "figure_svg",
    "json_block",
    "note_html",
    "page",
    "table_html",
]

# Middle tones, told apart on white and on black, also by the colour-blind.
PALETTE = (
    "#2f7ed8",
    "#e07b39",
    "#2a9d72",
    "#c9517f",
    "#8a6fd1",
    "#b08d1e",
    "#3fa7bf",
    "#8c8f94",
)
_NOTHING = "–"
# The page may use what stands in it, and reach nothing else.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; font-src data:"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, with a heading that the page's contents link to.

    Attributes:
        title: Plain text.
        html: The content.
        id: The anchor; by default made from the title.
    """

    title: str
    html: str
    id: str = ""

    @property
    def anchor(self) -> str:
        """The ``id`` of the section's element."""
        return self.id or re.sub(r"\W+", "-", self.title.lower()).strip("-") or "section"

    def __html__(self) -> str:
        heading = Markup("<h2>{}</h2>").format(self.title)
        start = Markup('<section id="{}">').format(self.anchor)
        return f"{start}\n{heading}\n{self.html}\n</section>\n"


def page(
    title: str,
    body: str | Section | Iterable[str | Section],
    *,
    subtitle: str = "",
    facts: Mapping[str, Any] | None = None,
    lang: str = "en",
    style: str = "",
    script: str = "",
) -> str:
    """A whole HTML document.

    Args:
        title: Plain text.
        body: HTML, or parts of it; sections get an entry in the contents.
        subtitle: Plain text below the title.
        facts: What the report rests on, shown at the end.
        lang: Language of the page.
        style: CSS of your own, trusted.
        script: JavaScript of your own, trusted; runs after the body is there.
    """
    parts = [body] if isinstance(body, (str, Section)) else list(body)
    sections = [part for part in parts if isinstance(part, Section)]
    content = "".join(part.__html__() if isinstance(part, Section) else part for part in parts)
    links = Markup("\n").join(
        Markup('<a href="#{}">{}</a>').format(section.anchor, section.title) for section in sections
    )
    head = [
        f'<!doctype html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{_css()}{style}</style>\n</head>\n<body>",
        f"<header>\n<h1>{escape(title)}</h1>",
    ]
    if subtitle:
        head.append(f'<p class="subtitle">{escape(subtitle)}</p>')
    if len(sections) > 2:
        head.append(f"<nav>\n{links}\n</nav>")
    foot = [f"<footer>{facts_html(facts)}</footer>"] if facts else []
    foot += [f"<script>\n{script}\n</script>"] if script else []
    return "\n".join([*head, "</header>\n<main>", content, "</main>", *foot, "</body>\n</html>\n"])


@cache
def _css() -> str:
    return files("truing_core").joinpath("report.css").read_text("utf-8")


def table_html(
    headers: Sequence[str | Markup],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str = "",
    digits: int = 1,
) -> Markup:
    """A table that scrolls sideways where it is too wide.

    Args:
        headers: One for each column.
        rows: Cells: numbers are set flush right, floats with ``digits`` decimals; ``None`` is
            a dash; ``Markup`` stands as it is; everything else is escaped text.
        caption: Plain text above the table.
        digits: Decimals of floats.
    """
    body = [list(row) for row in rows]
    numeric = [
        bool(body) and all(_is_number(row[at]) or row[at] is None for row in body)
        for at in range(len(headers))
    ]
    lines = [Markup("<caption>{}</caption>").format(caption)] if caption else []
    heads = (_cell("th", head, digits, flush) for head, flush in zip(headers, numeric, strict=True))
    lines.append(Markup("<thead><tr>{}</tr></thead>\n<tbody>").format(Markup("").join(heads)))
    for row in body:
        cells = (
            _cell("td", cell, digits, flush or _is_number(cell))
            for cell, flush in zip(row, numeric, strict=True)
        )
        lines.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    inside = Markup("\n").join(lines)
    return Markup('<div class="scroll"><table>\n{}\n</tbody></table></div>\n').format(inside)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _cell(tag: str, value: Any, digits: int, flush: bool) -> Markup:
    attribute = Markup(' class="num"') if flush else ""
    scope = Markup(' scope="col"') if tag == "th" else ""
    shown = _shown(value, digits)
    return Markup("<{0}{1}{2}>{3}</{0}>").format(Markup(tag), attribute, scope, shown)


def _shown(value: Any, digits: int = 1) -> Any:
    if value is None:
        return _NOTHING
    if isinstance(value, float):
        return f"{value:,.{digits}f}" if value == value else _NOTHING
    return f"{value:,}" if _is_number(value) else value


def facts_html(facts: Mapping[str, Any]) -> Markup:
    """Names and values, for provenance; nested values are written out."""
    items = Markup("\n").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, _fact(value)) for name, value in facts.items()
    )
    return Markup('<dl class="facts">\n{}\n</dl>').format(items)


def _fact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_fact(item)}" for name, item in value.items()) or _NOTHING
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(_fact(item)) for item in value) or _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _NOTHING if value is None or value == "" else value


def collapsible(summary: str | Markup, html: str, *, open: bool = False) -> Markup:
    """Content that is folded away until its summary is clicked; printed unfolded.

    Args:
        summary: Escaped, unless it is ``Markup``.
        html: The content.
        open: Whether it starts unfolded.
    """
    return Markup(
        '<details{}><summary>{}</summary><div class="inside">{}</div></details>\n'
    ).format(Markup(" open") if open else "", summary, Markup(html))


def note_html(text: str | Markup, kind: Literal["", "good", "warn", "bad"] = "") -> Markup:
    """A remark that stands out."""
    return Markup('<div class="note {}">{}</div>\n').format(kind, text)


def json_block(id: str, data: Any) -> Markup:
    """Data for the page's own script: ``JSON.parse(document.getElementById(id).textContent)``."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup('<script type="application/json" id="{}">{}</script>\n').format(id, Markup(text))


@contextmanager
def figure_style() -> Iterator[None]:
    """Matplotlib settings for figures that suit the page; draw inside the block."""
    import matplotlib
    from cycler import cycler

    with matplotlib.rc_context(
        {
            "axes.prop_cycle": cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.alpha": 0.25,
            "grid.color": "#808890",
            "legend.frameon": False,
            "font.size": 10,
            "figure.constrained_layout.use": True,
        }
    ):
        yield


def figure_svg(fig: Figure, *, title: str = "") -> Markup:
    """A matplotlib figure as an inline SVG, the same bytes for the same figure.

    Text stays text, so the browser's fonts show any script, and black becomes the page's
    text colour, so that the figure can be read in dark mode.

    Args:
        fig: The figure; it is not closed.
        title: Says what it shows to those who cannot see it.
    """
    import matplotlib

    buffer = io.StringIO()
    with (
        matplotlib.rc_context({"svg.hashsalt": "truing", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # The browser has the glyphs that matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        fig.savefig(buffer, format="svg", transparent=True, metadata=metadata)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'<g id="[A-Za-z0-9.]+_\d+"', "<g", svg)  # else every figure repeats them
    svg = _stable_clips(svg)
    svg = re.sub(r'style="[^"]*"', _style_of_the_page, svg)
    svg = re.sub(r'<text style="(?![^"]*fill)', '<text style="fill: currentColor; ', svg)
    svg = re.sub(r"<text(?! style)", '<text style="fill: currentColor"', svg)
    label = Markup(' role="img" aria-label="{}"').format(title) if title else ""
    return Markup(svg.replace("<svg", f"<svg{label}", 1))


def _style_of_the_page(style: re.Match[str]) -> str:
    """A figure's style with the page's own text colour and font."""
    coloured = re.sub(r"(?<=: )(?:#000000|black)\b", "currentColor", style[0])
    return re.sub(r"font-family: [^;\"]+", "font-family: inherit", coloured)


def _stable_clips(svg: str) -> str:
    """Clip paths named by what the figure holds; older matplotlibs name some by memory address."""
    names = list(dict.fromkeys(re.findall(r'<clipPath id="(\w+)"', svg)))
    numbers = {name: str(number) for number, name in enumerate(names)}
    references = re.compile(r"(?<=#)\w+(?=\))|(?<=<clipPath id=\")\w+")
    anonymous = references.sub(lambda found: numbers.get(found[0], found[0]), svg)
    digest = sha256(anonymous.encode()).hexdigest()[:10]
    return references.sub(
        lambda found: f"clip-{digest}-{numbers[found[0]]}" if found[0] in numbers else found[0], svg
    )


def figure_html(fig: Figure, caption: str = "") -> Markup:
    """A figure with its caption."""
    text = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup("<figure>\n{}{}\n</figure>\n").format(figure_svg(fig, title=caption), text)
