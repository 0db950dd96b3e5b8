"""The main flow: seeds -> imitation -> discrimination -> generation, again and again -> a student.

    for k = 0 .. K:
        respond    the teacher answers the train pool
        imitate    the student is fine-tuned on it
        evaluate   on questions of its own, if there are any
        stop?      K reached, or the student no longer gets better
        answer     teacher and student answer the cache pool
        referee    scores both, in both orders
        split      hard where the student lags behind, else easy
        stop?      hardly anything is hard
        generate   new instructions from hard and easy ones
        stop?      hardly anything is new; what is, is still imitated
    The train pool of k + 1 is what k generated; the cache pool of k + 1 holds it, too.

A stage that is done is never done again: ``run.json`` knows. Within a stage, the journal does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lion_distill.choices import LionChoice
from lion_distill.evaluation import measured_on
from lion_distill.opening import opened
from lion_distill.rows import Instruction
from lion_distill.stages import Stages, Trainer
from lion_distill.stopping import after_evaluation, after_generation, after_split
from lion_distill.workspace import Iteration, cache_pool, iterations
from truing_core.errors import BudgetError
from truing_core.roles import Watch
from truing_core.run import Run
from truing_core.terminal import tell

STOPPED = "stopped"


def distil(
    folder: Path,
    seeds: Sequence[Instruction],
    choice: LionChoice,
    *,
    watch: Watch,
    train: Trainer | None = None,
    fresh: bool = False,
) -> dict[str, Any]:
    """Runs the loop in a run folder, or goes on with it.

    Args:
        folder: The run folder.
        seeds: The first pools.
        choice: How; see :class:`~lion_distill.choices.LionChoice`.
        watch: Shows progress.
        train: Trains a student, in place of TRL's.
        fresh: Start over.

    Returns:
        ``student`` (the folder of the last one), ``iterations`` (how many rounds generated),
        ``stopped`` (why it ended), ``pool`` (instructions in the end).

    Raises:
        BudgetError: Spent; the same command with a higher limit goes on.
        InputError: The questions cannot be read, or need a referee that is not there.
        ModelError: A model cannot be used.
        ResumeError: The folder was run with other settings, or is in use.
    """
    if choice.evaluation.questions is not None:
        measured_on(choice)  # bad questions are told before anybody is asked
    with opened(folder, seeds, choice, fresh=fresh) as run:
        run.note(**{STOPPED: None})  # until it is over again
        try:
            reason = _loop(run, choice, watch, train)
        except BudgetError:
            run.note(**{STOPPED: "budget spent"})
            raise
        run.note(**{STOPPED: reason})
        return _result(run, reason)


def _loop(run: Run, choice: LionChoice, watch: Watch, train: Trainer | None) -> str:
    def of(at: Iteration) -> Stages:
        return Stages(run, at, choice, watch, train)

    last = ""  # why the next imitation is the last one
    if choice.evaluation.questions is not None:
        for at in _trained(run):  # all on the same questions, wherever the loop ends this time
            of(at).do("evaluate")
    for number in range(choice.stop.iterations + 1):
        stages = of(Iteration(run.folder, number))
        stages.check()
        stages.do("respond")
        stages.do("imitate")
        if choice.evaluation.questions is not None:
            stages.do("evaluate")
        newest = _trained(run)[-1].number == number  # else it went on from here before
        scores = stages.scores() if newest else []
        if reason := last or after_evaluation(scores, number, choice.stop):
            return reason
        stages.do("answer")
        stages.do("referee")
        if reason := after_split(stages.do("split"), choice.stop):
            return reason
        generated = stages.do("generate")
        last = after_generation(generated, choice.stop)
        if last and not generated["kept"]:
            return last
    raise AssertionError("the last iteration always has a reason to stop")


def _trained(run: Run) -> list[Iteration]:
    return [each for each in iterations(run.folder) if run.stage(each.stage("imitate"))]


def _result(run: Run, reason: str) -> dict[str, Any]:
    from lion_distill.imitation import student_folder

    rounds = iterations(run.folder)
    generated = [run.stage(each.stage("generate")) or {} for each in rounds]
    last = _trained(run)[-1]
    tell(f"stopped after iteration {last.number}: {reason}")
    return {
        "student": str(student_folder(last)),
        "iterations": sum(each.get("kept", 0) > 0 for each in generated),
        "stopped": reason,
        "pool": len(cache_pool(Iteration(run.folder, last.number + last.generated.is_file()))),
    }
