"""What a referee's reply says, however it says it; and what it does not say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.discrimination.scores import read_scores

READ = {
    # JSON, as asked for and otherwise
    '{"score_1": 8, "score_2": 6}': (8, 6),
    'Short reasons.\n```json\n{"score_1": 8.5, "score_2": 6}\n```': (8.5, 6),
    '{"reasons": "Both fine.", "score_2": 6, "score_1": 8}': (8, 6),
    '{"A": "8/10", "B": "7,5"}': (8, 7.5),
    '{"assistant_a": {"score": 8, "reason": "2 slips"}, "assistant_b": {"score": 9}}': (8, 9),
    '{"scores": {"Answer 1": 4, "Answer 2": 5}}': (4, 5),
    '{"scores": [3, 10], "reasons": ["a", "b"]}': (3, 10),
    '{"answer1Score": 3, "answer2Score": 4}': (3, 4),
    'First {"score_1": 3, "score_2": 4}; again: {"score_1": 3.0, "score_2": 4}': (3, 4),
    '<think>Maybe {"score_1": 1, "score_2": 1}?</think>{"score_1": 9, "score_2": 2}': (9, 2),
    "{'score_1': 7, 'score_2': 3}": (7, 3),
    'Answer 1: 3 steps are wrong. Answer 2: 5\n{"score_1": 2, "score_2": 9}': (2, 9),
    'Answer 1: 3 out of 5 steps hold. {"score_1": 2, "score_2": 9}': (2, 9),
    '{"reasons": ["x", "y"], "overall": {"A": 8, "B": 6}, "winner": "A"}': (8, 6),
    '{"A": {"rating": "8"}, "B": {"rating": 6, "why": "3 slips"}}': (8, 6),
    # labelled lines
    "Assistant 1: 8/10\nAssistant 2: 6/10": (8, 6),
    "Assistant 2: 6/10\nAssistant 1: 8/10": (8, 6),
    "**Answer A:** 9\n**Answer B:** 7.5": (9, 7.5),
    "A: 8, B: 6": (8, 6),
    "B: 6; A: 8": (8, 6),
    "Answer A (8/10) is better than Answer B (6/10).": (8, 6),
    "Answer 1 gets 8 out of 10, while answer 2 deserves a 6.": (8, 6),
    "Score for Answer A: 8\nScore for Answer B: 6": (8, 6),
    "The score of answer 1 is 8. The score of answer 2 is 6.": (8, 6),
    "Answer 1's score is 8,5; answer 2's score is 6": (8.5, 6),
    "Score A: 8 | Score B: 6": (8, 6),
    "score_1 = 8\nscore_2 = 6": (8, 6),
    "The first answer: 8/10. The second answer: 6/10.": (8, 6),
    "I would give Answer A 8/10 and rate Answer B 6/10.": (8, 6),
    "### Answer 1\nClear and right.\n**Score:** 8/10\n\n### Answer 2\nVague.\nScore: 6": (8, 6),
    "| Answer 1 | 8 |\n| Answer 2 | 6 |": (8, 6),
    "Response A - 8 points\nResponse B - 6 points": (8, 6),
    "Assistant 1: [[8]]\nAssistant 2: [[6]]": (8, 6),
    "Answer A scores 10. Answer B scores 1.": (10, 1),
    "助手１：８分，助手２：６.５分": (8, 6.5),
    "Ａｎｓｗｅｒ １： ８／１０\nAnswer ２： ６／１０": (8, 6),
    "Answer A: 8½/10, Answer B: 6/10": (8.5, 6),
    "Answer A: 8 - clear and right\nAnswer B: 6 - too short": (8, 6),
    # two numbers on the first or the last line
    "8 9\nThe second is a little better.": (8, 9),
    "Both are good, there are 3 slips in one.\n8, 9": (8, 9),
    "Scores: 8/10 9/10": (8, 9),
    "8.5 and 9": (8.5, 9),
}

UNREAD = [
    "",
    "Both answers are good.",
    "Answer A: 8/10",
    "8",
    "A: 11, B: 6",
    "A: 0, B: 6",
    "A: -3, B: 6",
    '{"score_1": 8}',
    '{"score_1": {"why": 8}, "score_2": "good"}',
    '{"scores": {"scores": {"scores": {"scores": {"scores": {"x": 1}}}}}}',
    '{"scores": ["good", "bad"], "score": [8, 7, 6]}',
    '{"score_1": 8, "score_2": 60}',
    '{"score_1": true, "score_2": false}',
    '{"score_1": NaN, "score_2": 1e999}',
    '{"score_1": 8, "score_1": 3, "score_2": 5}',
    '{"score_1": "8/100", "score_2": "6/10"}',
    '{"score_1": <number>, "score_2": <number>}',
    '{"score_1": 8, "score_2": 6}\nAfter a second look: {"score_1": 5, "score_2": 6}',
    "Answer A: 8/10\nAnswer B: 6/10\nFinal: Answer A: 7/10, Answer B: 6/10",
    'Answer 1: 9/10, answer 2: 9/10. {"score_1": 1, "score_2": 9}',
    "8 9\nReasons.\n9 8",
    "Assistant 1: 4/5\nAssistant 2: 3/5",
    "Assistant 1: 80/100\nAssistant 2: 60/100",
    "A: 8-9, B: 6",
    "8,9",
    "2023 2024",
    "8 9 10",
    "Answer A: written in 2021. Answer B: written in 2022.",
    "Answer A: 1. Clear 2. Short\nAnswer B: 1. Vague",
    "Answer A: 1) clear\nAnswer B: 2) vague",
    "Answer A: 3 errors\nAnswer B: 5 errors",
    "Answer A: 2, 3 and 5 are primes.\nAnswer B: 7, 9 and 11",
    "Answer A is 5, which is wrong. Answer B is 7, which is right.",
    "Answer A gets 2 points deducted; Answer B gets 3 points deducted",
    "Answer A: 8/10 for style\nAnswer B: 6/10 for style",
    "1. Answer A is right.\n2. Answer B is wrong.",
    "Answer 1: A (8/10)\nAnswer 2: none",
    "A better answer: 8. But a worse one: 6.",
    "Answer A: 1,000\nAnswer B: 2,000",
    "Grades: B: 7 for answer 1",
]


@pytest.mark.parametrize(("text", "scores"), READ.items(), ids=range(len(READ)))
def test_read(text, scores):
    assert read_scores(text) == scores


@pytest.mark.parametrize("text", UNREAD)
def test_unread(text):
    assert read_scores(text) is None


def test_a_verb_is_enough_where_nothing_but_scores_was_asked_for():
    text = "The answer 1 is 10, and the answer 2 is 1."
    assert read_scores(text) is None
    assert read_scores(text, terse=True) == (10, 1)
    assert read_scores("Answer 1 is a 5-step plan, answer 2 is 3 lines.", terse=True) is None
    assert read_scores('Answer 1 is 3. {"score_1": 8, "score_2": 6}', terse=True) == (8, 6)


SCORE = st.one_of(
    st.integers(1, 10), st.decimals(1, 10, places=1).map(float), st.sampled_from([1.25, 9.75])
)
LINES = {
    "Assistant 1: {0}/10\nAssistant 2: {1}/10": False,
    "Assistant 2: {1}\nAssistant 1: {0}": False,
    "**Answer B:** {1}\n\n**Answer A:** {0}": False,
    "A: {0}, B: {1}": False,
    "Answer A scores {0} out of 10; answer B scores {1} out of 10.": False,
    "- answer 1 – {0} points\n- answer 2 – {1} points": False,
    "{0} {1}\nThe reasons follow: 1. They are good. 2. There are 12 of them.": True,
    "It was 1969, and 3 of 7 points hold.\n\n{0}, {1}": True,
}


@given(SCORE, SCORE, st.sampled_from(sorted(LINES)), st.booleans())
def test_what_is_written_is_read(one, other, pattern, wide):
    text = pattern.format(one, other)
    if wide:
        text = text.translate({code: code + 0xFEE0 for code in b"0123456789:/"})
    assert read_scores(text) == (one, other)


@given(SCORE, SCORE, st.text(max_size=60).filter(lambda text: not set(text) & set("0123456789½")))
def test_json_is_read_beside_any_words(one, other, words):
    reply = json.dumps({"reasons": words, "score_2": other, "score_1": one})
    if any(char.isdecimal() for char in words) or "</think>" in words:
        return
    assert read_scores(f"{words}\n```json\n{reply}\n```") == (one, other)


PIECES = st.sampled_from(
    ["Answer A", "answer 2", "A", "B", ":", " ", "\n", "8", "10", "/10", "-", ",", ".", "{", "}",
     '"score_1"', '"score_2"', "score", "is", "gets", "(", ")", "**", "|", "１", "\x01", "½", "[["]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_gives_two_scores_or_none(text):
    scores = read_scores(text)
    assert scores is None or all(1 <= score <= 10 for score in scores)


@given(st.text(alphabet="abcd ,.;\n", max_size=200))
def test_words_alone_are_no_scores(text):
    assert read_scores(text) is None


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "piece", ["{", '{"a":', "Answer A ", "Answer A: ", "* ", "Answer A is ", "8 ", "A: 8, ", " - "]
)
def test_long_replies_take_no_time(piece):
    assert read_scores(piece * 8000 + "\nend") is None
