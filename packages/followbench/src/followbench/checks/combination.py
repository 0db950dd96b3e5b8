"""Checks made of checks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from followbench.checks.base import Check, Example, Outcome


def _parsed(spec: Any) -> Check:
    from followbench.checks.registry import parse_check

    return spec if isinstance(spec, Check) else parse_check(spec)


Part = Annotated[SerializeAsAny[Check], BeforeValidator(_parsed)]


class AllOf(Check):
    """All of the checks hold."""

    example = Example(
        {
            "type": "all_of",
            "checks": [{"type": "words", "max": 3}, {"type": "case", "mode": "lower"}],
        },
        "rain again",
        "Rain again",
    )

    type: Literal["all_of"] = "all_of"
    checks: list[Part] = Field(min_length=1, description="The checks.")

    def test(self, text: str, lang: str) -> Outcome:
        outcomes = [check.run(text, lang) for check in self.checks]
        failed = [outcome for outcome in outcomes if not outcome.ok]
        if not failed:
            messages = "; ".join(outcome.message for outcome in outcomes)
            return Outcome(True, messages, f"all hold, which was not allowed: {messages}")
        return Outcome(
            False,
            "; ".join(outcome.message for outcome in failed),
            undecided=all(outcome.undecided for outcome in failed),
        )


class AnyOf(Check):
    """At least one of the checks holds."""

    example = Example(
        {
            "type": "any_of",
            "checks": [{"type": "ends_with", "text": "?"}, {"type": "ends_with", "text": "!"}],
        },
        "Rain again!",
        "Rain again.",
    )

    type: Literal["any_of"] = "any_of"
    checks: list[Part] = Field(min_length=1, description="The checks.")

    def test(self, text: str, lang: str) -> Outcome:
        outcomes = [check.run(text, lang) for check in self.checks]
        holding = next((outcome for outcome in outcomes if outcome.ok), None)
        if holding:
            return Outcome(
                True, holding.message, f"one holds, which was not allowed: {holding.message}"
            )
        return Outcome(
            False,
            f"none of {len(outcomes)} holds: {'; '.join(o.message for o in outcomes)}",
            undecided=any(outcome.undecided for outcome in outcomes),
        )


CHECKS: tuple[type[Check], ...] = (AllOf, AnyOf)
