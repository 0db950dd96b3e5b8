"""Write docs/benchmarks.md from benchmarks/results/*.json, by the map in benchmark_tables.yaml.

python scripts/benchmark_tables.py           # writes the page
python scripts/benchmark_tables.py --check   # says whether it is out of date
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import yaml

from generated import cell, settle, table
from workspace import ROOT

RESULTS = ROOT / "benchmarks" / "results"
MAP = Path(__file__).with_suffix(".yaml")
SOURCE = "https://github.com/truing/truing/blob/main/benchmarks"
NOT_MEASURED = "not measured"
HEAD = f"""# Benchmarks

<!-- Written by scripts/benchmark_tables.py from benchmarks/results/. -->

Each script of [`benchmarks/`]({SOURCE}/README.md) measures one promise and writes a JSON file; the
tables here are made from these files and from nothing else. `nox -s bench -- NAME` measures again
on your machine. Bold is ours. In *beside* columns, 2 × is twice the figure of what is named; where
less is better, below 1 × is better. Machines were shared with other work where a script says so:
read ratios rather than seconds.
"""


def page(results: dict[str, Any], entries: list[dict[str, Any]]) -> str:
    """The page: a section for each entry of the map, in its order, then what the map lacks.

    Raises:
        ValueError: The map asks for a figure that its file does not have.
    """
    parts, tool = [HEAD], None
    for entry in entries:
        if entry["name"] not in results:
            raise ValueError(f"{MAP.name}: there is no result '{entry['name']}'")
        if entry["tool"] != tool:
            tool = entry["tool"]
            parts.append(f"## {tool}\n")
        try:
            parts += section(entry, results[entry["name"]])
        except LookupError as error:
            raise ValueError(f"{entry['name']}.json: {error.args[0]}") from None
    left = sorted(results.keys() - {entry["name"] for entry in entries})
    if left:
        links = ", ".join(f"[`{name}`]({SOURCE}/results/{name}.json)" for name in left)
        parts.append(f"## Without a table\n\n{links}\n")
    return "\n".join(parts)


def section(entry: dict[str, Any], result: Any) -> Iterator[str]:
    """What one benchmark measured."""
    script = entry.get("script", f"{entry['name']}.py")
    others = {name for wanted in entry["tables"] for name in wanted.get("peers", ())}
    others |= set(entry.get("optional", ()))
    setup = re.sub(r"\{(.*?)\}", lambda found: setting(result, found[1], others), entry["setup"])
    yield f"### {entry['question']}\n"
    yield (
        f"{setup.strip()} [Script]({SOURCE}/{script}), "
        f"[result]({SOURCE}/results/{entry['name']}.json).\n"
    )
    for wanted in entry["tables"]:
        if "caption" in wanted:
            yield f"**{wanted['caption']}**\n"
        yield table(wanted["head"], list(rows(wanted, result, others)))


def setting(result: Any, path: str, others: Set[str] = frozenset()) -> str:
    """What stands at a path, as it was set; "not measured" where it is one of the others'.

    Raises:
        LookupError: Nothing does.
    """
    try:
        return plain(at(result, path))
    except LookupError:
        if others & set(path.split("/")):
            return NOT_MEASURED
        raise


def rows(
    wanted: dict[str, Any], result: Any, others: Set[str] = frozenset()
) -> Iterator[list[str]]:
    """The rows of a table, written out or one for each key or element.

    Args:
        wanted: The table, as the map has it.
        result: What a benchmark wrote.
        others: Whose figures need not be there: they are measured where they can be had.
    """
    if "rows" in wanted:
        for label, *cells in wanted["rows"]:
            yield [label, *(_if_there(result, result, each, others) for each in cells)]
        return
    found = at(result, wanted["each"])
    named = found.items() if isinstance(found, dict) else enumerate(found)
    labels = []
    for key, row in named:
        if key in (*wanted.get("without", ()), "not_installed"):
            continue
        label = shown(row[wanted["label"]]) if "label" in wanted else str(key)
        labels.append(label)
        cells = [each.replace("{key}", str(key)) for each in wanted["cells"]]
        yield [
            wanted.get("names", {}).get(label, cell(label)),
            *(figure(result, row, each) for each in cells),
        ]
    for name in wanted.get("peers", ()):
        if not any(re.split(r"[, ]", label)[0] == name for label in labels):
            yield [cell(name), NOT_MEASURED, *("" for _ in wanted["cells"][1:])]


def _if_there(top: Any, here: Any, wanted: str, others: Set[str]) -> str:
    try:
        return figure(top, here, wanted)
    except LookupError:
        if others & set(re.split(r"[/ ×]+", wanted)):
            return NOT_MEASURED
        raise


def figure(top: Any, here: Any, wanted: str) -> str:
    """One cell: a figure, a ratio of two, or with × in front a ratio as it was measured."""
    if not wanted:
        return ""
    if "÷" in wanted:
        above, below = (_read(top, here, each.strip()) for each in wanted.split("÷"))
        return f"{shown(float(above / below))} ×"
    if wanted.startswith("×"):
        ratio = _read(top, here, wanted[1:])
        return f"{shown(float(ratio))} ×" if ratio is not None else ""
    return shown(_read(top, here, wanted))


def _read(top: Any, here: Any, path: str) -> Any:
    return at(top, path[1:]) if path.startswith("/") else at(here, path)


def at(result: Any, path: str) -> Any:
    """What stands at a path.

    Raises:
        LookupError: Nothing does.
    """
    here = result
    for step in [] if path == "." else path.split("/"):
        if found := re.fullmatch(r"\[(\w+)=(.+)\]", step):
            field, value = found.groups()
            matching = [each for each in here if each.get(field) == value]
        elif isinstance(here, list):
            matching = here[int(step) : int(step) + 1]
        else:
            matching = [here[step]] if step in here else []
        if len(matching) != 1:
            raise LookupError(f"nothing at '{path}', from '{step}' on")
        [here] = matching
    return here


def plain(value: Any) -> str:
    """A setting as it was set; figures that were measured in passing with three digits."""
    return f"{value:.3g}" if isinstance(value, float) else shown(value)


def shown(value: Any) -> str:
    """A figure for people: whole numbers as they are, others with three digits."""
    if value is None:
        return "not measured"
    if isinstance(value, list) and not any(isinstance(each, float) for each in value):
        return ", ".join(map(shown, value))
    if isinstance(value, list):
        mean, half = value
        return f"{mean:.1f} ± {half:.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if value == 0:
            return "0"
        digits, _, power = f"{value:.2e}".partition("e")
        return f"{float(f'{digits}e{power}'):,.{max(0, 2 - int(power))}f}"
    return str(value)


def main(arguments: list[str]) -> int:
    results = {file.stem: json.loads(file.read_text("utf-8")) for file in RESULTS.glob("*.json")}
    entries = yaml.safe_load(MAP.read_text("utf-8"))
    try:
        return settle({"benchmarks.md": page(results, entries)}, arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
