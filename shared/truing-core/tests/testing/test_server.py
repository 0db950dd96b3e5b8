import asyncio
import json
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import aiohttp
import pytest

from truing_core.testing.faults import FAULTY_KINDS, Fault, first_answers_faulty
from truing_core.testing.server import ChatServer, server_process

pytest_plugins = ["pytester"]


def post(url, prompt="hi", key="secret", **fields):
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], **fields}
    request = Request(
        f"{url}/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.load(error)


def test_it_echoes_and_counts():
    with ChatServer() as server:
        status, _, body = post(server.url, "one two")
        assert status == 200
        assert body["choices"] == [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "echo: one two"},
                "finish_reason": "stop",
            }
        ]
        assert body["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
        post(server.url, "one two", key="other")
        assert server.asked == {"one two": 2}
        assert server.answered == {"one two": 2}
        assert server.total == 2
        assert server.keys_seen == {"secret", "other"}
        assert [body["messages"][0]["content"] for body in server.bodies] == ["one two"] * 2


def test_replies_and_latency_are_scripted():
    def reply(body):
        return {"content": None, "refusal": "no", "finish_reason": "content_filter"}

    with ChatServer(reply=reply, latency=lambda prompt: 0.2 if prompt == "slow" else 0) as server:
        begun = time.monotonic()
        _, _, body = post(server.url, "slow")
        assert time.monotonic() - begun >= 0.2
        choice = body["choices"][0]
        assert choice["message"] == {"role": "assistant", "content": None, "refusal": "no"}
        assert choice["finish_reason"] == "content_filter"


@pytest.mark.parametrize(
    ("fault", "status", "message", "retry_after"),
    [
        (Fault("429", retry_after="7"), 429, "Rate limit reached", "7"),
        ("429", 429, "Rate limit reached", "3"),
        ("500", 500, "scripted fault 500", None),
        ("404", 404, "The model does not exist", None),
        (Fault("401", message="key {key}"), 401, "key secret", None),
    ],
)
def test_faults_with_a_status(fault, status, message, retry_after):
    with ChatServer(faults={"hi": [fault]}, retry_after="3") as server:
        answer = post(server.url)
        assert answer[0] == status
        assert answer[2]["error"]["message"] == message
        assert answer[1].get("Retry-After") == retry_after
        assert post(server.url)[0] == 200
        assert server.answered == {"hi": 1}


def test_faults_in_the_body():
    async def ask(server):
        body = {"messages": [{"role": "user", "content": "hi"}]}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{server.url}/chat/completions", json=body) as answer,
        ):
            return answer.status, await answer.text()

    with ChatServer(faults=["malformed", "empty", "html", "drop"]) as server:
        status, text = asyncio.run(ask(server))
        assert status == 200
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(text)
        assert json.loads(asyncio.run(ask(server))[1])["choices"] == []
        assert asyncio.run(ask(server))[1].startswith("<html>")
        with pytest.raises(aiohttp.ClientPayloadError):
            asyncio.run(ask(server))
        assert asyncio.run(ask(server))[0] == 200


def test_a_hanging_answer_does_not_keep_the_server_from_stopping():
    server = ChatServer(faults=["hang"]).start()

    async def ask():
        async with aiohttp.ClientSession() as session:
            body = {"messages": [{"role": "user", "content": "hi"}]}
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await session.post(f"{server.url}/chat/completions", json=body)

    asyncio.run(ask())
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 5


def test_what_it_does_not_know():
    with ChatServer(models=["a", "b"], api_key="right", json_schema=False) as server:
        with urlopen(f"{server.url}/models", timeout=20) as answer:
            assert [model["id"] for model in json.load(answer)["data"]] == ["a", "b"]
        assert post(server.url, key="wrong")[0] == 401
        status, _, body = post(server.url, key="right", model="c")
        assert (status, body["error"]["code"]) == (404, "model_not_found")
        assert post(server.url, key="right", model="a")[0] == 200
        assert post(server.url, key="right", model="a", response_format={})[0] == 400
    with ChatServer(refuses=["seed"]) as server:
        status, _, body = post(server.url, seed=1)
        assert (status, body["error"]["param"]) == (400, "seed")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"messages": []}', b'{"messages": [3]}'])
def test_a_body_it_cannot_read_is_a_400(body):
    with ChatServer() as server:
        with pytest.raises(HTTPError) as caught:
            urlopen(Request(f"{server.url}/chat/completions", body), timeout=20)
        with caught.value as error:
            assert error.code == 400
        assert server.total == 0
        assert server.in_flight == 0


def test_capacity():
    async def ask_five(server):
        async with aiohttp.ClientSession() as session:

            async def ask(number):
                body = {"messages": [{"role": "user", "content": str(number)}]}
                async with session.post(f"{server.url}/chat/completions", json=body) as answer:
                    return answer.status

            return sorted(await asyncio.gather(*map(ask, range(5))))

    with ChatServer(latency=0.3, capacity=2) as server:
        assert asyncio.run(ask_five(server)) == [200, 200, 429, 429, 429]
        assert server.max_in_flight >= 2
        assert server.in_flight == 0


def test_a_port_that_is_taken_is_an_error_at_the_start():
    with ChatServer() as server, pytest.raises(OSError, match="address already in use"):
        ChatServer(port=server.port).start()


def test_faulty_first_answers_are_a_share_in_equal_parts_and_the_same_everywhere():
    fault = first_answers_faulty(0.3)
    prompts = [f"question {number}" for number in range(20_000)]
    kinds = [found.kind for prompt in prompts if (found := fault(prompt, 1))]
    assert 0.29 < len(kinds) / 20_000 < 0.31
    for kind in FAULTY_KINDS:
        assert 0.23 < kinds.count(kind) / len(kinds) < 0.27
    assert all(fault(prompt, 2) is None for prompt in prompts)
    again = first_answers_faulty(0.3)
    assert [again(prompt, 1) for prompt in prompts[:500]] == [fault(p, 1) for p in prompts[:500]]


def test_as_a_process():
    with server_process("-m", "truing_core.testing.server", "--latency", "0.01") as url:
        assert post(url, "hello")[2]["choices"][0]["message"]["content"] == "echo: hello"
        with urlopen(url.removesuffix("/v1") + "/stats", timeout=20) as answer:
            stats = json.load(answer)
        assert stats == {
            "total": 1,
            "max_in_flight": 1,
            "asked": {"hello": 1},
            "answered": {"hello": 1},
        }
    with pytest.raises(URLError):
        post(url, "hello")


def test_the_fixture_stops_its_servers(pytester):
    pytester.makepyfile(
        """
        servers = []

        def test_one(chat_server):
            servers.append(chat_server(latency=0.0))
            assert servers[0].url.startswith("http://127.0.0.1:")

        def test_two():
            assert servers[0]._thread is None
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, truing_core.testing.plugin as p; "
        "print([m for m in ('torch', 'transformers', 'aiohttp', 'openai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_data_fixture_skips_with_a_reason_or_finds_the_folder(pytester, monkeypatch, tmp_path):
    pytester.makepyfile("def test_it(test_data): assert (test_data / 'x').is_file()")
    monkeypatch.delenv("TRUING_TEST_DATA", raising=False)
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*set TRUING_TEST_DATA*"])
    (tmp_path / "x").touch()
    monkeypatch.setenv("TRUING_TEST_DATA", str(tmp_path))
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    monkeypatch.setenv("TRUING_TEST_DATA", str(tmp_path / "nothing"))
    pytester.runpytest_subprocess().assert_outcomes(errors=1)
