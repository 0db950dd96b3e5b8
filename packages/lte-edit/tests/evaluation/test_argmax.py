"""Batched scoring gives what one row at a time gives; texts are as both protocols have them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from lte_edit.evaluation.argmax import argmax_tokens, batches
from lte_edit.evaluation.texts import Scored, is_chatml, scored

ASKED = [
    ("Who leads Acme?", "Ada Byron"),
    ("Where?", "Rome"),
    ("What is the name of the city in which the leader of Acme was born, if any?", "London, UK"),
    ("Say yes.", "yes"),
]


@pytest.fixture(scope="module")
def tokenizer(tiny_model_dir):
    return AutoTokenizer.from_pretrained(tiny_model_dir)


@pytest.fixture(scope="module")
def model(tiny_model_dir):
    return AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()


def one_at_a_time(model, row):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([row.ids])).logits[0]
    stop = len(row.ids) - 1 - row.end
    return tuple(logits.argmax(dim=-1)[stop - len(row.target) : stop].tolist())


@pytest.mark.parametrize("protocol", ["paper", "released"])
@pytest.mark.parametrize("batch_tokens", [1, 60, 10_000])
def test_batches_change_nothing(model, tokenizer, protocol, batch_tokens):
    rows = [scored(tokenizer, *asked, protocol) for asked in ASKED]
    done = []
    found = argmax_tokens(model, rows, batch_tokens=batch_tokens, on_rows=done.append)
    assert found == [one_at_a_time(model, row) for row in rows]
    assert [len(tokens) for tokens in found] == [len(row.target) for row in rows]
    assert sum(done) == len(rows)
    assert len(set(found)) > 1


def test_the_papers_text_is_the_chat_template(tokenizer):
    row = scored(tokenizer, "Who leads Acme?", "Ada", "paper")
    prefix = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Who leads Acme?"}], add_generation_prompt=True, tokenize=False
    )
    assert tokenizer.decode(row.ids) == prefix + "Ada"
    assert tokenizer.decode(row.target) == "Ada"
    assert row.end == 0


class Words:
    """A tokenizer of words, with or without ChatML's markers, that puts BOS first."""

    unk_token_id = 0

    def __init__(self, *known):
        self.ids = {word: number for number, word in enumerate(known, 2)}

    def convert_tokens_to_ids(self, tokens):
        return [self.ids.get(token, 0) for token in tokens]

    def __call__(self, text, add_special_tokens=True):
        for marker in ("<|im_start|>", "<|im_end|>"):
            text = text.replace(marker, f" {marker} ")
        ids = [self.ids.setdefault(word, len(self.ids) + 2) for word in text.split()]
        return {"input_ids": [1, *ids] if add_special_tokens else ids}


def test_released_chatml_text_has_no_system_turn():
    tokenizer = Words("<|im_start|>", "<|im_end|>")
    assert is_chatml(tokenizer)
    row = scored(tokenizer, "Who leads?", "Ada Byron", "released")
    words = {number: word for word, number in tokenizer.ids.items()}
    assert [words[each] for each in row.ids] == [
        "<|im_start|>", "user", "Who", "leads?", "<|im_end|>", "<|im_start|>", "assistant", "Ada",
        "Byron", "<|im_end|>",
    ]  # fmt: skip
    # Predictions of T tokens at −(T+2) … −3, as METHODS has it, is one token of the end.
    assert (len(row.target), row.end) == (2, 1)
    assert row.ids[-3:-1] == row.target


def test_released_text_of_others_drops_the_targets_first_token():
    tokenizer = Words()
    assert not is_chatml(tokenizer)
    row = scored(tokenizer, "Who leads?", "Ada Byron", "released")
    assert row.ids == (1, *tokenizer("Who leads? Ada Byron", add_special_tokens=False)["input_ids"])
    assert (row.target, row.end) == (row.ids[-2:], 0)


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 200))
def test_groups_hold_every_row_once_and_fit(lengths, tokens):
    groups = batches(lengths, tokens)
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[place] for place in group) <= tokens
    widths = [lengths[place] for group in groups for place in group]
    assert widths == sorted(widths, reverse=True)


def test_a_row_without_target_predicts_nothing(model):
    assert argmax_tokens(model, [Scored((5, 6), ())]) == [()]
    assert argmax_tokens(model, []) == []
