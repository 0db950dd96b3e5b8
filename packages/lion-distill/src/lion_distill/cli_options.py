"""The options of the loop, in groups, and the choices that are made of them.

``run`` and the stage commands take the same ones, so one ``--config lion.yaml`` serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truing_core.cli import (
    BatchTokens,
    Concurrency,
    Device,
    Dtype,
    MaxRetries,
    PromptsDir,
    Timeout,
)
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from lion_distill.choices import (
        EvaluationChoice,
        GeneratorChoice,
        PoolChoice,
        RefereeChoice,
        StopChoice,
        StudentChoice,
    )
    from truing_core.models import LoadOptions
    from truing_core.option_groups import CostOptions
    from truing_core.roles import ModelChoice

_DATA, _ROLES, _LOOP = "Data", "Roles", "Loop"
_DRAWING, _GENERATION, _TRAINING, _STOP = "Sampling", "Generation", "Training", "Stop rules"
_EVALUATION, _LOADING = "Evaluation", "Model"


def _option(flag: str, metavar: str, help: str, panel: str, **more: Any) -> Any:
    return typer.Option(flag, metavar=metavar, help=help, rich_help_panel=panel, **more)


_SPEC = "openai/NAME\\[@URL], hf/FOLDER-OR-HUB-ID, vllm/FOLDER-OR-HUB-ID or demo"

Seeds = Annotated[
    str,
    _option(
        "--seeds", "FILE", "The first instructions: Alpaca, Self-Instruct, messages or plain JSON "
        "Lines, a hub id, or mini (ours, to try it).", _DATA,
    ),
]  # fmt: skip
Teacher = Annotated[str, _option("--teacher", "SPEC", f"Who is imitated: {_SPEC}.", _ROLES)]
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
    _option("--max-tokens", "N", "Longest answer of teacher and student.", _DRAWING, min=1),
]
RefereeTokens = Annotated[
    int, _option("--referee-max-tokens", "N", "Longest review.", _DRAWING, min=1)
]
GeneratorTokens = Annotated[
    int, _option("--generator-max-tokens", "N", "Longest new instruction.", _DRAWING, min=1)
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
Languages = Annotated[
    list[str] | None,
    _option(
        "--language", "CODE", "Languages that are wanted; by default that of the parent. May be "
        "repeated.", _GENERATION,
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

        train = _one_of(self.train_pool, "--train-pool", "new", "all")
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
    language: Languages = None


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


@dataclass(frozen=True)
class RunningOptions:
    """How models are run; none of it changes a result."""

    concurrency: Concurrency = 32
    max_retries: MaxRetries = 6
    timeout: Timeout = 600.0
    batch_tokens: BatchTokens = 16_384
    dtype: Dtype = "auto"
    device: Device = "auto"

    def load(self) -> LoadOptions:
        """As models take it."""
        from dataclasses import asdict

        from truing_core.models import LoadOptions

        return LoadOptions(**asdict(self))


@dataclass(frozen=True)
class Options:
    """All groups together."""

    roles: RoleOptions
    loop: LoopOptions
    drawing: DrawingOptions
    generation: GenerationOptions
    training: TrainingOptions
    stop: StopOptions
    evaluation: EvaluationOptions
    running: RunningOptions
    cost: CostOptions
    seed: int

    def choice(self) -> Any:
        """As :func:`lion_distill.loop.distil` takes it.

        Raises:
            UsageError: A value cannot be.
        """
        from lion_distill.choices import LionChoice
        from truing_core.prompts import Prompts

        prompts = Prompts("lion_distill", override=self.roles.prompts)
        budget = self.cost.budget()
        drawing = self.drawing

        def role(spec: str, temperature: float, max_tokens: int) -> ModelChoice:
            from truing_core.models import ModelSpec, Sampling
            from truing_core.roles import ModelChoice

            return ModelChoice(
                str(ModelSpec.parse(spec)),
                Sampling(temperature=temperature, max_tokens=max_tokens),
                self.running.load(),
                self.cost.token_price(),
                budget,
            )

        teacher = role(self.roles.teacher, drawing.teacher_temperature, drawing.max_tokens)
        referee = None
        if self.roles.referee != "exact":
            referee = role(
                self.roles.referee or self.roles.teacher,
                drawing.referee_temperature,
                drawing.referee_max_tokens,
            )
        generator = role(
            self.roles.generator or self.roles.teacher,
            drawing.generator_temperature,
            drawing.generator_max_tokens,
        )
        reference = None
        if self.evaluation.reference is not None:
            reference = role(
                self.evaluation.reference, drawing.teacher_temperature, drawing.max_tokens
            )
        return LionChoice(
            teacher,
            self._student(),
            self._referee(referee, prompts),
            self._generator(generator, prompts),
            self.loop.pools(),
            self.stop.stop(),
            self._evaluation(reference),
            self.loop.threshold,
            self.seed,
        )

    def _student(self) -> StudentChoice:
        from lion_distill.choices import StudentChoice
        from lion_distill.imitation.settings import training_values
        from truing_core.models import Sampling

        start = _one_of(self.loop.start_from, "--start-from", "previous", "base")
        engine = _one_of(self.roles.student_engine, "--student-engine", "hf", "vllm")
        base = self.roles.student.removeprefix("hf/")
        return StudentChoice(
            base,
            training_values(self.training.training, self.training.set or ()),
            start,  # type: ignore[arg-type]
            engine,  # type: ignore[arg-type]
            Sampling(
                temperature=self.drawing.student_temperature, max_tokens=self.drawing.max_tokens
            ),
            self.running.load(),
            self.training.launcher,
        )

    def _referee(self, model: ModelChoice | None, prompts: Any) -> RefereeChoice:
        from lion_distill.choices import RefereeChoice

        kind = "exact" if model is None else "model"
        return RefereeChoice(kind, model, prompts, self.loop.referee_retries)  # type: ignore[arg-type]

    def _generator(self, model: ModelChoice, prompts: Any) -> GeneratorChoice:
        from lion_distill.choices import GeneratorChoice

        made = self.generation
        return GeneratorChoice(
            model,
            prompts,
            num=made.num,
            hard_share=made.hard_share,
            max_rouge_l=made.max_rouge_l,
            max_cosine=made.max_cosine,
            attempts=made.attempts,
            languages=tuple(made.language or ()),
            seed=self.seed,
        )

    def _evaluation(self, reference: ModelChoice | None) -> EvaluationChoice:
        from lion_distill.choices import EvaluationChoice

        if self.stop.patience is not None and self.evaluation.questions is None:
            raise UsageError("--patience waits for better evaluations; give --questions FILE")
        return EvaluationChoice(
            self.evaluation.questions, reference, self.evaluation.questions_limit
        )


def _one_of(value: str, flag: str, *known: str) -> str:
    if value not in known:
        raise UsageError(f"{flag} is '{value}'; expected {' or '.join(known)}")
    return value
