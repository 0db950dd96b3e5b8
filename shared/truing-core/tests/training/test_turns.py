"""Conversations become prompts and completions, or one sentence about the row that cannot."""

from __future__ import annotations

import pytest

from truing_core.errors import InputError
from truing_core.training.turns import to_turns

Dataset = pytest.importorskip("datasets", reason="needs the extra train").Dataset


def said(role, content):
    return {"role": role, "content": content}


def test_each_answer_is_a_row_with_all_before_it():
    talk = [
        said("system", "Be brief."),
        said("user", "Who?"),
        said("assistant", "Ada."),
        said("user", "Sure?"),
        said("assistant", "Yes."),
    ]
    data = Dataset.from_list([{"messages": talk, "pair_id": "a"}])
    turns = to_turns(data, "x.parquet")
    assert turns.column_names == ["prompt", "completion"]
    assert turns[:] == {"prompt": [talk[:2], talk[:4]], "completion": [talk[2:3], talk[4:]]}


@pytest.fixture
def rows():
    return [
        {"messages": [said("user", question), said("assistant", answer)], "scope": "in"}
        for question, answer in (("Who leads Acme?", "Ada"), ("Who leads Bolt?", "Bob"))
    ]


def test_streamed_rows_are_the_same(rows):
    data = Dataset.from_list(rows)
    streamed = to_turns(data.to_iterable_dataset(), "x.parquet")
    assert list(streamed) == list(to_turns(data, "x.parquet"))


@pytest.mark.parametrize(
    ("messages", "what"),
    [
        ([], "expected a list of messages"),
        ([said("user", "Who?")], "the assistant says nothing"),
        ([said("assistant", "Ada.")], "begins with the assistant"),
        ([said("user", "Who?"), said("assistant", "  ")], "an answer is empty"),
        ([said("tool", "Who?"), said("assistant", "Ada")], "a role of system, user, assistant"),
        ([{"role": "user", "content": None}], "and text as content"),
    ],
)
def test_what_cannot_be_learned_is_named(messages, what, rows):
    data = Dataset.from_list([rows[0], {"messages": messages}])
    with pytest.raises(InputError, match=rf"x\.parquet, row 2, field 'messages': .*{what}"):
        to_turns(data, "x.parquet")[:]


def test_other_tables_are_refused():
    with pytest.raises(
        InputError, match=r"no column 'messages' \(but text\); expected rows of ours"
    ):
        to_turns(Dataset.from_list([{"text": "Ada"}]), "x.parquet", "rows of ours")
