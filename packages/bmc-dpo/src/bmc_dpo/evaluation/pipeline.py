"""The main flow: questions -> replies -> scores.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``items.parquet`` and
``scores.json``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
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
        seed: Of their choice, which is the same for all questions of a kind.
    """

    model: ModelChoice
    prompts: Prompts
    form: str = "chat"
    shots: Sequence[Item] = ()
    few_shot: int = 0
    seed: int = 0

    def config(self, items: Sequence[Item]) -> dict[str, Any]:
        """What of it, and of the questions, changes results."""
        facts = [[item.id, item.question, item.answer] for item in items]
        drawn = [[item.question, item.solution] for item in self.shots] if self.few_shot else []
        hashes = self.prompts.hashes()
        return {
            "data": {"items": len(items), "fingerprint": _digest(facts)},
            "model": self.model.config(),
            "eval": {
                "form": self.form,
                "few_shot": self.few_shot,
                "shots": _digest(drawn),
                "templates": {name: hashes[name] for name in hashes if name.startswith("eval/")},
            },
            "seed": self.seed,
        }

    def request(self, item: Item) -> ChatRequest:
        """A question as the model meets it, worked examples first, as turns of their own."""
        messages: list[Message] = []
        for shot in self._drawn(item):
            messages.append({"role": "user", "content": self._ask(shot)})
            messages.append({"role": "assistant", "content": shot.solution})
        messages.append({"role": "user", "content": self._ask(item)})
        return ChatRequest(item.id, tuple(messages), self.model.sampling)

    def _ask(self, item: Item) -> str:
        name = "alpaca" if self.form == "alpaca" else item.kind
        return self.prompts.render(f"eval/{name}", question=item.question).strip()

    def _drawn(self, item: Item) -> Sequence[Item]:
        if not self.few_shot or item.kind == "open":
            return ()
        fitting = [shot for shot in self.shots if shot.kind == item.kind and shot.id != item.id]
        if len(fitting) < self.few_shot:
            raise UsageError(
                f"--few-shot {self.few_shot} needs as many {item.kind} examples in --examples, "
                f"which has {len(fitting)}"
            )
        return rng(self.seed, item.kind, "shots").sample(fitting, self.few_shot)


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
    """
    config = choice.config(items)
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
