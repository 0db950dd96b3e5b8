import pytest

from lion_distill.choices import StopChoice
from lion_distill.stopping import after_evaluation, after_generation, after_split


@pytest.mark.parametrize(
    ("number", "expected"), [(0, ""), (2, ""), (3, "all 3 iterations are done")]
)
def test_the_loop_ends_after_its_rounds(number: int, expected: str) -> None:
    assert after_evaluation([], number, StopChoice(iterations=3)) == expected


@pytest.mark.parametrize(
    ("scores", "ends"),
    [([50.0], False), ([50.0, 40.0], False), ([50.0, 40.0, 45.0], True),
     ([50.0, 50.0, 50.0], True), ([50.0, 40.0, 51.0], False), ([50.0, 60.0, 55.0], False)],
)  # fmt: skip
def test_patience_counts_evaluations_since_the_best(scores: list[float], ends: bool) -> None:
    stop = StopChoice(iterations=9, patience=2)
    reason = after_evaluation(scores, len(scores) - 1, stop)
    assert reason == ("no better evaluation than 50.0 in 2 iterations" if ends else "")


def test_without_patience_a_worse_student_goes_on() -> None:
    assert after_evaluation([50.0, 1.0, 1.0, 1.0], 3, StopChoice(iterations=9)) == ""


@pytest.mark.parametrize(
    ("hard", "easy", "least", "expected"),
    [
        (1, 99, 0.0, ""),
        (0, 100, 0.0, ""),
        (5, 95, 0.05, ""),
        (4, 96, 0.05, "only 4.0% of the pool are hard, below 5.0%"),
        (0, 0, 0.0, "the referee decided on no instruction"),
    ],
)
def test_too_little_that_is_hard(hard: int, easy: int, least: float, expected: str) -> None:
    share = hard / (hard + easy) if hard + easy else None
    split = {"n": {"hard": hard, "easy": easy, "undecided": 3}, "hard_share": share}
    assert after_split(split, StopChoice(min_hard_share=least)) == expected


def test_too_little_that_is_new_with_the_commonest_reasons() -> None:
    rejected = {"same_as_parent": 3, "not_new": 1700, "empty": 9, "refusal": 2}
    facts = {"kept": 12, "acceptance_rate": 0.012, "rejected": rejected}
    assert after_generation(facts, StopChoice()) == ""
    assert after_generation(facts, StopChoice(min_acceptance=0.05)) == (
        "only 1.2% of the candidates were kept, below 5.0% "
        "(1,700 not new, 9 empty, 3 same as parent)"
    )
    nothing = {"kept": 0, "acceptance_rate": 0.0, "rejected": {}}
    assert after_generation(nothing, StopChoice()) == "the generator gave nothing new (none)"
