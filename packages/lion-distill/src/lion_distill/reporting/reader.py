"""Instructions to read: where they come from, both answers, the referee's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lion_distill.reporting.material import Example
from lion_distill.rows import Instruction
from truing_core.report import Markup, collapsible, escape

STYLE = """
.sides { display: grid; gap: 1rem; margin: .8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.side { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; min-width: 0; }
.side h4 { margin: 0 0 .4rem; font-size: .85rem; color: var(--soft); font-weight: 600;
  display: flex; flex-wrap: wrap; gap: .2rem .8rem; justify-content: space-between; }
.side.teacher { border-top: 3px solid #2f7ed8; } .side.student { border-top: 3px solid #e07b39; }
.side.words { background: var(--raised); font-size: .92rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 26rem; overflow-y: auto; }
.task { border-left: 3px solid var(--accent); padding: .2rem 0 .2rem .8rem; margin: .6rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 26rem; overflow-y: auto; }
.tag { display: inline-block; font-size: .8rem; border-radius: 1rem; padding: 0 .6rem;
  margin-right: .5rem; border: 1px solid var(--line); background: var(--raised);
  font-weight: 500; }
.tag.hard { color: var(--bad); border-color: currentColor; background: var(--bad-tint); }
.tag.easy { color: var(--good); border-color: currentColor; background: var(--good-tint); }
.tag.undecided { color: var(--warn); border-color: currentColor; background: var(--warn-tint); }
.gap { font-variant-numeric: tabular-nums; color: var(--soft); font-weight: 400;
  margin-right: .6rem; white-space: nowrap; }
.line { list-style: none; margin: .5rem 0 .8rem; padding: 0; font-size: .88rem; }
.line li { position: relative; padding: .15rem 0 .15rem 1.4rem; color: var(--soft);
  overflow-wrap: anywhere; }
.line li::before { content: ""; position: absolute; left: .32rem; top: 0; bottom: 0;
  border-left: 2px solid var(--line); }
.line li:first-child::before { top: .8rem; } .line li:last-child::before { bottom: auto;
  height: .8rem; }
.line li::after { content: ""; position: absolute; left: 0; top: .5rem; width: .7rem;
  height: .7rem; border-radius: 50%; background: var(--line); }
.line li.hard::after { background: #c9517f; } .line li.easy::after { background: #2a9d72; }
.line li.self { color: var(--ink); font-weight: 500; }
.line code { white-space: nowrap; }
"""
NOTE = (
    "Drawn by the seed from what the student found hard, with one easy and one undecided where "
    "there are any."
)
_LONGEST = 12_000
_CHILDREN = 3
_KINDS = {"seed": "a seed", "hard": "made from a hard one", "easy": "made from an easy one"}


def reader(examples: Mapping[int, Sequence[Example]]) -> Markup:
    """The examples by iteration, folded, the first one open."""
    parts = [Markup("<p>{}</p>\n").format(NOTE)]
    opened = False
    for at, own in sorted(examples.items()):
        parts.append(Markup("<h3>Iteration {}</h3>\n").format(at))
        for each in own:
            parts.append(_example(each, open=not opened))
            opened = True
    return Markup("").join(parts)


def _example(example: Example, *, open: bool) -> Markup:
    verdict = example.verdict
    gap = Markup("") if verdict.gap is None else Markup('<span class="gap">{}</span>').format(
        f"gap {verdict.gap:+.1f}"
    )  # fmt: skip
    summary = Markup('<span class="tag {0}">{0}</span>{1}{2}').format(
        verdict.kind, gap, beginning(example.instruction.text)
    )
    content = [
        _lineage(example),
        Markup('<div class="task">{}</div>\n').format(_cut(example.instruction.text)),
        Markup('<div class="sides">{}</div>\n').format(_answers(example)),
    ]
    if example.review is not None and example.review.replies:
        content.append(Markup('<div class="sides">{}</div>\n').format(_words(example)))
    return collapsible(summary, Markup("").join(content), open=open)


def _answers(example: Example) -> Markup:
    if example.answers is None:
        return Markup("")
    answers, verdict = example.answers, example.verdict
    parts = []
    for who, text, cut, mean in (
        ("teacher", answers.teacher, answers.teacher_cut, verdict.teacher),
        ("student", answers.student, answers.student_cut, verdict.student),
    ):
        facts = [] if mean is None else [f"mean score {mean:.1f}"]
        facts += ["cut off at its limit of tokens"] if cut else []
        shown = "(the request failed)" if text is None else text or "(empty)"
        parts.append(_side(who.capitalize(), ", ".join(facts), shown, css=f"side {who}"))
    return Markup("").join(parts)


def _words(example: Example) -> Markup:
    review = example.review
    assert review is not None
    parts = []
    for order, reply in enumerate(review.replies):
        first = ("teacher", "student")[order] if order < 2 else str(order)
        given = [
            f"{who} {_score(scores[order])}" if order < len(scores) else f"{who} –"
            for who, scores in (("teacher", review.teacher), ("student", review.student))
        ]
        if order < len(review.asked) and review.asked[order] > 1:
            given.append(f"asked {review.asked[order]} times")
        title = f"Referee, {first}'s answer first"
        parts.append(_side(title, ", ".join(given), reply or "(nothing)", css="side words"))
    return Markup("").join(parts)


def _score(value: float | None) -> str:
    return "not read" if value is None else f"{value:g}"


def _lineage(example: Example) -> Markup:
    items = [
        _relative(each, "self" if each.id == example.instruction.id else "")
        for each in example.line
    ]
    items += [_relative(each, "child") for each in example.children[:_CHILDREN]]
    more = len(example.children) - _CHILDREN
    if more > 0:
        items.append(Markup("<li>and {} more made from it</li>\n").format(f"{more:,}"))
    return Markup('<ul class="line">\n{}</ul>\n').format(Markup("").join(items))


def _relative(each: Instruction, role: str) -> Markup:
    told = _KINDS[each.kind]
    if each.similarity is not None:
        told += f", ROUGE-L {each.similarity:.2f} to its nearest"
    if role == "self":
        return Markup('<li class="{} self"><code>{}</code> this one, {}</li>\n').format(
            each.kind, each.id, told
        )
    return Markup('<li class="{}"><code>{}</code> {}: {}</li>\n').format(
        each.kind, each.id, f"came of it, {told}" if role == "child" else told,
        beginning(each.text),
    )  # fmt: skip


def _side(name: str, facts: str, text: str, *, css: str) -> Markup:
    return Markup(
        '<div class="{}"><h4><span>{}</span><span>{}</span></h4><div class="text">{}</div></div>\n'
    ).format(css, name, facts, _cut(text))


def _cut(text: str) -> Markup:
    if len(text) <= _LONGEST:
        return escape(text)
    return escape(f"{text[:_LONGEST]}\n… ({len(text):,} characters in all)")


def beginning(text: str, most: int = 110) -> str:
    """The first words in one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 1] + "…"
