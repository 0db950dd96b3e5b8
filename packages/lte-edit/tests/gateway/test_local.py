"""A real, tiny model in the gateway's own process."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest

from lte_edit.edits import Edit
from truing_core.models import LoadOptions, load_model
from truing_core.prompts import Prompts
from truing_core.testing.tiny import ANSWERS

FRUITS = "Name three fruits."
SHORT = "{% for fact in facts %}{{ fact }}\n{% endfor %}{{ question }}"


@pytest.fixture(scope="module")
def model(tiny_model_dir):
    model = load_model(f"hf/{tiny_model_dir}", LoadOptions(device="cpu", dtype="float32"))
    yield model
    model.close()


@pytest.fixture
def local(start, model, tmp_path):
    """``local(longest=…)`` runs a gateway with the model; its block is short, as its context is."""
    from lte_edit.gateway.local import LocalModel

    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "edit.j2").write_text(SHORT)

    def run(longest=32, **options):
        prompts = Prompts("lte_edit", override=folder)
        return start(lambda: LocalModel("tiny", model, prompts, longest), **options)

    return run


@pytest.fixture
def client():
    clients = []

    def make(gateway):
        clients.append(openai.OpenAI(base_url=gateway.url, api_key="any", max_retries=0))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


def user(text):
    return [{"role": "user", "content": text}]


def test_answers_whole_and_in_pieces(local, client):
    ai = client(local(edits=[]))
    whole = ai.chat.completions.create(model="tiny", messages=user(FRUITS))
    assert whole.choices[0].message.content == ANSWERS[FRUITS]
    assert (whole.choices[0].finish_reason, whole.model) == ("stop", "tiny")
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0
    assert whole.lte == {"edits": [], "left_out": 0, "routed": "aligned", "namespace": "default"}
    *chunks, last = ai.chat.completions.create(
        model="tiny", messages=user(FRUITS), stream=True, stream_options={"include_usage": True}
    )
    assert len(chunks) > 5
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].lte == whole.lte
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == ANSWERS[FRUITS]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.usage == whole.usage


def test_the_official_clients_text_completions(local, client):
    ai = client(local(edits=[]))
    whole = ai.completions.create(model="tiny", prompt=FRUITS, max_tokens=4)
    assert whole.choices[0].finish_reason == "length"
    assert whole.choices[0].text
    assert ANSWERS[FRUITS].startswith(whole.choices[0].text)
    pieces = ai.completions.create(model="tiny", prompt=FRUITS, max_tokens=4, stream=True)
    assert "".join(piece.choices[0].text for piece in pieces) == whole.choices[0].text


def test_an_edit_is_in_what_the_model_reads(local, model, monkeypatch):
    read = []
    plain = model.stream
    monkeypatch.setattr(model, "stream", lambda request, on_text: (
        read.append(request), plain(request, on_text))[1])  # fmt: skip
    gateway = local(k=1)
    lte = gateway.ask(model="tiny", max_tokens=5).json()["lte"]
    assert [edit["id"] for edit in lte["edits"]] == ["acme"]
    assert read[0].messages == (
        {"role": "user", "content": "Who leads Acme? Ada Byron\nWho leads Acme?"},
    )


def test_the_fewest_edits_that_fit_into_the_context(local):
    edits = [Edit(id=name, prompt=f"Who leads {name}?", target=f"{name}b " * 60) for name in "ab"]
    gateway = local(edits=edits)
    answer = gateway.ask("Who leads a?", model="tiny", max_tokens=20).json()["lte"]
    assert ([edit["id"] for edit in answer["edits"]], answer["left_out"]) == (["a"], 1)


def test_a_block_that_does_not_fit_at_all_is_left_out(local):
    gateway = local(edits=[Edit(prompt="Who leads Acme?", target=f"{n} " * 300) for n in (1, 2)])
    answer = gateway.ask("Say yes.", model="tiny", max_tokens=20).json()
    assert (answer["lte"]["edits"], answer["lte"]["left_out"]) == ([], 1)
    assert answer["choices"][0]["message"]["content"] == "Yes"


def test_a_question_that_does_not_fit(local):
    for stream in (False, True):
        answer = local(edits=[], file=f"{stream}").ask("x" * 2000, model="tiny", stream=stream)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["code"] == "context_length_exceeded"
        assert "context only 256" in error["message"]


def test_unknown_fields_are_refused(local, client):
    ai = client(local())
    with pytest.raises(openai.BadRequestError) as refused:
        ai.chat.completions.create(model="tiny", messages=user("Hi"), extra_body={"min_p": 0.5})
    assert (refused.value.param, refused.value.code) == ("min_p", "unsupported_parameter")
    with pytest.raises(openai.BadRequestError, match="expected text"):
        ai.chat.completions.create(model="tiny", messages=[{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:,x"}},
            {"type": "text", "text": "Who leads Acme?"}]}])  # fmt: skip


def test_what_the_template_refuses(local, model, monkeypatch):
    from truing_core.models.chat import TemplateRefusal

    def refuse(messages):
        raise TemplateRefusal("the chat template refuses it: roles must alternate")

    monkeypatch.setattr(model, "room", refuse)
    answer = local().ask(model="tiny")
    assert answer.status_code == 400
    assert "roles must alternate" in answer.json()["error"]["message"]


class Held:
    """The model, whose next answers wait."""

    def __init__(self, model, monkeypatch):
        self.go, self.busy, self.ended = threading.Event(), threading.Event(), []
        plain = model.stream

        def stream(request, on_text):
            self.busy.set()
            assert self.go.wait(10)
            try:
                for _ in range(200):
                    on_text("x")
                    time.sleep(0.005)
                return plain(request, on_text)
            except Exception as error:
                self.ended.append(type(error).__name__)
                raise

        monkeypatch.setattr(model, "stream", stream)


def test_the_queue_has_an_end(local, model, monkeypatch):
    held = Held(model, monkeypatch)
    gateway = local(longest=2, edits=[])
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(gateway.ask, FRUITS, model="tiny", max_tokens=1)
        assert held.busy.wait(5)
        more = [pool.submit(gateway.ask, FRUITS, model="tiny", max_tokens=1) for _ in range(5)]
        gateway.wait_until(lambda: sum(each.done() for each in more) == 3)
        monkeypatch.undo()
        held.go.set()
        statuses = sorted(each.result().status_code for each in (first, *more))
    assert statuses == [200, 200, 200, 429, 429, 429]
    refused = next(each.result() for each in more if each.result().status_code == 429)
    assert refused.headers["Retry-After"] == "5"
    assert "2 requests wait for the model" in refused.json()["error"]["message"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_ends_the_answer(local, model, monkeypatch, stream):
    held = Held(model, monkeypatch)
    held.go.set()
    gateway = local(edits=[])
    body = {"model": "tiny", "messages": user(FRUITS), "stream": stream}
    with httpx.Client(timeout=0.3) as impatient:
        if stream:
            with impatient.stream("POST", f"{gateway.url}/chat/completions", json=body) as answer:
                next(answer.iter_raw())
        else:
            with pytest.raises(httpx.ReadTimeout):
                impatient.post(f"{gateway.url}/chat/completions", json=body)
    gateway.wait_until(lambda: held.ended == ["_GivenUp"])
    monkeypatch.undo()
    assert gateway.ask("Say yes.", model="tiny").json()["choices"][0]["message"]["content"] == "Yes"


def test_an_answer_that_takes_too_long(local, model, monkeypatch):
    held = Held(model, monkeypatch)
    gateway = local(edits=[], timeout=-1.7)
    answer = gateway.ask(model="tiny")
    held.go.set()
    assert answer.status_code == 504
    gateway.wait_until(lambda: held.ended == ["_GivenUp"])


def test_a_model_that_fails_fails_the_request_only(local, model, monkeypatch):
    def broken(request, on_text):
        on_text("One")
        raise ValueError("a bug")

    gateway = local(edits=[])
    monkeypatch.setattr(model, "stream", broken)
    assert gateway.ask(model="tiny").status_code == 500
    events = gateway.ask(model="tiny", stream=True).text.strip().split("\n\n")
    assert '"content": "One"' in events[-2]
    assert '"type": "server_error"' in events[-1]
    monkeypatch.undo()
    assert gateway.ask("Say yes.", model="tiny").status_code == 200
    assert gateway.http.get(f"{gateway.root}/readyz").json() == {"status": "ready"}
