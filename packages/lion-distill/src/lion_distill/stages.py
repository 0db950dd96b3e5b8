"""The stages by name: what each needs, and that none is done twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion_distill.choices import LionChoice, StudentChoice
from lion_distill.rows import Instruction, Verdict
from lion_distill.workspace import Iteration, cache_pool, load, missing, train_pool
from truing_core.errors import UsageError
from truing_core.redact import guarded
from truing_core.roles import OnReply, Watch
from truing_core.run import Run

STAGES = ("respond", "imitate", "evaluate", "answer", "referee", "split", "generate")
"""In the order of an iteration."""

Facts = dict[str, Any]
Trainer = Callable[[Iteration, StudentChoice], Facts]


@dataclass
class Stages:
    """The stages of one iteration.

    Attributes:
        run: The open run.
        at: The iteration.
        choice: How.
        watch: Shows progress.
        train: Trains a student, in place of TRL's.
    """

    run: Run
    at: Iteration
    choice: LionChoice
    watch: Watch
    train: Trainer | None = None

    def do(self, name: str) -> Facts:
        """Does a stage, unless it is done, and returns what there is to know of it.

        A stage some of whose requests failed is done again, for their sake, as long as nothing was
        built on it. So is an evaluation on other questions, or beside another model, than now.

        Raises:
            InputError: A file it works on is not there.
            UsageError: There is no such stage.
        """
        if name not in STAGES:
            raise UsageError(f"there is no stage '{name}'; there are {', '.join(STAGES)}")
        done = self.run.stage(self.at.stage(name))
        if done is not None and not self._is_due(name, done):
            return done
        facts: Facts = getattr(self, f"_{name}")()
        self.run.stage_done(self.at.stage(name), **facts)
        return facts

    def check(self) -> None:
        """Tells what the training to come would refuse, before anybody is paid for its data.

        Raises:
            InputError, ModelError, UsageError: As :func:`~lion_distill.imitation.check`.
        """
        if self.train is None and self.run.stage(self.at.stage("imitate")) is None:
            from lion_distill.imitation import check

            check(self.at, self.choice.student)

    def _is_due(self, name: str, done: Facts) -> bool:
        """Whether a stage that was done is done again."""
        if name == "evaluate":
            from lion_distill.evaluation import measured_on

            return _failed(done) > 0 or done.get("of") != guarded(measured_on(self.choice))
        return _failed(done) > 0 and self._is_last(name)

    def _is_last(self, name: str) -> bool:
        later = [each for each in STAGES[STAGES.index(name) + 1 :] if each != "evaluate"]
        after = Iteration(self.at.root, self.at.number + 1)
        built = [self.at.stage(each) for each in later] + [after.stage(each) for each in STAGES]
        return all(self.run.stage(each) is None for each in built)

    def scores(self) -> list[float]:
        """The evaluations up to this iteration; higher is better."""
        every = (Iteration(self.at.root, number) for number in range(self.at.number + 1))
        facts = [self.run.stage(each.stage("evaluate")) for each in every]
        return [float(each["score"]) for each in facts if each and each.get("score") is not None]

    def _respond(self) -> Facts:
        from lion_distill.imitation import check_names, respond

        before = self.at.before()
        if before is not None and not before.generated.is_file():
            raise missing(before.generated, f"generate --iteration {before.number}")
        if self.train is None:
            check_names(self.choice.student)  # the rest where it is trained
        pool = train_pool(self.at, self.choice.pools.train)
        return respond(self.run, self.at, pool, self.choice.teacher, watch=self._watched)

    def _imitate(self) -> Facts:
        from lion_distill.imitation import imitate

        self._needs(self.at.responses, "respond")
        return (self.train or imitate)(self.at, self.choice.student)

    def _evaluate(self) -> Facts:
        from lion_distill.evaluation import evaluate_student

        self._needs_stage("imitate")
        return evaluate_student(self.run, self.at, self.choice, watch=self._watched)

    def _answer(self) -> Facts:
        from lion_distill.answering import answer

        self._needs_stage("imitate")
        pool = self.sampled(cache_pool(self.at))
        choice = self.choice
        return answer(self.run, self.at, pool, choice.teacher, choice.student, watch=self._watched)

    def _referee(self) -> Facts:
        from lion_distill.discrimination import referee

        self._needs(self.at.answers, "answer")
        instructions = {each.id: each for each in cache_pool(self.at)}
        return referee(self.run, self.at, instructions, self.choice.referee, watch=self._watched)

    def _split(self) -> Facts:
        from lion_distill.discrimination import split_stage

        self._needs(self.at.reviews, "referee")
        return split_stage(self.at, self.choice.threshold)

    def _generate(self) -> Facts:
        from lion_distill.generation import generate

        self._needs(self.at.split, "split")
        return generate(
            self.run,
            self.at,
            cache_pool(self.at),
            load(self.at.split, Verdict),
            self.choice.generator,
            watch=self._watched,
        )

    def sampled(self, pool: list[Instruction]) -> list[Instruction]:
        """The part of the cache pool that is discriminated on, in the pool's order."""
        sample = self.choice.pools.sample
        if sample is None or sample >= len(pool):
            return pool
        chance = random.Random(f"{self.choice.seed} {self.at.number} sample")
        places = sorted(chance.sample(range(len(pool)), sample))
        return [pool[place] for place in places]

    def _needs(self, path: Path, stage: str) -> None:
        if not path.is_file():
            raise missing(path, f"{stage} --iteration {self.at.number}")

    def _needs_stage(self, stage: str) -> None:
        if self.run.stage(self.at.stage(stage)) is None:
            raise missing(self.at.student, f"{stage} --iteration {self.at.number}")

    def _watched(self, label: str, total: int) -> AbstractContextManager[OnReply]:
        """Progress under the iteration's number."""
        return self.watch(f"{self.at.number} {label}", total)


def _failed(facts: Mapping[str, Any]) -> int:
    """How many requests of a stage failed; by role, or among the answers that were left out."""
    failed = facts.get("failed", 0)
    if isinstance(failed, Mapping):
        failed = sum(failed.values())
    left_out = facts.get("left_out", {})
    return int(failed) + int(left_out.get("failed", 0))
