"""What the tests of generation share."""

from __future__ import annotations

import pytest

from lion_distill.generation.asking import TemplateWords
from truing_core.prompts import Prompts


@pytest.fixture(scope="session")
def prompts():
    return Prompts("lion_distill")


@pytest.fixture(scope="session")
def template(prompts):
    return TemplateWords(prompts)
