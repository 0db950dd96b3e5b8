"""The ways to spend the budget that are compared, all by lion-distill's own stages.

Each begins with the same imitation of the seeds, and then trains in each round on as many examples
for as many steps. ``adversarial`` is the loop as it is: new instructions, half of them from what
the student finds hard and half from what it finds easy. ``hard only`` is the loop with all of them
from the hard ones. ``random`` has a coin in the place of the referee: the same two prompts, half
and half, from parents at random. ``more alike`` asks for more like random parents, so it keeps the
mix of the seeds. ``seeds again`` generates nothing.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from families import read

from lion_distill.choices import LionChoice, StudentChoice
from lion_distill.imitation import imitate, respond, student_folder
from lion_distill.loop import distil, opened
from lion_distill.reporting.manifest import read_manifest
from lion_distill.rows import Instruction, Verdict
from lion_distill.stages import Facts, Stages, Trainer
from lion_distill.workspace import Iteration, cache_pool, iterations, load, save, seeds_file
from truing_core.models import ChatReply
from truing_core.roles import OnReply

ARMS = ("adversarial", "hard only", "random", "more alike", "seeds again")


@contextmanager
def quiet(label: str, total: int) -> Iterator[OnReply]:
    """Shows no progress."""

    def on_reply(reply: ChatReply) -> None:
        pass

    yield on_reply


@dataclass(frozen=True)
class Outcome:
    """What came of one arm.

    Attributes:
        students: The folders of the students, by iteration.
        rounds: What each round found and made: hard share, acceptance, what the new ones are.
        stopped: Why the loop ended early, if it did.
    """

    students: list[Path]
    rounds: list[dict[str, Any]]
    stopped: str = ""


def begin(folder: Path, seeds: Sequence[Instruction], choice: LionChoice) -> Path:
    """Imitates the seeds once, for all arms; gives the folder to hand to :func:`spend`."""
    with opened(folder, seeds, choice) as run:
        first = Stages(run, Iteration(run.folder, 0), choice, quiet)
        first.do("respond")
        first.do("imitate")
    return folder


def spend(
    arm: str, folder: Path, begun: Path, seeds: Sequence[Instruction], choice: LionChoice
) -> Outcome:
    """Runs an arm to its end."""
    rounds = choice.stop.iterations
    train = _from(begun)
    stopped = ""
    if arm in ("adversarial", "hard only"):
        if arm == "hard only":
            choice = replace(choice, generator=replace(choice.generator, hard_share=1.0))
        reason = distil(folder, seeds, choice, watch=quiet, train=train)["stopped"]
        stopped = "" if reason.startswith("all ") else reason
    else:
        kind = {"random": Coin, "more alike": Alike, "seeds again": Again}[arm]
        with opened(folder, seeds, choice) as run:
            for number in range(rounds + 1):
                stages = kind(run, Iteration(run.folder, number), choice, quiet, train)
                stages.do("respond")
                stages.do("imitate")
                if number < rounds:
                    stages.do("split")
                    stages.do("generate")
    done = [at for at in iterations(folder) if at.student.is_dir()]
    return Outcome([student_folder(at) for at in done], _rounds(folder, done), stopped)


class Coin(Stages):
    """Hard or easy by chance; nobody is asked."""

    kinds: tuple[str, ...] = ("hard", "easy")

    def _split(self) -> Facts:
        rng = random.Random(f"{self.choice.seed} {self.at.number} coin")
        pool = self.sampled(cache_pool(self.at))
        save(self.at.split, (Verdict(id=each.id, kind=rng.choice(self.kinds)) for each in pool))
        return {}


class Alike(Coin):
    """All of one kind, so that more like any of them is made."""

    kinds = ("hard",)


class Again(Stages):
    """The seeds in every round."""

    def _respond(self) -> Facts:
        pool = load(seeds_file(self.at.root), Instruction)
        return respond(self.run, self.at, pool, self.choice.teacher, watch=self.watch)

    def _split(self) -> Facts:
        return {}

    def _generate(self) -> Facts:
        save(self.at.generated, ())
        return {}


def _from(begun: Path) -> Trainer:
    """Trains, but for the first iteration, which was trained before."""

    def train(at: Iteration, student: StudentChoice) -> Facts:
        if at.number == 0 and not at.student.exists():
            shutil.copytree(Iteration(begun, 0).student, at.student)
        return imitate(at, student)

    return train


def _rounds(folder: Path, done: Sequence[Iteration]) -> list[dict[str, Any]]:
    manifest, found = read_manifest(folder), []
    for at in done:
        facts: dict[str, Any] = {
            name: dict(manifest.stage(at.number, name) or {})
            for name in ("imitate", "split", "generate")
        }
        made = load(at.generated, Instruction) if at.generated.is_file() else []
        tasks = [task for each in made if (task := read(each.text)) is not None]
        facts["families"] = dict(sorted(Counter(task.family for task in tasks).items()))
        facts["levels"] = dict(sorted(Counter(task.level for task in tasks).items()))
        found.append(facts)
    return found
