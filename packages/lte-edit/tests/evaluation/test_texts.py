"""Questions up to where the answer begins, as both protocols have them."""

from __future__ import annotations

from lte_edit.evaluation.texts import asked, scored


def test_the_row_is_the_question_and_then_the_target(tokenizer):
    for protocol in ("paper", "released"):
        ids = asked(tokenizer, "Who leads Acme?", protocol)
        row = scored(tokenizer, "Who leads Acme?", "Ada", protocol)
        assert row.ids[: len(ids)] == ids
        assert row.ids[len(ids) : len(row.ids) - row.end] == row.target


def test_without_markers_the_question_stands_alone(tokenizer):
    class Plain:
        unk_token_id = None

        def convert_tokens_to_ids(self, tokens):
            return [None for _ in tokens]

        def __call__(self, text):
            return {"input_ids": [1, *text.encode()]}

    assert asked(Plain(), "Who?", "released") == (1, *b"Who?")
