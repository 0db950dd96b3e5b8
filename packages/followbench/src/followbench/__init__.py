"""FollowBench: multi-level constraint following (arXiv 2310.20410), as a library and a command.

    from followbench import Answers, evaluate, load_benchmark

    benchmark = load_benchmark("mini")
    answers = Answers({item.key: ask(item.instruction) for item in benchmark.items})
    print(evaluate(benchmark, answers).summary["average"]["hsr"])

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from followbench.__about__ import __version__
from truing_core.public_names import public_names

if TYPE_CHECKING:
    from followbench.answers import Answers, read_generations, read_judgements
    from followbench.checks import Check, Outcome, check_types, parse_check, run_check
    from followbench.comparison import compare
    from followbench.data import Benchmark, Constraint, Group, Item, Level
    from followbench.report import render
    from followbench.results import Result, evaluate, load, save
    from followbench.sources import load_benchmark

__all__ = [
    "Answers",
    "Benchmark",
    "Check",
    "Constraint",
    "Group",
    "Item",
    "Level",
    "Outcome",
    "Result",
    "__version__",
    "check_types",
    "compare",
    "evaluate",
    "load",
    "load_benchmark",
    "parse_check",
    "read_generations",
    "read_judgements",
    "render",
    "run_check",
    "save",
]

_HOMES = {
    "answers": ("Answers", "read_generations", "read_judgements"),
    "checks": ("Check", "Outcome", "check_types", "parse_check", "run_check"),
    "comparison": ("compare",),
    "data": ("Benchmark", "Constraint", "Group", "Item", "Level"),
    "report": ("render",),
    "results": ("Result", "evaluate", "load", "save"),
    "sources": ("load_benchmark",),
}
__getattr__, __dir__ = public_names(
    __name__, {name: home for home, names in _HOMES.items() for name in names}
)
