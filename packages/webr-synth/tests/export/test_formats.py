"""Each format, value by value."""

from __future__ import annotations

import pytest

from webr_synth.export.formats import FORMATS, convert

SYSTEM = {"role": "system", "content": "Be brief."}


def test_formats(make_row):
    wi, wr = make_row(1, "wi_part"), make_row(2, "wr_whole")
    assert convert(wi, "messages") == {
        "prompt_id": "0000000000000001-wi_part",
        "messages": [
            {"role": "user", "content": "Document 1.\n\nRequest 1?"},
            {"role": "assistant", "content": "Answer 1."},
        ],
    }
    assert convert(wr, "openai") == {
        "messages": [
            {"role": "user", "content": "Request 2?"},
            {"role": "assistant", "content": "Answer 2."},
        ]
    }
    assert convert(wi, "sharegpt") == {
        "id": "0000000000000001-wi_part",
        "conversations": [
            {"from": "human", "value": "Document 1.\n\nRequest 1?"},
            {"from": "gpt", "value": "Answer 1."},
        ],
    }
    assert convert(wi, "alpaca") == {
        "instruction": "Request 1?", "input": "Document 1.", "output": "Answer 1.",
    }  # fmt: skip
    assert convert(wr, "alpaca") == {
        "instruction": "Request 2?", "input": "", "output": "Answer 2.",
    }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_rows_without_provenance(format, make_row):
    messages = make_row(1, "wi_part")["messages"]
    converted = convert({"messages": [SYSTEM, *messages]}, format)
    assert "Answer 1." in str(converted)
    if format == "alpaca":
        assert converted["instruction"] == "Be brief.\n\nDocument 1.\n\nRequest 1?"
    if format == "sharegpt":
        assert [each["from"] for each in converted["conversations"]] == ["system", "human", "gpt"]
        assert "id" not in converted


def test_extra_fields_of_messages_are_left_out(make_row):
    row = make_row(1, "wr_whole")
    row["messages"][0]["name"] = None
    assert convert(row, "openai")["messages"][0] == {"role": "user", "content": "Request 1?"}
