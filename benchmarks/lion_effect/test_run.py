from __future__ import annotations

import math
from collections import Counter

import pytest
from families import FAMILIES, LEVELS, read
from report import interval, intervals, of_family, of_level, overall, table
from run import make_seeds, make_tests
from student import make_tokenizer


def test_seeds_are_mostly_easy_and_none_is_tested() -> None:
    seeds, tests = make_seeds(1, 400), make_tests(1, 5)
    assert len({each.id for each in seeds}) == 400
    assert not {each.text for each in seeds} & {each.text for each in tests}
    assert all(each.held_out for each in tests)
    levels = Counter(task.level for each in seeds if (task := read(each.text)))
    assert levels.total() == 400
    assert levels[1] > levels[2] > levels[3] > levels[4] > 0
    cells = Counter((each.task.family, each.task.level) for each in tests)
    assert set(cells.values()) == {5}
    assert len(cells) == len(FAMILIES) * len(LEVELS)


def test_other_seeds_other_tasks_and_the_same_seed_the_same() -> None:
    assert make_seeds(1, 20) == make_seeds(1, 20) != make_seeds(2, 20)
    assert make_tests(1, 1) == make_tests(1, 1) != make_tests(2, 1)


def test_the_tokenizer_knows_every_word_and_gives_answers_back() -> None:
    tokenizer = make_tokenizer()
    for each in make_tests(3, 10):
        chat = [
            {"role": "user", "content": each.text},
            {"role": "assistant", "content": each.task.answer},
        ]
        whole = tokenizer.apply_chat_template(chat, return_dict=True)["input_ids"]
        asked = tokenizer.apply_chat_template(
            chat[:1], add_generation_prompt=True, return_dict=True
        )["input_ids"]
        assert whole[: len(asked)] == asked
        assert tokenizer.unk_token_id not in whole
        assert whole[-1] == tokenizer.eos_token_id
        assert tokenizer.decode(whole[len(asked) :], skip_special_tokens=True) == each.task.answer


def test_means_and_intervals() -> None:
    cells = {"sum 1": 100.0, "sum 2": 50.0, "day 1": 60.0, "day 2": 30.0}
    assert overall(cells) == 60
    assert of_family("sum")(cells) == 75
    assert of_level(2)(cells) == 40
    mean, half = interval([10.0, 12.0, 14.0])
    assert mean == 12
    assert half == pytest.approx(4.30 * 2 / math.sqrt(3))


def test_the_table_compares_seed_by_seed() -> None:
    def arm(*values: float) -> dict[str, object]:
        tables = [{f"sum {n}": value for n in range(1, 5)} for value in values]
        return {"accuracy": tables, "rounds": []}

    found = {
        str(seed): {
            "adversarial": arm(20, 50 + seed), "random": arm(20, 40), "base": arm(10)
        }
        for seed in (1, 2, 3)
    }  # fmt: skip
    lines = table(found).splitlines()
    assert " ".join(lines[1].split()) == "all 10.0 ± 0.0 20.0 ± 0.0 52.0 ± 2.5 40.0 ± 0.0"
    assert any(line.split()[:4] == ["adversarial", "+12.0", "±", "2.5"] for line in lines)


def test_intervals_of_the_end() -> None:
    def arm(end: float) -> dict[str, list[dict[str, float]]]:
        levels = {f"day {level}": 0.0 for level in LEVELS}
        return {"accuracy": [levels, {**levels, "day 1": end}]}

    rows = intervals(
        {
            "1": {"adversarial": arm(50.0), "random": arm(40.0), "base": arm(20.0)},
            "2": {"adversarial": arm(58.0), "random": arm(40.0), "base": arm(20.0)},
        }
    )
    assert list(rows) == ["adversarial", "random", "base"]
    assert rows["adversarial"]["level 1"] == pytest.approx((54.0, 12.71 * 4.0))
    assert rows["adversarial"]["all"] == pytest.approx((13.5, 12.71 * 1.0))
    assert rows["adversarial"]["beside_random"] == pytest.approx((3.5, 12.71 * 1.0))
    assert rows["random"]["beside_random"] == (0.0, 0.0)
    assert rows["base"]["all"] == (5.0, 0.0)
    assert rows["base"]["level 2"] == (0.0, 0.0)
