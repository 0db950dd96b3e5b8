"""The main flow: cases -> pairs of questions -> answers -> a data set.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's) and ``summary.json``; the data
set goes where the user wants it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lte_edit.__about__ import __version__
from lte_edit.alignment.choices import BuildChoice, Material
from lte_edit.alignment.distractors import Neighbours
from lte_edit.alignment.examples import Maker, Twin
from lte_edit.alignment.summary import summarise
from truing_core.budget import Estimate
from truing_core.errors import InputError, ModelError
from truing_core.files import write_json
from truing_core.models import ChatReply, ChatRequest
from truing_core.records import write_rows
from truing_core.roles import Watch, estimated, loaded
from truing_core.run import Run

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

SUMMARY = "summary.json"
_CUT_OFF = "the answer was cut off"


def make_twins(material: Material, choice: BuildChoice, encoder: Encoder) -> list[Twin]:
    """Both halves of all questions of the mix, in the order of the material.

    Raises:
        InputError: There is nothing to ask, or there are instructions but no edits.
    """
    pool = [edit for case in material.cases for edit in case.edits]
    maker = Maker(
        choice.prompts, Neighbours(pool, encoder), choice.gold_position, choice.out_of_scope,
        choice.seed,
    )  # fmt: skip
    twins: list[Twin] = []
    numbers: Counter[str] = Counter()
    for asked in choice.mix.draw(material.cases, choice.seed):
        case = asked[0]
        twins.extend(maker.pair(asked, numbers[case.id]))
        numbers[case.id] += 1
    for name, messages in material.conversations:
        source = name.rpartition("-")[0]
        twins.extend(maker.instruction(messages, name, source, pool))
    if not twins:
        raise InputError("the mix leaves no question; raise its caps, or use --mix all")
    return twins


def requests(twins: Sequence[Twin], choice: BuildChoice) -> Iterator[ChatRequest]:
    """What must be asked: the halves whose answer no source gives."""
    for twin in twins:
        if twin.answer is None and twin.answered_as == twin.id:
            yield ChatRequest(twin.id, twin.messages, choice.responder.sampling)


def build(
    folder: Path,
    output: Path,
    material: Material,
    choice: BuildChoice,
    encoder: Encoder,
    *,
    watch: Watch,
    fresh: bool = False,
) -> dict[str, Any]:
    """Builds the data set in a run folder; what its journal holds is not asked again.

    A pair is written when both its halves have an answer.

    Returns:
        The summary: rows by source, scope and aspect, and what is missing.

    Raises:
        InputError: There is nothing to ask.
        ModelError: The responder cannot be used, or all requests failed.
        ResumeError: The folder was run with another configuration, or is in use.
    """
    twins = make_twins(material, choice, encoder)
    asked = list(requests(twins, choice))
    with Run.open(
        folder, tool="lte-edit", version=__version__, config=choice.config(material), fresh=fresh
    ) as run:
        replies: dict[str, ChatReply] = {}
        if asked:
            with loaded(choice.responder, run) as model, watch("build-data", len(asked)) as seen:
                for reply in model.complete(asked):
                    seen(reply)
                    replies[reply.id] = reply
        failed = [reply for reply in replies.values() if not reply.ok]
        if failed and len(failed) == len(asked):
            raise ModelError(
                f"all {len(failed)} requests failed; the first said: {failed[0].error}"
            )
        rows, missing = _rows(twins, replies)
        write_rows(output, rows)
        summary = {"output": str(output), **summarise(rows), "missing": dict(missing)}
        write_json(run.path(SUMMARY), summary)
        run.stage_done("build-data", output=str(output), rows=len(rows))
    return summary


def plan(
    folder: Path, twins: Sequence[Twin], choice: BuildChoice, *, fresh: bool = False
) -> Estimate:
    """What the answers that are not journaled yet would take; all of them if ``fresh``."""
    return estimated(folder, list(requests(twins, choice)), choice.responder, fresh=fresh)


def _rows(
    twins: Sequence[Twin], replies: dict[str, ChatReply]
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """The rows of complete pairs, and why others are missing."""
    rows: list[dict[str, Any]] = []
    missing: Counter[str] = Counter()
    for first, second in zip(twins[::2], twins[1::2], strict=True):
        answers, reasons = [], []
        for twin in (first, second):
            answer, reason = _answer(twin, replies)
            answers.append(answer)
            reasons.append(reason)
        if any(reasons):
            missing[next(reason for reason in reasons if reason)] += 1
            continue
        rows.extend(twin.row(answer) for twin, answer in zip((first, second), answers, strict=True))
    return rows, missing


def _answer(twin: Twin, replies: dict[str, ChatReply]) -> tuple[str, str]:
    """The answer, or why there is none."""
    if twin.answer is not None:
        return twin.answer, ""
    reply = replies.get(twin.answered_as)
    if reply is None or not reply.ok:
        return "", "the request failed"
    if reply.finish_reason == "length":
        return "", _CUT_OFF
    text = reply.text.strip()
    return text, "" if text else "the answer was empty"
