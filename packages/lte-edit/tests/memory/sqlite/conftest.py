"""Memories in files alone."""

from __future__ import annotations

import pytest


@pytest.fixture
def place(tmp_path):
    return lambda name: tmp_path / name


@pytest.fixture
def open_memory(open_memory):
    return lambda name="edits.sqlite", **options: open_memory(name, **options)
