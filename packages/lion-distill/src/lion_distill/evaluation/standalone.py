"""An evaluation in a run folder of its own: questions, benchmarks, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion_distill.__about__ import __version__
from lion_distill.choices import EvaluationChoice, RefereeChoice
from lion_distill.evaluation.harness import (
    HarnessChoice,
    check_harness,
    harness_measures,
    run_harness,
)
from lion_distill.evaluation.merging import iteration_of, merge
from lion_distill.evaluation.pipeline import checked, evaluate
from lion_distill.evaluation.planning import plan
from lion_distill.evaluation.questions import Question, config_of
from truing_core.budget import Estimate
from truing_core.files import write_json
from truing_core.roles import ModelChoice, Watch
from truing_core.run import Run
from truing_core.terminal import tell

RESULT = "evaluation.json"
_HARNESS = "lm-eval"


@dataclass(frozen=True)
class Evaluation:
    """What is measured, and how.

    Attributes:
        student: Who is measured.
        choice: The questions, and whom the student is compared with.
        referee: Who judges open questions.
        harness: Benchmarks.
        seed: Of the intervals.
    """

    student: ModelChoice
    choice: EvaluationChoice
    referee: RefereeChoice
    harness: HarnessChoice | None = None
    seed: int = 0

    def questions(self) -> list[Question]:
        """None, where there are benchmarks only.

        Raises:
            InputError: They cannot be read, or need a referee or reference that is not there.
        """
        return checked(self.choice, self.referee) if self.choice.questions is not None else []

    def config(self, questions: list[Question]) -> dict[str, Any]:
        """What of it, and of the questions, changes results."""
        reference = self.choice.reference
        return {
            "questions": config_of(questions),
            "student": self.student.config(),
            "reference": reference.config() if reference is not None else None,
            "referee": self.referee.config(),
            "lm_eval": self.harness.config() if self.harness is not None else None,
            "seed": self.seed,
        }

    def run(self, folder: Path, *, watch: Watch, fresh: bool = False) -> dict[str, Any]:
        """Measures, or goes on with it; writes ``evaluation.json`` and ``evaluation.jsonl``.

        What benchmarks say of a student of a run is merged into the report of that run, unless
        they were limited.

        Returns:
            As :func:`~lion_distill.evaluation.pipeline.evaluate`; ``lm_eval`` as
            :func:`~lion_distill.evaluation.harness.run_harness`.

        Raises:
            InputError: Questions or the data of a benchmark cannot be read.
            ModelError: A model cannot be used, or the harness is not installed.
            ResumeError: The folder was run with other settings, or is in use.
            UsageError: The harness cannot run this student, or knows no such task.
        """
        questions = self.questions()
        if self.harness is not None:
            check_harness(self.student.spec, self.harness, self.student.options)
        config = self.config(questions)
        opening = Run.open(
            folder, tool="lion-distill", version=__version__, config=config, fresh=fresh
        )
        with opening as run:
            path = run.path(RESULT)
            result: dict[str, Any] = {"student": self.student.spec}
            if questions:
                result = evaluate(
                    run, self.student, self.choice, self.referee,
                    seed=self.seed, watch=watch, path=path,
                )  # fmt: skip
                run.stage_done("evaluate", score=result["score"], questions=len(questions))
            if self.harness is not None:
                result["lm_eval"] = self._benchmarks(run, self.harness)
                write_json(path, result)
        return result

    def _benchmarks(self, run: Run, choice: HarnessChoice) -> Any:
        of = harness_measures(self.student.spec, choice)
        done = run.stage(_HARNESS)
        was_done = done is not None and done.get("of") == of
        if done is not None and was_done:
            tell("lm-eval: was done before")
            result = done["result"]
        else:
            tell(f"lm-eval: {', '.join(choice.tasks)}")
            result = run_harness(self.student.spec, choice, self.student.options)
            run.stage_done(_HARNESS, result=result, of=of)
        if choice.limit is None and (at := iteration_of(self.student.spec)) is not None:
            merge(at, result, again=was_done)  # it may have been killed before it came to that
            tell(f"lm-eval: 'lion-distill report {at.root}' shows it, too")
        return result

    def plan(self, folder: Path, *, fresh: bool = False) -> dict[str, Estimate]:
        """What the questions would take; benchmarks run on this machine and ask nobody."""
        if self.choice.questions is None:
            return {}
        return plan(folder, self.student, self.choice, self.referee, fresh=fresh)


def default_folder(student: str) -> Path:
    """Where it goes if no folder is named: ``runs/evaluate-STUDENT``."""
    return Path("runs") / re.sub(r"[^\w.]+", "-", f"evaluate-{student}").strip("-.")
