"""Batched scoring gives what one row at a time gives; texts are as both protocols have them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3TextConfig,
    GPT2Config,
    MistralConfig,
    Qwen3Config,
)

from lte_edit.evaluation.argmax import argmax_tokens, batches
from lte_edit.evaluation.texts import Scored, is_chatml, scored

ASKED = [
    ("Who leads Acme?", "Ada Byron"),
    ("Where?", "Rome"),
    ("What is the name of the city in which the leader of Acme was born, if any?", "London, UK"),
    ("Say yes.", "yes"),
]


@pytest.fixture
def rng():
    return np.random.default_rng(4)


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


SMALL = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
SMALL |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
ARCHITECTURES = {
    "learned positions": GPT2Config(vocab_size=60, n_embd=32, n_layer=2, n_head=4),
    "grouped keys": Qwen3Config(**SMALL),
    "a window": MistralConfig(**SMALL, sliding_window=6),
    "windows in turn": Gemma3TextConfig(
        **SMALL, sliding_window=6, layer_types=["sliding_attention", "full_attention"]
    ),
}
BLOCKS = (tuple(range(5, 25)), (*range(5, 15), *range(30, 42)), (3,))


@pytest.mark.parametrize("config", ARCHITECTURES.values(), ids=ARCHITECTURES)
@pytest.mark.parametrize("batch_tokens", [40, 10_000])
def test_common_starts_change_nothing(config, batch_tokens, rng):
    torch.manual_seed(0)
    config.pad_token_id = 0
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    # Larger weights than a fresh model's, so that positions and neighbours matter.
    for weight in model.parameters():
        weight.data *= 5 if weight.dim() > 1 else 1
    rows = []
    for _ in range(24):
        block = BLOCKS[rng.integers(len(BLOCKS))]
        tail = tuple(rng.integers(1, 60, rng.integers(2, 12)).tolist())
        target = tuple(rng.integers(1, 60, rng.integers(1, 5)).tolist())
        end = int(rng.integers(0, 2))
        rows.append(Scored((*block, *tail, *target, *(50,) * end), target, end))
    found = argmax_tokens(model, rows, batch_tokens=batch_tokens)
    assert found == [one_at_a_time(model, row) for row in rows]
    assert len(set(found)) > len(rows) // 2


class Counted(torch.nn.Module):
    """Counts the tokens that go through an embedding."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.tokens = inner, 0

    def forward(self, ids):
        self.tokens += ids.numel()
        return self.inner(ids)


def test_a_common_start_is_computed_once(tiny_model_dir):
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()
    counted = Counted(model.get_input_embeddings())
    model.set_input_embeddings(counted)
    intro, first, second = tuple(range(5, 25)), tuple(range(30, 50)), tuple(range(50, 70))
    rows = [Scored((*intro, *fact, at, 7, 8), (8,)) for fact in (first, second) for at in (1, 2, 3)]
    argmax_tokens(model, rows)
    # The words before both facts, the two facts, and of each row what it has for itself.
    assert counted.tokens == 20 + 2 * 20 + 6 * 2


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


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 200), st.booleans())
def test_groups_hold_every_row_once_and_fit(lengths, tokens, even):
    groups = batches(lengths, tokens, even=even)
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[place] for place in group) <= tokens
    widths = [lengths[place] for group in groups for place in group]
    assert widths == sorted(widths, reverse=True)


def test_even_groups_pad_little_once_they_are_large_enough():
    lengths = [120] * 30 + [105] * 10 + [101] * 3
    assert [len(group) for group in batches(lengths, 8192)] == [43]
    # 20 tokens each are new: 30 rows of them are enough, and 5 or 1 are fewer than 9 in ten of 20.
    assert [len(group) for group in batches(lengths, 8192, before=100, even=True)] == [30, 13]
    assert [len(group) for group in batches(lengths, 8192, even=True)] == [30, 13]
    assert [len(group) for group in batches([120] * 4 + [1], 8192, even=True)] == [5]
    assert [len(group) for group in batches([120] * 5 + [108, 107], 8192, even=True)] == [6, 1]


def test_a_row_without_target_predicts_nothing(model):
    assert argmax_tokens(model, [Scored((5, 6), ())]) == [()]
    assert argmax_tokens(model, []) == []
