"""What a user asks for and gets, against a real local server."""

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import openai
import pytest

from truing_core.errors import UsageError
from truing_core.models import ChatRequest, LoadOptions, ModelSpec, Sampling, Usage, load_model
from truing_core.models.openai import identity
from truing_core.testing.faults import Fault, first_answers_faulty
from truing_core.testing.server import server_process


def request(prompt, **fields):
    fields.setdefault("id", prompt)
    return ChatRequest(messages=({"role": "user", "content": prompt},), **fields)


def requests(count):
    return [request(f"question {number}", id=f"id-{number}") for number in range(count)]


def test_every_request_gets_its_own_text_whatever_the_order(chat_server, connect):
    latencies = {f"question {number}": 0.001 * (number * 37 % 50) for number in range(200)}
    server = chat_server(latency=latencies.__getitem__)
    replies = list(connect(server, concurrency=16).complete(requests(200)))
    assert sorted(reply.id for reply in replies) == sorted(f"id-{n}" for n in range(200))
    assert [reply.id for reply in replies] != [f"id-{n}" for n in range(200)]
    for reply in replies:
        assert reply.text == f"echo: question {reply.id.removeprefix('id-')}"
        assert reply.ok
        assert reply.finish_reason == "stop"
        assert reply.usage == Usage(2, 3)
        assert not reply.cached
    assert server.total == 200
    assert server.max_in_flight <= 16


@pytest.mark.parametrize("key", ["ollama", "test", "content", "EMPTY", "no-key-required"])
def test_a_key_that_is_no_secret_changes_no_reply(chat_server, connect, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    (reply,) = connect(chat_server()).complete([request(f"Run {key} serve")])
    assert (reply.text, reply.finish_reason) == (f"echo: Run {key} serve", "stop")


def test_a_key_that_is_one_is_hidden_in_the_text_alone(chat_server, connect, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "completion_tokens")  # also the name of a field
    (reply,) = connect(chat_server()).complete([request("It is completion_tokens")])
    assert (reply.text, reply.usage) == ("echo: It is ***", Usage(3, 4))


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (None, Usage(4 + 4, 3)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(4 + 4, 3)),
        ({"prompt_tokens": 5, "completion_tokens": 0}, Usage(5, 3)),
    ],
)
def test_tokens_that_nobody_counts_are_guessed(chat_server, connect, caplog, told, usage):
    server = chat_server(reply=lambda body: {"content": "twelve chars", "usage": told})
    asked = [request(f"sixteen letters{n}", id=str(n)) for n in range(3)]
    replies = list(connect(server).complete(asked))
    assert {reply.usage for reply in replies} == {usage}
    assert [record.getMessage() for record in caplog.records] == [
        f"the server at {server.url} does not count tokens; they are guessed from characters"
    ]


def test_no_requests_no_replies_no_calls(chat_server, connect):
    server = chat_server()
    assert list(connect(server).complete([])) == []
    assert server.total == 0


def test_sampling_reaches_the_server(chat_server, connect):
    server = chat_server()
    sampling = Sampling(temperature=0.7, top_p=0.9, max_tokens=33, seed=5, stop=("END", "\n\n"))
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    asked = [
        request("full", sampling=sampling, schema=schema),
        request("third draw", sampling=sampling, sample=2),
        request("plain"),
    ]
    list(connect(server, concurrency=1).complete(asked))
    full, third, plain = server.bodies
    assert full == {
        "model": "test-model",
        "messages": [{"role": "user", "content": "full"}],
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 33,
        "seed": 5,
        "stop": ["END", "\n\n"],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        },
    }
    assert third["seed"] == 7
    assert plain == {
        "model": "test-model",
        "messages": [{"role": "user", "content": "plain"}],
        "temperature": 0.0,
        "max_tokens": 1024,
    }


def test_any_unicode_survives_the_trip(chat_server, connect):
    text = "café 你好 \U0001f600 \u2028 \x00 'quotes\" \\"
    (reply,) = connect(chat_server()).complete([request(text, id="one")])
    assert reply.text == f"echo: {text}"


@pytest.mark.parametrize("kind", ["429", "500", "503", "408", "drop", "malformed", "empty", "html"])
def test_one_bad_answer_costs_one_more_call(chat_server, connect, kind):
    server = chat_server(faults=[Fault(kind, retry_after="0.05" if kind == "429" else None)])
    replies = list(connect(server, concurrency=4).complete(requests(4)))
    assert sorted(reply.text for reply in replies) == [f"echo: question {n}" for n in range(4)]
    assert set(server.asked.values()) == {2}


def test_30_percent_faulty_first_answers(tmp_path):
    """2,000 requests, five kinds of fault in equal parts; the bare client sets the pace."""
    kinds = ("429", "500", "drop", "malformed", "empty")
    fault = first_answers_faulty(0.3, kinds)
    prompts = [f"question {number}" for number in range(2000)]
    bare_kinds = {fault(prompt, 1).kind for prompt in prompts if fault(prompt, 1)}
    assert bare_kinds == set(kinds)

    serve = ["-m", "truing_core.testing.server", "--latency", "0.05", "--faulty", "0.3"]
    serve += ["--retry-after", "1", "--kinds", ",".join(kinds)]
    with server_process(*serve) as url:
        bare_right, bare_seconds = asyncio.run(bare_client(url, prompts, 64))
    with server_process(*serve) as url:
        started = time.monotonic()
        model = load_model(f"openai/m@{url}", LoadOptions(concurrency=64))
        replies = list(model.complete(request(prompt) for prompt in prompts))
        seconds = time.monotonic() - started
        model.close()
        asked = stats(url)["asked"]

    assert {reply.id: reply.text for reply in replies} == {p: f"echo: {p}" for p in prompts}
    assert len(replies) == 2000
    assert asked == {p: 2 if fault(p, 1) else 1 for p in prompts}
    assert bare_right < 2000  # it takes malformed and empty answers for answers, or fails
    assert seconds <= 2 * bare_seconds


async def bare_client(url, prompts, concurrency):
    client = openai.AsyncOpenAI(
        base_url=url, api_key="none", http_client=openai.DefaultAioHttpClient()
    )
    slots, right = asyncio.Semaphore(concurrency), 0

    async def ask(prompt):
        nonlocal right
        async with slots:
            try:
                answer = await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": prompt}], max_tokens=64
                )
                right += answer.choices[0].message.content == f"echo: {prompt}"
            except (openai.OpenAIError, ValueError, LookupError):
                pass

    started = time.monotonic()
    await asyncio.gather(*map(ask, prompts))
    seconds = time.monotonic() - started
    await client.close()
    return right, seconds


def stats(url):
    from urllib.request import urlopen

    with urlopen(url.removesuffix("/v1") + "/stats", timeout=30) as answer:
        return json.load(answer)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(chat_server, connect, form):
    from email.utils import formatdate

    def fault(prompt, attempt):
        # An HTTP date has whole seconds: 2 s ahead is at least 1 s away.
        header = "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
        return Fault("429", retry_after=header) if attempt == 1 else None

    server = chat_server(faults=fault)
    replies = list(connect(server, concurrency=2).complete(requests(2)))
    assert all(reply.ok for reply in replies)
    for first, second in server.arrivals.values():
        assert 0.99 <= second - first <= 3


def test_concurrency_shrinks_when_refused_and_grows_again(chat_server, connect):
    server = chat_server(latency=0.02, capacity=6, retry_after="0.2")
    model = connect(server, concurrency=32, max_retries=30)
    limit, slots, replies = model._dispatcher.limit, [], []
    for reply in model.complete(requests(200)):
        replies.append(reply)
        slots.append(limit.slots)
    assert [reply.error for reply in replies] == [None] * 200
    refused = server.total - 200
    assert 4 <= refused <= 150, "it goes on as if nothing had happened"
    assert min(slots) <= 16
    server.capacity = None
    assert all(reply.ok for reply in model.complete(requests(400)))
    assert limit.slots == 32
    server.max_in_flight, server.latency = 0, 0.3  # long enough for all to be sent
    list(model.complete(requests(100)))
    assert server.max_in_flight == 32


def test_while_everything_is_refused_nothing_more_is_sent(chat_server, connect):
    begun = time.monotonic()

    def fault(prompt, attempt):
        return Fault("429", retry_after="1") if time.monotonic() - begun < 0.8 else None

    server = chat_server(latency=0.01, faults=fault)
    replies = connect(server, concurrency=8).complete(requests(300))
    assert next(replies).ok
    replies.close()
    arrivals = sorted(time for times in server.arrivals.values() for time in times)
    first = [time for time in arrivals if time < arrivals[0] + 0.9]
    # Four refusals in a row stop everything; eight were under way, and three replaced.
    assert 8 <= len(first) <= 12
    assert arrivals[len(first)] >= arrivals[0] + 0.99


def test_requests_are_drawn_as_there_is_room(chat_server, connect):
    server = chat_server(latency=0.01)
    drawn = itertools.count()

    def endless():
        for number in drawn:
            yield request(f"question {number}")

    replies = connect(server, concurrency=8).complete(endless())
    taken = list(itertools.islice(replies, 50))
    assert len({reply.id for reply in taken}) == 50
    replies.close()
    assert next(drawn) <= 50 + 2 * 8 + 1
    time.sleep(0.05)
    total = server.total
    time.sleep(0.1)
    assert server.total == total


def test_nothing_is_drawn_before_the_first_reply_is_wanted(chat_server, connect):
    def source():
        raise AssertionError("drawn")
        yield

    connect(chat_server()).complete(source()).close()


def test_an_error_of_the_source_waits_for_the_replies_under_way(chat_server, connect):
    def source():
        yield from requests(5)
        raise KeyError("row 6 is broken")

    replies = connect(chat_server(latency=0.05)).complete(source())
    seen = [next(replies).id for _ in range(5)]
    assert sorted(seen) == [f"id-{n}" for n in range(5)]
    with pytest.raises(KeyError, match="row 6"):
        next(replies)


def test_one_model_serves_several_calls_at_a_time(chat_server, connect):
    server = chat_server(latency=0.01)
    model = connect(server, concurrency=4)

    def judged():
        for reply in model.complete(requests(30)):
            yield request(f"judge {reply.text}", id=reply.id)

    texts = {reply.id: reply.text for reply in model.complete(judged())}
    assert texts == {f"id-{n}": f"echo: judge echo: question {n}" for n in range(30)}
    assert server.max_in_flight <= 4


def test_it_works_inside_a_running_event_loop(chat_server, connect):
    model = connect(chat_server())

    async def notebook_cell():
        return [reply.text for reply in model.complete([request("hello")])]

    assert asyncio.run(notebook_cell()) == ["echo: hello"]


def test_close_may_be_called_twice_and_ends_the_thread(chat_server, connect):
    model = connect(chat_server())
    list(model.complete(requests(3)))
    model.close()
    model.close()
    assert "truing-background" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="after close"):
        next(model.complete(requests(1)))


def run_script(server, body, *, interrupt_after=None):
    """Runs a script whose ``model`` asks a server of this process: no thread but ours is in it."""
    script = textwrap.dedent(
        """
        import sys, time
        from truing_core.models import ChatRequest, LoadOptions, load_model

        def endless():
            number = 0
            while True:
                number += 1
                yield ChatRequest(str(number), ({"role": "user", "content": str(number)},))

        model = load_model(f"openai/m@{sys.argv[1]}", LoadOptions(concurrency=16))
        """
    ) + textwrap.dedent(body)
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", script, server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        if interrupt_after is not None:
            assert process.stdout.readline() == "ready\n"
            time.sleep(interrupt_after)
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    # Development mode has asyncio tell of callbacks over 0.1 s, which a busy machine makes.
    slow = re.compile(r"Executing <.*> took [\d.]+ seconds")
    noise = [line for line in stderr.splitlines() if not slow.fullmatch(line)]
    return process.returncode, stdout, "\n".join(noise)


def test_leaving_early_is_silent(chat_server):
    code, out, err = run_script(
        chat_server(latency=0.05),
        """
        for reply in model.complete(endless()):
            print(reply.text)
            break
        """,
    )
    assert (code, out[:5], err) == (0, "echo:", "")


def test_leaving_with_requests_under_way_at_exit_is_silent(chat_server):
    code, out, err = run_script(
        chat_server(latency=0.05),
        """
        replies = model.complete(endless())
        print(next(replies).text)
        """,
    )
    assert (code, out[:5], err) == (0, "echo:", "")


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_at_once_and_cleanly(chat_server):
    started = time.monotonic()
    code, out, err = run_script(
        chat_server(latency=30),
        """
        try:
            print("ready", flush=True)
            for reply in model.complete(endless()):
                pass
        except KeyboardInterrupt:
            begun = time.monotonic()
            model.close()
            print("interrupted", time.monotonic() - begun < 5)
            sys.exit(130)
        """,
        interrupt_after=1.0,
    )
    assert (code, out, err) == (130, "interrupted True\n", "")
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("openai/gpt-4o-mini?api_key_env=MY_KEY", "openai/gpt-4o-mini"),
        ("openai/gpt-4o@https://api.openai.com/v1", "openai/gpt-4o"),
        ("openai/org/m@http://localhost:8000/v1", "openai/org/m@http://localhost:8000/v1"),
    ],
)
def test_identity(spec, name):
    assert identity(ModelSpec.parse(spec)) == name


def test_identity_follows_the_address_in_the_environment_without_its_secrets(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:hunter2@proxy.example/v1?key=abc")
    assert identity(ModelSpec.parse("openai/m")) == "openai/m@https://proxy.example/v1"


def test_concurrency_must_be_positive(chat_server, connect):
    with pytest.raises(UsageError, match="at least 1"):
        connect(chat_server(), concurrency=0)
