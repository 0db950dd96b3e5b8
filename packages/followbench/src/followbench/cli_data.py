"""``followbench data …`` and ``followbench import-official``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from truing_core.cli import JsonOut, emit_json, say, tell
from truing_core.errors import InputError

data_app = typer.Typer(help="List, validate and convert benchmarks.", no_args_is_help=True)

Source = Annotated[
    str, typer.Argument(metavar="DATA", help="mini, official, FILE or DIR of either format.")
]
Lang = Annotated[
    str | None, typer.Option("--lang", metavar="en|zh", help="Language of the benchmark.")
]


@data_app.command("list")
def list_command(as_json: JsonOut = False) -> None:
    """The benchmarks that can be named, and what they hold."""
    from followbench.data import LANGS
    from followbench.inventory import describe, summary
    from followbench.sources import HUB_ID, load_benchmark

    rows = [describe(load_benchmark("mini", lang)) for lang in LANGS]
    official = {
        "name": "official",
        "lang": "en, zh",
        "note": f"the authors' data set, from the hub: {HUB_ID}",
    }
    if as_json:
        emit_json([*rows, official])
        return
    for row in rows:
        typer.echo(f"{row['name']:<9} {row['lang']:<7} {summary(row)}")
    typer.echo(f"{official['name']:<9} {official['lang']:<7} {official['note']}")


@data_app.command("validate")
def validate_command(data: Source, lang: Lang = None, as_json: JsonOut = False) -> None:
    """Read a benchmark, check every row and every reference answer, and say what it holds."""
    from followbench.checks.base import plural
    from followbench.inventory import describe, failing_references, summary
    from followbench.sources import load_benchmark

    benchmark = load_benchmark(data, lang)
    failures = failing_references(benchmark)
    if failures:
        for failure in failures:
            say(f"{failure.group}: level {failure.level}: {failure.check}: {failure.message}")
        raise InputError(
            f"the reference answers fail {plural(len(failures), 'check')} of their own group",
            path=data,
        )
    facts = describe(benchmark)
    if as_json:
        emit_json(facts)
        return
    references = facts["references"]
    passing = f"; {plural(references, 'reference answer')} checked" if references else ""
    typer.echo(f"{data} ({facts['lang']}) is valid: {summary(facts)}{passing}")
    for name, count in facts["categories"].items():
        typer.echo(f"  {name:<10} {plural(count, 'group')}")


@data_app.command("convert")
def convert_command(
    data: Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The benchmark, as .jsonl.")
    ],
    lang: Lang = None,
    as_json: JsonOut = False,
) -> None:
    """Rewrite a benchmark, such as the authors' folder, in our open format."""
    from followbench.open_format import group_row
    from followbench.sources import load_benchmark
    from truing_core.records import write_rows

    benchmark = load_benchmark(data, lang)
    count = write_rows(output, (group_row(group) for group in benchmark.groups))
    if as_json:
        emit_json({"groups": count, "output": str(output)})
    tell(f"{count:,} groups in {output}")


def import_official_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The authors' working folder, after a run.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the two files go.")
    ],
    data: Annotated[
        str, typer.Option("--data", metavar="official|DIR", help="The benchmark that was run.")
    ] = "official",
    lang: Lang = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="Which model's outputs, if the folder holds several."
        ),
    ] = None,
    as_json: JsonOut = False,
) -> None:
    """Read the outputs of the authors' scripts, so that published runs can be rescored."""
    from followbench.import_official import import_official
    from followbench.sources import load_benchmark
    from followbench.stages import GENERATIONS, JUDGEMENTS
    from truing_core.records import write_rows

    benchmark = load_benchmark(data, lang)
    imported = import_official(folder, benchmark.groups, model=model)
    output.mkdir(parents=True, exist_ok=True)
    score = ["followbench", "score", "--data", data, "--lang", benchmark.lang]
    score += ["--generations", str(output / GENERATIONS)]
    write_rows(output / GENERATIONS, imported.generations)
    if imported.judgements:
        write_rows(output / JUDGEMENTS, imported.judgements)
        score += ["--judgements", str(output / JUDGEMENTS)]
    facts = {
        "generations": len(imported.generations),
        "judgements": len(imported.judgements),
        "unmatched": len(imported.unmatched),
    }
    if as_json:
        emit_json(facts)
        return
    for reason in imported.unmatched[:10]:
        tell(f"not matched: {reason}")
    tell(
        f"{facts['generations']} generations and {facts['judgements']} judgements in "
        f"{output}, {facts['unmatched']} rows not matched; score them by: {shlex.join(score)}"
    )
