"""The report of a run: one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lion_distill.reporting import figures, reader, tables
from lion_distill.reporting.costs import Spent
from lion_distill.reporting.material import Material
from truing_core.report import Markup, Section, facts_html, note_html, page

_STYLE = """
.tiles { display: grid; gap: .75rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem;
  background: var(--raised); }
.tile b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 600;
  font-variant-numeric: tabular-nums; letter-spacing: -.01em; white-space: nowrap; }
.tile b small { font-size: .95rem; font-weight: 500; color: var(--soft); }
.tile span { color: var(--soft); font-size: .88rem; }
"""
_NOT_YET = "Nothing is there yet."


def report_html(material: Material, spent: Sequence[Spent]) -> str:
    """The page."""
    found, entries = material.summary, material.summary["iterations"]
    discrimination = material.discrimination
    evaluated = any(each["evaluation"] for each in entries)
    sections = [
        Section("Overview", _overview(material)),
        Section("Iterations", _or_not_yet(tables.stages(found) if entries else Markup(""))),
    ]
    sections.append(Section("Progress", figures.progress(entries, discrimination, found["seeds"])))
    if discrimination:
        sections.append(Section("Discrimination", _discrimination(material)))
    acceptance = tables.acceptance(entries)
    if acceptance:
        sections.append(Section("Generation", _GENERATION + figures.fates(entries) + acceptance))
    training = figures.losses(material.losses) + tables.training(entries)
    if training:
        sections.append(Section("Training", training))
    if evaluated:
        sections.append(Section("Evaluation", _evaluation(entries)))
    tokens = tables.tokens(entries, spent)
    if tokens:
        sections.append(Section("Tokens", tokens))
    sections.append(Section("What stopped it", _stopped(found)))
    if material.examples:
        sections.append(Section("Examples", reader.reader(material.examples)))
    return page(
        "Lion: adversarial distillation",
        sections,
        subtitle=_subtitle(material),
        facts=_settings(material),
        style=_STYLE + figures.STYLE + reader.STYLE,
    )


_GENERATION = Markup(
    "<p>New instructions are made from hard and easy ones and kept if they are new to the pool, "
    "to each other, and pass the filters. The reasons say what stopped the others.</p>\n"
)


def _subtitle(material: Material) -> str:
    models = material.manifest.models()
    student, teacher = models.get("student", "a student"), models.get("teacher", "a teacher")
    return f"{student} learns from {teacher}"


def _overview(material: Material) -> Markup:
    found, entries = material.summary, material.summary["iterations"]
    stopped = found["stopped"]
    told = note_html(f"Stopped: {stopped}.", "good") if stopped else note_html(_under_way(entries))
    models = material.manifest.models()
    roles = ("teacher", "student", "referee", "generator")
    who: dict[str, Any] = {role: models[role] for role in roles if role in models}
    return told + _tiles(material) + facts_html(who)


def _under_way(entries: Sequence[Mapping[str, Any]]) -> str:
    if not entries:
        return "The run has just begun."
    last = entries[-1]
    return f"The run is not over: iteration {last['iteration']}, {tables.state(last)}."


def _tiles(material: Material) -> Markup:
    found, entries = material.summary, material.summary["iterations"]
    made = sum((each["generated"] or {}).get("all", 0) for each in entries)
    tiles: list[tuple[str, str, str]] = [
        (str(len(entries)), "", "iterations" if len(entries) != 1 else "iteration"),
    ]
    if found["seeds"] is not None:
        tiles.append((f"{found['seeds'] + made:,}", "", f"instructions, {made:,} of them new"))
    for field, said, unit in (
        ("hard_share", "of the pool are hard", " %"),
        ("acceptance_rate", "of the candidates kept", " %"),
        ("score", "score on questions of its own", ""),
    ):
        values = [each[field] for each in entries if each[field] is not None]
        if not values:
            continue
        scaled = [100 * value if unit else value for value in values]
        before = f"{scaled[0]:.1f} → " if len(scaled) > 1 else ""
        tiles.append((f"{scaled[-1]:.1f}{unit}", before, said))
    if found["paid"]:
        tiles.append((_short(found["paid"]), "", "tokens"))
    return Markup('<div class="tiles">{}</div>\n').format(
        Markup("").join(
            Markup('<div class="tile"><b><small>{}</small>{}</b><span>{}</span></div>\n').format(
                before, value, said
            )
            for value, before, said in tiles
        )
    )


def _short(count: int) -> str:
    for size, name in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.3g} {name}"
    return str(count)


def _discrimination(material: Material) -> Markup:
    found, threshold = material.discrimination, material.threshold
    parts = [
        Markup("<h3>How far the student lies behind</h3>\n"),
        figures.gaps(found, threshold),
        Markup("<h3>Scores</h3>\n"),
        figures.scores(found),
        Markup("<h3>The referee</h3>\n"),
        tables.referee(found),
        Markup(
            "<p class='soft'>Orders agree where both put an instruction on the same side of τ; the "
            "correlation is that of their gaps. The first place's bonus is how many points an "
            "answer gains by standing first, with its 95 % interval; 0 is fair. What cannot be "
            "read is asked for again, then undecided: on neither side and in no average.</p>\n"
        ),
    ]
    return Markup("").join(parts)


def _evaluation(entries: Sequence[Mapping[str, Any]]) -> Markup:
    parts = [tables.evaluation(entries), tables.categories(entries), tables.benchmarks(entries)]
    return _or_not_yet(Markup("").join(parts))


def _stopped(found: Mapping[str, Any]) -> Markup:
    reason = found["stopped"]
    text = f"{reason}." if reason else "Nothing yet: the run is not over, or stopped by hand."
    told = Markup("<p>{}</p>\n").format(text[:1].upper() + text[1:])
    return told + tables.rules(found) if found["iterations"] else told


def _or_not_yet(content: Markup) -> Markup:
    return content or Markup('<p class="soft">{}</p>\n').format(_NOT_YET)


def _settings(material: Material) -> dict[str, Any]:
    """What the page rests on."""
    manifest = material.manifest
    facts: dict[str, Any] = {
        "begun": manifest.created,
        "last change": manifest.updated,
        "versions": manifest.versions,
    }
    for name, value in manifest.config.items():
        facts[name] = "τ = " + str(value) if name == "threshold" else _flat(value)
    return facts


def _flat(value: Any) -> Any:
    """Without what is not set, and without the hashes of templates."""
    if not isinstance(value, Mapping):
        return value
    return {
        name: _flat(own) for name, own in value.items() if own is not None and name != "templates"
    }
