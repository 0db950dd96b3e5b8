"""The report's browser of items: the controls, and the rows that its script filters and shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from followbench.series import Series
from truing_core.report import Markup, json_block

_OUTCOMES = (
    ("failed", "failed"),
    ("unscored", "not scored"),
    ("passed", "passed"),
    ("", "all outcomes"),
)


def browser(series: Sequence[Series]) -> Markup:
    """The items of all runs, failed ones first shown; ``#item=content/12/3`` opens one."""
    rows = [row for run in series for row in run.result.items]
    categories = list(dict.fromkeys(row["category"] for row in rows))
    levels = [(str(level), f"level {level}") for level in range(1, 6)]
    controls = [
        _select("category", [("", "all categories"), *((name, name) for name in categories)]),
        _select("level", [("", "all levels"), *levels]),
        _select("outcome", _OUTCOMES),
    ]
    if len(series) > 1:
        models = [(str(run.number), run.short) for run in series]
        controls.insert(0, _select("model", [("", "all models"), *models]))
    return Markup(
        '<form class="filters" id="filters">{}<label class="wide">search'
        '<input id="filter-search" type="search" placeholder="in instructions, answers, '
        'verdicts"></label></form>'
        '<p class="found"><span id="items-count" role="status"></span> '
        '<button id="items-all" type="button" hidden>show all items</button></p>'
        '<div id="item-list"></div><button id="items-more" type="button" hidden></button>'
        "<noscript>Browsing items needs JavaScript; they also stand in items.jsonl.</noscript>{}"
    ).format(Markup("").join(controls), json_block("items-data", item_data(series)))


def item_data(series: Sequence[Series]) -> dict[str, Any]:
    """What the script works on.

    Returns:
        ``{"runs": names, "langs": languages, "texts": [...], "rows": [...]}``. Instructions and
        constraints, which runs share, stand once in ``texts``, and rows point there by number:
        ``path`` is a list of such numbers, and ``constraints`` are ``[text, ok, message]``, the
        first such a number, or ``null`` for what the judge reads off the path. Rows of one item
        stand together.
    """
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    order: dict[tuple[str, str, int], int] = {}
    rows: list[dict[str, Any]] = []
    for run in series:
        for item in run.result.items:
            key = (item["category"], str(item["example_id"]), item["level"])
            order.setdefault(key, len(order))
            rows.append({"run": run.number, **_row(item, place)})
    rows.sort(key=lambda row: (order[row["category"], row["id"], row["level"]], row["run"]))
    return {
        "runs": [run.name for run in series],
        "langs": [run.result.summary["lang"] for run in series],
        "texts": list(texts),
        "rows": rows,
    }


def _row(item: Mapping[str, Any], place: Callable[[str], int]) -> dict[str, Any]:
    return {
        "category": item["category"],
        "id": str(item["example_id"]),
        "level": item["level"],
        "status": item["status"],
        "hard": item["hard"],
        "reason": item["reason"],
        "path": [place(step) for step in item["path"] or [item["instruction"]]],
        "answer": item["generation"],
        "judgement": item["judgement"],
        "constraints": [
            [
                None if constraint["kind"] == "path" else place(constraint["text"]),
                constraint["ok"],
                constraint["message"],
            ]
            for constraint in item["constraints"]
        ],
    }


def _select(name: str, options: Sequence[tuple[str, str]]) -> Markup:
    choices = Markup("").join(
        Markup('<option value="{}">{}</option>').format(value, text) for value, text in options
    )
    return Markup('<label>{0}<select id="filter-{0}">{1}</select></label>').format(name, choices)
