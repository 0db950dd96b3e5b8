"""What is new, by words, by meaning and by id."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.news import News, tokenizer_for
from lion_distill.rows import Instruction, instruction_id


def task(text, given=""):
    return Instruction(id=instruction_id(text, given), instruction=text, input=given)


POOL = [task("Sort the words.", "pear, fig, apple"), task("Name three rivers of Peru.")]


def lcs_f1(one, other):
    """ROUGE-L F1 by the textbook's table."""
    a, b = one.lower().split(), other.lower().split()
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
            )
    common = table[-1][-1]
    return 2 * common / (len(a) + len(b)) if common else 0.0


def test_similarity_is_to_the_nearest_instruction_with_its_input():
    news = News(POOL, 0.7)
    (seen,) = news.screen([task("Sort the words.", "pear, fig, plum")])
    assert seen.reason == "not_new"
    assert seen.nearest == POOL[0].id
    assert seen.similarity == pytest.approx(10 / 12)


def test_kept_ones_count_from_then_on():
    news = News(POOL, 0.7)
    first, second = task("Bake a cake without any eggs."), task("Bake a cake without any sugar.")
    kept, stopped = news.screen([first, second])
    assert (kept.reason, stopped.reason, stopped.nearest) == (None, "not_new", first.id)
    assert news.screen([second])[0] == stopped
    assert kept.similarity < 0.7


def test_the_same_text_is_never_new_even_without_a_limit():
    news = News(POOL, 1.0)
    again, twice = task("Name three rivers of Peru."), task("Fold a paper boat.")
    seen = news.screen([again, twice, twice])
    assert [each.reason for each in seen] == ["not_new", None, "not_new"]
    assert [each.nearest for each in seen] == [POOL[1].id, None, twice.id]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(1, 7))
def test_how_candidates_are_batched_does_not_matter(numbers, size):
    def text(number):
        chance = random.Random(number)
        return " ".join(chance.choices(["one", "two", "three", "four", "five", "six"], k=6))

    candidates = [task(text(number)) for number in numbers]
    whole, parts = News(POOL, 0.6), News(POOL, 0.6)
    together = whole.screen(candidates)
    apart = [
        seen
        for start in range(0, len(candidates), size)
        for seen in parts.screen(candidates[start : start + size])
    ]
    assert together == apart
    kept = list(POOL)
    for each, seen in zip(candidates, together, strict=True):
        if each.id not in {one.id for one in kept}:
            highest = max(lcs_f1(each.text, one.text.replace(",", "")) for one in kept)
            assert seen.similarity == pytest.approx(highest)
        assert (seen.reason is None) == (seen.similarity <= 0.6)
        if seen.reason is None:
            kept.append(each)


def test_scripts_that_rouge_is_blind_for_get_another_tokenizer():
    chinese = [task("写一首关于秋天的诗。"), task("解释为什么天空是蓝色的。")]
    assert tokenizer_for([each.text for each in chinese]) == "unicode"
    assert tokenizer_for(["Name a river.", "Wo liegt Köln?"]) == "rouge"
    assert tokenizer_for([]) == "rouge"
    news = News(chinese, 0.7)
    near, far = news.screen([task("写一首关于春天的诗。"), task("用三句话介绍长城的历史。")])
    assert (near.reason, near.nearest) == ("not_new", chinese[0].id)
    assert far.reason is None


def test_meaning_stops_what_other_words_hide(monkeypatch):
    def by_subject(texts):
        subjects = [("electric", "power"), ("haiku", "poem")]
        return [[any(word in text for word in each) for each in subjects] for text in texts]

    monkeypatch.setattr("lion_distill.novelty.meaning.load_encoder", lambda spec: by_subject)
    first = task("How can I lower my electricity bill?")
    news = News([first], 0.7, max_cosine=0.7)
    alike = task("What are ways to reduce the cost of power at home?")
    other = task("Write a haiku about owls.")
    again = task("Make up a short poem with birds of the night in it.")
    seen = news.screen([alike, other, again])
    assert [each.reason for each in seen] == ["same_meaning", None, "same_meaning"]
    assert all(each.similarity < 0.7 for each in seen)
    assert [each.reason for each in news.screen([other, first])] == ["not_new", "not_new"]
    # A candidate that its meaning stopped is not there for its words either.
    (near,) = news.screen([task("What are ways to reduce the cost of power at work?")])
    assert (near.reason, near.nearest) == ("same_meaning", None)
