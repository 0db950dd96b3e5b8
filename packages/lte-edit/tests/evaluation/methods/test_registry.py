"""Methods by name, those of other packages among them."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from lte_edit.evaluation.methods import Method
from lte_edit.evaluation.methods.registry import GROUP, OWN, method_of
from truing_core.errors import ModelError, UsageError

PACKAGE = '''
from contextlib import contextmanager

from lte_edit.evaluation import Edited


class Parrot:
    """Puts the target into the question."""

    start = "aligned"
    retrieves = False

    def config(self):
        return {"version": 1}

    @contextmanager
    def edit(self, lab, edits, *, one_by_one):
        yield Edited(put=lambda question, hits: f"{edits[0].target} {question}")


number = int
'''


@pytest.fixture
def another_package(monkeypatch, tmp_path):
    """Its entry points, as if it were installed."""

    def register(**methods):
        (tmp_path / "parrots.py").write_text(PACKAGE)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "parrots", raising=False)
        points = [EntryPoint(name, f"parrots:{at}", GROUP) for name, at in methods.items()]
        monkeypatch.setattr(
            "lte_edit.evaluation.methods.registry.entry_points",
            lambda group: points if group == "lte_edit.methods" else [],
        )

    return register


@pytest.mark.parametrize("name", OWN)
def test_our_own(name):
    assert isinstance(method_of(name), Method)
    assert method_of(name).start == ("aligned" if name == "lte" else "unaligned")


def test_one_of_another_package_takes_part(another_package, cases, make_subject, choose):
    from lte_edit.evaluation import evaluate

    another_package(parrot="Parrot")
    found = evaluate(cases[:2], ["parrot"], model=make_subject(), choice=choose(generate=False))
    rows = found.get("parrot").rows
    assert rows[0]["asked"] == "To the sea. Where does the river go?"
    assert found.get("parrot").scores["n"]["edit_success"] == 2


def test_what_cannot_be_used_is_told(another_package):
    another_package(broken="Nothing", number="number")
    with pytest.raises(UsageError, match=r"no method 'rome'; known: none, icl, .*broken, number"):
        method_of("rome")
    with pytest.raises(ModelError, match=r"the method 'broken' cannot be used: .*Nothing"):
        method_of("broken")
    with pytest.raises(ModelError, match="the method 'number' is a int without all of start"):
        method_of("number")
