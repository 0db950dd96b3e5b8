"""Servers that are down, slow, broken, or say no: a clear answer each time, and never a hang."""

from __future__ import annotations

import asyncio
import json
import time

import openai
import pytest
from aiohttp import web

from truing_core.testing.faults import Fault


def chunk(text, **fields):
    choice = {"index": 0, "delta": {"content": text}, **fields}
    return b"data: " + json.dumps({"id": "x", "choices": [choice]}).encode() + b"\n\n"


def events(gateway):
    """All events of a streamed answer, and how it ended."""
    body = {"model": "echo", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with gateway.http.stream("POST", "/chat/completions", json=body) as answer:
        assert answer.status_code == 200
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def test_a_server_that_is_down(start, echo):
    gateway = start(echo.url)
    assert gateway.http.get(f"{gateway.root}/readyz").json() == {"status": "ready"}
    echo.stop()
    answer = gateway.ask()
    assert answer.status_code == 502
    assert answer.json()["error"] == {
        "message": "the model server cannot be reached", "type": "server_error", "param": None,
        "code": "upstream_unreachable",
    }  # fmt: skip
    assert gateway.count("lte_upstream_errors_total", kind="unreachable") == 1


def test_ready_means_that_the_server_answers(start, chat_server, monkeypatch):
    monkeypatch.setattr("lte_edit.gateway.upstream._READY_FOR", 0.0)
    server = chat_server()
    gateway = start(server.url)
    assert gateway.http.get(f"{gateway.root}/readyz").json() == {"status": "ready"}
    server.stop()
    answer = gateway.http.get(f"{gateway.root}/readyz")
    assert (answer.status_code, answer.json()["model"]) == (
        503,
        "the model server cannot be reached",
    )
    assert gateway.http.get(f"{gateway.root}/healthz").json() == {"status": "ok"}


def test_a_server_that_is_slow(start, chat_server):
    gateway = start(chat_server(latency=5).url, timeout=0.3)
    begun = time.monotonic()
    answer = gateway.ask()
    assert time.monotonic() - begun < 2
    assert answer.status_code == 504
    assert "sent nothing for 0.3 s" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("drop", 502, "broke off"),
        ("malformed", 502, "no JSON"),
        ("html", 502, "no JSON"),
        ("500", 500, "scripted fault 500"),
        ("404", 404, "does not exist"),
        (Fault("503", retry_after="7"), 503, "scripted"),
        (Fault("429", retry_after="9"), 429, "Rate limit"),
        (Fault("401", message="Bad key: {key}"), 502, "gateway's own key"),
    ],
)
def test_bad_answers(start, chat_server, fault, status, said):
    gateway = start(chat_server(faults=lambda *_: fault).url)
    answer = gateway.ask()
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    after = getattr(fault, "retry_after", None)
    assert answer.headers.get("Retry-After") == after


def test_an_error_page_becomes_an_error(start, raw_server):
    async def handle(request):
        return web.Response(status=418, text="<html>teapot</html>", content_type="text/html")

    answer = start(raw_server(handle)).ask()
    assert answer.status_code == 418
    assert answer.json()["error"]["message"] == "the model server answers 418"


def test_a_redirection_is_not_followed(start, raw_server):
    async def handle(request):
        return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/v1"})

    answer = start(raw_server(handle)).ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_redirect")


def test_the_servers_key_comes_from_the_environment_and_stays_secret(
    start, chat_server, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-gateways-own-key")
    fault = Fault("400", message="no such thing for {key}")
    server = chat_server(api_key="sk-the-gateways-own-key", faults=[None, fault])
    gateway = start(server.url)
    assert gateway.ask("Hi", headers={"Authorization": "Bearer sk-callers"}).status_code == 200
    refused = gateway.ask("Hi", headers={"Authorization": "Bearer sk-callers"})
    assert server.keys_seen == {"sk-the-gateways-own-key"}
    assert refused.json()["error"]["message"] == "no such thing for ***"


def test_an_idle_connection_that_was_closed_is_no_error(start, raw_server):
    """The server closes after each answer without saying so, as one does that was idle long."""

    async def handle(request):
        await request.read()
        response = web.StreamResponse(headers={"Content-Length": "14"})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(b'{"choices":[]}')
        asyncio.get_running_loop().call_later(0.02, request.transport.close)
        return response

    gateway = start(raw_server(handle))
    for _ in range(10):
        assert gateway.ask("Hi").status_code == 200
        time.sleep(0.02)


@pytest.mark.parametrize("reused", [False, True])
def test_what_a_server_may_have_worked_on_is_not_asked_again(
    start, raw_server, monkeypatch, reused
):
    """On a new connection, or after a while, the server has read the question."""
    monkeypatch.setattr("lte_edit.gateway.upstream._AT_ONCE", 0.1)
    asked = []

    async def handle(request):
        asked.append(await request.read())
        if reused and len(asked) == 1:
            return web.json_response({"choices": []})
        await asyncio.sleep(0.2 if reused else 0)
        request.transport.close()
        return web.Response()

    gateway = start(raw_server(handle))
    if reused:
        assert gateway.ask("Hi").status_code == 200
    answer = gateway.ask("Hi")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_broken")
    assert len(asked) == 1 + reused


GOOD = [chunk("One "), chunk("two"), chunk("", finish_reason="stop"), b"data: [DONE]\n\n"]


@pytest.mark.parametrize(
    ("pieces", "code", "good"),
    [
        ([GOOD[0], b"<html>sorry</html>\n\n"], "upstream_garbage", 1),
        ([GOOD[0] + b"data: {]\n\n" + GOOD[1]], "upstream_garbage", 1),
        ([GOOD[0], b"data: \xff\xfe\n\n"], "upstream_garbage", 1),
        ([GOOD[0], 0.05, ...], "upstream_broken", 1),
        ([GOOD[0], GOOD[1][:20], 0.05, ...], "upstream_broken", 1),
        ([GOOD[0], GOOD[1]], "upstream_garbage", 2),
        ([GOOD[0], 30], "upstream_timeout", 1),
        ([b"\n\n"], "upstream_garbage", 0),
        ([], "upstream_garbage", 0),
    ],
)
def test_a_stream_that_goes_wrong_ends_with_an_error(start, streamer, pieces, code, good):
    gateway = start(streamer(pieces), timeout=0.5)
    begun = time.monotonic()
    *told, last = events(gateway)
    assert time.monotonic() - begun < 3
    assert [each["choices"][0]["delta"]["content"] for each in told] == ["One ", "two"][:good]
    assert last["error"]["code"] == code
    assert last["error"]["type"] == "server_error"
    kind = code.removeprefix("upstream_")
    assert gateway.count("lte_upstream_errors_total", kind=kind) == 1
    with openai.OpenAI(base_url=gateway.url, api_key="any", max_retries=0) as ai:
        stream = ai.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        with pytest.raises(openai.APIError, match="model server"):
            list(stream)


def test_a_stream_that_ends_by_its_reason_alone_is_fine(start, streamer):
    *_, last = events(start(streamer(GOOD[:3])))
    assert last["choices"][0]["finish_reason"] == "stop"


def test_the_servers_own_error_event_passes(start, streamer):
    error = b'data: {"error": {"message": "overloaded", "type": "x", "code": null}}\n\n'
    *_, last = events(start(streamer([GOOD[0], error])))
    assert last["error"]["message"] == "overloaded"


@pytest.mark.parametrize("streams", [True, False])
def test_a_client_that_goes_takes_the_servers_work_with_it(start, raw_server, streams):
    begun, ended = asyncio.Event(), []

    async def handle(request):
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        try:
            if streams:
                await response.prepare(request)
                await response.write(GOOD[0])
            begun.set()
            for _ in range(200):
                await asyncio.sleep(0.02)
                if streams:
                    await response.write(b": still there\n\n")
                elif request.transport is None or request.transport.is_closing():
                    raise ConnectionResetError
        except (ConnectionResetError, asyncio.CancelledError):
            ended.append("gone")
        return response

    gateway = start(raw_server(handle))
    body = {"model": "echo", "messages": [{"role": "user", "content": "Hi"}], "stream": streams}
    import httpx

    with httpx.Client(timeout=0.5) as impatient:
        if streams:
            with impatient.stream("POST", f"{gateway.url}/chat/completions", json=body) as answer:
                next(answer.iter_raw())
        else:
            with pytest.raises(httpx.ReadTimeout):
                impatient.post(f"{gateway.url}/chat/completions", json=body)
    gateway.wait_until(lambda: ended == ["gone"])
    gateway.settle()
    status = "200" if streams else "499"
    path = "/v1/chat/completions"
    assert gateway.count("lte_requests_total", route=path, status=status) == 1
