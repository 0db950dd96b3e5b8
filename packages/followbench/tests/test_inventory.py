from __future__ import annotations

from followbench.checks import parse_check
from followbench.data import Benchmark, Constraint, Group, Level
from followbench.inventory import describe, failing_references, summary


def group(**changes):
    levels = tuple(
        Level(f"L{n}", Constraint("check", check=parse_check({"type": "words", "min": n})))
        for n in range(1, 5)
    )
    last = (Level("L5", Constraint("criterion", criterion="Kind.")),)
    return Group(**{"id": "g", "category": "mixed", "lang": "en", "instruction": None,
                    "levels": levels + last, **changes})  # fmt: skip


def benchmark(*groups):
    return Benchmark("b", "en", groups)


def test_a_benchmark_in_a_line():
    one = describe(benchmark(group()))
    assert (one["checkable"], one["check_types"]) == (0.8, {"words": 4})
    assert one["constraints"] == {"check": 4, "criterion": 1}
    assert summary(one) == "1 group, 5 items, 80% of constraints checkable without a judge"


def test_an_empty_benchmark():
    facts = describe(benchmark())
    assert (facts["groups"], facts["checkable"]) == (0, 0)


def test_a_reference_must_pass_the_checks_of_every_level():
    failures = failing_references(benchmark(group(), group(id="r", reference="two words")))
    assert [(one.group, one.level, one.check) for one in failures] == [
        ("mixed/r", 3, "words"), ("mixed/r", 4, "words"),
    ]  # fmt: skip
    assert failures[0].message == "2 words, at least 3 wanted"


def test_a_group_that_does_not_add_up_is_held_to_its_last_level():
    levels = tuple(
        Level(f"L{n}", Constraint("check", check=parse_check({"type": "number", "equals": n})))
        for n in range(1, 6)
    )
    single = group(levels=levels, cumulative=False, reference="It is 5.")
    assert failing_references(benchmark(single)) == []
    [failure] = failing_references(benchmark(group(levels=levels, cumulative=False, reference="4")))
    assert failure.level == 5
