"""An edit: what may stand in it, and when two are about the same."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lte_edit.edits import Edit, fold


def test_descriptor_key_and_defaults():
    edit = Edit(prompt=" Who leads  Acme? ", target="Ada", subject="ACME")
    assert edit.descriptor == "Who leads  Acme? Ada"
    assert edit.key == ("acme", "who leads acme?")
    assert edit.namespace == "default"
    assert edit.time.tzinfo is not None
    assert edit.id != Edit(prompt="a", target="b").id


def test_composed_and_decomposed_letters_are_the_same():
    assert Edit(prompt="Cafe\u0301", target="b").prompt == "Caf\u00e9"
    assert fold("ＡＣＭＥ  Straße") == "acme strasse"


@pytest.mark.parametrize(
    "fields",
    [
        {"target": ""},
        {"prompt": "  "},
        {"target": "x" * 20_001},
        {"namespace": "a/b"},
        {"namespace": ""},
        {"id": "with space"},
        {"prompt": "a\x00b"},
        {"author": "\ud83d"},
        {"source": "\ud83d"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be(fields):
    with pytest.raises(ValidationError):
        Edit(**{"prompt": "Who?", "target": "Ada", **fields})
