"""Options that belong together, taken by a command as one parameter.

    @app.command()
    @grouped
    def ask(model: Model, *, sampling: SamplingOptions, loading: LoadingOptions) -> None:
        opened = load_model(model, loading.load())

The command line shows each field as an option of its own. A tool with other defaults takes a
subclass, and groups of its own are dataclasses whose fields are annotated the same way.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from truing_core.errors import UsageError
from truing_core.options import (
    BatchTokens,
    ChatTemplate,
    Concurrency,
    Device,
    Dtype,
    MaxCost,
    MaxRequests,
    MaxRetries,
    MaxTokens,
    Price,
    Temperature,
    Timeout,
    TopP,
)

if TYPE_CHECKING:
    from truing_core.budget import Budget
    from truing_core.budget import Price as TokenPrice
    from truing_core.models import LoadOptions, Sampling
    from truing_core.roles import ModelChoice

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class SamplingOptions:
    """How replies are drawn."""

    max_tokens: MaxTokens = 1024
    temperature: Temperature = 0.0
    top_p: TopP = 1.0

    def sampling(self) -> Sampling:
        """As requests take it."""
        from truing_core.models import Sampling

        return Sampling(self.temperature, self.top_p, self.max_tokens)


@dataclass(frozen=True)
class RunningOptions:
    """How models are run, each with the chat template it comes with."""

    concurrency: Concurrency = 32
    max_retries: MaxRetries = 6
    timeout: Timeout = 600.0
    batch_tokens: BatchTokens = 16_384
    dtype: Dtype = "auto"
    device: Device = "auto"

    def load(self) -> LoadOptions:
        """As :func:`~truing_core.models.load_model` takes it."""
        from truing_core.models import LoadOptions

        return LoadOptions(**asdict(self))


@dataclass(frozen=True)
class LoadingOptions(RunningOptions):
    """How models are run."""

    chat_template: ChatTemplate = None


@dataclass(frozen=True)
class CostOptions:
    """What tokens cost, and where spending ends."""

    price: Price = None
    max_requests: MaxRequests = None
    max_cost: MaxCost = None

    def token_price(self) -> TokenPrice | None:
        """The price, if one is given.

        Raises:
            UsageError: It is no price.
        """
        from truing_core.budget import Price as TokenPrice

        return TokenPrice.parse(self.price) if self.price is not None else None

    def budget(self) -> Budget:
        """A new budget; models that share it share the limit.

        Raises:
            UsageError: Cost is limited, but no price is given.
        """
        from truing_core.budget import Budget

        if self.max_cost is not None and self.price is None:
            raise UsageError("--max-cost needs --price IN,OUT to know what a token costs")
        return Budget(self.max_requests, self.max_cost)


def model_choice(
    model: str, sampling: SamplingOptions, loading: LoadingOptions, cost: CostOptions
) -> ModelChoice:
    """A model in a role, as options name it.

    Raises:
        UsageError: The spec or the price cannot be read.
    """
    from truing_core.models import ModelSpec
    from truing_core.roles import ModelChoice

    spec = str(ModelSpec.parse(model))
    return ModelChoice(spec, sampling.sampling(), loading.load(), cost.token_price(), cost.budget())


def grouped(command: _Command) -> _Command:
    """Lets a command take dataclasses of options, and Typer see their fields.

    Raises:
        ValueError: Two options have the same name.
    """
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in signature.parameters.values():
        if is_dataclass(parameter.annotation):
            groups[parameter.name] = cast(type[Any], parameter.annotation)
            parameters += _parameters(parameter.annotation)
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def call(**values: Any) -> Any:
        made = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        return command(**values, **made)

    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    return cast(_Command, call)


def _parameters(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
