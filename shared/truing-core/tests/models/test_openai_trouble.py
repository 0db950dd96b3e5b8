"""What goes wrong with a remote model, and the sentence that says how to mend it."""

import json
import logging
import socket
import threading
import time

import pytest

from truing_core.errors import ModelError
from truing_core.models import ChatRequest, Sampling, load_model
from truing_core.testing.faults import Fault
from truing_core.testing.server import ChatServer

KEY = "tk-4f9a1c7e2b8d"
SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def request(prompt, **fields):
    fields.setdefault("id", prompt)
    return ChatRequest(messages=({"role": "user", "content": prompt},), **fields)


def requests(count):
    return [request(f"question {number}", id=f"id-{number}") for number in range(count)]


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def trouble(model, asked=None):
    """The one sentence a run ends with."""
    with pytest.raises(ModelError) as caught:
        list(model.complete(asked or requests(20)))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert KEY not in sentence
    return sentence


class TestKeys:
    def test_without_a_key_openai_itself_is_not_even_asked(self):
        with pytest.raises(ModelError) as caught:
            load_model("openai/gpt-4o-mini")
        assert str(caught.value) == (
            "no API key for https://api.openai.com/v1: set OPENAI_API_KEY, or name another "
            "server as 'openai/gpt-4o-mini@http://HOST:PORT/v1'"
        )

    def test_the_named_variable_is_the_one_that_is_wanted(self):
        with pytest.raises(ModelError, match="set MY_KEY"):
            load_model("openai/gpt-4o-mini?api_key_env=MY_KEY")

    def test_another_server_gets_a_placeholder(self, chat_server, connect):
        server = chat_server()
        assert [reply.ok for reply in connect(server).complete(requests(1))] == [True]
        assert server.keys_seen == {"no-key-needed"}

    def test_the_key_comes_from_the_environment_without_its_line_end(
        self, chat_server, connect, monkeypatch
    ):
        monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
        server = chat_server(api_key=KEY)
        assert [reply.ok for reply in connect(server).complete(requests(1))] == [True]
        assert server.keys_seen == {KEY}

    @pytest.mark.parametrize("key", ["kéy", "two words", "a\x00b"])
    def test_a_key_no_header_can_carry(self, connect, monkeypatch, key):
        if "\x00" not in key:
            monkeypatch.setenv("OPENAI_API_KEY", key)
            with pytest.raises(ModelError, match="OPENAI_API_KEY holds no usable key") as caught:
                connect("http://127.0.0.1:9/v1")
            assert key not in str(caught.value)

    def test_a_wrong_key(self, chat_server, connect, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        server = chat_server(api_key="another")
        sentence = trouble(connect(server))
        assert sentence == (
            f"{server.url} does not accept the key in OPENAI_API_KEY (the server answered 401: "
            "Incorrect API key provided: ***); correct it"
        )

    def test_a_missing_key(self, chat_server, connect):
        server = chat_server(api_key="another")
        assert trouble(connect(server)).endswith("; set OPENAI_API_KEY")

    def test_forbidden_at_once_is_about_the_key_later_about_the_request(self, chat_server, connect):
        assert "set OPENAI_API_KEY" in trouble(connect(chat_server(faults=[Fault("403")])))
        server = chat_server(faults={"question 3": [Fault("403", message="moderated")]})
        replies = {r.id: r for r in connect(server, concurrency=1).complete(requests(5))}
        assert replies["id-3"].error == "the server answered 403: moderated"
        assert sum(reply.ok for reply in replies.values()) == 4

    def test_no_credit(self, chat_server, connect):
        broke = Fault("429", message="You exceeded", error={"code": "insufficient_quota"})
        sentence = trouble(connect(chat_server(faults=[broke])))
        assert "no credit left" in sentence
        assert "OPENAI_API_KEY" in sentence


class TestAddressAndModel:
    def test_an_unknown_model_lists_those_served_the_nearest_first(self, chat_server, connect):
        server = chat_server(models=["alpha", "llama-3-8b", "llama-3-70b"])
        assert trouble(connect(server, name="llama-3-8")) == (
            f"the server at {server.url} does not serve 'llama-3-8'; "
            "it serves llama-3-8b, llama-3-70b, alpha"
        )

    def test_a_long_list_is_cut(self, chat_server, connect):
        server = chat_server(models=[f"model-{n:02}" for n in range(30)])
        sentence = trouble(connect(server, name="zzz"))
        assert sentence.endswith("model-09 and 20 more")

    def test_some_servers_say_it_with_400(self, chat_server, connect):
        fault = Fault("400", message="Model Not Exist", error={"code": "invalid_request_error"})
        server = chat_server(faults=lambda prompt, attempt: fault)
        assert "does not serve 'other'; it serves test-model" in trouble(
            connect(server, name="other")
        )

    def test_an_address_without_v1(self, chat_server, connect):
        server = chat_server()
        sentence = trouble(connect(server.url.removesuffix("/v1")))
        assert "correct the address, which usually ends in /v1" in sentence

    def test_a_model_that_is_listed_but_missing(self, chat_server, connect):
        server = chat_server(faults=lambda prompt, attempt: "404")
        assert "cannot use model 'test-model'" in trouble(connect(server))

    def test_nobody_listens(self, connect):
        url = f"http://127.0.0.1:{closed_port()}/v1"
        begun = time.monotonic()
        sentence = trouble(connect(url))
        assert sentence.startswith(f"no server answers at {url} (")
        assert sentence.endswith("check the address and that the server runs")
        assert time.monotonic() - begun < 10

    def test_no_such_host(self, connect):
        sentence = trouble(connect("http://nowhere.invalid:8000/v1"))
        assert sentence.startswith("no server answers at http://nowhere.invalid:8000/v1 (")

    def test_credentials_in_the_address_are_refused_and_not_shown(self, monkeypatch):
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:{KEY}@127.0.0.1:9/v1")
        with pytest.raises(ModelError, match="must not hold credentials") as caught:
            load_model("openai/m")
        assert KEY not in str(caught.value)

    def test_a_web_page_instead_of_an_answer(self, chat_server, connect):
        server = chat_server(faults=["html"] * 9)
        (reply,) = connect(server, max_retries=0).complete(requests(1))
        assert reply.error == (
            "the answer is no JSON (it starts '<html><h1>Hello</h1></html>'); "
            "does the address end in /v1?"
        )


class TestOutage:
    def test_a_server_that_dies_and_stays_dead(self, chat_server, connect):
        server = chat_server(latency=0.02)
        replies = connect(server, concurrency=4, outage=1.0).complete(requests(500))
        seen = [next(replies) for _ in range(20)]
        server.stop()
        begun = time.monotonic()
        with pytest.raises(ModelError, match=r"no server answers at .* for \d s; check"):
            seen.extend(replies)
        assert time.monotonic() - begun < 20
        assert all(reply.ok for reply in seen)
        assert len({reply.id for reply in seen}) == len(seen) >= 20

    def test_a_server_that_comes_back(self, chat_server, connect):
        server = chat_server(latency=0.01)
        replies = connect(server, concurrency=4, max_retries=1).complete(requests(100))
        seen = [next(replies) for _ in range(20)]
        server.stop()

        again = []

        def restart():
            time.sleep(1.0)
            again.append(ChatServer(port=server.port).start())

        restarting = threading.Thread(target=restart)
        restarting.start()
        seen.extend(replies)
        restarting.join()
        again[0].stop()
        assert sorted(reply.id for reply in seen) == sorted(f"id-{n}" for n in range(100))
        assert all(reply.ok for reply in seen)

    def test_a_wait_of_a_day_is_not_waited_for(self, chat_server, connect):
        server = chat_server(faults=[Fault("429", retry_after="86400", message="Daily limit")])
        sentence = trouble(connect(server))
        assert "for the next 1440 minutes" in sentence
        assert "Daily limit" in sentence
        assert sentence.endswith("run the same command again then")

    def test_an_attempt_that_hangs_is_cut_off_and_repeated(self, chat_server, connect):
        server = chat_server(faults={"question 1": ["hang"]})
        replies = list(connect(server, timeout=0.3).complete(requests(3)))
        assert all(reply.ok for reply in replies)
        assert server.asked["question 1"] == 2


class TestOneRequest:
    def test_a_rejected_request_fails_alone_and_is_not_repeated(self, chat_server, connect):
        message = "This model's maximum context length is 2048 tokens, however you requested 9999"
        server = chat_server(faults={"question 2": [Fault("400", message=message)] * 9})
        replies = {reply.id: reply for reply in connect(server).complete(requests(5))}
        assert replies["id-2"].error == f"the server answered 400: {message}"
        assert not replies["id-2"].ok
        assert replies["id-2"].text == ""
        assert sum(reply.ok for reply in replies.values()) == 4
        assert server.asked["question 2"] == 1

    def test_retries_end_and_the_reply_says_why(self, chat_server, connect):
        fault = Fault("500", message="CUDA out of memory")
        server = chat_server(faults={"question 0": [fault] * 9})
        replies = {r.id: r for r in connect(server, max_retries=2).complete(requests(2))}
        assert replies["id-0"].error == (
            "the server answered 500: CUDA out of memory (the last of 3 attempts)"
        )
        assert replies["id-1"].ok
        assert server.asked["question 0"] == 3

    @pytest.mark.parametrize(
        ("message", "text", "reason"),
        [
            (
                {"content": None, "refusal": "I can't help with that."},
                "I can't help with that.",
                "stop",
            ),
            ({"content": None, "finish_reason": "length"}, "", "length"),
            ({"content": None, "finish_reason": "content_filter"}, "", "content_filter"),
            ({"content": ""}, "", "stop"),
            (
                {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                "ab",
                "stop",
            ),
            ({"content": "cut", "finish_reason": "length"}, "cut", "length"),
        ],
    )
    def test_what_counts_as_a_text(self, chat_server, connect, message, text, reason):
        server = chat_server(reply=lambda body: message)
        (reply,) = connect(server).complete(requests(1))
        assert (reply.text, reply.finish_reason, reply.ok) == (text, reason, True)
        assert server.total == 1

    def test_an_answer_without_any_text_is_asked_for_again(self, chat_server, connect):
        answers = iter([{"content": None}, {"content": None, "tool_calls": []}, "four"])
        server = chat_server(reply=lambda body: next(answers))
        (reply,) = connect(server).complete(requests(1))
        assert reply.text == "four"
        assert server.total == 3

    def test_an_error_in_a_good_status_is_told(self, chat_server, connect):
        server = chat_server(faults=["empty"] * 3)
        (reply,) = connect(server, max_retries=0).complete(requests(1))
        assert reply.error == "the answer has no choices"


class TestDialects:
    @pytest.mark.parametrize("message", [None, "Bad request."])
    def test_a_server_without_json_schema(self, chat_server, connect, caplog, message):
        server = chat_server(json_schema=False)
        if message is not None:
            server.json_schema = True
            server.faults = lambda prompt, attempt: (
                Fault("400", message=message) if "response_format" in server.bodies[-1] else None
            )
        model = connect(server, concurrency=1)
        asked = [request(f"q{n}", schema=SCHEMA) for n in range(10)]
        with caplog.at_level(logging.WARNING):
            assert all(reply.ok for reply in model.complete(asked))
        assert server.total == 11
        assert ["response_format" in body for body in server.bodies] == [True] + [False] * 10
        assert [record.getMessage() for record in caplog.records] == [
            "the server does not take 'response_format'; going on without it"
        ]

    def test_a_bad_request_with_a_schema_is_tried_without_it_and_not_remembered(
        self, chat_server, connect
    ):
        server = chat_server(faults={"q0": [Fault("400", message="Bad request.")] * 9})
        model = connect(server, concurrency=1)
        asked = [request(f"q{n}", schema=SCHEMA) for n in range(3)]
        replies = {reply.id: reply for reply in model.complete(asked)}
        assert replies["q0"].error == "the server answered 400: Bad request."
        assert server.asked["q0"] == 2
        assert "response_format" in server.bodies[-1]

    def test_a_model_that_wants_max_completion_tokens(self, chat_server, connect):
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
        server = chat_server()
        server.faults = lambda prompt, attempt: (
            Fault("400", message=message, error={"code": "unsupported_parameter"})
            if "max_tokens" in server.bodies[-1]
            else None
        )
        model = connect(server, concurrency=1)
        sampling = Sampling(max_tokens=7)
        asked = [request(f"q{n}", sampling=sampling) for n in range(3)]
        assert all(reply.ok for reply in model.complete(asked))
        assert server.total == 4
        assert server.bodies[-1]["max_completion_tokens"] == 7
        assert "max_tokens" not in server.bodies[-1]

    def test_a_model_that_refuses_temperature_seed_and_top_p(self, chat_server, connect):
        server = chat_server(refuses=["temperature", "seed", "top_p"])
        model = connect(server, concurrency=8)
        sampling = Sampling(temperature=0.5, top_p=0.5, seed=1, max_tokens=9)
        asked = [request(f"q{n}", sampling=sampling) for n in range(40)]
        assert all(reply.ok for reply in model.complete(asked))
        assert server.total <= 40 + 3 * 8
        assert set(server.bodies[-1]) == {"model", "messages", "max_tokens"}

    def test_both_at_once_with_many_under_way(self, chat_server, connect):
        server = chat_server(json_schema=False, refuses=["temperature"], latency=0.01)
        asked = [request(f"q{n}", schema=SCHEMA) for n in range(40)]
        assert all(reply.ok for reply in connect(server, concurrency=16).complete(asked))
        assert server.total <= 40 + 2 * 16


def test_a_key_echoed_by_the_server_is_blanked(chat_server, connect, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = chat_server(
        reply=lambda body: f"your key is {KEY}",
        faults={"question 0": [Fault("400", message="bad {key} header")]},
    )
    replies = {reply.id: reply for reply in connect(server).complete(requests(2))}
    assert replies["id-0"].error == "the server answered 400: bad *** header"
    assert replies["id-1"].text == "your key is ***"
    assert KEY not in json.dumps([reply.text + (reply.error or "") for reply in replies.values()])
