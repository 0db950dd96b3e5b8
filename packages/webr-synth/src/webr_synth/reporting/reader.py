"""Rows to read: document, author, request, draft and answer side by side."""

from __future__ import annotations

from collections.abc import Sequence

from truing_core.report import Markup, collapsible, escape
from webr_synth.dedup.exchanges import Exchange
from webr_synth.reporting.names import PERSPECTIVES
from webr_synth.reporting.worddiff import marked

STYLE = """
.sides { display: grid; gap: 1rem; margin: .8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.side { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; min-width: 0; }
.inside > .side { margin: .6rem 0; }
.side h4 { margin: 0 0 .4rem; font-size: .85rem; color: var(--soft); font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.side > .text { max-height: 32rem; overflow-y: auto; }
.text del, .text ins { text-decoration-thickness: 1px; border-radius: 3px; padding: 0 .1em; }
.text del { background: var(--bad-tint); text-decoration: line-through; }
.text ins { background: var(--good-tint); text-decoration: underline;
  text-decoration-color: var(--good); text-underline-offset: 3px; }
.tag { display: inline-block; font-size: .8rem; border: 1px solid var(--line); border-radius: 1rem;
  padding: 0 .6rem; margin-right: .5rem; color: var(--soft); background: var(--raised); }
.request { border-left: 3px solid var(--accent); padding-left: .8rem; }
.row-facts { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; max-width: none; }
"""
NOTE = (
    "Drawn by the seed. Where an answer was refined with the document at hand, what the refined "
    "answer dropped is struck out in the draft, and what it brought in is underlined."
)
_LONGEST = 12_000


def reader(exchanges: Sequence[Exchange]) -> Markup:
    """The rows, folded, one of them open."""
    # The first one with a draft shows most of what there is to see.
    drafts = (at for at, exchange in enumerate(exchanges) if exchange.row.get("draft"))
    opened = next(drafts, 0)
    parts = [_row(exchange, open=at == opened) for at, exchange in enumerate(exchanges)]
    return Markup("<p>{}</p>\n{}").format(NOTE, Markup("").join(parts))


def _row(exchange: Exchange, *, open: bool) -> Markup:
    row = exchange.row
    perspective = _text(row.get("perspective"))
    shown = PERSPECTIVES.get(perspective, perspective)
    tag = Markup('<span class="tag">{}</span>').format(shown) if shown else Markup("")
    return collapsible(tag + escape(_beginning(exchange.request)), _content(exchange), open=open)


def _content(exchange: Exchange) -> Markup:
    row = exchange.row
    author, document, draft = (_text(row.get(name)) for name in ("author", "document", "draft"))
    told = (f"{name}: {_text(row.get(name))}" for name in ("url", "language", "model"))
    facts = [exchange.id, *(each for each in told if not each.endswith(": "))]
    parts = [Markup('<p class="row-facts">{}</p>\n').format(" · ".join(facts))]
    if author:
        parts.append(_side("author", escape(author)))
    parts.append(_side("request", escape(exchange.request), css="side request"))
    sides = []
    if document:
        place = {True: ", before the request", False: ", after the request"}
        first = row.get("document_first")
        where = place.get(first, "") if isinstance(first, bool) else ""
        sides.append(_side(f"document{where}", escape(document[:_LONGEST]), document))
    answer = exchange.answer or ""
    if draft:
        old, new, share = marked(draft[:_LONGEST], answer[:_LONGEST])
        sides.append(_side("draft, without the document", old, draft))
        sides.append(_side(f"refined answer, {share:.0%} of its words new", new, answer))
    elif answer:
        sides.append(_side("answer", escape(answer[:_LONGEST]), answer))
    parts.append(Markup('<div class="sides">{}</div>\n').format(Markup("").join(sides)))
    return Markup("").join(parts)


def _side(name: str, text: Markup, whole: str = "", css: str = "side") -> Markup:
    cut = f" (the first {_LONGEST:,} of {len(whole):,} characters)" if len(whole) > _LONGEST else ""
    return Markup('<div class="{}"><h4>{}{}</h4><div class="text">{}</div></div>\n').format(
        css, name, cut, text
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _beginning(text: str) -> str:
    line = " ".join(text[:400].split())
    return line if len(line) <= 110 else line[:109] + "…"
