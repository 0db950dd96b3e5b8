from __future__ import annotations

import pytest

from truing_core.errors import UsageError
from webr_synth.ingest.filters import FILTERS, Draft, build_filters, check_names
from webr_synth.ingest.settings import IngestSettings


def test_each_filter_has_its_switch():
    every = IngestSettings(mask_pii=True)
    names = [name for name, _ in build_filters(every)]
    assert names == [name for name in FILTERS if name != "blocklist"]
    for name in names:
        off = IngestSettings(mask_pii=True, without=(name,))
        assert [each for each, _ in build_filters(off)] == [each for each in names if each != name]


def test_names_are_checked():
    check_names(("gopher", "exact", "near"))
    with pytest.raises(UsageError, match="--without names 'x'; expected blocklist, boiler"):
        check_names(("gopher", "x"))


def test_a_draft_counts_anew_when_it_is_rewritten():
    draft = Draft("one two")
    assert draft.words == ["one", "two"]
    assert not draft.unspaced
    draft.rewrite("日本語の文章です")
    assert draft.words == ["日本語の文章です"]
    assert draft.unspaced


@pytest.mark.parametrize(
    ("text", "rule"),
    [("x" * 199, "too short"), ("x" * 200, None), ("x" * 501, "too long"), ("語" * 67, None)],
)
def test_length(text, rule):
    settings = IngestSettings(max_chars=500)
    (check,) = (each for name, each in build_filters(settings) if name == "length")
    assert check(Draft(text)) == rule


def test_language_is_seen_and_kept_only_if_wanted():
    german = "Die alte Brücke über den Fluss wurde von den Menschen im Dorf gebaut. " * 4
    for wanted, rule in ((("de", "en"), None), (("en",), "language de"), ((), None)):
        settings = IngestSettings(languages=wanted)
        (check,) = (each for name, each in build_filters(settings) if name == "language")
        draft = Draft(german, None, "fr")
        assert check(draft) == rule
        assert draft.language == "de"
    draft = Draft("12 34", None, None)
    assert check(draft) is None
    assert draft.language is None
