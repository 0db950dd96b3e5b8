"""The page: pairs side by side, differing tokens coloured by λ, and distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bmc_dpo.inspection.figures import histograms
from bmc_dpo.inspection.measuring import Token, View
from truing_core.report import Markup, Section, collapsible, escape, page, table_html

_STYLE = """
.sides, .figures { display: grid; gap: 1rem; }
.sides { grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.figures { grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); }
.figures figure { margin: 0; min-width: 0; }
.figures figure svg { min-width: 0; }
.side { border: 1px solid var(--line, #8884); border-radius: 6px; padding: .6rem .8rem; }
.side { min-width: 0; }
.side h4 { margin: 0 0 .4rem; font-size: .85rem; color: var(--soft); font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; }
.text i { font-style: normal; text-decoration: underline; text-decoration-thickness: 2px;
  text-underline-offset: 3px; border-radius: 3px; }
.c i { background: rgb(42 157 114 / var(--a)); text-decoration-color: #2a9d72; }
.r i { background: rgb(201 81 127 / var(--a)); text-decoration-color: #c9517f; }
.pair { margin: 1.4rem 0; }
.pair h3 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.pair p { margin: .2rem 0 .5rem; color: var(--soft); font-size: .9rem; }
"""
_LEGEND = (
    "Underlined tokens are those the other side does not have in place; the stronger their "
    "ground, the larger their weight λ. Hover over a token for its numbers."
)
_METHOD = (
    "BMC (arXiv 2408.07471): λ = 1 + min(1/π(y_t), δ) where a token differs, else 1; the reward of "
    "a token is β · λ · log(π / π_ref)."
)


def render(
    views: Sequence[View], summary: Mapping[str, Any], facts: Mapping[str, Any], delta: float
) -> str:
    """The page, as HTML text.

    Args:
        views: The sample.
        summary: From :func:`~bmc_dpo.inspection.summary.summarise`.
        facts: What the page rests on.
        delta: δ, for the colours.
    """
    sections = [Section("Overview", _overview(summary))]
    if views:
        sections += [
            Section("Distributions", histograms(views)),
            Section("Pairs", Markup("").join([_note(), *(_pair(view, delta) for view in views)])),
        ]
    subtitle = f"{summary['sample']:,} of {summary['pairs']:,} pairs"
    return page(
        "BMC: preference pairs",
        sections,
        subtitle=subtitle,
        facts={"method": _METHOD, **facts},
        style=_STYLE,
    )


def _note() -> Markup:
    return Markup("<p>{}</p>").format(_LEGEND)


def _overview(summary: Mapping[str, Any]) -> Markup:
    names = {
        "change_ratio": "share of tokens that differ",
        "chosen_tokens": "tokens, chosen",
        "rejected_tokens": "tokens, rejected",
        "weight_of_differing": "weight λ of differing tokens",
        "margin": "reward margin",
    }
    rows = [
        [text, summary[name]["mean"], summary[name]["median"]]
        for name, text in names.items()
        if summary[name] is not None
    ]
    parts = [table_html(["in the sample", "mean", "median"], rows, digits=3)]
    more = [["pairs without a differing token", summary["without_difference"]]]
    if summary["margins_above_0"] is not None:
        more.append(["margins above 0, %", 100 * summary["margins_above_0"]])
    parts.append(table_html(["in the sample", "count or share"], more))
    if summary["statuses"]:
        rows = [[status, count] for status, count in summary["statuses"].items()]
        parts.append(table_html(["bridge status, all pairs", "pairs"], rows))
    return Markup("").join(parts)


def _pair(view: View, delta: float) -> Markup:
    pair, bridge = view.pair, view.pair.others.get("bridge")
    facts = [f"{view.change_ratio:.0%} of the tokens differ"]
    if isinstance(bridge, dict):
        facts.append(f"bridge: {bridge['status']}")
        if bridge.get("reason"):
            facts.append(str(bridge["reason"]))
    if view.margin is not None:
        facts.append(
            f"rewards {view.reward('chosen'):+.4f} and {view.reward('rejected'):+.4f}, margin "
            f"{view.margin:+.4f}"
        )
    sides = Markup("").join(
        _side(name, getattr(view, name), css, delta)
        for name, css in (("chosen", "c"), ("rejected", "r"))
    )
    original = pair.others.get("chosen_original")
    folded = collapsible("prompt", Markup('<div class="text">{}</div>').format(pair.task))
    if isinstance(original, str) and original != pair.winner:
        folded += collapsible(
            "original winner", Markup('<div class="text">{}</div>').format(original)
        )
    return Markup(
        '<article class="pair"><h3>{}</h3><p>{}</p>{}<div class="sides">{}</div></article>\n'
    ).format(pair.id, "; ".join(facts), folded, sides)


def _side(name: str, tokens: Sequence[Token], css: str, delta: float) -> Markup:
    text = Markup("").join(_token(token, delta) for token in tokens)
    return Markup(
        '<div class="side {}"><h4>{}, {} tokens</h4><div class="text">{}</div></div>'
    ).format(css, name, len(tokens), text)


def _token(token: Token, delta: float) -> Markup:
    if not token.differs and token.logp is None:
        return escape(token.text)
    said = []
    if token.logp is not None:
        said = [f"log p {token.logp:.2f}", f"λ {token.weight:.2f}"]
    if token.reward is not None:
        said.append(f"reward {token.reward:+.5f}")
    title = ", ".join(said)
    if not token.differs:
        return Markup('<span title="{}">{}</span>').format(title, token.text)
    share = (token.weight - 1) / delta if delta and token.logp is not None else 0.5
    return Markup('<i style="--a:{}" title="{}">{}</i>').format(
        f"{0.12 + 0.5 * min(share, 1):.2f}", title or "differs", token.text or "·"
    )
