"""A model in a role, asked through a run's journal and within its budget."""

from __future__ import annotations

import json

import pytest

from truing_core.budget import Budget, Price
from truing_core.cli import CostOptions, LoadingOptions, SamplingOptions, model_choice
from truing_core.errors import BudgetError, UsageError
from truing_core.models import ChatRequest, LoadOptions, Sampling
from truing_core.roles import ModelChoice, estimated, loaded
from truing_core.run import Run


@pytest.fixture(autouse=True)
def _no_real_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def requests(count):
    return [
        ChatRequest(f"r{n}", ({"role": "user", "content": f"question {n}"},)) for n in range(count)
    ]


def opened(folder):
    return Run.open(folder, tool="tool", version="1", config={})


def test_a_role_says_what_changes_results_and_no_more():
    choice = ModelChoice("openai/m", Sampling(0.5, 0.9, 77), LoadOptions(concurrency=3))
    assert choice.config() == {
        "model": "openai/m",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 77,
        "chat_template": None,
    }


def test_a_chat_template_of_ones_own_changes_results(tmp_path):
    template = tmp_path / "chat.jinja"

    def digest(text):
        template.write_text(text)
        return ModelChoice("hf/m", Sampling(), LoadOptions(chat_template=template)).config()

    first, second = digest("{{ messages }}"), digest("{{ messages }}!")
    assert len(first["chat_template"]) == 12
    assert first["chat_template"] != second["chat_template"]


def test_replies_are_journaled_and_the_identity_is_noted(tmp_path, chat_server):
    server = chat_server()
    choice = ModelChoice(f"openai/m@{server.url}", Sampling())
    for cached in (False, True):
        with opened(tmp_path / "run") as run, loaded(choice, run) as model:
            replies = list(model.complete(requests(3)))
            assert {reply.text for reply in replies} == {f"echo: question {n}" for n in range(3)}
            assert [reply.cached for reply in replies] == [cached] * 3
            assert run.facts["identities"] == [{"spec": choice.spec, "identity": model.identity}]
    assert server.total == 3


def test_the_budget_holds(tmp_path, chat_server):
    server = chat_server()
    choice = ModelChoice(f"openai/m@{server.url}", Sampling(), budget=Budget(max_requests=2))
    with (
        opened(tmp_path / "run") as run,
        loaded(choice, run) as model,
        pytest.raises(BudgetError, match="2 of 2 requests are made"),
    ):
        list(model.complete(requests(5)))
    assert server.total == 2


def test_a_budget_counts_what_earlier_calls_of_the_run_used(tmp_path, chat_server):
    server = chat_server()  # a reply costs three tokens

    def call(most, *, cost=None, asked=10):
        budget = Budget(most, cost)
        choice = ModelChoice(f"openai/m@{server.url}", Sampling(), LoadOptions(concurrency=1),
                             Price(0.0, 1e6), budget)  # fmt: skip
        with opened(tmp_path / "run") as run, loaded(choice, run) as model:
            try:
                return len(list(model.complete(requests(asked)))), budget
            except BudgetError as error:
                return str(error), budget

    assert call(4)[0].startswith("limit reached: 4 of 4 requests are made")
    assert call(4)[0].startswith("limit reached: 4 of 4 requests are made")
    assert server.total == 4
    assert call(6)[1].asked == server.total == 6
    for _ in range(2):
        said, budget = call(None, cost=21.0, asked=100)
        assert "of 21.0000 are spent" in said
        assert budget.spent == 3 * server.total
    assert 7 <= server.total <= 10  # a few are under way at once
    assert call(6, asked=6)[0] == 6
    assert call(None, asked=12)[0] == server.total == 12


def test_roles_that_share_a_budget_count_though_they_are_not_asked_again(tmp_path, chat_server):
    server = chat_server()

    def roles(most):
        budget = Budget(most)
        return [
            ModelChoice(f"openai/{name}@{server.url}", Sampling(), budget=budget)
            for name in ("teacher", "referee")
        ]

    def ask(choice, count):
        with opened(tmp_path / "run") as run, loaded(choice, run) as model:
            return len(list(model.complete(requests(count))))

    teacher, _ = roles(5)
    assert ask(teacher, 3) == 3
    _, referee = roles(5)
    with pytest.raises(BudgetError, match="5 of 5 requests are made"):
        ask(referee, 3)
    assert server.total == 5
    alone = ModelChoice(referee.spec, Sampling(), budget=Budget(5))
    assert ask(alone, 5) == 5
    assert server.total == 8


def test_an_estimate_leaves_out_what_was_answered(tmp_path, chat_server):
    server = chat_server()
    choice = ModelChoice(f"openai/m@{server.url}", Sampling(), price=Price(1.0, 2.0))
    folder = tmp_path / "run"
    assert estimated(folder, requests(4), choice).journaled == 0
    with opened(folder) as run, loaded(choice, run) as model:
        list(model.complete(requests(3)))
    plan = estimated(folder, requests(4), choice)
    assert (plan.requests, plan.journaled) == (4, 3)
    assert server.total == 3


def test_what_starts_over_was_never_answered(tmp_path, chat_server):
    choice = ModelChoice(f"openai/m@{chat_server().url}", Sampling())
    with opened(tmp_path / "run") as run, loaded(choice, run) as model:
        list(model.complete(requests(3)))
    assert estimated(tmp_path / "run", requests(4), choice).journaled == 3
    assert estimated(tmp_path / "run", requests(4), choice, fresh=True).journaled == 0


def test_a_model_whose_spec_names_the_variable_of_its_key(tmp_path, chat_server, monkeypatch):
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-very-secret-indeed")
    url = chat_server().url
    keyed = ModelChoice(f"openai/m@{url}?api_key_env=OPENROUTER_API_KEY", Sampling())
    other = ModelChoice(f"openai/n@{url}", Sampling())
    folder = tmp_path / "run"
    for choice, count in ((keyed, 3), (other, 2), (keyed, 3)):
        with opened(folder) as run, loaded(choice, run) as model:
            list(model.complete(requests(count)))
    noted = json.loads((folder / "run.json").read_text())["facts"]["identities"]
    assert noted == [
        {"spec": keyed.spec, "identity": f"openai/m@{url}"},
        {"spec": other.spec, "identity": f"openai/n@{url}"},
    ]
    assert estimated(folder, requests(4), keyed).journaled == 3
    assert estimated(folder, requests(4), other).journaled == 2


def test_a_role_from_options():
    choice = model_choice(
        "demo", SamplingOptions(64), LoadingOptions(concurrency=2), CostOptions("1,2", 9)
    )
    assert (choice.spec, choice.sampling.max_tokens, choice.options.concurrency) == ("demo", 64, 2)
    assert (choice.price, choice.budget.max_requests) == (Price(1.0, 2.0), 9)
    with pytest.raises(UsageError):
        model_choice("nothing/known", SamplingOptions(), LoadingOptions(), CostOptions())
