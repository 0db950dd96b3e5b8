"""Greedy answers in batches are those one at a time."""

from __future__ import annotations

import pytest

from lte_edit.evaluation.generating import Wanted, greedy_answers
from lte_edit.evaluation.texts import asked
from truing_core.testing.tiny import ANSWERS


@pytest.mark.parametrize("batch_tokens", [1, 200, 10_000])
def test_batches_give_what_the_model_was_taught(weights, tokenizer, batch_tokens):
    rows = [Wanted(asked(tokenizer, question, "paper"), 90) for question in ANSWERS]
    done = []
    found = greedy_answers(
        weights, rows, ends=[tokenizer.eos_token_id], pad_id=0, batch_tokens=batch_tokens,
        on_rows=done.append,
    )  # fmt: skip
    assert [tokenizer.decode(tokens) for tokens in found] == list(ANSWERS.values())
    assert sum(done) == len(rows)


def test_each_row_has_its_own_limit(weights, tokenizer):
    ids = asked(tokenizer, "Count to five.", "paper")
    found = greedy_answers(
        weights, [Wanted(ids, 3), Wanted(ids, 0), Wanted(ids, 7)], ends=[], pad_id=0,
        batch_tokens=100,
    )  # fmt: skip
    assert [len(tokens) for tokens in found] == [3, 0, 7]
    assert found[2][:3] == found[0]
