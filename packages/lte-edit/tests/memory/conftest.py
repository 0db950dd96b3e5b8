"""A memory and facts for it."""

from __future__ import annotations

import pytest

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory


@pytest.fixture
def encoder(make_encoder):
    return make_encoder()


@pytest.fixture
def open_memory(tmp_path, encoder):
    """Opens the same file again and again; all are closed at the end."""
    opened = []

    def open_(name="edits.sqlite", with_encoder=encoder, **options):
        opened.append(EditMemory.open(tmp_path / name, with_encoder, **options))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


@pytest.fixture
def memory(open_memory):
    return open_memory()


@pytest.fixture
def fact():
    """Makes an edit: ``fact("a", "Who leads Acme?", "Ada", "Acme")``."""

    def make(id, prompt="Who leads Acme?", target="Ada", subject="Acme", **fields):
        return Edit(id=id, prompt=prompt, target=target, subject=subject, **fields)

    return make
