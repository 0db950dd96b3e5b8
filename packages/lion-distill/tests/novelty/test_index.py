"""The nearest text and its value, held against ``rouge_score`` pair by pair."""

from __future__ import annotations

import random
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lion_distill.novelty import Nearest, NoveltyIndex, Screened, blocks, index
from lion_distill.novelty.blocks import f_values
from truing_core.errors import UsageError

WORDS = ["the", "a", "of", "to", "list", "write", "five", "what", "x1", "42", "Zeit", "мир"]
sentences = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS[:3]), max_size=200).map(" ".join),
    st.text(max_size=20),
)


@pytest.fixture(scope="module")
def rouge():
    reason = "the package these values are held against is not installed"
    scorer = pytest.importorskip("rouge_score.rouge_scorer", reason=reason)
    return scorer.RougeScorer(["rougeL"], use_stemmer=False)


@contextmanager
def small():
    """Blocks, rows of bytes, lists and batches are all met with few texts."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (blocks, "BLOCK", 16), (index, "BLOCK", 16), (blocks, "_LEAST", 3),
            (blocks, "_ROWS", 4), (index, "_WAITING", 3), (index, "_BATCH", 7),
            (index, "_PIECE", 2),
        ):  # fmt: skip
            patch.setattr(module, name, value)
        yield


def plain(rouge, text, pool):
    """The maximum and the first that has it, by comparing with every one."""
    values = [rouge.score(other, text)["rougeL"].fmeasure for other in pool]
    best = max(values, default=0.0)
    return Nearest(best, values.index(best) if best else None)


def plain_sieve(rouge, candidates, pool, limit):
    known, screened = list(pool), []
    for text in candidates:
        near = plain(rouge, text, known)
        kept = near.similarity <= limit
        screened.append(Screened(kept, near.similarity, near.position))
        if kept:
            known.append(text)
    return screened, known


@given(sentences, st.lists(sentences, max_size=20))
def test_values_are_the_packages_to_the_last_bit(rouge, text, others):
    known = NoveltyIndex()
    alphabet = known._alphabet
    values = f_values(alphabet.learn(text), [alphabet.learn(other) for other in others]).tolist()
    assert values == [rouge.score(other, text)["rougeL"].fmeasure for other in others]
    assert values == [rouge.score(text, other)["rougeL"].fmeasure for other in others]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(sentences, max_size=45),
    st.lists(sentences, min_size=1, max_size=4),
    st.integers(0, 45),
)
def test_the_nearest_is_the_packages(rouge, pool, texts, added):
    with small():
        known = NoveltyIndex(pool[added:])
        assert [known.add(text) for text in pool[:added]] == list(
            range(len(pool[added:]), len(pool))
        )
        pool = pool[added:] + pool[:added]
        assert len(known) == len(pool)
        for text in texts:
            assert known.nearest(text) == plain(rouge, text, pool)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(sentences, max_size=25),
    st.lists(sentences, max_size=25),
    st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]),
)
def test_a_sieve_decides_as_a_plain_loop(rouge, pool, candidates, limit):
    expected, known = plain_sieve(rouge, candidates, pool, limit)
    with small():
        sieve = NoveltyIndex(pool, max_rouge_l=limit)
        assert sieve.screen(candidates) == expected
        assert len(sieve) == len(known)
        # What was kept is there for the next ones.
        assert sieve.screen(candidates[:5]) == plain_sieve(rouge, candidates[:5], known, limit)[0]


def made_up(count, seed):
    """Tasks of one to 400 words, frequent and rare ones, and near copies of some."""
    rng = random.Random(seed)
    vocabulary = [f"w{rank}" for rank in range(3000)]
    weights = [1 / (rank + 2) for rank in range(3000)]
    texts = []
    for _ in range(count):
        if texts and rng.random() < 0.3:
            words = rng.choice(texts).split()
            for _ in range(rng.randrange(1 + len(words) // 3)):
                words[rng.randrange(len(words))] = rng.choice(vocabulary)
        else:
            size = rng.choice((rng.randint(1, 30), rng.randint(1, 30), rng.randint(60, 400)))
            words = rng.choices(vocabulary, weights, k=size)
        texts.append(" ".join(words))
    return texts


def test_a_large_pool_with_long_texts():
    """Every constant as it is in use; the reference is LCSseq without any bound."""
    pool, candidates = made_up(3000, 1), made_up(150, 2) + made_up(3000, 1)[::60]
    known = NoveltyIndex(pool)
    alphabet = known._alphabet
    learned = [alphabet.learn(text) for text in pool]
    kept = list(learned)
    for text, outcome in zip(candidates, known.screen(candidates), strict=True):
        values = f_values(alphabet.learn(text), kept).tolist()
        assert outcome == Screened(max(values) <= 0.7, max(values), values.index(max(values)))
        if outcome.kept:
            kept.append(alphabet.learn(text))
    assert 50 < len(kept) - len(pool) < 150


def test_the_first_of_equally_near_ones_counts():
    known = NoveltyIndex(["list five fruits", "name five rivers", "list five fruits"])
    assert known.nearest("List five fruits!") == Nearest(1.0, 0)
    # 2/3 both times; the second is shorter, and so it is the first in its block.
    pool = ["a b c d x y z w", "a b", "a b", *(f"p{at} q" for at in range(300))]
    assert NoveltyIndex(pool).nearest("a b c d") == Nearest(pytest.approx(2 / 3), 0)
    assert NoveltyIndex(pool[1:]).nearest("a b c d") == Nearest(pytest.approx(2 / 3), 0)


def test_what_has_no_tokens_is_near_to_nothing():
    known = NoveltyIndex(["", "写一首诗", "write a poem"])
    assert known.nearest("") == Nearest(0.0, None)
    assert known.nearest("写一首诗") == Nearest(0.0, None)
    assert known.nearest("draw it") == Nearest(0.0, None)
    assert NoveltyIndex().nearest("write") == Nearest(0.0, None)
    assert [each.kept for each in known.screen(["写一首诗", "!", "写一首诗"])] == [True] * 3


def test_words_of_other_scripts_on_demand():
    known = NoveltyIndex(["写一首诗", "Напиши стихи о зиме"], tokenizer="unicode")
    assert known.nearest("写一首歌") == Nearest(0.75, 0)
    assert known.nearest("НАПИШИ стихи о лете") == Nearest(0.75, 1)


def test_kept_ones_are_compared_with_each_other():
    known = NoveltyIndex(["sort these numbers"])
    outcome = known.screen(
        ["name a river in Peru", "name a river in Chile", "tell me a joke", "tell me a joke"]
    )
    assert outcome == [
        Screened(True, 0.0, None),
        Screened(False, 0.8000000000000002, 1),
        Screened(True, pytest.approx(2 / 9), 1),
        Screened(False, 1.0, 2),
    ]
    assert len(known) == 3


def test_at_the_limit_is_kept():
    ten = "a b c d e f g h i j"
    seven = "a b c d e f g x y z"
    assert NoveltyIndex([ten], max_rouge_l=0.7).screen([seven])[0].kept
    assert not NoveltyIndex([ten], max_rouge_l=0.69).screen([seven])[0].kept


def test_progress_counts_every_candidate():
    counted = []
    known = NoveltyIndex(made_up(500, 3))
    known.screen(made_up(300, 4), on_done=counted.append)
    assert sum(counted) == 300
    assert len(counted) > 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"max_rouge_l": 1.5}, "the highest ROUGE-L is 1.5; expected 0 to 1"),
        ({"max_rouge_l": float("nan")}, "the highest ROUGE-L is nan; expected 0 to 1"),
        ({"tokenizer": "bpe"}, "the tokenizer is 'bpe'; expected rouge or unicode"),
    ],
)
def test_what_is_out_of_range_is_one_sentence(arguments, said):
    with pytest.raises(UsageError, match=f"^{said}$"):
        NoveltyIndex(**arguments)
