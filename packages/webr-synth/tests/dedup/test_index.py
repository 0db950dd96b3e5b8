"""Near-duplicates, batch by batch, against plain Python."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truing_core.errors import UsageError
from webr_synth.dedup import Match, NearDuplicates
from webr_synth.dedup import index as index_module


def shingles(text, words=5):
    parts = text.lower().split()
    return {tuple(parts[at : at + words]) for at in range(max(len(parts) - words + 1, 1))}


def exact(one, other):
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


def planted(count, seed):
    """Texts, and which one each copy was made from."""
    rng = random.Random(seed)
    known = [f"w{number}" for number in range(2000)]
    texts, pairs = [], []
    originals = []
    for at in range(count):
        if originals and rng.random() < 0.3:
            source = rng.choice(originals)
            words = texts[source].split()
            for _ in range(rng.randint(1, 2)):
                words[rng.randrange(len(words))] = rng.choice(known)
            pairs.append((source, at))
            texts.append(" ".join(words))
        else:
            originals.append(at)
            texts.append(" ".join(rng.choices(known, k=rng.randint(8, 80))))
    return texts, pairs


def test_recall_and_precision_on_planted_pairs():
    texts, pairs = planted(4000, 0)
    found = NearDuplicates().match_batch([str(at) for at in range(len(texts))], texts)
    near = [(source, copy) for source, copy in pairs if exact(texts[source], texts[copy]) >= 0.7]
    assert len(near) > 500
    hits = sum(found[copy] is not None for _, copy in near)
    assert hits / len(near) >= 0.97
    for at, match in enumerate(found):
        if match:
            assert match.jaccard == exact(texts[int(match.id)], texts[at]) >= 0.7
            assert int(match.id) < at
            assert found[int(match.id)] is None, "it was kept itself"
            assert match.place == found[: int(match.id)].count(None)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 60), max_size=8), st.integers(1, 50))
def test_batches_make_no_difference(seed, cuts, step):
    texts, _ = planted(120, seed)
    ids = [str(at) for at in range(len(texts))]
    whole = NearDuplicates().match_batch(ids, texts)
    index = NearDuplicates()
    parts, start = [], 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "_TEXTS", step)
        patch.setattr(index_module, "_MATCHED", 1 + step // 3)
        for cut in [*cuts, len(texts)]:
            parts += index.match_batch(ids[start : start + cut], texts[start : start + cut])
            start += cut
    assert parts == whole
    assert len(index) == sum(match is None for match in whole)


@settings(deadline=None)
@given(st.lists(st.text("ab你好 .", max_size=12), max_size=20))
def test_what_repeats_itself_is_found_and_the_rest_added(texts):
    index = NearDuplicates()
    first = index.add_batch([f"a{at}" for at in range(len(texts))], texts)
    assert len(index) == sum(match is None for match in first)
    again = index.match_batch([f"b{at}" for at in range(len(texts))], texts)
    assert all(match is not None for match in again)
    new = [at for at, match in enumerate(first) if match is None]
    for place, at in enumerate(new):
        assert again[at] == Match(f"a{at}", 1.0, place)


def test_the_earliest_one_is_named():
    base = [f"w{number}" for number in range(60)]
    far, near = base[:], base[:]
    far[-6:] = ["p", "q", "r", "s", "t", "u"]
    near[0] = "x"
    index = NearDuplicates()
    texts = [" ".join(words) for words in (far, base, near)]
    assert exact(texts[0], texts[1]) == 50 / 62
    assert index.match_batch(["far", "base"], texts[:2]) == [None, Match("far", 50 / 62, 0)]
    assert index.match_batch(["near"], texts[2:]) == [Match("far", 49 / 63, 0)]
    other = NearDuplicates(threshold=0.9)
    found = other.match_batch(["far", "base", "near"], texts)
    assert found == [None, None, Match("base", 55 / 57, 1)]


def test_many_copies_are_cheap():
    texts = ["the very same request as all the others have"] * 8000 + ["another"]
    found = NearDuplicates().match_batch([str(at) for at in range(8001)], texts)
    assert found[0] is found[8000] is None
    assert set(found[1:8000]) == {Match("0", 1.0, 0)}


def test_a_template_with_one_slot():
    """Thousands of near copies, no two of them equal: all repeat the first."""
    frame = (
        "Please write a short and friendly poem in plain words about number {} with four lines "
        "in it that all rhyme"
    )
    texts = [frame.format(number) for number in range(6000)]
    assert exact(texts[0], texts[1]) < 0.7
    index = NearDuplicates(threshold=0.5)
    found = index.add_batch([str(at) for at in range(6000)], texts)
    assert found == [None] + ["0"] * 5999


def test_a_template_that_is_no_duplicate():
    """Half of each text is the same; exact comparison of all of their pairs would take minutes."""
    rng = random.Random(0)
    frame = " ".join(f"frame{number}" for number in range(24))
    texts = [
        frame + " " + " ".join(f"w{rng.randrange(10**6)}" for _ in range(12)) for _ in range(4000)
    ]
    assert 0.4 < exact(texts[0], texts[1]) < 0.5
    assert NearDuplicates().add_batch([str(at) for at in range(4000)], texts) == [None] * 4000


def test_copies_of_a_dropped_text_go_to_what_stands_for_it():
    base = " ".join(f"w{number}" for number in range(30))
    near = base + " and more"
    found = NearDuplicates().add_batch(["a", "b", "c"], [base, near, near])
    assert found == [None, "a", "a"]


def test_short_and_empty_texts():
    texts = ["Say hello!", "say hello", "say hello now", "", "???", "", "你好吗？", "你好吗"]
    found = NearDuplicates().add_batch([str(at) for at in range(len(texts))], texts)
    assert found == [None, "0", None, None, None, "3", None, "6"]


def test_chinese_is_compared_by_characters():
    text = "请根据下面的文章写一份详细的摘要并列出三个要点"
    found = NearDuplicates().match_batch(["a", "b"], [text, text + "吧"])
    assert found == [None, Match("a", 19 / 20, 0)]


def test_released_compares_token_ids():
    def ids(texts):
        return [[len(word) for word in text.split()] for text in texts]

    index = NearDuplicates(tokenizer=ids, tokenizer_name="lengths")
    assert index.settings["shingles"] == "released"
    texts = ["a bb ccc", "ccc bb a a", "dddd", "a bb ccc dddd"]
    assert index.match_batch(list("abcd"), texts) == [
        None, Match("a", 1.0, 0), None, Match("a", 0.75, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "the threshold is 0; expected more than 0, at most 1"),
        ({"permutations": 0}, "permutations is 0; expected 1 to 4096"),
        ({"shingle_words": 0}, "words in a shingle: 0; expected at least 1"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(UsageError) as raised:
        NearDuplicates(**options)
    assert str(raised.value) == message


def test_ids_and_texts_go_together():
    with pytest.raises(ValueError, match="1 ids for 2 texts"):
        NearDuplicates().add_batch(["a"], ["b", "c"])
