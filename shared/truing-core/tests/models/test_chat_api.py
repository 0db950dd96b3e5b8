import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.models import ChatRequest, Sampling, Usage
from truing_core.models.chat_api import Dialect, Refusal, read_reply
from truing_core.models.retry import PassingFault

REQUEST = ChatRequest(
    "r1",
    ({"role": "user", "content": "Hi"},),
    Sampling(temperature=0.3, top_p=0.8, max_tokens=50, seed=3, stop=("#",)),
    schema={"type": "object"},
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def answer(**message):
    reason = message.pop("finish_reason", "stop")
    return json.dumps({"choices": [{"message": message, "finish_reason": reason}]})


class TestReadReply:
    def test_a_full_answer(self):
        body = {
            "choices": [
                {"message": {"content": "first"}, "finish_reason": "length"},
                {"message": {"content": "second"}},
            ],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
        }
        reply = read_reply("x", json.dumps(body))
        assert (reply.id, reply.text, reply.finish_reason) == ("x", "first", "length")
        assert reply.usage == Usage(5, 7)
        assert reply.ok

    @pytest.mark.parametrize(
        "usage", [None, {}, [], {"prompt_tokens": None}, {"prompt_tokens": "4"}]
    )
    def test_missing_usage_is_nothing(self, usage):
        body = {"choices": [{"message": {"content": "x"}, "finish_reason": None}], "usage": usage}
        reply = read_reply("x", json.dumps(body))
        assert reply.usage == Usage()
        assert reply.finish_reason == "stop"

    @pytest.mark.parametrize(
        ("told", "counted"),
        [
            ("NaN", 0),
            ("1e400", 0),
            ("-7", 0),
            ("true", 0),
            ("7.9", 7),
            ("9223372036854775808", 2**53),
        ],
    )
    def test_odd_counts_are_made_whole(self, told, counted):
        usage = f'{{"prompt_tokens": {told}, "completion_tokens": 3}}'
        body = f'{{"choices": [{{"message": {{"content": "x"}}}}], "usage": {usage}}}'
        assert read_reply("x", body).usage == Usage(counted, 3)

    def test_a_finish_reason_can_be_written(self):
        reply = read_reply("x", answer(content="x", finish_reason="st\ud83dop" + "!" * 999))
        assert reply.finish_reason == "st?op" + "!" * 35

    def test_secrets_are_hidden_in_what_is_read_alone(self):
        def hide(text):
            return text.replace("content", "***")

        assert read_reply("x", answer(content="my content"), hide).text == "my ***"
        with pytest.raises(PassingFault) as caught:
            read_reply("x", "no content here", hide)
        assert caught.value.reason == "the answer is no JSON (it starts 'no *** here')"
        with pytest.raises(PassingFault) as caught:
            read_reply("x", '{"error": {"message": "bad content"}}', hide)
        assert caught.value.reason == "the server answered 200: bad ***"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("[" * 200_000, "the answer is JSON that is nested too deeply"),
            ("", "the answer is no JSON (it starts '')"),
            ('{"choices": [', "the answer is no JSON (it starts '{\"choices\": [')"),
            ("<html>", "the answer is no JSON (it starts '<html>'); does the address end in /v1?"),
            ("[]", "the answer is no JSON object"),
            ("{}", "the answer has no choices"),
            ('{"choices": []}', "the answer has no choices"),
            ('{"choices": [3]}', "the answer has no choices"),
            ('{"choices": [{}]}', "the answer's choice has no text"),
            ('{"choices": [{"message": {"content": []}}]}', "the answer's choice has no text"),
            (
                '{"error": {"message": "upstream\\nbroke", "code": 502}}',
                "the server answered 502: upstream broke",
            ),
            ('{"error": "busy"}', "the server answered 200: busy"),
        ],
    )
    def test_a_broken_answer_is_a_passing_fault(self, text, reason):
        with pytest.raises(PassingFault) as caught:
            read_reply("x", text)
        assert caught.value.reason == reason
        assert caught.value.kind == "broken"

    @given(st.text() | JSON.map(json.dumps) | st.builds(answer, content=JSON, finish_reason=JSON))
    def test_any_answer_is_a_reply_or_a_passing_fault(self, text):
        try:
            reply = read_reply("x", text)
        except PassingFault as caught:
            reason = caught.reason
        else:
            reason = "none"
            assert isinstance(reply.text, str)
            assert isinstance(reply.finish_reason, str)
        assert reason
        assert "\n" not in reason

    @given(st.text())
    def test_every_text_comes_through_unchanged(self, text):
        assert read_reply("x", answer(content=text)).text == text


class TestRefusal:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ({"error": {"message": "no\n way "}}, "the server answered 400: no way"),
            ({"message": "bare", "type": "t", "code": 400}, "the server answered 400: bare"),
            ({"detail": [{"loc": ["body"]}]}, 'the server answered 400: [{"loc": ["body"]}]'),
            ({"error": "text"}, "the server answered 400: text"),
            ("plain words", "the server answered 400: plain words"),
            (None, "the server answered 400"),
            ({}, "the server answered 400"),
        ],
    )
    def test_error_bodies_of_many_servers(self, body, sentence):
        assert str(Refusal.read(400, body)) == sentence

    def test_a_long_message_is_cut(self):
        assert len(str(Refusal.read(400, "x" * 10_000))) < 450

    @given(JSON)
    def test_it_reads_anything(self, body):
        refusal = Refusal.read(422, body)
        assert str(refusal).startswith("the server answered 422")
        assert isinstance(refusal.no_such_model, bool)
        assert isinstance(refusal.too_long, bool)

    @pytest.mark.parametrize(
        "message",
        [
            "This model's maximum context length is 2048 tokens. However, you requested 3000",
            "'max_tokens' or 'max_completion_tokens' is too large: 99999",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "the request exceeds the available context size",
            "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000",
        ],
    )
    def test_too_long(self, message):
        refusal = Refusal.read(400, {"error": {"message": message}})
        assert refusal.too_long
        dialect = Dialect()
        assert not dialect.adapt(dialect.body("m", REQUEST), refusal)

    @pytest.mark.parametrize("status", [429, 503, 529])
    def test_an_overload_is_not_too_long(self, status):
        def too_long(message, code=None):
            error = {"message": message, "code": code}
            return Refusal.read(status, {"error": error}).too_long

        assert not too_long("Too many tokens, please wait before trying again.")
        assert not too_long("maximum of 30000 tokens per minute reached")
        assert too_long("Request too large for gpt-4o on tokens per min (TPM): Limit 30000")
        assert too_long("anything", "context_length_exceeded")

    @pytest.mark.parametrize(
        ("message", "code", "verdict"),
        [
            ("Model Not Exist", None, True),
            ("The model `gpt-9` does not exist or you do not have access to it", None, True),
            ("model 'x' not found, try pulling it first", None, True),
            ("whatever", "model_not_found", True),
            ("Invalid model: foo", None, True),
            ("The file does not exist", None, False),
            ("max_tokens must be positive", None, False),
        ],
    )
    def test_no_such_model(self, message, code, verdict):
        assert Refusal.read(400, {"message": message, "code": code}).no_such_model is verdict


class TestDialect:
    @pytest.mark.parametrize(
        ("message", "code", "gone"),
        [
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
                "unsupported_parameter",
                "max_tokens",
            ),
            (
                "Unsupported value: 'temperature' does not support 0 with this model. Only the "
                "default (1) value is supported.",
                "unsupported_value",
                "temperature",
            ),
            ("seed: Extra inputs are not permitted", None, "seed"),
            ("`top_p` is not supported by this model", None, "top_p"),
            (
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported",
                None,
                "response_format",
            ),
            ("This response_format type is unavailable now", None, "response_format"),
            ("Failed to compile grammar: unsupported keyword", None, "response_format"),
        ],
    )
    def test_it_learns_from_what_servers_say(self, message, code, gone):
        dialect = Dialect()
        body = dialect.body("m", REQUEST)
        assert dialect.adapt(body, Refusal.read(400, {"message": message, "code": code}))
        changed = dialect.body("m", REQUEST)
        assert gone in body
        assert gone not in changed
        kept = {name: value for name, value in body.items() if name != gone}
        assert kept.items() <= changed.items()
        assert changed.keys() - kept.keys() <= {"max_completion_tokens"}

    def test_what_it_has_learned_needs_no_second_lesson(self):
        dialect = Dialect()
        body = dialect.body("m", REQUEST)
        refusal = Refusal(400, "temperature is not supported")
        assert dialect.adapt(body, refusal), "another request with the old body"
        assert dialect.adapt(body, refusal), "is asked again too"
        assert not dialect.adapt(dialect.body("m", REQUEST), refusal), "but the new one is final"

    @pytest.mark.parametrize("message", ["messages must not be empty", "bad role", ""])
    def test_other_refusals_teach_nothing(self, message):
        dialect = Dialect()
        assert not dialect.adapt(dialect.body("m", REQUEST), Refusal(400, message))
