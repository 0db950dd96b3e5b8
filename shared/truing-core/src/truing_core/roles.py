"""A model in a role: how it is asked, what it may cost, and its way through a run's journal.

    choice = ModelChoice("openai/gpt-4o-mini", Sampling(max_tokens=200))
    with Run.open(..., config={"editor": choice.config()}) as run, loaded(choice, run) as model:
        for reply in model.complete(requests): ...

The journal is the run's; a budget may stand over several roles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core.budget import Budget, Price, estimate
from truing_core.models import ChatModel, ChatReply, ChatRequest, LoadOptions, Sampling
from truing_core.models.base import Message, Usage
from truing_core.run import JOURNAL, MANIFEST, Run

if TYPE_CHECKING:
    from truing_core.budget import Estimate

OnReply = Callable[[ChatReply], None]
Watch = Callable[[str, int], AbstractContextManager[OnReply]]


@dataclass(frozen=True)
class ModelChoice:
    """A model in a role, and how it is asked.

    Attributes:
        spec: The model spec.
        sampling: How replies are drawn.
        options: How the model is run; changes no result.
        price: What its tokens cost.
        budget: Where spending ends; one budget may stand over several roles.
    """

    spec: str
    sampling: Sampling
    options: LoadOptions = field(default_factory=LoadOptions)
    price: Price | None = None
    budget: Budget = field(default_factory=Budget)

    def __post_init__(self) -> None:
        self.budget.prices[self.spec] = self.price

    def config(self) -> dict[str, Any]:
        """What of it changes results."""
        return {
            "model": self.spec,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
            "chat_template": self._template_hash(),
        }

    def _template_hash(self) -> str | None:
        if self.options.chat_template is None:
            return None
        from truing_core.models.checkpoint import read_template

        return hashlib.sha256(read_template(self.options.chat_template)).hexdigest()[:12]


@contextmanager
def loaded(choice: ModelChoice, run: Run) -> Iterator[ChatModel]:
    """The model behind its budget and the run's journal, closed at the end.

    A budget's limits are the run's: what earlier calls were answered, and paid, counts.
    """
    from truing_core.budget import BudgetedModel
    from truing_core.journal import JournaledModel
    from truing_core.models import load_model

    model = load_model(choice.spec, choice.options)
    try:
        note_identity(run, choice.spec, model.identity)
        _count_earlier(choice.budget, run)
        within_budget = BudgetedModel(model, budget=choice.budget, price=choice.price)
        yield JournaledModel(within_budget, run.journal)
    finally:
        model.close()


def estimated(
    folder: Path,
    requests: Sequence[ChatRequest],
    choice: ModelChoice,
    *,
    fresh: bool = False,
    count_tokens: Callable[[Sequence[Message]], int] | None = None,
) -> Estimate:
    """What requests to a model would take; replies that the folder's journal holds cost nothing.

    Args:
        folder: The run folder.
        requests: All of them.
        choice: The model.
        fresh: The run will start over, so that nothing in the folder counts.
        count_tokens: Counts the prompt tokens of a conversation exactly.
    """
    price = choice.price
    identity = None if fresh else identity_in(folder, choice.spec)
    if identity is None or not (folder / JOURNAL).is_file():
        return estimate(requests, price=price, count_tokens=count_tokens)
    from truing_core.journal import Journal

    with Journal(folder / JOURNAL) as journal:
        return estimate(
            requests,
            journal=journal,
            identity=identity,
            price=price,
            count_tokens=count_tokens,
        )


def note_identity(run: Run, spec: str, identity: str) -> None:
    """Notes in a run's manifest what its journal knows a model by."""
    # A list, not a mapping: a spec that names a key's variable would look like a secret's name.
    noted = noted_identities(run.facts.get("identities"))
    noted[spec] = identity
    run.note(identities=[{"spec": name, "identity": own} for name, own in noted.items()])


def _count_earlier(budget: Budget, run: Run) -> None:
    """Makes a limit one of the run: what its journal holds of the budget's models is spent."""
    if not budget.limited:
        return
    usage, noted = run.journal.usage(), noted_identities(run.facts.get("identities"))
    for spec, price in budget.prices.items():
        if (identity := noted.get(spec)) in usage:
            count, tokens = usage[identity]
            budget.count_earlier((str(run.folder), identity), count, tokens, price)
        elif identity is not None:
            budget.count_earlier((str(run.folder), identity), 0, Usage(), price)


def noted_identities(identities: Any) -> dict[str, str]:
    """What a manifest says of models' identities, by spec."""
    if not isinstance(identities, list):
        return {}
    return {
        str(each["spec"]): str(each["identity"])
        for each in identities
        if isinstance(each, dict) and {"spec", "identity"} <= each.keys()
    }


def identity_in(folder: Path, spec: str) -> str | None:
    """What the run's journal knows a model by, as the run noted it when it loaded the model."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return noted_identities(manifest["facts"]["identities"]).get(spec)
    except (OSError, ValueError, KeyError, TypeError):
        return None
