"""Answers read from replies, in both modes; the benchmark's own solutions must be right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bmc_dpo.evaluation.extraction import read_reply
from bmc_dpo.evaluation.items import Item, read_items

OPTIONS = ("new york", "rio de janeiro", "york", "Mount St. Helens")
QA = Item("q", "t", "qa", "Where?", "rio de janeiro", OPTIONS)
MATH = Item("m", "t", "math", "How many?", "1,250")


@pytest.mark.parametrize(
    ("reply", "extracted"),
    [
        ("It dances. The answer is rio de janeiro", "rio de janeiro"),
        ("the answer is: **Rio de Janeiro**.", "rio de janeiro"),
        ("The answer is (B).", "rio de janeiro"),
        ("The answer is B", "rio de janeiro"),
        ("The answer is B) rio de janeiro", "rio de janeiro"),
        ("Answer: rio de janeiro, since it dances.", "rio de janeiro"),
        ("The answer is new york. No: the answer is rio de janeiro.", "rio de janeiro"),
        ("The answer is york", "york"),
        ("The answer is new york, I think", "new york"),
        ("The answer is mount st. helens.", "Mount St. Helens"),
        ("I would say\nRio de Janeiro", "rio de janeiro"),
        ("The answer is paris.", "paris"),
        ("I do not know.", None),
        ("", None),
    ],
)
def test_multiple_choice(reply, extracted):
    verdict = read_reply(QA, reply)
    assert verdict.extracted == extracted
    assert verdict.correct == (extracted == "rio de janeiro")


@pytest.mark.parametrize(
    ("reply", "correct"),
    [
        ("So 5 * 250 = 1250. The answer is 1250.", True),
        ("The answer is $1,250.00", True),
        ("#### 1250", True),
        (r"\boxed{1250}", True),
        ("It makes 1250 in all", True),
        ("The answer is 1251. Before that I had 1250.", False),
        ("No number here", False),
    ],
)
def test_math(reply, correct):
    assert read_reply(MATH, reply).correct is correct


@pytest.mark.parametrize(
    ("reply", "correct"),
    [
        ("The answer is rio de janeiro", True),
        ("The answer is Rio de Janeiro ", True),
        ("The answer is rio de janeiro.", False),
        ("the answer is rio de janeiro", False),
        ("rio de janeiro", False),
    ],
)
def test_released_matches_to_the_letter(reply, correct):
    assert read_reply(QA, reply, "released").correct is correct


def test_released_never_counts_an_answer_with_a_capital():
    capital = Item("q", "t", "qa", "Where?", "Rio", ("Rio",))
    assert not read_reply(capital, "The answer is Rio", "released").correct
    assert read_reply(capital, "The answer is Rio").correct


def test_released_math_takes_the_last_number():
    assert read_reply(MATH, "The answer is 1,250", "released").correct
    assert not read_reply(MATH, "The answer is 1250 or 3", "released").correct
    assert not read_reply(MATH, "1250", "released").correct
    assert read_reply(MATH, "The answer is nothing", "released").extracted is None


@settings(deadline=None)  # the first answer that is no plain number imports a grammar
@given(st.text(max_size=80), st.sampled_from(["fixed", "released"]), st.sampled_from([QA, MATH]))
def test_any_reply_can_be_read(reply, mode, item):
    verdict = read_reply(item, reply, mode)
    assert not (verdict.correct and verdict.extracted is None)


@given(st.sampled_from(OPTIONS), st.sampled_from(["", ".", "**", '"', " (sure)"]))
def test_each_option_is_read_back(option, mark):
    reply = f"Thinking of new york and york. The answer is {option}{mark}"
    assert read_reply(QA, reply).extracted == option


@pytest.mark.parametrize(
    ("task", "count", "released"),
    [("arc", 2376, 1785), ("ecqa", 2194, 2194), ("openbookqa", 500, 435), ("qasc", 926, 758)],
)
def test_the_benchmarks_own_solutions(test_data, task, count, released):
    items = read_items([test_data / "bmc" / "qa" / task / "test.jsonl"])
    assert len(items) == count
    assert {item.kind for item in items} == {"qa"}
    wrong = [item for item in items if not read_reply(item, item.solution).correct]
    assert wrong == []
    assert sum(read_reply(item, item.solution, "released").correct for item in items) == released


def test_gsm8ks_own_solutions(test_data):
    items = read_items([test_data / "bmc" / "gsm8k_test.jsonl"])
    assert (len(items), {item.kind for item in items}) == (1319, {"math"})
    assert all(read_reply(item, item.solution).correct for item in items)


@pytest.mark.parametrize(
    ("reply", "extracted"),
    [
        ("The answer is ∞.", "∞"),
        ("The answer is $50", "$50"),
        ("The answer is 50%.", "50%"),
        ("The answer is c#", "C#"),
        ("The answer is 50.", "50"),
    ],
)
def test_options_that_differ_in_symbols_alone(reply, extracted):
    item = Item("q", "t", "qa", "Which?", "∅", ("∅", "∞", "$50", "50%", "C", "C#"))
    verdict = read_reply(item, reply)
    assert (verdict.extracted, verdict.correct) == (extracted, False)
    assert read_reply(item, "The answer is ∅").correct


MARKED = [
    "**{}**", "**{}**.", "**{}.**", "*{}*", "_{}_", "`{}`", '"{}"', "“{}”", "'{}'.", "[{}]",
    "({}).", "(**{}**)", "**{}**\n\nThat is all.", r"\boxed{{{}}}", r"$\boxed{{\text{{{}}}}}$.",
    r"\({}\)", r"\textbf{{{}}}", "${}$", "below.\nSo \\boxed{{{}}}, as said",
]  # fmt: skip


@pytest.mark.parametrize("marks", MARKED)
@pytest.mark.parametrize("named", ["B", "b", "Rio de Janeiro"])
def test_marks_around_a_letter_or_a_text_do_not_count(marks, named):
    for reply in ("The answer is " + marks.format(named), "**The answer is " + marks.format(named)):
        assert read_reply(QA, reply).extracted == "rio de janeiro"
        assert read_reply(QA, reply).correct
    wrong = read_reply(QA, "The answer is " + marks.format("C" if len(named) == 1 else "york"))
    assert (wrong.extracted, wrong.correct) == ("york", False)


@pytest.mark.parametrize(
    ("reply", "extracted"),
    [
        (r"So it is \boxed{B}.", "rio de janeiro"),
        (r"\boxed{\text{york}}", "york"),
        (r"So it is \boxed{paris}, I think", "paris"),
        ("The answer is **B.** rio de janeiro", "rio de janeiro"),
        ("The answer is **B**, since it dances", "rio de janeiro"),
        ("The answer is B - rio de janeiro", "rio de janeiro"),
        ("The answer is B Rio de Janeiro.", "rio de janeiro"),
        ("The answer is paris.\n#### Option B\nThis one dances", "paris"),
        (r"\boxed{B} was my guess. The answer is paris.", "paris"),
        ("The answer is not B", "not B"),
        ("The answer is E", "E"),
    ],
)
def test_what_else_a_reply_may_state(reply, extracted):
    verdict = read_reply(QA, reply)
    assert verdict.extracted == extracted
    assert verdict.correct == (extracted == "rio de janeiro")


@pytest.mark.parametrize(
    ("reply", "extracted"),
    [
        ("The answer is (C).", "aa"),
        ("The answer is (B).", "Aa"),
        ("The answer is aa.", "aa"),
        ("The answer is **Aa**.", "Aa"),
        ("The answer is AA, since both are large", "AA"),
        ("The answer is aa, since both are small", "aa"),
        ("The answer is aA.", "aA"),
        ("The answer is aA, since", "aA, since"),
    ],
)
def test_options_that_differ_in_case_alone(reply, extracted):
    item = Item("q", "t", "qa", "Which?", "Aa", ("AA", "Aa", "aa"))
    verdict = read_reply(item, reply)
    assert (verdict.extracted, verdict.correct) == (extracted, extracted == "Aa")


def test_options_that_begin_with_an_initial(tmp_path):
    path = tmp_path / "species.jsonl"
    question = "Which?\\nOptions:\\nE. coli\\nS. aureus\\nE. faecalis"
    path.write_text(f'{{"problem": "{question}", "answer": "E. coli"}}\n')
    [item] = read_items([path])
    assert read_reply(item, "The answer is E. coli.").correct
    assert read_reply(item, "The answer is A").correct
    wrong = read_reply(item, "The answer is E. faecalis.")
    assert (wrong.extracted, wrong.correct) == ("E. faecalis", False)
