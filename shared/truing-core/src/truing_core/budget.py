"""What a run may cost, and a limit that holds.

    price = Price.parse("0.15,0.60")
    estimate(requests, journal=run.journal, identity=model.identity, price=price).table()
    model = JournaledModel(BudgetedModel(model, max_requests=1000), run.journal)

The limit stands inside the journal, so that replies that are already paid for cost nothing.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from truing_core.errors import BudgetError, UsageError
from truing_core.models.base import ChatModel, ChatReply, ChatRequest, Message, Usage
from truing_core.models.token_counts import count_roughly

if TYPE_CHECKING:
    from truing_core.journal import Journal


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in whatever currency the user counts in."""

    prompt: float
    completion: float

    @classmethod
    def parse(cls, text: str) -> Price:
        """Reads ``IN,OUT``, for example ``0.15,0.60``; a single number stands for both.

        Raises:
            UsageError: These are not one or two amounts.
        """
        try:
            amounts = [float(part) for part in text.split(",")]
        except ValueError:
            amounts = []
        if len(amounts) not in (1, 2) or not all(math.isfinite(x) and x >= 0 for x in amounts):
            raise UsageError(
                f"'{text}' is no price; expected the price of a million prompt and completion "
                "tokens, as '0.15,0.60'"
            )
        return cls(amounts[0], amounts[-1])

    def cost(self, usage: Usage) -> float:
        """What these tokens cost."""
        return (usage.prompt_tokens * self.prompt + usage.completion_tokens * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a set of requests needs before any of it is asked.

    Attributes:
        requests: How many there are.
        journaled: How many of them cost nothing: answered in the journal, or equal to an
            earlier one.
        prompt_tokens: Prompt tokens of the others.
        max_completion_tokens: The most tokens their replies may have.
        cost_low: Cost if all replies are empty; ``None`` without a price.
        cost_high: Cost if all replies are as long as allowed.
        exact_tokens: Whether prompt tokens were counted, not guessed from characters.
    """

    requests: int = 0
    journaled: int = 0
    prompt_tokens: int = 0
    max_completion_tokens: int = 0
    cost_low: float | None = None
    cost_high: float | None = None
    exact_tokens: bool = False

    @classmethod
    def priced(
        cls,
        requests: int,
        prompt_tokens: int,
        max_completion_tokens: int,
        price: Price | None,
        *,
        journaled: int = 0,
        exact_tokens: bool = False,
    ) -> Estimate:
        """With the costs that follow from the tokens."""
        longest = Usage(prompt_tokens, max_completion_tokens)
        return cls(
            requests,
            journaled,
            prompt_tokens,
            max_completion_tokens,
            price.cost(Usage(prompt_tokens)) if price else None,
            price.cost(longest) if price else None,
            exact_tokens,
        )

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.requests + other.requests,
            self.journaled + other.journaled,
            self.prompt_tokens + other.prompt_tokens,
            self.max_completion_tokens + other.max_completion_tokens,
            _sum(self.cost_low, other.cost_low),
            _sum(self.cost_high, other.cost_high),
            self.exact_tokens and other.exact_tokens,
        )

    def table(self) -> list[str]:
        """Lines to show: a name, and a number."""
        about = "" if self.exact_tokens else "about "
        rows = [
            ("requests", f"{self.requests:,}"),
            ("already answered", f"{self.journaled:,}"),
            ("to be asked", f"{self.requests - self.journaled:,}"),
            ("prompt tokens", f"{about}{self.prompt_tokens:,}"),
            ("completion tokens", f"at most {self.max_completion_tokens:,}"),
        ]
        if self.cost_low is not None and self.cost_high is not None:
            rows.append(("cost", f"{about}{self.cost_low:,.4f} to {self.cost_high:,.4f}"))
        else:
            rows.append(("cost", "unknown; give --price IN,OUT"))
        width = max(len(name) for name, _ in rows)
        return [f"{name:<{width}}  {value}" for name, value in rows]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def estimate(
    requests: Iterable[ChatRequest],
    *,
    journal: Journal | None = None,
    identity: str | None = None,
    price: Price | None = None,
    count_tokens: Callable[[Sequence[Message]], int] | None = None,
) -> Estimate:
    """Says what requests would need, without asking any.

    Args:
        requests: All of them; the iterable must end.
        journal: Where replies may already stand.
        identity: The model's identity, with which the journal is looked up; without one
            requests are compared among themselves alone.
        price: For the cost.
        count_tokens: Counts the prompt tokens of a conversation exactly.
    """
    from truing_core.journal import request_key

    count = count_tokens or count_roughly
    total = journaled = prompt = completion = 0
    seen: set[str] = set()
    for request in requests:
        total += 1
        key = request_key(identity or "", request)
        known = journal is not None and identity is not None and journal.get(key) is not None
        if known or key in seen:
            journaled += 1
            continue
        seen.add(key)
        prompt += count(request.messages)
        completion += request.sampling.max_tokens
    exact = count_tokens is not None
    return Estimate.priced(
        total, prompt, completion, price, journaled=journaled, exact_tokens=exact
    )


class Budget:
    """Limits that several models share, and how much of them is used.

    Attributes:
        asked: Requests handed to models so far, and those that earlier calls were answered.
        spent: Cost of the replies so far, earlier calls included.
        prices: Whose requests count, by model spec, and what their tokens cost.
    """

    def __init__(self, max_requests: int | None = None, max_cost: float | None = None) -> None:
        self.max_requests, self.max_cost = max_requests, max_cost
        self.asked = 0
        self.spent = 0.0
        self.prices: dict[str, Price | None] = {}
        self._earlier: set[Hashable] = set()
        self._lock = threading.Lock()

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self.max_requests is not None or self.max_cost is not None

    def count_earlier(
        self, source: Hashable, requests: int, usage: Usage, price: Price | None
    ) -> None:
        """Counts what earlier calls used, once for each source.

        Args:
            source: Whose it was, and where it is on record.
            requests: How many were answered.
            usage: Their tokens.
            price: What a token costs.
        """
        with self._lock:
            if source not in self._earlier:
                self._earlier.add(source)
                self.asked += requests
                self.spent += price.cost(usage) if price is not None else 0.0

    def take(self) -> bool:
        """Counts one request, unless a limit is reached."""
        with self._lock:
            if self.reached():
                return False
            self.asked += 1
            return True

    def pay(self, amount: float) -> None:
        """Adds the cost of a reply."""
        with self._lock:
            self.spent += amount

    def reached(self) -> str:
        """Which limit is reached, in words; empty if none is."""
        if self.max_requests is not None and self.asked >= self.max_requests:
            return f"{self.asked:,} of {self.max_requests:,} requests are made"
        if self.max_cost is not None and self.spent >= self.max_cost:
            return f"{self.spent:,.4f} of {self.max_cost:,.4f} are spent"
        return ""


class BudgetedModel:
    """A chat model that stops asking when a limit is reached.

    Requests under way at that moment are waited for and their replies yielded, then
    :class:`BudgetError` is raised; requests that just fit in the limit raise nothing. What is
    under way when ``max_cost`` is reached is still paid for, so the cost may pass the limit by
    as many replies as the model has under way at once.

    Args:
        model: The model that is asked.
        max_requests: Most requests, over all calls; retries inside the model do not count.
        max_cost: Stop once this much is spent; needs ``price``.
        price: What the model's tokens cost.
        budget: Limits shared with other models, in place of the first two.
    """

    def __init__(
        self,
        model: ChatModel,
        max_requests: int | None = None,
        max_cost: float | None = None,
        price: Price | None = None,
        *,
        budget: Budget | None = None,
    ) -> None:
        self.budget = budget or Budget(max_requests, max_cost)
        if self.budget.max_cost is not None and price is None:
            raise UsageError("--max-cost needs --price IN,OUT to know what a token costs")
        self._model, self._price = model, price

    @property
    def identity(self) -> str:
        """The inner model's identity: a limit changes no reply."""
        return self._model.identity

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers requests until they end or a limit is reached.

        Raises:
            BudgetError: A limit is reached and at least one more request was wanted.
            ModelError: The model cannot be used at all.
        """
        refused = False

        def allowed() -> Iterator[ChatRequest]:
            nonlocal refused
            for request in requests:
                if not self.budget.take():
                    refused = True
                    return
                yield request

        for reply in self._model.complete(allowed()):
            if self._price is not None and not reply.cached:
                self.budget.pay(self._price.cost(reply.usage))
            yield reply
        if refused:
            raise BudgetError(
                f"limit reached: {self.budget.reached()}; what came back is kept, run again "
                "with a higher limit to go on"
            )

    def close(self) -> None:
        """Closes the inner model."""
        self._model.close()
