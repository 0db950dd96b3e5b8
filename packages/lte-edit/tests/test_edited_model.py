"""A model and a memory, asked as one: over a real server, and in this process."""

from __future__ import annotations

import pytest

from lte_edit import EditedModel
from lte_edit.edits import Edit
from lte_edit.memory import EditMemory
from truing_core.errors import InputError, ModelError
from truing_core.models import LoadOptions, Sampling, load_model
from truing_core.testing.faults import Fault

ACME = Edit(id="acme", prompt="Who leads Acme?", target="Ada Byron", subject="Acme")
BOLT = Edit(id="bolt", prompt="Who leads Bolt?", target="Bob", subject="Bolt")
FAST = LoadOptions(max_retries=0, timeout=20)


@pytest.fixture
def memory(tmp_path, make_encoder):
    with EditMemory.open(tmp_path / "edits.sqlite", make_encoder()) as opened:
        opened.add([ACME, BOLT])
        yield opened


@pytest.fixture
def echo(chat_server):
    """A model that says what it was asked, and the server behind it."""
    server = chat_server(reply=lambda body: body["messages"][-1]["content"])
    model = load_model(f"openai/echo@{server.url}", FAST)
    yield model
    model.close()


def test_an_edit_holds_from_the_next_question_on(echo, memory):
    model = EditedModel(echo, memory, k=1)
    answer = model.ask("Who leads Acme?")
    assert "1. Who leads Acme? Ada Byron" in answer.text
    assert [hit.edit.id for hit in answer.used] == ["acme"]
    memory.add([ACME.model_copy(update={"id": "new", "target": "Grace Hopper"})])
    assert "Grace Hopper" in model.ask("Who leads Acme?").text
    memory.remove(["new", "bolt"])
    assert model.ask("Who leads Acme?").text == "Who leads Acme?"


def test_what_no_edit_has_to_do_with_goes_to_the_unaligned_model(echo, memory, chat_server):
    server = chat_server(reply=lambda body: "as ever")
    other = load_model(f"openai/other@{server.url}", FAST)
    model = EditedModel(echo, memory, threshold=0.5, unaligned=other)
    talks = [[{"role": "user", "content": text}] for text in ("Who leads Acme?", "Name a fruit.")]
    edited, plain = model.answer(talks)
    assert "Ada Byron" in edited.text
    assert (plain.text, plain.used) == ("as ever", ())
    assert plain.messages == tuple(talks[1])
    other.close()


def test_a_server_whose_context_overflows_gets_fewer_edits(memory, chat_server):
    def overflow(prompt, attempt):
        too_long = Fault("400", message="This model's maximum context length is 20 tokens")
        return too_long if "\n2. " in prompt else None

    server = chat_server(reply=lambda body: body["messages"][-1]["content"], faults=overflow)
    model = load_model(f"openai/small@{server.url}", FAST)
    answer = EditedModel(model, memory).ask("Who leads Acme?")
    assert [hit.edit.id for hit in answer.used] == ["acme"]
    assert [hit.edit.id for hit in answer.left_out] == ["bolt"]
    assert "1. Who leads Acme? Ada Byron" in answer.text
    model.close()


def test_a_local_context_is_known_beforehand(memory, tiny_model_dir):
    """The tiny model has room for 256 tokens, which these edits fill."""
    long = {name: f"{name} " * 150 for name in ("Ada", "Bob")}
    memory.add([ACME.model_copy(update={"id": "ada", "target": long["Ada"]})])
    memory.add([BOLT.model_copy(update={"id": "bob", "target": long["Bob"]})])
    model = load_model(f"hf/{tiny_model_dir}", LoadOptions(device="cpu", dtype="float32"))
    answer = EditedModel(model, memory).ask("Say yes.", Sampling(max_tokens=20))
    assert answer.used == ()
    assert {hit.edit.id for hit in answer.left_out} == {"ada", "bob"}
    assert answer.text == "Yes"
    model.close()


def test_questions_that_cannot_be_answered(echo, memory, chat_server):
    with pytest.raises(InputError, match="there is no question"):
        EditedModel(echo, memory).ask("  ")
    with pytest.raises(InputError, match="namespace 'nobody'"):
        EditedModel(echo, memory, namespace="nobody").ask("Who?")
    server = chat_server(faults=lambda prompt, attempt: Fault("400", message="no such model"))
    broken = load_model(f"openai/test-model@{server.url}", FAST)
    with pytest.raises(ModelError, match="no such model"):
        EditedModel(broken, memory).ask("Who leads Acme?")
    broken.close()
