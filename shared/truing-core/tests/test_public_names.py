"""Public names are there from the start, and their modules only when one is used."""

from __future__ import annotations

import sys

import pytest

PACKAGE = """
from truing_core.public_names import public_names

__all__ = ["answer"]
__getattr__, __dir__ = public_names(__name__, {"answer": "deep.thought"})
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "own_package" / "deep"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text(PACKAGE)
    (folder / "__init__.py").write_text("")
    (folder / "thought.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    import own_package

    yield own_package
    for name in [each for each in sys.modules if each.partition(".")[0] == "own_package"]:
        del sys.modules[name]


def test_a_name_is_imported_when_it_is_used(package):
    assert "answer" in dir(package)
    assert "own_package.deep.thought" not in sys.modules
    assert package.answer == 42
    assert vars(package)["answer"] == 42, "kept for the next time"
    from own_package import answer

    assert answer == 42


def test_other_names_are_none(package):
    with pytest.raises(AttributeError, match="module 'own_package' has no attribute 'question'"):
        _ = package.question
