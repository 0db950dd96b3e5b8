"""Queries that were asked before cost nothing."""

from __future__ import annotations

import numpy as np

from lte_edit.gateway.vectors import QueryVectors


def test_what_is_remembered_is_not_embedded_again(make_encoder):
    encoder = make_encoder()
    vectors = QueryVectors(encoder, 2)
    assert (vectors.identity, vectors.dimension) == (encoder.identity, encoder.dimension)
    vectors.remember(["a", "b", "a"])
    assert encoder.asked == 2
    plain = make_encoder().encode(["b", "c", "a", "c"])
    np.testing.assert_array_equal(vectors.encode(["b", "c", "a", "c"]), plain)
    assert encoder.asked == 3  # c, once
    vectors.encode(["c"])
    assert encoder.asked == 4  # encode keeps nothing
    vectors.remember(["c"])  # b was used longest ago; a after it
    vectors.encode(["a", "c"])
    assert encoder.asked == 5
    vectors.encode(["b"])
    assert encoder.asked == 6


def test_more_than_are_kept(make_encoder):
    encoder = make_encoder()
    vectors = QueryVectors(encoder, 2)
    vectors.remember(["a", "b", "c"])
    assert vectors.encode(["a", "b", "c"]).shape == (3, encoder.dimension)
    assert encoder.asked == 3 + 1
