"""The options of the loop, in groups.

``run`` and the stage commands take the same ones, so one ``--config lion.yaml`` serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import MODEL_SPEC, PromptsDir, one_of, words_of

if TYPE_CHECKING:
    from lion_distill.choices import PoolChoice, StopChoice

_DATA, _ROLES, _LOOP = "Data", "Roles", "Loop"
_DRAWING, _GENERATION, _TRAINING, _STOP = "Sampling", "Generation", "Training", "Stop rules"
_EVALUATION, _LOADING = "Evaluation", "Model"


def _option(flag: str, metavar: str, help: str, panel: str, **more: Any) -> Any:
    return typer.Option(flag, metavar=metavar, help=help, rich_help_panel=panel, **more)


Seeds = Annotated[
    list[str],
    _option(
        "--seeds", "FILE", "The first instructions: Alpaca, Self-Instruct, messages or plain JSON "
        "Lines, a hub id, or mini (ours, to try it). May be repeated.", _DATA,
    ),
]  # fmt: skip
Teacher = Annotated[str, _option("--teacher", "SPEC", f"Who is imitated: {MODEL_SPEC}.", _ROLES)]
Student = Annotated[
    str, _option("--student", "MODEL", "What is trained: a folder, a hub id, or demo.", _ROLES)
]
Referee = Annotated[
    str | None,
    _option(
        "--referee", "SPEC|exact", "Who scores both; exact compares final answers. By default the "
        "teacher.", _ROLES,
    ),
]  # fmt: skip
Generator = Annotated[
    str | None,
    _option("--generator", "SPEC", "Who makes new ones; by default the teacher.", _ROLES),
]
Engine = Annotated[
    str, _option("--student-engine", "hf|vllm", "What answers with the trained student.", _ROLES)
]

TrainPool = Annotated[
    str, _option("--train-pool", "new|all", "Imitate what is new (the paper), or all.", _LOOP)
]
StartFrom = Annotated[
    str,
    _option("--start-from", "previous|base", "Where each training begins.", _LOOP),
]
CacheSample = Annotated[
    int | None,
    _option(
        "--cache-sample", "N", "Score a random N of the pool in each iteration; by default all.",
        _LOOP, min=1,
    ),
]  # fmt: skip
Threshold = Annotated[
    float,
    _option("--threshold", "T", "τ: the gap of mean scores from which one is hard.", _LOOP),
]

TeacherTemperature = Annotated[
    float, _option("--teacher-temperature", "T", "Of the teacher.", _DRAWING, min=0.0)
]
StudentTemperature = Annotated[
    float, _option("--student-temperature", "T", "Of the student.", _DRAWING, min=0.0)
]
RefereeTemperature = Annotated[
    float, _option("--referee-temperature", "T", "Of the referee.", _DRAWING, min=0.0)
]
GeneratorTemperature = Annotated[
    float, _option("--generator-temperature", "T", "Of the generator.", _DRAWING, min=0.0)
]
AnswerTokens = Annotated[
    int,
    _option(
        "--max-tokens", "N", "Longest answer of teacher and student, in tokens.", _DRAWING, min=1
    ),
]
RefereeTokens = Annotated[
    int, _option("--referee-max-tokens", "N", "Longest review, in tokens.", _DRAWING, min=1)
]
GeneratorTokens = Annotated[
    int,
    _option("--generator-max-tokens", "N", "Longest new instruction, in tokens.", _DRAWING, min=1),
]

Num = Annotated[
    int, _option("--num", "N", "New instructions in each iteration.", _GENERATION, min=1)
]
HardShare = Annotated[
    float,
    _option("--hard-share", "X", "Share made from hard ones.", _GENERATION, min=0.0, max=1.0),
]
MaxRougeL = Annotated[
    float,
    _option(
        "--max-rouge-l", "X", "Above this ROUGE-L F1 to any other, one is no news.", _GENERATION,
        min=0.0, max=1.0,
    ),
]  # fmt: skip
MaxCosine = Annotated[
    float | None,
    _option(
        "--max-cosine", "X", "The same for sentence embeddings (extra encoder).", _GENERATION,
        min=0.0, max=1.0,
    ),
]  # fmt: skip
Attempts = Annotated[
    float,
    _option(
        "--attempts", "X", "Most replies for one that is kept, on average.", _GENERATION, min=1.0
    ),
]
Lang = Annotated[
    str,
    _option(
        "--lang", "CODE,…", "Languages that are wanted (ISO 639); by default that of the parent.",
        _GENERATION,
    ),
]  # fmt: skip

Training = Annotated[
    str,
    _option(
        "--training", "NAME|FILE", "A recipe (lion-distill recipes list) or a YAML file of TRL's "
        "options.", _TRAINING,
    ),
]  # fmt: skip
Set = Annotated[
    list[str] | None,
    _option("--set", "NAME=VALUE", "One of TRL's options; may be repeated.", _TRAINING),
]
Launcher = Annotated[
    str | None,
    _option(
        "--launcher", "COMMAND", "Train in processes of its own, as 'accelerate launch "
        "--config_file FILE'.", _TRAINING,
    ),
]  # fmt: skip

Iterations = Annotated[
    int, _option("--iterations", "K", "Rounds of generation; 0 imitates only.", _STOP, min=0)
]
MinHardShare = Annotated[
    float,
    _option("--min-hard-share", "X", "End when less of the pool is hard.", _STOP, min=0.0, max=1.0),
]
MinAcceptance = Annotated[
    float,
    _option(
        "--min-acceptance", "X", "End when fewer candidates are kept.", _STOP, min=0.0, max=1.0
    ),
]
Patience = Annotated[
    int | None,
    _option("--patience", "N", "End after N evaluations without a better one.", _STOP, min=1),
]

Questions = Annotated[
    Path | None,
    _option(
        "--questions", "FILE", "Questions of its own to measure each student on: open ones, or "
        "tasks with an answer.", _EVALUATION,
    ),
]  # fmt: skip
EvalLimit = Annotated[
    int | None,
    _option("--questions-limit", "N", "The first N of them only.", _EVALUATION, min=1),
]
Reference = Annotated[
    str | None,
    _option("--reference", "SPEC", "Whom it is compared with; by default the teacher.",
            _EVALUATION),
]  # fmt: skip
RefereeRetries = Annotated[
    int,
    _option("--referee-retries", "N", "How often a review that cannot be read is asked for again.",
            _LOOP, min=0),
]  # fmt: skip


@dataclass(frozen=True)
class RoleOptions:
    """Who does what."""

    teacher: Teacher
    student: Student
    referee: Referee = None
    generator: Generator = None
    student_engine: Engine = "hf"
    prompts: PromptsDir = None


@dataclass(frozen=True)
class LoopOptions:
    """Pools and threshold."""

    train_pool: TrainPool = "new"
    start_from: StartFrom = "previous"
    cache_sample: CacheSample = None
    threshold: Threshold = 1.0
    referee_retries: RefereeRetries = 2

    def pools(self) -> PoolChoice:
        """Which instructions a stage works on."""
        from lion_distill.choices import PoolChoice

        train = one_of("--train-pool", self.train_pool, ("new", "all"))
        return PoolChoice(train, self.cache_sample)  # type: ignore[arg-type]


@dataclass(frozen=True)
class DrawingOptions:
    """How each role draws its replies."""

    max_tokens: AnswerTokens = 1024
    teacher_temperature: TeacherTemperature = 0.7
    student_temperature: StudentTemperature = 0.7
    referee_temperature: RefereeTemperature = 0.2
    generator_temperature: GeneratorTemperature = 1.0
    referee_max_tokens: RefereeTokens = 512
    generator_max_tokens: GeneratorTokens = 1024


@dataclass(frozen=True)
class GenerationOptions:
    """What is made, and what of it is kept."""

    num: Num = 6000
    hard_share: HardShare = 0.5
    max_rouge_l: MaxRougeL = 0.7
    max_cosine: MaxCosine = None
    attempts: Attempts = 8.0
    lang: Lang = ""

    def languages(self) -> tuple[str, ...]:
        """The codes."""
        return words_of("--lang", self.lang) if self.lang else ()


@dataclass(frozen=True)
class TrainingOptions:
    """How the student is trained."""

    training: Training = "paper"
    set: Set = None
    launcher: Launcher = None


@dataclass(frozen=True)
class StopOptions:
    """When the loop ends."""

    iterations: Iterations = 3
    min_hard_share: MinHardShare = 0.0
    min_acceptance: MinAcceptance = 0.0
    patience: Patience = None

    def stop(self) -> StopChoice:
        """As the loop takes it."""
        from lion_distill.choices import StopChoice

        return StopChoice(self.iterations, self.min_hard_share, self.min_acceptance, self.patience)


@dataclass(frozen=True)
class EvaluationOptions:
    """What each student is measured on."""

    questions: Questions = None
    questions_limit: EvalLimit = None
    reference: Reference = None
