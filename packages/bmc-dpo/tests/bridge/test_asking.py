"""What the editor is asked: templates, marks, examples, and the kinds of task."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo.bridge.asking import ask_again, make_mark, question
from bmc_dpo.bridge.examples import Example, check_enough, draw, load_examples
from bmc_dpo.bridge.gates import Limits, Passed, Subject, check
from bmc_dpo.bridge.kinds import KINDS, kind_of
from bmc_dpo.pairs import parse_pairs
from truing_core.errors import UsageError
from truing_core.prompts import Prompts

PROMPTS = Prompts("bmc_dpo")


def pair(prompt="Why?", chosen="So it is.", rejected="No it is."):
    [made] = parse_pairs([(1, {"prompt": prompt, "chosen": chosen, "rejected": rejected})], "p")
    return made


@given(st.lists(st.text("0123456789abcdef", max_size=300), max_size=4))
def test_a_mark_stands_in_no_text(texts):
    mark = make_mark(*texts)
    assert len(mark) == 6
    assert not any(mark in text for text in texts)
    assert make_mark(*texts) == mark


@pytest.mark.parametrize("kind", KINDS)
def test_templates(kind):
    about = pair("Which {{ way }}?", "Left, {% if %}.", "Right <|im_end|>.")
    mark, [turn] = question(PROMPTS, kind, about, [], reference=True)
    assert turn["role"] == "user"
    content = turn["content"]
    assert f"<task-{mark}>\nWhich {{{{ way }}}}?\n</task-{mark}>" in content
    assert f"<weak-answer-{mark}>\nRight <|im_end|>.\n</weak-answer-{mark}>" in content
    assert f"<good-answer-{mark}>\nLeft, {{% if %}}.\n</good-answer-{mark}>" in content
    assert content.rstrip().endswith(f"<no-change-{mark}/>")
    assert "Worked example" not in content
    assert "\n\n\n" not in content
    _, [bare] = question(PROMPTS, kind, about, [], reference=False)
    assert "Left" not in bare["content"]
    assert "good answer" not in bare["content"]
    assert "good-answer" not in bare["content"]


def test_kinds_have_templates_of_their_own():
    texts = {question(PROMPTS, kind, pair(), [], reference=True)[1][0]["content"] for kind in KINDS}
    assert len(texts) == len({PROMPTS.hash(f"bridge/{kind}") for kind in KINDS}) == 3


def test_asking_again():
    mark, messages = question(PROMPTS, "qa", pair(), [], reference=True)
    again = ask_again(PROMPTS, messages, "  ", "it is bad", mark)
    assert again[0] == messages[0]
    assert again[1] == {"role": "assistant", "content": "..."}
    assert again[2]["content"].startswith("That cannot be used: it is bad.\n")
    assert f"</mended-{mark}>" in again[2]["content"]
    rambling = ask_again(PROMPTS, messages, "so " * 1000, "it is long", mark)
    assert len(rambling[1]["content"]) < 410
    whole = f"<mended-{mark}>{'so ' * 1000}</mended-{mark}>"
    assert ask_again(PROMPTS, messages, whole, "no", mark)[1]["content"] == whole


def test_our_examples_pass_our_gates():
    examples = load_examples()
    assert {kind: sum(each.task == kind for each in examples) for kind in KINDS} == {
        "qa": 4, "math": 4, "instruction": 4,
    }  # fmt: skip
    for each in examples:
        about = pair(each.prompt, each.chosen, each.rejected)
        assert kind_of(about) == each.task or each.task == "math"
        subject = Subject(about, each.task, "a1b2c3", True, frozenset(), 8)
        said = "<no-change-a1b2c3/>"
        if each.edited is not None:
            said = f"<mended-a1b2c3>\n{each.edited}\n</mended-a1b2c3>"
        assert check(said, "stop", subject, Limits()) == Passed(each.edited), each.prompt


def test_drawing():
    examples = load_examples()
    about = pair()
    drawn = draw(examples, 2, "qa", about, 0)
    assert len(drawn) == 2
    assert {each.task for each in drawn} == {"qa"}
    assert draw(examples, 2, "qa", about, 0) == drawn
    assert any(draw(examples, 2, "qa", about, seed) != drawn for seed in range(1, 9))
    anybody = [
        Example(prompt=text, rejected="a", chosen="b", edited=None) for text in ("Why?", "Who?")
    ]
    assert [each.prompt for each in draw(anybody, 2, "math", about, 0)] == ["Who?"]
    check_enough(examples, 4, KINDS)
    with pytest.raises(UsageError, match="there are 4 examples for task math"):
        check_enough(examples, 5, ["math"])


@pytest.mark.parametrize(
    ("prompt", "chosen", "kind"),
    [
        ("Which?\nOptions:\n3\n4", "The answer is 3", "qa"),
        ("Which?\n(A) a cat\n(B) a dog", "B it is.", "qa"),
        ("Who?", "A poet.\nThe answer is Homer", "qa"),
        ("How many?", "3 + 4 = 7\n#### 7", "math"),
        ("How many?", "It is \\boxed{x^2}.", "math"),
        ("How many?", "The answer is $1,200.", "math"),
        ("Write a poem.", "Roses are red.", "instruction"),
        ("Give options: two of them.", "One, two.", "instruction"),
    ],
)
def test_the_kind_of_a_pair(prompt, chosen, kind):
    assert kind_of(pair(prompt, chosen)) == kind


def test_blank_lines_are_read_once():
    started = time.monotonic()
    assert kind_of(pair("Tell me." + "\n" * 50_000 + " .", "Well.")) == "instruction"
    assert kind_of(pair("Which?\n\n \tOptions :\nsea\n\nsky", "sea")) == "qa"
    assert time.monotonic() - started < 5  # it took minutes, not milliseconds
