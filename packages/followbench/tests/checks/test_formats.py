"""JSON and code blocks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followbench.checks import run_check


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({}, '{"a": 1}', True, "a JSON object, nothing but a JSON object or array wanted"),
        ({}, "```json\n[1]\n```\n", True,
         "a JSON array, nothing but a JSON object or array wanted"),
        ({}, 'Here: {"a": 1}', False, "no JSON (line 1, column 1: expecting value),"
         " nothing but a JSON object or array wanted"),
        ({}, "3", False, "the JSON value 3, nothing but a JSON object or array wanted"),
        ({}, '{"a": NaN}', False,
         "no JSON (NaN is no JSON value), nothing but a JSON object or array wanted"),
        ({"only": False}, 'Here: {"a": 1}!', True,
         "a JSON object, a JSON object or array wanted"),
        ({"only": False}, "none", False, "no JSON, a JSON object or array wanted"),
        ({"root": "array"}, "{}", False, "a JSON object, nothing but a JSON array wanted"),
        ({"root": "object"}, "[]", False, "a JSON array, nothing but a JSON object wanted"),
        ({"keys": ["a", "b", "c"]}, '{"b": 1}', False, "the JSON object lacks 'a' and 'c',"
         " nothing but a JSON object or array with 'a', 'b' and 'c' wanted"),
        ({"keys": ["a"]}, '[{"a": 1}, {}]', False, "element 2 lacks 'a',"
         " nothing but a JSON object or array with 'a' wanted"),
        ({"keys": ["a"]}, "[1]", False, "element 1 is no object,"
         " nothing but a JSON object or array with 'a' wanted"),
        ({"keys": ["a"]}, "[]", False, "an empty JSON array,"
         " nothing but a JSON object or array with 'a' wanted"),
        ({"values": {"a": [1, "x"]}}, '{"a": [1.0, "x"]}', True,
         "a JSON object, nothing but a JSON object or array with 'a': [1, \"x\"] wanted"),
        ({"keys": ["b"], "values": {"a": 1}}, '{"a": true, "b": 0}', False,
         "the JSON object has true as 'a', nothing but a JSON object or array with 'b' and"
         " 'a': 1 wanted"),
        ({"negate": True}, "{}", False, "a JSON object, which was not allowed"),
    ],
)  # fmt: skip
def test_json(said, spec, text, ok, message):
    assert said({"type": "json", **spec}, text) == (ok, message)


def test_json_that_cannot_be_loaded_is_no_error():
    for text in ("[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "[" + "9" * 10_000 + "]"):
        assert not run_check({"type": "json"}, text).ok
        assert not run_check({"type": "json", "only": False, "keys": ["b"]}, text).ok


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)  # fmt: skip


@given(st.dictionaries(st.text().filter(str.strip), values, min_size=1), st.booleans())
def test_what_json_writes_is_json(value, fenced):
    text = json.dumps(value, indent=1)
    spec = {"type": "json", "root": "object", "keys": list(value), "values": value}
    assert run_check(spec, f"```\n{text}\n```" if fenced else text).ok
    assert run_check({**spec, "only": False}, f"Here it is: {text} Bye.").ok
    assert not run_check(spec, f"{text} Bye.").ok


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({}, "```\na\n```", True, "1 code block, at least 1 wanted"),
        ({"language": "py"}, "```python\na\n```", True, "1 py code block, at least 1 wanted"),
        ({"language": "Bash"}, "```sh\na\n```", True, "1 Bash code block, at least 1 wanted"),
        ({"language": "java"}, "```javascript\n```", False,
         "0 java code blocks, at least 1 wanted"),
        ({"max": 1}, "```\n```\n```\n```", False, "2 code blocks, at most 1 wanted"),
    ],
)  # fmt: skip
def test_code_blocks(said, spec, text, ok, message):
    assert said({"type": "code_block", **spec}, text) == (ok, message)
