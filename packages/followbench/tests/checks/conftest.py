from __future__ import annotations

import pytest

from followbench.checks import run_check


@pytest.fixture
def said():
    """Run a check on a text: whether it holds, and the message."""

    def run(spec, text, lang="en"):
        outcome = run_check(spec, text, lang)
        return outcome.ok, outcome.message

    return run
