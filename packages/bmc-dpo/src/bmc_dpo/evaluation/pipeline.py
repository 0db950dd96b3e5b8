"""The main flow: questions -> replies -> scores.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``items.parquet`` and
``scores.json``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bmc_dpo.__about__ import __version__
from bmc_dpo.evaluation.extraction import Extraction
from bmc_dpo.evaluation.items import Item
from bmc_dpo.evaluation.results import save, score_items, summarise
from truing_core.budget import Estimate
from truing_core.errors import ModelError, UsageError
from truing_core.files import encode_json
from truing_core.models import ChatReply, ChatRequest
from truing_core.models.base import Message
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice, Watch, estimated, loaded
from truing_core.run import Run, rng


@dataclass(frozen=True)
class EvalChoice:
    """How questions are asked.

    Attributes:
        model: The model under test.
        prompts: The templates of questions.
        form: ``chat`` asks by template and conversation; ``alpaca`` in that plain format.
        shots: Worked examples, each with a solution, to draw from.
        few_shot: How many every question is preceded by.
        seed: Of their choice, which is the same for all questions of a kind; a question that is
            itself among them gets another in its place.
    """

    model: ModelChoice
    prompts: Prompts
    form: str = "chat"
    shots: Sequence[Item] = ()
    few_shot: int = 0
    seed: int = 0

    def config(self, items: Sequence[Item]) -> dict[str, Any]:
        """What of it, and of the questions, changes results."""
        facts = [[item.key, item.kind, item.question, item.answer] for item in items]
        shots = self.shots if self.few_shot else ()
        hashes = self.prompts.hashes()
        return {
            "data": {"items": len(items), "fingerprint": _digest(facts)},
            "model": self.model.config(),
            "eval": {
                "form": self.form,
                "kinds": sorted({item.kind for item in items}),
                "few_shot": self.few_shot,
                "shots": _digest([[shot.kind, shot.question, shot.solution] for shot in shots]),
                "templates": {name: hashes[name] for name in hashes if name.startswith("eval/")},
            },
            "seed": self.seed,
        }

    def check(self, items: Sequence[Item]) -> None:
        """Checks, before anything is asked, that every question gets its examples.

        Raises:
            UsageError: There are too few.
        """
        for item in items:
            self._before(item)

    def request(self, item: Item) -> ChatRequest:
        """A question as the model meets it, worked examples first, as turns of their own."""
        messages: list[Message] = []
        for shot in self._before(item):
            messages.append({"role": "user", "content": self._ask(shot)})
            messages.append({"role": "assistant", "content": shot.solution})
        messages.append({"role": "user", "content": self._ask(item)})
        return ChatRequest(item.key, tuple(messages), self.model.sampling)

    def _ask(self, item: Item) -> str:
        name = "alpaca" if self.form == "alpaca" else item.kind
        return self.prompts.render(f"eval/{name}", question=item.question).strip()

    def _before(self, item: Item) -> Sequence[Item]:
        """The examples of a question: those of its kind, without the question itself."""
        if not self.few_shot or item.kind == "open":
            return ()
        drawn = self._drawn.get(item.kind, [])
        others = [shot for shot in drawn if shot.question.strip() != item.question.strip()]
        if len(others) < self.few_shot:
            raise UsageError(
                f"--few-shot {self.few_shot} needs as many {item.kind} examples in --examples, "
                f"which has {len(others)} besides the question"
            )
        return others[: self.few_shot]

    @cached_property
    def _drawn(self) -> dict[str, list[Item]]:
        """Of each kind one example more than is shown, should one be the question itself."""
        kinds: dict[str, dict[str, Item]] = {}
        for shot in self.shots:
            kinds.setdefault(shot.kind, {}).setdefault(shot.question.strip(), shot)
        return {
            kind: rng(self.seed, kind, "shots").sample(
                list(shots.values()), min(self.few_shot + 1, len(shots))
            )
            for kind, shots in kinds.items()
        }


def evaluate(
    folder: Path,
    items: Sequence[Item],
    choice: EvalChoice,
    extraction: Extraction,
    *,
    watch: Watch,
    fresh: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Asks what is not answered yet, scores, and writes the files.

    Returns:
        The scores and the rows.

    Raises:
        ModelError: The model cannot be used, or all requests failed.
        ResumeError: The folder was run with another configuration, or is in use.
        UsageError: There are too few examples.
    """
    config = choice.config(items)
    choice.check(items)
    with Run.open(folder, tool="bmc-dpo", version=__version__, config=config, fresh=fresh) as run:
        replies: dict[str, ChatReply] = {}
        try:
            with loaded(choice.model, run) as model, watch("eval", len(items)) as on_reply:
                for reply in model.complete(choice.request(item) for item in items):
                    on_reply(reply)
                    replies[reply.id] = reply
        finally:
            rows = score_items(items, replies, extraction)
            scores = {
                "model": choice.model.spec,
                "extraction": extraction,
                "few_shot": choice.few_shot,
                **summarise(rows),
            }
            if replies:
                save(folder, rows, scores)
        run.stage_done("eval", extraction=extraction, answered=len(replies))
    failed = [reply for reply in replies.values() if not reply.ok]
    if failed and len(failed) == len(items):
        raise ModelError(f"all {len(failed)} requests failed; the first said: {failed[0].error}")
    return scores, rows


def plan(
    folder: Path, items: Sequence[Item], choice: EvalChoice, *, fresh: bool = False
) -> Estimate:
    """What the questions that are not answered yet would take; all of them if ``fresh``."""
    return estimated(folder, [choice.request(item) for item in items], choice.model, fresh=fresh)


def default_folder(model: str, files: Sequence[str]) -> Path:
    """Where a run goes that names no folder: ``runs/eval-MODEL-TASK…``."""
    from bmc_dpo.evaluation.items import task_name

    names = "-".join(task_name(Path(file)) for file in files)
    return Path("runs") / re.sub(r"[^\w.]+", "-", f"eval-{model}-{names}").strip("-.")


def _digest(value: Any) -> str:
    return hashlib.sha256(encode_json(value)).hexdigest()[:12]
