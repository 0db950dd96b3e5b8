"""Tokens are counted by the model's own tokenizer, and contexts bound documents."""

from __future__ import annotations

import json

import pytest

from truing_core.errors import UsageError
from webr_synth.synthesis.tokens import RESERVE, counter, document_limit, tokenizer_of


def test_whose_tokenizer():
    assert tokenizer_of("openai/gpt@http://localhost/v1", None) is None
    assert tokenizer_of("openai/gpt@http://localhost/v1", "some/tokenizer") == "some/tokenizer"
    assert tokenizer_of("hf/some/model", None) == "some/model"
    assert tokenizer_of("vllm/some/model", None) == "some/model"
    assert tokenizer_of("demo", None) == "demo"


def test_without_a_tokenizer_characters_are_counted():
    count = counter(None)
    assert count("x" * 400) - count("") == 100
    assert count("漢字" * 50) - count("") == 100


def test_a_tokenizer_counts_exactly(tiny_model_dir):
    from transformers import AutoTokenizer

    text = "Who leads Acme? Ada Byron does, since 1842."
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    expected = len(tokenizer(text, add_special_tokens=False)["input_ids"])
    assert counter(str(tiny_model_dir))(text) == expected > 5


@pytest.fixture
def model_of_context(tmp_path, tiny_model_dir):
    import shutil

    def make(config):
        folder = tmp_path / "model"
        shutil.copytree(tiny_model_dir, folder, dirs_exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config))
        return str(folder)

    return make


def test_a_known_context_bounds_the_document(model_of_context):
    assert document_limit(None, 2048, 1024) == 2048
    small = model_of_context({"max_position_embeddings": 2048})
    assert document_limit(small, 2048, 256) == 2048 - 512 - RESERVE
    assert document_limit(small, 100, 256) == 100
    with pytest.raises(UsageError, match=r"reads 2,048 tokens.*lower --max-tokens"):
        document_limit(small, 2048, 1024)


def test_a_context_may_stand_deeper_or_nowhere(model_of_context):
    deep = model_of_context({"text_config": {"max_position_embeddings": 4096}})
    assert document_limit(deep, 10_000, 512) == 4096 - 1024 - RESERVE
    assert document_limit(model_of_context({}), 10_000, 512) == 10_000
