from __future__ import annotations

import time

import pytest

from webr_synth.ingest.filters import Draft
from webr_synth.ingest.filters.pii import make, masked
from webr_synth.ingest.settings import IngestSettings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to jane.doe+x@mail.corp.example now", "Write to person@example.com now"),
        ("Host 8.8.8.8 and 192.168.0.1", "Host 192.0.2.1 and 192.168.0.1"),
        ("Version 1.2.3.4.5 and 300.1.1.1", "Version 1.2.3.4.5 and 300.1.1.1"),
        ("Call +49 30 1234 5678 today", "Call +1-202-555-0100 today"),
        ("Card 4111 1111 1111 1111.", "Card [card number]."),
        ("ISBN 4111 1111 1111 1112", "ISBN 4111 1111 1111 1112"),
        ("In 1994 there were +12 or 3 + 4 of them, @home", None),
        ("import x from '@scope/pkg'; a@b", None),
    ],
)
def test_masks(text, expected):
    assert masked(text) == (text if expected is None else expected)


def test_only_if_asked_for():
    assert make(IngestSettings()) is None
    check = make(IngestSettings(mask_pii=True))
    draft = Draft("a.b@c.example")
    assert check(draft) is None
    assert draft.text == "person@example.com"


@pytest.mark.parametrize("unit", ["a", "a.", "1", "1.", "1 ", "+1 ", "a@", "@a.", "+1(2)"])
def test_it_is_linear(unit):
    started = time.process_time()
    masked(unit * 300_000)
    assert time.process_time() - started < 5
