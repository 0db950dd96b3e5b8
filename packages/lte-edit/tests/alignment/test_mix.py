"""The mix: caps by source and scope, drawn independently of everything else."""

from __future__ import annotations

from collections import Counter

import pytest

from lte_edit.alignment.mix import PAPER, Mix, load_mix
from lte_edit.cases import Case, Probe
from truing_core.errors import InputError, UsageError


def made(source, count, scopes=("in", "out", "free")):
    return [
        Case(f"{source}-{n}", (), tuple(Probe(f"{n}?", (), each, "A") for each in scopes), source)
        for n in range(count)
    ]


def counts(drawn):
    return Counter((case.source, probe.scope) for case, probe in drawn)


def test_the_papers_sizes_by_source_names():
    names = ["zsre_train", "wiki_counterfact_train", "wiki_recent_train", "wikibio_train",
             "MQuAKE-CF-3k", "MQuAKE-T", "counterfact"]  # fmt: skip
    mix = Mix(PAPER)
    assert [mix.of(name).get("in") for name in names] == [2000, 1200, 1200, 125, 2500, 1500, 0]
    assert mix.of("counterfact")["free"] == 7500
    assert mix.of("mine") == {}


def test_drawing():
    cases = [*made("zsre", 30), *made("mine", 4)]
    mix = Mix({"zs*": {"in": 5, "out": 0}})
    drawn = mix.draw(cases, seed=0)
    assert counts(drawn) == {
        ("zsre", "in"): 5,
        ("zsre", "free"): 30,
        ("mine", "in"): 4,
        ("mine", "out"): 4,
        ("mine", "free"): 4,
    }
    order = {case.id: place for place, case in enumerate(cases)}
    places = [order[case.id] for case, _ in drawn]
    assert places == sorted(places)


def test_a_draw_depends_on_seed_and_own_source_only():
    def chosen(cases, seed):
        drawn = Mix({"zsre": {"in": 5, "out": 0, "free": 0}}).draw(cases, seed)
        return [case.id for case, _ in drawn if case.source == "zsre"]

    zsre, others = made("zsre", 40), made("mine", 7)
    assert chosen(zsre, 1) == chosen([*others, *zsre], 1)
    assert chosen(zsre, 1) != chosen(zsre, 2)


def test_a_file(tmp_path):
    file = tmp_path / "mix.yaml"
    file.write_text("zs*: {in: 3}\n'*': {out: 0}\n", "utf-8")
    assert load_mix(str(file)).caps == {"zs*": {"in": 3}, "*": {"out": 0}}
    assert load_mix("all").of("zsre") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {within: 3}", "in, out or free"),
        ("a: {in: -1}", "in, out or free"),
        ("a: 3", "in, out or free"),
        ("[1]", "a mapping of sources"),
        ("a: [", "is no YAML"),
    ],
)
def test_bad_files(tmp_path, text, said):
    file = tmp_path / "mix.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        load_mix(str(file))


def test_no_file():
    with pytest.raises(UsageError, match="expected paper, all, or a YAML file"):
        load_mix("papper")
