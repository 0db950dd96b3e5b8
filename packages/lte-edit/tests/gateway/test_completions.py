"""Chat and text completions by the official client, in front of a server."""

from __future__ import annotations

import asyncio
import json
import time

import openai
import pytest
from aiohttp import web

from lte_edit.edits import Edit
from truing_core.testing.faults import Fault

QUESTION = [{"role": "user", "content": "Who leads Acme?"}]


def client(gateway, **options):
    return openai.OpenAI(base_url=gateway.url, api_key="any", max_retries=0, **options)


def delta(text, **fields):
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "echo"}
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None, **fields}
    return b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"


WORDS = [delta("Ada "), delta("Byron"), delta("", finish_reason="stop"), b"data: [DONE]\n\n"]


def test_an_edit_is_in_the_prompt_and_in_the_answer(start, echo):
    gateway = start(echo.url, k=1)
    with client(gateway) as ai:
        raw = ai.chat.completions.with_raw_response.create(model="echo", messages=QUESTION)
        answer = raw.parse()
    assert "1. Who leads Acme? Ada Byron" in answer.choices[0].message.content
    assert raw.headers["X-LTE-Edits"] == "acme"
    assert "embed;dur=" in raw.headers["Server-Timing"]
    [edit] = answer.lte["edits"]
    assert 0.5 < edit.pop("score") <= 1
    assert edit == {"id": "acme", "prompt": "Who leads Acme?", "target": "Ada Byron"}
    assert answer.lte["left_out"] == 0
    assert (answer.lte["routed"], answer.lte["namespace"]) == ("aligned", "default")
    gateway.settle()
    assert gateway.count("lte_edits_used_sum") == 1
    assert gateway.count("lte_requests_total", route="/v1/chat/completions", status="200") == 1


def test_an_edit_holds_from_the_next_question_on(start, echo):
    gateway = start(echo.url, k=1)
    with client(gateway) as ai:

        def said():
            answer = ai.chat.completions.create(model="echo", messages=QUESTION)
            return answer.choices[0].message.content

        assert "Ada Byron" in said()
        new = {"prompt": "Who leads Acme?", "target": "Grace Hopper", "subject": "Acme"}
        assert gateway.http.post("/edits", json=new).status_code == 201
        assert "Grace Hopper" in said()
        [edit] = gateway.memory.edits("default")[1:]
        assert gateway.http.delete(f"/edits/{edit.id}").status_code == 200
        gateway.http.delete("/edits/bolt")
        assert said() == "Who leads Acme?"


def test_what_no_edit_matters_to_goes_on_byte_for_byte(start, raw_server):
    seen = []

    async def handle(request):
        seen.append((await request.read(), request.headers))
        return web.json_response({"choices": []})

    gateway = start(raw_server(handle), threshold=0.9)
    body = (
        b'{ "messages":[{"role":"system","content":"Be \\u00fcber"}, {"content":"Name  a fruit.",'
        b'"role":"user"}],"model":"echo", "temperature":1e0,"new_field":{"x":[1.50]}}'
    )
    headers = {
        "Content-Type": "application/json", "Authorization": "Bearer sk-mine", "Cookie": "a=b",
        "OpenAI-Organization": "mine",
    }  # fmt: skip
    answer = gateway.http.post("/chat/completions", content=body, headers=headers)
    assert (answer.json()["lte"]["edits"], answer.headers["X-LTE-Edits"]) == ([], "")
    [(sent, sent_headers)] = seen
    assert sent == body
    for name in ("Authorization", "Cookie", "OpenAI-Organization"):
        assert name not in sent_headers


def test_all_other_fields_pass_when_an_edit_is_put_in(start, echo):
    gateway = start(echo.url, k=1)
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    with client(gateway) as ai:
        ai.chat.completions.create(
            model="echo",
            messages=[
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Who leads Bolt?"},
                {"role": "assistant", "content": "I do."},
                {"role": "user", "content": [
                    {"type": "image_url", "image_url": {"url": "data:,x"}},
                    {"type": "text", "text": "Who leads Acme?"},
                ]},
            ],
            temperature=0.7, tools=tools, logit_bias={"5": 1}, user="u",
            extra_body={"min_p": 0.1, "lora": "x"},
        )  # fmt: skip
    [sent] = echo.bodies
    assert (sent["temperature"], sent["tools"], sent["user"]) == (0.7, tools, "u")
    assert (sent["min_p"], sent["lora"], sent["logit_bias"]) == (0.1, "x", {"5": 1})
    assert [message["content"] for message in sent["messages"][:3]] == [
        "Be brief.", "Who leads Bolt?", "I do.",
    ]  # fmt: skip
    text, picture = sent["messages"][3]["content"]
    assert "1. Who leads Acme? Ada Byron" in text["text"]
    assert picture == {"type": "image_url", "image_url": {"url": "data:,x"}}


def test_irrelevant_questions_may_go_to_another_model(start, echo, chat_server):
    plain = chat_server(reply=lambda body: "as ever")
    gateway = start(echo.url, unaligned=plain.url, threshold=0.5)
    edited, other = gateway.ask().json(), gateway.ask("Name a fruit.", seed=4).json()
    assert (edited["lte"]["routed"], other["lte"]["routed"]) == ("aligned", "unaligned")
    assert other["choices"][0]["message"]["content"] == "as ever"
    assert (len(echo.bodies), len(plain.bodies)) == (1, 1)
    assert plain.bodies[0] == {
        "model": "plain", "seed": 4, "messages": [{"role": "user", "content": "Name a fruit."}],
    }  # fmt: skip


def test_a_stream_passes_and_its_first_chunk_says_which_edits(start, streamer):
    seen = []
    gateway = start(streamer([b": hello\n\n", *WORDS], seen), k=1)
    with client(gateway) as ai:
        stream = ai.chat.completions.create(model="echo", messages=QUESTION, stream=True)
        assert stream.response.headers["X-LTE-Edits"] == "acme"
        chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == "Ada Byron"
    assert [edit["id"] for edit in chunks[0].lte["edits"]] == ["acme"]
    assert all("lte" not in (chunk.model_extra or {}) for chunk in chunks[1:])
    assert seen[0]["stream"] is True
    assert "Ada Byron" in seen[0]["messages"][0]["content"]


def test_a_stream_is_not_held_up_and_changes_in_one_place_only(start, streamer):
    pieces = [WORDS[0], 0.4, WORDS[1] + WORDS[2][:9], WORDS[2][9:], WORDS[3]]
    gateway = start(streamer(pieces), k=1)
    body = {"model": "echo", "messages": QUESTION, "stream": True}
    times, raw = [], b""

    with gateway.http.stream("POST", "/chat/completions", json=body) as answer:
        for piece in answer.iter_raw():
            times.append(time.monotonic())
            raw += piece
    assert times[-1] - times[0] > 0.3
    first, rest = raw.split(b"\n\n", 1)
    assert rest == b"".join(WORDS[1:])
    chunk = json.loads(first.removeprefix(b"data: "))
    assert chunk.pop("lte")["edits"][0]["id"] == "acme"
    assert chunk == json.loads(WORDS[0].removeprefix(b"data: "))


def test_the_async_client_streams_many_at_once(start, streamer):
    gateway = start(streamer([WORDS[0], 0.1, *WORDS[1:]]))

    async def one(ai):
        stream = await ai.chat.completions.create(model="echo", messages=QUESTION, stream=True)
        return "".join([chunk.choices[0].delta.content async for chunk in stream])

    async def main():
        async with openai.AsyncOpenAI(base_url=gateway.url, api_key="any") as ai:
            return await asyncio.gather(*(one(ai) for _ in range(20)))

    assert asyncio.run(main()) == ["Ada Byron"] * 20


def test_text_completions(start, raw_server):
    seen = []

    async def handle(request):
        seen.append((request.path, await request.json()))
        return web.json_response({"id": "c", "object": "text_completion", "created": 1,
                                  "model": "echo", "choices": []})  # fmt: skip

    gateway = start(raw_server(handle), k=1)
    with client(gateway) as ai:
        one = ai.completions.create(model="echo", prompt="Who leads Acme?", max_tokens=7)
        two = ai.completions.create(model="echo", prompt=["Who leads Acme?", "Who leads Bolt?"])
        ai.completions.create(model="echo", prompt=[[1, 2, 3]])
    assert {path for path, _ in seen} == {"/v1/completions"}
    assert "1. Who leads Acme? Ada Byron" in seen[0][1]["prompt"]
    assert seen[0][1]["max_tokens"] == 7
    assert [edit["id"] for edit in one.lte["edits"]] == ["acme"]
    acme, bolt = seen[1][1]["prompt"]
    assert "Ada Byron" in acme
    assert "Who leads Bolt? Bob" in bolt
    assert [edit["id"] for edit in two.lte["edits"]] == ["acme", "bolt"]
    assert seen[2][1]["prompt"] == [[1, 2, 3]]


def test_the_fewest_edits_that_fit_where_the_context_overflows(start, chat_server):
    def overflow(prompt, attempt):
        problem = "This model's maximum context length is 20 tokens."
        return Fault("400", message=problem) if "\n2. " in prompt else None

    server = chat_server(reply=lambda body: body["messages"][-1]["content"], faults=overflow)
    gateway = start(server.url)
    lte = gateway.ask().json()["lte"]
    assert [edit["id"] for edit in lte["edits"]] == ["acme"]
    assert lte["left_out"] == 1
    assert server.total == 2


def test_a_context_too_small_for_the_question_alone_is_the_servers_answer(start, chat_server):
    problem = {"code": "context_length_exceeded"}
    server = chat_server(faults=lambda *_: Fault("400", message="Too many tokens.", error=problem))
    gateway = start(server.url)
    with client(gateway) as ai, pytest.raises(openai.BadRequestError) as refused:
        ai.chat.completions.create(model="echo", messages=QUESTION)
    assert refused.value.code == "context_length_exceeded"
    assert [body["messages"][0]["content"].count("\n2. ") for body in server.bodies] == [1, 0, 0]
    assert server.bodies[-1]["messages"] == QUESTION


def test_models(start, echo):
    gateway = start(echo.url, served="my/model")
    with client(gateway) as ai:
        assert [model.id for model in ai.models.list()] == ["my/model"]
        assert gateway.http.get("/models/my/model").json()["object"] == "model"
        with pytest.raises(openai.NotFoundError, match="serves the model 'my/model'"):
            ai.models.retrieve("other")
        with pytest.raises(openai.NotFoundError, match="serves the model 'my/model'"):
            ai.chat.completions.create(model="other", messages=QUESTION)
        assert ai.chat.completions.create(model="my/model", messages=QUESTION).model == "echo"


@pytest.mark.parametrize(
    "body",
    [{}, {"messages": None}, {"messages": []}, {"messages": "Who leads Acme?"}, {"messages": [1]},
     {"messages": [{"role": "system", "content": "Who leads Acme?"}]},
     {"messages": [{"role": "user", "content": " "}]}, {"messages": [{"role": "user"}]}],
)  # fmt: skip
def test_without_a_question_whoever_answers_decides(start, raw_server, body):
    seen = []

    async def handle(request):
        seen.append(await request.json())
        return web.json_response({"choices": []})

    answer = start(raw_server(handle)).http.post("/chat/completions", json=body)
    assert answer.json()["lte"]["edits"] == []
    assert seen == [{"model": "echo", **body}]


def test_odd_ids_are_ascii_in_the_header(start, echo):
    edit = Edit(id="é,诗%\"'\u00a0".strip(), prompt="Who leads Acme?", target="Ada")
    gateway = start(echo.url, edits=[edit], k=1)
    answer = gateway.ask()
    assert answer.headers["X-LTE-Edits"] == "%C3%A9%2C%E8%AF%97%25%22'"
    assert answer.json()["lte"]["edits"][0]["id"] == edit.id


def test_many_ids_do_not_burst_the_header(start, echo):
    edits = [Edit(id=f"{n:0200}", prompt=f"Who leads Acme {n}?", target="x") for n in range(40)]
    answer = start(echo.url, edits=edits, k=40).ask()
    told = answer.headers["X-LTE-Edits"].split(",")
    ids = [edit["id"] for edit in answer.json()["lte"]["edits"]]
    assert len(ids) == 40
    assert told == ids[: len(told)]
    assert len(told) == 19
