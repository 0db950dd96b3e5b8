"""The main flow: pairs -> edits -> a data set.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``edits.jsonl`` and
``summary.json``; the data set goes where the user wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bmc_dpo.__about__ import __version__
from bmc_dpo.bridge.choices import BridgeChoice, templates_of
from bmc_dpo.bridge.editing import FAILED, Edit, edit, first_requests
from bmc_dpo.bridge.outputs import check_output, output_rows, read_edits
from bmc_dpo.bridge.summary import summarise
from bmc_dpo.pairs import Pair
from truing_core.budget import Estimate
from truing_core.errors import ModelError, TruingError
from truing_core.records import write_json, write_rows
from truing_core.roles import Watch, estimated, loaded
from truing_core.run import Run
from truing_core.terminal import tell

EDITS, SUMMARY = "edits.jsonl", "summary.json"


@dataclass(frozen=True)
class Source:
    """The pairs and where they come from.

    Attributes:
        name: A file, or a hub id.
        pairs: All of them.
        limit: How many were read at most.
    """

    name: str
    pairs: Sequence[Pair]
    limit: int | None = None


def bridge(
    folder: Path,
    source: Source,
    output: Path,
    choice: BridgeChoice,
    *,
    drop: bool = False,
    watch: Watch,
    fresh: bool = False,
) -> dict[str, Any]:
    """Bridges pairs in a run folder; what its journal holds is not asked again.

    When it breaks off, what is decided is written, so that the output holds part of the pairs.

    Args:
        folder: The run folder.
        source: The pairs.
        output: Where the data set goes.
        choice: How they are bridged.
        drop: Leave out pairs whose bridging failed.
        watch: Shows progress.
        fresh: Start over.

    Returns:
        The summary, which ``summary.json`` holds too.

    Raises:
        ModelError: The editor cannot be used, or all requests failed.
        ResumeError: The folder was run with another configuration, or is in use.
    """
    config = choice.config(source.pairs, source.name, source.limit)
    with Run.open(folder, tool="bmc-dpo", version=__version__, config=config, fresh=fresh) as run:
        check_output(output, source.name, source.pairs, run.path("probe"))
        run.note(data=source.name, prompts=templates_of(choice.prompts.hashes()))
        edits = _ask(run, source, output, choice, drop, watch)
        rows = list(output_rows(source.pairs, edits, choice, drop=drop))
        write_rows(output, rows)
        summary = {
            "output": str(output),
            "editor": choice.editor.spec,
            "on_failure": "drop" if drop else "keep",
            **summarise(rows, edits, pairs=source.pairs, price=choice.editor.price),
        }
        write_json(run.path(SUMMARY), summary)
        run.stage_done("bridge", output=str(output), statuses=summary["statuses"])
    _all_failed(edits)
    return summary


def plan(folder: Path, source: Source, choice: BridgeChoice, *, fresh: bool = False) -> Estimate:
    """What the first question about each pair would take; questions asked again come on top.

    Args:
        folder: The run folder, whose replies cost nothing.
        source: The pairs.
        choice: How they are bridged.
        fresh: The run will start over.
    """
    asked = list(first_requests(source.pairs, choice))
    return estimated(folder, asked, choice.editor, fresh=fresh)


def _ask(
    run: Run, source: Source, output: Path, choice: BridgeChoice, drop: bool, watch: Watch
) -> dict[str, Edit]:
    selected = [pair for pair in source.pairs if choice.selects(pair)]
    decided: dict[str, Edit] = {}
    try:
        if selected:
            with loaded(choice.editor, run) as model, watch("bridge", len(selected)) as on_reply:
                for each in edit(selected, model, choice, on_reply=on_reply):
                    decided[each.id] = each
    except BaseException:
        with suppress(TruingError):  # what broke it off is what the user must hear
            if decided:
                known = {**read_edits(run.path(EDITS)), **decided}
                _write_edits(run, known.values())
                count = write_rows(output, output_rows(source.pairs, known, choice, drop=drop))
                tell(f"{output} holds {count:,} of {len(source.pairs):,} pairs so far")
        raise
    order = {pair.id: position for position, pair in enumerate(source.pairs)}
    _write_edits(run, sorted(decided.values(), key=lambda each: order[each.id]))
    return decided


def _write_edits(run: Run, edits: Iterable[Edit]) -> None:
    write_rows(run.path(EDITS), (each.row() for each in edits))


def _all_failed(edits: Mapping[str, Edit]) -> None:
    failed = [each for each in edits.values() if each.status == FAILED]
    if failed and len(failed) == len(edits):
        raise ModelError(f"all {len(failed)} requests failed; the first said: {failed[0].reason}")
