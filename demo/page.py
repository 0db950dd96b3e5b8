"""index.html of a demo: what each tool did, by which commands, and its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from steps import Outcome, Step

from truing_core.files import write_text
from truing_core.report import Markup, Section, collapsible, escape, page, table_html

_STYLE = """
.demo pre { overflow-x: auto; white-space: pre; font-size: .85rem; }
.demo pre.command { white-space: pre-wrap; overflow-wrap: anywhere; font-weight: 600; }
"""


def write_index(folder: Path, steps: Sequence[Step], done: Mapping[str, Outcome]) -> None:
    """Writes the page, with what is done so far."""
    write_text(folder / "index.html", index_html(folder, steps, done))


def index_html(folder: Path, steps: Sequence[Step], done: Mapping[str, Outcome]) -> str:
    """The page."""
    rows = [_row(folder, step, done) for step in steps]
    overview = table_html(["tool", "commands", "seconds", "report"], rows, digits=0)
    sections: list[str | Section] = [Section("Overview", overview)]
    sections += [Section(step.tool, _step(folder, step, done)) for step in steps]
    return page(
        "Truing: one pass through five tools",
        sections,
        subtitle="Web pages become data, the data a model, the model a score; "
        "all with a model of 135 million parameters, to show that it works.",
        style=_STYLE,
    )


def _row(folder: Path, step: Step, done: Mapping[str, Outcome]) -> list[object]:
    ended = [done[each.line] for each in step.commands if each.line in done]
    name = Markup('<a href="#{0}">{0}</a>').format(step.tool)
    seconds = sum(each.seconds for each in ended) if ended else None
    return [name, f"{len(ended)} of {len(step.commands)}", seconds, _link(folder, step)]


def _link(folder: Path, step: Step) -> Markup | None:
    if not (folder / step.report).is_file():
        return None
    return Markup('<a href="{0}">{0}</a>').format(step.report)


def _step(folder: Path, step: Step, done: Mapping[str, Outcome]) -> Markup:
    parts = [Markup("<p>{}</p>").format(step.about)]
    if link := _link(folder, step):
        parts.append(Markup("<p>Report: {}</p>").format(link))
    for command in step.commands:
        outcome = done.get(command.line)
        line = outcome.line if outcome else command.line
        parts.append(Markup('<pre class="command">$ {}</pre>').format(line))
        if outcome is None:
            parts.append(Markup("<p>Not run yet.</p>"))
        elif outcome.tail:
            text = Markup("<pre>{}</pre>").format(escape("\n".join(outcome.tail)))
            parts.append(collapsible(f"{outcome.seconds:.0f} s; what it said last", text))
    return Markup('<div class="demo">{}</div>').format(Markup("\n").join(parts))
