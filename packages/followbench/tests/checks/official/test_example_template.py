"""Category example: template matching, against the regular expression it stands for."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followbench.checks.official.example_template import FIXED, RELEASED, pieces

BOT = "{instruction}\n{{'bot': '{answer}'}}"


def test_pieces() -> None:
    assert pieces(BOT) == ["{'bot': '", "'}"]
    assert pieces("{instruction}\n{answer}") == ["", ""]
    assert pieces("no slot") == ["no slot"]
    assert pieces("{{answer}}") == ["", ""]


@pytest.mark.parametrize(
    ("target", "answer", "ok"),
    [
        (BOT, "{'bot': 'one\n\ntwo'}", True),
        (BOT, "\n {'bot': 'one'} \n", True),
        (BOT, "{'bot':  'it's \"one\"'}", True),
        (BOT, "{'bot': ''}", False),  # nothing was answered
        (BOT, '{"bot": "one"}', False),
        (BOT, "{'Bot': 'one'}", False),
        (BOT, "Sure! {'bot': 'one'}", False),
        ("{instruction}\n[Bot]\n{answer}", "[Bot]\n\none\ntwo\n", True),
        ("{instruction}\n[Bot]\n{answer}", "[Bot] one", False),
        ("{instruction}\n[Bot]\n{answer}", "[Bot]\r\none", True),
        ("{instruction}\n[Bot]\n{answer}", "[Bot]", False),
        ("{instruction}\nBot: {answer}", "Bot:\n- one\n- two", True),
        ("{instruction}\nBot: {answer}", "Bot: one", True),
        ("{instruction}\nBot: {answer}", "Bot:one", False),
        ("{instruction}\nBot: {answer}", "bot: one", False),
        ("{instruction}\n{answer}", "anything\nat all", True),
        ("{instruction}\n{answer}", " \n", False),
        ("{instruction}\n答案: {answer}", "答案: 一", True),
        ("{instruction}\n答案: {answer}", "答案：一", False),
        ("{instruction}\n<body>{answer}</body>", "<body>一\n二</body>", True),
    ],
)
def test_fixed(target: str, answer: str, ok: bool) -> None:
    assert FIXED(answer, target, 1).ok is ok


TEMPLATES = st.lists(
    st.sampled_from(["{answer}", "a", "b", "\n", " ", "'", ".*", "{{", "}}", "("]), max_size=7
).map("".join)


@settings(max_examples=500)
@given(TEMPLATES, st.text(alphabet="ab\n '(.*{}", max_size=12))
def test_released_is_the_pattern_it_stands_for(template: str, answer: str) -> None:
    pattern = ".*".join(re.escape(piece) for piece in pieces(template))
    assert RELEASED(answer, template, 1).ok is bool(re.fullmatch(pattern, answer))


@settings(max_examples=500)
@given(TEMPLATES, st.lists(st.text(alphabet="ab'", min_size=1, max_size=3), min_size=7))
def test_fixed_passes_what_fills_the_template(template: str, answers: list[str]) -> None:
    filled = pieces(template)[0]
    for answer, piece in zip(answers, pieces(template)[1:], strict=False):
        filled += answer + piece
    if filled.strip():
        assert FIXED(f"\n{filled}  ", template, 1).ok


@pytest.mark.parametrize("rule", [RELEASED, FIXED])
@pytest.mark.parametrize("unit", ["a", "'", "'}", "{'bot': '", " ", "\n", "a'b"])
def test_long_answers_take_linear_time(rule: object, unit: str) -> None:
    assert callable(rule)
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    rule(text, BOT, 1)
    rule("{'bot': '" + text, "{instruction}\n{answer}'{answer}'{answer}'{answer}x", 1)
    assert time.process_time() - start < 5
