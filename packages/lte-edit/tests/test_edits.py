"""An edit: what may stand in it, and when two are about the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lte_edit.edits import LONGEST, Edit, complaint, fold


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
        {"target": b"Ada"},
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


@pytest.mark.parametrize("field", ["prompt", "target", "subject", "author", "source"])
def test_the_limit_is_of_what_is_stored(field):
    longer = "\u0958"  # one character, two when composed
    fields = {"prompt": "Who?", "target": "Ada"}
    edit = Edit(**{**fields, field: longer * (LONGEST // 2)})
    assert getattr(edit, field) == "\u0915\u093c" * (LONGEST // 2)
    assert Edit(**edit.model_dump()) == edit
    with pytest.raises(ValidationError) as found:
        Edit(**{**fields, field: longer * 15_000})
    assert complaint(found.value) == (field, "has 30,000 characters; at most 20000 fit")
    shorter = "e\u0301"  # two, one when composed
    assert getattr(Edit(**{**fields, field: shorter * LONGEST}), field) == "\u00e9" * LONGEST


_ODD = "\u0958\u09dc\ufb1d\u0301\u0345\u1100\u1161\u2000\u2001\u3000\u0085\x1f\ufeff\u0340e a\n\t\r"


@given(st.lists(st.text() | st.text(_ODD), min_size=6, max_size=6))
def test_what_is_stored_reads_as_it_is(texts):
    names = ("prompt", "target", "subject", "author", "source")
    fields = {**dict(zip(names, texts, strict=False)), "rephrasings": texts[5:]}
    try:
        edit = Edit(**fields)
    except ValidationError:
        return
    assert Edit(**edit.model_dump()) == edit
    assert Edit.model_validate_json(edit.model_dump_json()) == edit
