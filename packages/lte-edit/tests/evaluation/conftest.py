"""Records, a tiny model that scores them, and a template short enough for its context."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lte_edit.cases import EDIT, REPHRASE, Case, Probe
from lte_edit.edits import Edit
from lte_edit.evaluation import EvalChoice, Subject
from truing_core.prompts import Prompts

TEMPLATE = "{% for fact in facts %}{{ fact }}\n{% endfor %}{{ question }}"


@pytest.fixture(scope="session")
def tokenizer(tiny_model_dir):
    return AutoTokenizer.from_pretrained(tiny_model_dir)


@pytest.fixture(scope="session")
def weights(tiny_model_dir):
    return AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()


@pytest.fixture
def make_subject(weights, tokenizer):
    def make(protocol="paper", model=None, **options):
        return Subject(model or weights, tokenizer, "tiny", protocol, **options)

    return make


@pytest.fixture
def prompts(tmp_path):
    (tmp_path / "prompts").mkdir(exist_ok=True)
    (tmp_path / "prompts" / "edit.j2").write_text(TEMPLATE)
    return Prompts("lte_edit", override=tmp_path / "prompts")


@pytest.fixture
def choose(prompts):
    def make(**options):
        return EvalChoice(**{"prompts": prompts, "max_tokens": 6, "fluency_tokens": 30, **options})

    return make


def make_case(name, number, target="To the sea."):
    """A record with two questions of an aspect, two of locality, and a rephrasing."""
    prompt = f"Where does {name} go?"
    return Case(
        f"d-{number}",
        (Edit(id=f"d-{number}", prompt=prompt, target=target, subject=name),),
        (
            Probe(prompt, (target,), "in", EDIT),
            Probe(f"{name} goes where?", (target,), "in", REPHRASE),
            Probe(f"Is {name} by the water?", ("Yes", "Yeah"), "in", "Reasoning"),
            Probe(f"Is {name} on a hill?", ("No",), "in", "Reasoning"),
            Probe("Say yes.", ("Yes",), "out", "Relation_Specificity"),
            Probe("Name three fruits.", ("An apple and a plum.",), "out", "Relation_Specificity"),
        ),
        "d",
    )


@pytest.fixture
def cases():
    targets = ["To the sea.", "To an old town.", "Home", "An apple tree", "Up the stairs"]
    names = ["the river", "Ada", "the cat", "a pear", "the light"]
    return [
        make_case(name, number, target)
        for number, (name, target) in enumerate(zip(names, targets, strict=True))
    ]
