"""What the options of the loop choose, as the stages take it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lion_distill.cli_options import (
    DrawingOptions,
    EvaluationOptions,
    GenerationOptions,
    LoopOptions,
    RoleOptions,
    StopOptions,
    TrainingOptions,
)
from truing_core.cli import RunningOptions, one_of
from truing_core.errors import UsageError

if TYPE_CHECKING:
    from lion_distill.choices import (
        EvaluationChoice,
        GeneratorChoice,
        LionChoice,
        RefereeChoice,
        StudentChoice,
    )
    from truing_core.budget import Price
    from truing_core.models import Sampling
    from truing_core.option_groups import CostOptions
    from truing_core.roles import ModelChoice


def price_of(spec: str, price: Price | None) -> Price | None:
    """What a model's tokens cost where a price is known: nothing, if it runs on this machine."""
    from truing_core.budget import Price
    from truing_core.models import ModelSpec

    local = ModelSpec.parse(spec).backend != "openai"
    return Price(0.0, 0.0) if price is not None and local else price


def seeded(spec: str, sampling: Sampling, seed: int) -> Sampling:
    """A model on this machine draws by the run's seed; a server is asked as it always was."""
    from truing_core.models import ModelSpec

    return sampling if ModelSpec.parse(spec).backend == "openai" else replace(sampling, seed=seed)


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

    def choice(self) -> LionChoice:
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

            parsed = str(ModelSpec.parse(spec))
            sampling = seeded(parsed, Sampling(temperature=temperature, max_tokens=max_tokens),
                              self.seed)  # fmt: skip
            price = price_of(parsed, self.cost.token_price())
            return ModelChoice(parsed, sampling, self.running.load(), price, budget)

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

        start = one_of("--start-from", self.loop.start_from, ("previous", "base"))
        engine = one_of("--student-engine", self.roles.student_engine, ("hf", "vllm"))
        base = self.roles.student.removeprefix("hf/")
        return StudentChoice(
            base,
            training_values(self.training.training, self.training.set or ()),
            start,  # type: ignore[arg-type]
            engine,  # type: ignore[arg-type]
            Sampling(
                temperature=self.drawing.student_temperature,
                max_tokens=self.drawing.max_tokens,
                seed=self.seed,
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
            languages=made.languages(),
            seed=self.seed,
        )

    def _evaluation(self, reference: ModelChoice | None) -> EvaluationChoice:
        from lion_distill.choices import EvaluationChoice

        if self.stop.patience is not None and self.evaluation.questions is None:
            raise UsageError("--patience waits for better evaluations; give --questions FILE")
        return EvaluationChoice(
            self.evaluation.questions, reference, self.evaluation.questions_limit
        )
