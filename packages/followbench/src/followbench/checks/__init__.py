"""Declarative checks: constraints a program can verify without a judge.

A check is a small JSON object such as ``{"type": "words", "max": 50}``. :func:`parse_check`
validates it once, :func:`run_check` applies it to a text. ``docs/checks.md`` lists all types.
"""

from followbench.checks.base import Check, Outcome
from followbench.checks.registry import check_types, parse_check, run_check

__all__ = ["Check", "Outcome", "check_types", "parse_check", "run_check"]
