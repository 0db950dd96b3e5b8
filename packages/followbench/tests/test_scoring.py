from __future__ import annotations

import pytest

from followbench.checks import parse_check
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.scoring import score_items


def check(**spec):
    return Constraint("check", check=parse_check(spec))


OURS = Group(
    "a",
    "mixed",
    "en",
    "I",
    (
        Level("L1", check(type="includes", keywords=["red"])),
        Level("L2", Constraint("criterion", criterion="It is kind.")),
        Level("L3", check(type="excludes", keywords=["blue"])),
        Level("L4", Constraint("criterion", criterion="It is wise.")),
        Level("L5", check(type="words", max=3)),
    ),
)
PATHS = Group(
    "p", "style", "en", "I", tuple(Level(f"L{n}", Constraint("path")) for n in range(1, 6))
)
RULES = Group(
    "r",
    "situation",
    "en",
    "I",
    tuple(Level(f"L{n}", Constraint("rule", rule="gsm_8k", target=f"${n}")) for n in range(1, 6)),
    cumulative=False,
)


def scored(group, generations, judgements, mode="fixed"):
    benchmark = Benchmark("b", group.lang, (group,))

    def keyed(texts):
        return {(group.category, group.id, level): text for level, text in texts.items()}

    judged = None if judgements is None else keyed(judgements)
    return score_items(benchmark, keyed(generations), judged, mode)


def test_checks_and_verdicts_are_put_in_the_order_of_the_constraints():
    scores = scored(OURS, {4: "red blue"}, {4: '["YES", "NO"]'})
    score = scores[3]
    assert score.status == "scored"
    assert [verdict.ok for verdict in score.verdicts] == [True, True, False, False]
    assert (score.hard, score.soft) == (0.0, 0.5)
    assert [s.status for s in scores] == [
        "no_generation", "no_generation", "no_generation", "scored", "no_generation",
    ]  # fmt: skip


def test_all_constraints_hold():
    score = scored(OURS, {5: "red indeed"}, {5: '["YES", "YES"]'})[4]
    assert (score.hard, score.soft) == (1.0, 1.0)


def test_without_a_judge_only_the_checks_count():
    scores = scored(OURS, {2: "red", 5: "red one two three four"}, None)
    assert (scores[1].status, scores[1].hard, scores[1].soft) == ("scored", 1.0, 1.0)
    assert [verdict.ok for verdict in scores[1].verdicts] == [True, None]
    assert (scores[4].hard, scores[4].soft) == (0.0, pytest.approx(2 / 3))


def test_with_a_judge_an_item_it_left_out_is_not_scored():
    score = scored(OURS, {2: "red"}, {})[1]
    assert (score.status, score.hard) == ("no_judgement", None)


def test_official_paths_need_the_judge():
    assert scored(PATHS, {1: "x"}, None)[0].status == "no_judgement"
    score = scored(PATHS, {3: "x"}, {3: "fine\n['YES', 'NO', 'YES']"})[2]
    assert (score.hard, score.soft) == (0.0, pytest.approx(2 / 3))


def test_an_unread_judgement_is_missing_in_fixed_and_minus_one_in_released():
    words = {2: "I cannot say."}
    fixed = scored(PATHS, {2: "x"}, words)[1]
    assert (fixed.status, fixed.hard, fixed.soft) == ("unread", None, None)
    assert fixed.reason
    released = scored(PATHS, {2: "x"}, words, "released")[1]
    assert (released.status, released.hard, released.soft) == ("unread", -1.0, -1.0)


def test_a_rule_counts_once_whatever_the_level():
    scores = scored(RULES, {n: f"It costs ${n}" for n in (1, 2, 3, 4)} | {5: "$4"}, {})
    assert [(s.hard, s.soft) for s in scores] == [(1.0, 1.0)] * 4 + [(0.0, 0.0)]


def test_a_judgement_without_a_generation_does_not_score():
    assert scored(PATHS, {}, {1: "['YES']"})[0].status == "no_generation"
