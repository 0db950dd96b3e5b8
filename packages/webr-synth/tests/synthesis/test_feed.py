"""Each perspective gets its own documents, whatever the order in which they are asked for."""

from __future__ import annotations

import random
from collections import Counter

from webr_synth.documents import Document, document_id
from webr_synth.synthesis.feed import Feed
from webr_synth.synthesis.perspectives import MIX, PERSPECTIVES

DOCUMENTS = [Document(document_id(f"text {number}"), f"text {number}") for number in range(600)]


def feed(documents=DOCUMENTS, **more):
    return Feed(lambda: iter(documents), MIX, 0, **more)


def taken(source, name, number=None):
    found = []
    while number is None or len(found) < number:
        placed = source.next(name)
        if placed is None:
            break
        found.append(placed.position)
    return found


def test_all_documents_are_given_out_once_in_the_mix():
    source = feed()
    found = {name: taken(source, name) for name in PERSPECTIVES}
    assert sorted(place for own in found.values() for place in own) == list(range(600))
    assert [len(found[name]) for name in PERSPECTIVES] == [200, 200, 100, 100]
    assert (source.seen, source.repeated) == (600, 0)
    for name in PERSPECTIVES:
        assert source.next(name) is None


def test_any_run_of_documents_is_near_the_mix():
    source = feed()
    first = Counter(
        {name: len([p for p in taken(source, name) if p < 63]) for name in PERSPECTIVES}
    )
    assert abs(first["wi_whole"] - 21) <= 2
    assert abs(first["wr_part"] - 10.5) <= 1


def test_the_order_of_asking_changes_nothing():
    alone = {name: taken(feed(), name) for name in PERSPECTIVES}
    source, draw = feed(), random.Random(3)
    mixed = {name: [] for name in PERSPECTIVES}
    for _ in range(3000):
        name = draw.choice(PERSPECTIVES)
        mixed[name] += taken(source, name, 1)
    assert mixed == alone


def test_it_goes_on_from_its_cursors():
    whole, first = feed(), feed()
    begun = {name: taken(first, name, 30) for name in PERSPECTIVES}
    second = feed(cursors=first.cursors)
    for name in PERSPECTIVES:
        assert begun[name] + taken(second, name) == taken(whole, name)


def test_a_document_that_comes_again_is_passed_over():
    documents = DOCUMENTS[:12] + DOCUMENTS[:12] + DOCUMENTS[12:18]
    source = feed(documents)
    places = sorted(place for name in PERSPECTIVES for place in taken(source, name))
    assert places == [*range(12), *range(24, 30)]
    assert source.repeated == 12


def test_what_others_leave_is_lent():
    source = feed()
    assert len(taken(source, "wr_part")) == 100
    assert source.next("wr_part") is None
    lent = [source.spare(["wr_whole", "wi_whole"]) for _ in range(301)]
    assert [each is None for each in lent] == [False] * 300 + [True]
    assert len({each.position for each in lent[:300]}) == 300


# random.Random(SHA-256 of the JSON list [0, doc_id, "perspectives"]).shuffle of the mix, for the
# first documents of two blocks.
GOLDEN = [
    "wi_whole", "wi_part", "wi_part", "wr_whole", "wi_whole", "wr_part",
    "wr_whole", "wr_part", "wi_part", "wi_part", "wi_whole", "wi_whole",
]  # fmt: skip


def test_the_golden_pattern():
    source = feed()
    places = {place: name for name in PERSPECTIVES for place in taken(source, name, 8)}
    assert [places[place] for place in range(12)] == GOLDEN
