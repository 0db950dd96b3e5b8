"""Tables of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lion_distill.reporting.costs import Spent
from lion_distill.reporting.manifest import mapping, number
from lion_distill.reporting.measures import Discrimination
from truing_core.report import Markup, table_html

_Entries = Sequence[Mapping[str, Any]]


def stages(summary: Mapping[str, Any]) -> Markup:
    """Each iteration in a row: pools, what was hard, what was kept, the score."""
    entries, stopped = summary["iterations"], summary["stopped"]
    rows = []
    for each in entries:
        counts = each["counts"] or {}
        made = each["generated"] or {}
        rows.append(
            [
                each["iteration"], each["train_pool"], each["cache_pool"], counts.get("hard"),
                counts.get("easy"), counts.get("undecided"), percent(each["hard_share"]),
                made.get("all"), percent(each["acceptance_rate"]), each["score"],
                state(each, stopped),
            ]
        )  # fmt: skip
    heads = ["iteration", "train pool", "cache pool", "hard", "easy", "undecided", "hard, %",
             "new", "kept, %", "score", "state"]  # fmt: skip
    return table_html(heads, rows)


def state(entry: Mapping[str, Any], stopped: str | None = None) -> str:
    """How far an iteration is, in a run that may have stopped."""
    open_ones = [name for name, each in entry["stages"].items() if each != "done"]
    # Without questions of its own no iteration is ever evaluated.
    if open_ones == ["evaluate"] or not open_ones:
        return "done"
    done = [name for name, each in entry["stages"].items() if each == "done"]
    told = f"{done[-1]} done" if done else "begun"
    return f"{told}, stopped" if stopped else told


def percent(share: float | None) -> float | None:
    """A share in percent."""
    return None if share is None else 100 * share


def rules(summary: Mapping[str, Any]) -> Markup:
    """What each stop rule looks at, by iteration."""
    entries = summary["iterations"]
    heads = ["what a rule looks at", *(f"iteration {each['iteration']}" for each in entries)]
    rows = [
        ["hard share, % (--min-hard-share)", *(percent(each["hard_share"]) for each in entries)],
        [
            "candidates kept, % (--min-acceptance)",
            *(percent(each["acceptance_rate"]) for each in entries),
        ],
        ["score of the evaluation (--patience)", *(each["score"] for each in entries)],
        ["tokens so far (--max-cost)", *_so_far(entries)],
    ]
    return table_html(heads, rows)


def _so_far(entries: _Entries) -> list[int]:
    total, found = 0, []
    for each in entries:
        total += each["paid"]
        found.append(total)
    return found


def referee(found: Mapping[int, Discrimination]) -> Markup:
    """How far the referee is to be trusted."""
    rows = []
    for at, own in sorted(found.items()):
        facts, bias = own.facts, own.facts["position_bias"]
        interval = ""
        if bias["low"] is not None:
            interval = f" ({bias['low']:+.2f} to {bias['high']:+.2f})"
        reasons = ", ".join(
            f"{name.replace('_', ' ')} {count:,}" for name, count in facts["reasons"].items()
        )
        rows.append(
            [
                at,
                percent(facts["agreement"]),
                None if facts["correlation"] is None else f"{facts['correlation']:.2f}",
                None if bias["mean"] is None else f"{bias['mean']:+.2f}{interval}",
                percent(facts["identical"]),
                own.asked or None,
                own.again or None,
                reasons or None,
            ]
        )
    heads = ["iteration", "orders agree, %", "correlation", "first place's bonus",
             "same score, %", "replies", "asked again", "undecided"]  # fmt: skip
    return table_html(heads, rows)


def acceptance(entries: _Entries) -> Markup:
    """What became of the generator's candidates."""
    known = [each for each in entries if each["rejected"] is not None]
    total: Counter[str] = Counter()
    for each in known:
        total.update(each["rejected"])
    reasons = [reason for reason, _ in total.most_common()]
    rows = [
        [
            each["iteration"], each["candidates"], (each["generated"] or {}).get("all"),
            percent(each["acceptance_rate"]),
            *(each["rejected"].get(reason, 0) for reason in reasons),
        ]
        for each in known
    ]  # fmt: skip
    heads = ["iteration", "candidates", "kept", "kept, %",
             *(reason.replace("_", " ") for reason in reasons)]  # fmt: skip
    return table_html(heads, rows) if rows else Markup("")


def training(entries: _Entries) -> Markup:
    """What each training took."""
    wanted = ("method", "examples", "rows", "steps", "answers_a_step", "learning_rate",
              "loss", "train_loss", "seconds", "train_runtime", "tokens_per_second",
              "too_long")  # fmt: skip
    known = [each for each in entries if each["training"]]
    names = [name for name in wanted if any(name in each["training"] for each in known)]
    rows = [
        [each["iteration"], *(_figure(name, each["training"].get(name)) for name in names)]
        for each in known
    ]
    heads = ["iteration", *(name.replace("_", " ") for name in names)]
    return table_html(heads, rows, digits=3) if names else Markup("")


def _figure(name: str, value: Any) -> Any:
    if name == "learning_rate" and number(value) is not None:
        return f"{value:g}"
    if name.endswith("per_second") and number(value) is not None:
        return round(value)
    return value


def evaluation(entries: _Entries) -> Markup:
    """Scores of each iteration's student on questions of its own."""
    relative, checked = [], []
    for each in entries:
        found = mapping(each["evaluation"])
        judged, tasks = mapping(found.get("open")), mapping(found.get("tasks"))
        if judged:
            relative.append([each["iteration"], *_relative(judged)])
        for who in ("student", "reference"):
            own = mapping(tasks.get(who))
            if own:
                checked.append(
                    [each["iteration"], who, number(own.get("n")), number(own.get("accuracy")),
                     interval(own.get("interval"))]
                )  # fmt: skip
    parts = []
    if relative:
        heads = [
            "iteration", "n", "undecided", "score", "95 %", "reference first", "student first",
            "better", "neither", "worse", "better in both orders",
        ]  # fmt: skip
        caption = "Open questions: student's scores over the reference's, in percent; wins by mean"
        parts.append(table_html(heads, relative, caption=caption))
    if checked:
        heads = ["iteration", "who", "n", "accuracy, %", "95 %"]
        parts.append(table_html(heads, checked, caption="Tasks with an answer"))
    return Markup("").join(parts)


def _relative(judged: Mapping[str, Any]) -> list[Any]:
    orders = judged.get("by_order")
    first, second = orders if isinstance(orders, list) and len(orders) == 2 else (None, None)
    wins, strict = mapping(judged.get("wins")), mapping(judged.get("wins_strict"))
    return [
        number(judged.get("n")), number(judged.get("undecided")), number(judged.get("score")),
        interval(judged.get("interval")), number(first), number(second), number(wins.get("win")),
        number(wins.get("tie")), number(wins.get("lose")), number(strict.get("win")),
    ]  # fmt: skip


def categories(entries: _Entries) -> Markup:
    """Scores by category, iterations side by side; nothing where there is one category only."""
    columns = []
    for each in entries:
        found = mapping(each["evaluation"])
        own = dict(mapping(mapping(found.get("open")).get("categories")))
        own.update(mapping(mapping(mapping(found.get("tasks")).get("student")).get("categories")))
        if own:
            columns.append((each["iteration"], own))
    names = list(dict.fromkeys(name for _, own in columns for name in own))
    rows = []
    for name in names:
        values = [mapping(own.get(name)) for _, own in columns]
        counts = [number(value.get("n")) for value in values]
        shown = [number(value.get("score", value.get("accuracy"))) for value in values]
        rows.append([name, next((count for count in counts if count), None), *shown])
    heads = ["category", "n", *(f"iteration {at}" for at, _ in columns)]
    return table_html(heads, rows) if rows else Markup("")


def benchmarks(entries: _Entries) -> Markup:
    """What lm-eval found, where it was asked."""
    rows = []
    for each in entries:
        tasks = mapping(mapping(mapping(each["evaluation"]).get("lm_eval")).get("tasks"))
        for name, found in tasks.items():
            for metric, own in mapping(mapping(found).get("metrics")).items():
                value, error = (number(mapping(own).get(key)) for key in ("value", "stderr"))
                rows.append([each["iteration"], name, metric, value, error])
    heads = ["iteration", "task", "metric", "value", "± stderr"]
    return table_html(heads, rows, caption="lm-eval", digits=4) if rows else Markup("")


def tokens(entries: _Entries, spent: Sequence[Spent]) -> Markup:
    """By role and iteration, and by model with what it cost."""
    roles = list(dict.fromkeys(role for each in entries for role in each["tokens"]))
    parts = []
    if roles:
        rows = [[each["iteration"], *(each["tokens"].get(role) for role in roles)]
                for each in entries if each["tokens"]]  # fmt: skip
        caption = (
            "Tokens read and written, by role, as its stages worked with them: what was answered "
            "before stands here again"
        )
        parts.append(table_html(["iteration", *roles], rows, caption=caption))
    if spent:
        rows = [
            [each.model, ", ".join(each.roles) or None, each.replies, each.usage.prompt_tokens,
             each.usage.completion_tokens, None if each.cost is None else f"{each.cost:,.4f}"]
            for each in spent
        ]  # fmt: skip
        heads = ["model", "roles", "replies", "tokens read", "tokens written", "cost"]
        caption = "By model, as the journal has them: each reply once"
        parts.append(table_html(heads, rows, caption=caption))
    return Markup("").join(parts)


def interval(bounds: Any) -> str | None:
    """Two bounds as text."""
    if not isinstance(bounds, list) or len(bounds) != 2:
        return None
    low, high = map(number, bounds)
    return (
        None
        if low is None or high is None
        else f"{low:.1f}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high:.1f}"
    )
