"""What a user chooses, for each stage; ``config()`` is what of it changes results."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from lion_distill.workspace import TrainPool
from truing_core.language import check_code
from truing_core.models import LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.training.decisive import decisive

RefereeKind = Literal["model", "exact"]
StartFrom = Literal["previous", "base"]


@dataclass(frozen=True)
class StudentChoice:
    """The student: what is trained, how, and how it answers.

    Attributes:
        base: The model that is trained: a folder, a hub id, or ``demo``.
        training: TRL's names and values, as ``train --config`` reads them.
        start: Each iteration goes on from the student before it, or begins with the base.
        engine: What answers with the trained student.
        sampling: How it answers.
        options: How it is run; changes no result.
        launcher: A command that starts the training in processes of its own, such as
            ``accelerate launch --config_file X``; changes no result.
    """

    base: str
    training: Mapping[str, Any] = field(default_factory=dict)
    start: StartFrom = "previous"
    engine: Literal["hf", "vllm"] = "hf"
    sampling: Sampling = field(default_factory=lambda: Sampling(temperature=0.7))
    options: LoadOptions = field(default_factory=LoadOptions)
    launcher: str | None = None

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        return {
            "base": self.base,
            "training": decisive(self.training),
            "start": self.start,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
        }


@dataclass(frozen=True)
class RefereeChoice:
    """Who scores two answers.

    Attributes:
        kind: ``model`` asks one; ``exact`` compares final answers and needs none.
        model: The model in the role, for ``model``.
        prompts: The templates.
        retries: How often a reply that cannot be read is asked for again.
    """

    kind: RefereeKind
    model: ModelChoice | None
    prompts: Prompts
    retries: int = 2

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        if self.model is None:
            return {"kind": self.kind}
        return {
            "kind": self.kind,
            **self.model.config(),
            "retries": self.retries,
            "templates": templates_of(self.prompts, "referee"),
        }


@dataclass(frozen=True)
class GeneratorChoice:
    """How new instructions are made.

    Attributes:
        model: The model in the role.
        prompts: The templates.
        num: How many are made in an iteration.
        hard_share: Share of them made from hard ones (the paper: hard : easy = 1 : 1).
        max_rouge_l: A candidate whose ROUGE-L F1 to any other lies above this is no news.
        max_cosine: The same for embeddings; ``None`` leaves that check out.
        attempts: Most replies for one that is kept, on average; then the stage is done with fewer.
        min_chars: Shorter ones are no tasks.
        max_chars: Longer ones are not either.
        languages: ISO codes that are wanted; empty means that of the parent.
        seed: Of the choice of parents.

    Raises:
        UsageError: A language is no code, so that all that is made would be in another one.
    """

    model: ModelChoice
    prompts: Prompts
    num: int = 6000
    hard_share: float = 0.5
    max_rouge_l: float = 0.7
    max_cosine: float | None = None
    attempts: float = 8.0
    min_chars: int = 10
    max_chars: int = 8000
    languages: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for code in self.languages:
            check_code(code)

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        own = ("num", "hard_share", "max_rouge_l", "max_cosine", "attempts", "min_chars",
               "max_chars", "languages")  # fmt: skip
        return {
            **self.model.config(),
            **{name: getattr(self, name) for name in own},
            "templates": templates_of(self.prompts, "generator"),
        }


@dataclass(frozen=True)
class PoolChoice:
    """Which instructions a stage works on.

    Attributes:
        train: What the student is trained on: the new ones (the paper), or all.
        sample: Discriminate on so many of the cache pool, drawn anew in each iteration; all by
            default.
    """

    train: TrainPool = "new"
    sample: int | None = None


@dataclass(frozen=True)
class StopChoice:
    """When the loop ends.

    Attributes:
        iterations: Rounds of generation; the last one's instructions are imitated, too.
        min_hard_share: Below this share of hard ones there is nothing left to learn.
        min_acceptance: Below this share of candidates kept, the generator repeats itself.
        patience: So many evaluations without a better one; ``None`` means never.
    """

    iterations: int = 3
    min_hard_share: float = 0.0
    min_acceptance: float = 0.0
    patience: int | None = None


@dataclass(frozen=True)
class EvaluationChoice:
    """What the student is measured on in each iteration.

    Attributes:
        questions: A file of open questions, or of tasks with answers.
        reference: Who the student is compared with; by default the teacher.
        limit: The first so many questions only.
    """

    questions: Path | None = None
    reference: ModelChoice | None = None
    limit: int | None = None


@dataclass(frozen=True)
class LionChoice:
    """The whole loop.

    Attributes:
        threshold: τ: an instruction is hard if the gap of mean scores reaches it.
    """

    teacher: ModelChoice
    student: StudentChoice
    referee: RefereeChoice
    generator: GeneratorChoice
    pools: PoolChoice = field(default_factory=PoolChoice)
    stop: StopChoice = field(default_factory=StopChoice)
    evaluation: EvaluationChoice = field(default_factory=EvaluationChoice)
    threshold: float = 1.0
    seed: int = 0

    def config(self, seeds: Mapping[str, Any]) -> dict[str, Any]:
        """What of it, and of the seeds, changes results.

        When to stop does not; what students are measured on is noted with each evaluation.
        """
        return {
            "seeds": dict(seeds),
            "teacher": self.teacher.config(),
            "student": self.student.config(),
            "referee": self.referee.config(),
            "generator": self.generator.config(),
            "pools": asdict(self.pools),
            "threshold": self.threshold,
            "seed": self.seed,
        }


def templates_of(prompts: Prompts, folder: str) -> dict[str, str]:
    """The hashes of a stage's own templates."""
    return {n: h for n, h in prompts.hashes().items() if n.startswith(f"{folder}/")}


def fingerprint(texts: list[str]) -> str:
    """Twelve hex digits that change when a text does."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:12]
