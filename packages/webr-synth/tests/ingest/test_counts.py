from __future__ import annotations

from collections import Counter

from webr_synth.ingest.counts import Counts


def test_the_funnel_adds_up_and_reads_from_top_to_bottom():
    counts = Counts(inputs=2, records=100, empty=3, kept=80, characters=9)
    counts.bad = Counter({"truncated": 4})
    counts.passed = Counter({"not text": 6})
    for name, rule, times in (("near", "near-duplicate", 1), ("gopher", "bullets", 6)):
        for _ in range(times):
            counts.reject(name, rule)
    assert list(counts.by_filter()) == ["gopher", "near"]
    table = [line.split() for line in counts.table().splitlines()]
    assert table[0] == ["records", "100"]
    assert table[-1] == ["documents", "80"]
    lefts = [int(line[-1]) for line in table if not line[-1].startswith("-")]
    assert lefts == [100, 96, 90, 87, 81, 80, 80]
    assert counts.facts()["filtered"]["gopher"] == {"total": 6, "rules": {"bullets": 6}}
    assert counts.losses() == (
        "gopher filter 6, not text 6, bad (truncated) 4, no text in the page 3, near filter 1"
    )
