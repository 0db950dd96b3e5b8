"""Requests for a model in this process, checked as OpenAI's API would."""

from __future__ import annotations

import pytest

from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.wishes import messages_of, wishes_of
from truing_core.models import Sampling


def test_what_is_asked_for():
    wishes = wishes_of({
        "model": "m", "messages": [], "temperature": 1, "top_p": 0.5, "max_tokens": 9, "seed": -4,
        "stop": "END", "stream": True, "stream_options": {"include_usage": True},
    })  # fmt: skip
    assert wishes.sampling == Sampling(1, 0.5, 9, -4, ("END",))
    assert (wishes.streams, wishes.usage) == (True, True)


def test_what_is_left_out_or_null_has_its_default():
    plain = wishes_of({})
    assert plain == wishes_of(dict.fromkeys(["temperature", "stop", "n", "tools", "stream"]))
    assert plain.sampling == Sampling(0.0, 1.0, 1024, None, ())
    assert (plain.streams, plain.usage) == (False, False)


def test_the_newer_limit_wins():
    assert wishes_of({"max_tokens": 5, "max_completion_tokens": 7}).sampling.max_tokens == 7


@pytest.mark.parametrize(
    "body",
    [{"n": 1}, {"frequency_penalty": 0.0}, {"logprobs": False}, {"tools": []}, {"user": "me"},
     {"response_format": {"type": "text"}}, {"metadata": {"a": "b"}}, {"stop": ["a", "b"]}],
)  # fmt: skip
def test_what_changes_nothing_is_taken(body):
    assert wishes_of(body).sampling.temperature == 0.0


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("min_p", 0.1, "unsupported_parameter"),
        ("n", 2, "unsupported_value"),
        ("n", True, "unsupported_value"),
        ("frequency_penalty", 0.5, "unsupported_value"),
        ("logprobs", True, "unsupported_value"),
        ("tools", [{}], "unsupported_value"),
        ("response_format", {"type": "json_object"}, "unsupported_value"),
        ("temperature", -0.1, "invalid_value"),
        ("temperature", 2.1, "invalid_value"),
        ("temperature", float("nan"), "invalid_value"),
        ("temperature", "1", "invalid_value"),
        ("temperature", True, "invalid_value"),
        ("top_p", 1.1, "invalid_value"),
        ("max_tokens", 0, "invalid_value"),
        ("max_tokens", 1.5, "invalid_value"),
        ("max_completion_tokens", -1, "invalid_value"),
        ("seed", "x", "invalid_value"),
        ("stream", "yes", "invalid_value"),
        ("stream_options", 1, "invalid_value"),
        ("stop", "", "invalid_value"),
        ("stop", ["a"] * 17, "invalid_value"),
        ("stop", [1], "invalid_value"),
    ],
)
def test_what_is_refused(field, value, code):
    with pytest.raises(ApiError) as refused:
        wishes_of({field: value})
    assert (refused.value.status, refused.value.param, refused.value.code) == (400, field, code)
    assert f"'{field}'" in refused.value.message


def test_conversations_of_text():
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    body = {"messages": [{"role": "system", "content": "a", "name": "x"},
                         {"role": "user", "content": parts}]}  # fmt: skip
    assert messages_of("chat", body) == (
        {"role": "system", "content": "a"}, {"role": "user", "content": "one\ntwo"},
    )  # fmt: skip
    for prompt in ("Hi", ["Hi"]):
        assert messages_of("text", {"prompt": prompt}) == ({"role": "user", "content": "Hi"},)


@pytest.mark.parametrize(
    ("kind", "body", "param"),
    [
        ("chat", {}, "messages"),
        ("chat", {"messages": []}, "messages"),
        ("chat", {"messages": "Hi"}, "messages"),
        ("chat", {"messages": ["Hi"]}, "messages[0]"),
        ("chat", {"messages": [{"content": "Hi"}]}, "messages[0]"),
        ("chat", {"messages": [{"role": "user"}]}, "messages[0].content"),
        ("chat", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages[0].content"),
        ("text", {}, "prompt"),
        ("text", {"prompt": [1, 2]}, "prompt"),
        ("text", {"prompt": ["a", "b"]}, "prompt"),
    ],
)  # fmt: skip
def test_conversations_that_cannot_be(kind, body, param):
    with pytest.raises(ApiError) as refused:
        messages_of(kind, body)
    assert (refused.value.status, refused.value.param) == (400, param)
