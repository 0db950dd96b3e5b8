from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.budget import Budget, BudgetedModel, Estimate, Price, count_roughly, estimate
from truing_core.errors import BudgetError, UsageError
from truing_core.journal import Journal, JournaledModel, request_key
from truing_core.models import ChatModel, ChatReply, ChatRequest, Message, Sampling, Usage


class Reverser:
    """A model that gives prompts back reversed, a few of them under way at once.

    It counts characters as tokens, in and out.
    """

    identity = "reverser"

    def __init__(self, under_way: int = 3) -> None:
        self.under_way = under_way
        self.asked: list[str] = []
        self.closed = False

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        waiting: deque[ChatRequest] = deque()
        for request in requests:
            self.asked.append(request.id)
            waiting.append(request)
            if len(waiting) == self.under_way:
                yield self._answer(waiting.popleft())
        while waiting:
            yield self._answer(waiting.popleft())

    def _answer(self, request: ChatRequest) -> ChatReply:
        text = request.messages[-1]["content"][::-1]
        return ChatReply(request.id, text, usage=Usage(len(text), len(text)))

    def close(self) -> None:
        self.closed = True


def request(number: int, text: str | None = None, max_tokens: int = 10) -> ChatRequest:
    messages: tuple[Message, ...] = ({"role": "user", "content": text or f"question {number:04}"},)
    return ChatRequest(str(number), messages, Sampling(max_tokens=max_tokens))


def requests(count: int) -> Iterator[ChatRequest]:
    return map(request, range(count))


def until_limit(model: ChatModel, asked: Iterable[ChatRequest]) -> tuple[list[ChatReply], str]:
    """The replies that came, and what the error said if one came after them."""
    replies = []
    try:
        for reply in model.complete(asked):
            replies.append(reply)
    except BudgetError as error:
        return replies, str(error)
    return replies, ""


@pytest.mark.parametrize(
    ("text", "prompt", "completion"),
    [("0.15,0.60", 0.15, 0.6), ("3", 3, 3), (" 1e-1 , 2 ", 0.1, 2), ("0,0", 0, 0)],
)
def test_prices(text: str, prompt: float, completion: float) -> None:
    assert Price.parse(text) == Price(prompt, completion)


@pytest.mark.parametrize("text", ["", "free", "1,2,3", "-1,2", "1,nan", "inf", "1;2", "1,"])
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no price; expected .* as '0\.15,0\.60'"):
        Price.parse(text)


def test_cost_is_per_million() -> None:
    assert Price(0.15, 0.6).cost(Usage(2_000_000, 500_000)) == pytest.approx(0.30 + 0.30)


def test_tokens_are_guessed_from_characters() -> None:
    def count(text: str) -> int:
        return count_roughly([{"role": "user", "content": text}]) - 4

    assert count("") == 0
    assert count("abcd" * 10) == 10
    assert count("abcde") == 2
    assert count("模型。") == 3
    assert count("かな한글ｶ") == 5
    assert count("模型 is one") == 2 + 2
    turns: list[Message] = [{"role": "user", "content": "abcd"}] * 3
    assert count_roughly(turns) == 3 * (1 + 4)


def test_estimate_without_a_journal() -> None:
    result = estimate(requests(10), price=Price(1.0, 2.0))
    prompt = 10 * (4 + 4)  # "question 0000" is 13 characters
    assert result == Estimate(
        requests=10,
        journaled=0,
        prompt_tokens=prompt,
        max_completion_tokens=100,
        cost_low=pytest.approx(prompt / 1e6),
        cost_high=pytest.approx((prompt + 2 * 100) / 1e6),
        exact_tokens=False,
    )


def test_estimate_leaves_out_what_is_answered_or_asked_twice() -> None:
    with Journal(":memory:") as journal:
        for number in range(4):
            key = request_key("reverser", request(number))
            journal.put(key, ChatReply(str(number), "x"), model="reverser")
        twins = [request(100 + n, text="same") for n in range(3)]
        result = estimate(
            [*requests(10), *twins],
            journal=journal,
            identity="reverser",
            count_tokens=lambda messages: 7,
        )
        assert (result.requests, result.journaled) == (13, 4 + 2)
        assert result.prompt_tokens == 7 * 7
        assert result.exact_tokens
        assert (result.cost_low, result.cost_high) == (None, None)
        other = estimate(requests(10), journal=journal, identity="another", price=Price(0, 0))
        assert other.journaled == 0


def test_equal_requests_are_asked_once_even_of_a_model_nobody_knows_yet() -> None:
    twins = [request(100 + n, text="same") for n in range(3)]
    result = estimate([*requests(10), *twins])
    assert (result.requests, result.journaled) == (13, 2)
    assert result.max_completion_tokens == 11 * 10


def test_estimates_add_up_and_can_be_shown() -> None:
    price = Price(100.0, 100.0)
    both = estimate(requests(1000), price=price) + estimate(
        map(request, range(1000, 1500)), price=price
    )
    at_once = estimate(requests(1500), price=price)
    assert both.to_dict() == pytest.approx(at_once.to_dict())
    assert [line.split("  ", 1)[1].strip() for line in both.table()] == [
        "1,500",
        "0",
        "1,500",
        "about 12,000",
        "at most 15,000",
        "about 1.2000 to 2.7000",
    ]
    assert json.loads(json.dumps(both.to_dict()))["max_completion_tokens"] == 15_000
    unpriced = both + estimate(requests(1))
    assert unpriced.cost_high is None
    assert unpriced.table()[-1].endswith("unknown; give --price IN,OUT")


def test_without_limits_all_is_answered() -> None:
    inner = Reverser()
    model = BudgetedModel(inner)
    assert isinstance(model, ChatModel)
    assert model.identity == "reverser"
    replies, error = until_limit(model, requests(10))
    assert [reply.text for reply in replies] == [f"{n:04}"[::-1] + " noitseuq" for n in range(10)]
    assert error == ""
    model.close()
    assert inner.closed


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5))
def test_max_requests_is_exact(count: int, limit: int, under_way: int) -> None:
    inner = Reverser(under_way)
    replies, error = until_limit(BudgetedModel(inner, max_requests=limit), requests(count))
    expected = [str(n) for n in range(min(count, limit))]
    assert inner.asked == expected
    assert sorted(reply.id for reply in replies) == sorted(expected)
    assert bool(error) is (count > limit)


def test_the_message_says_how_far_it_came() -> None:
    _, error = until_limit(BudgetedModel(Reverser(), max_requests=3), requests(9))
    assert error == (
        "limit reached: 3 of 3 requests are made; what came back is kept, run again with a "
        "higher limit to go on"
    )


def test_an_endless_source_is_drawn_lazily() -> None:
    drawn = itertools.count()
    replies, error = until_limit(
        BudgetedModel(Reverser(), max_requests=5), (request(next(drawn)) for _ in itertools.count())
    )
    assert len(replies) == 5
    assert "limit reached" in error
    assert next(drawn) == 6  # one more was drawn, to know that more was wanted


def test_the_limit_spans_calls() -> None:
    inner = Reverser()
    model = BudgetedModel(inner, max_requests=5)
    assert until_limit(model, requests(5))[1] == ""
    assert until_limit(model, [])[1] == ""
    replies, error = until_limit(model, requests(1))
    assert replies == []
    assert "limit reached" in error
    assert len(inner.asked) == 5


@given(st.integers(1, 6), st.integers(1, 20))
def test_max_cost_passes_the_limit_by_what_is_under_way_only(under_way: int, limit: int) -> None:
    # A reply costs 13 prompt and 13 completion tokens: 26 units at this price.
    model = BudgetedModel(Reverser(under_way), max_cost=26.0 * limit, price=Price(1e6, 1e6))
    replies, error = until_limit(model, requests(50))
    assert limit <= len(replies) <= limit + under_way
    assert model.budget.spent == pytest.approx(26.0 * len(replies))
    assert error.startswith(f"limit reached: {26.0 * len(replies):,.4f} of {26.0 * limit:,.4f} are")


def test_max_cost_needs_a_price() -> None:
    with pytest.raises(UsageError, match="--max-cost needs --price"):
        BudgetedModel(Reverser(), max_cost=1.0)


def test_two_models_share_a_budget() -> None:
    budget = Budget(max_requests=6)
    first, second = Reverser(), Reverser()
    assert until_limit(BudgetedModel(first, budget=budget), requests(4))[1] == ""
    replies, error = until_limit(BudgetedModel(second, budget=budget), requests(4))
    assert len(replies) == 2
    assert "6 of 6 requests" in error
    assert budget.asked == 6


def test_a_journal_outside_makes_known_replies_free(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    ids: list[str] = []
    for turn in range(3):
        inner = Reverser()
        with Journal(path) as journal:
            model = JournaledModel(BudgetedModel(inner, max_requests=4), journal)
            replies, error = until_limit(model, requests(10))
            ids += inner.asked
            assert len(journal) == min(10, 4 * (turn + 1))
        assert bool(error) is (turn < 2)
        assert sum(not reply.cached for reply in replies) == len(inner.asked)
    assert len(replies) == 10
    assert sorted(ids, key=int) == [str(n) for n in range(10)]


def test_cached_replies_of_the_model_itself_cost_nothing() -> None:
    with Journal(":memory:") as journal:
        inside = JournaledModel(Reverser(), journal)
        list(inside.complete(requests(3)))
        model = BudgetedModel(inside, max_cost=0.001, price=Price(1e6, 1e6))
        assert len(until_limit(model, requests(3))[0]) == 3
        assert model.budget.spent == 0.0
