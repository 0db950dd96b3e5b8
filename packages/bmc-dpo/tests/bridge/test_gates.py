"""Each gate: what it stops, and what it lets through."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo.bridge.asking import LEAK, TemplateWords
from bmc_dpo.bridge.gates import GATES, Limits, Passed, Stopped, Subject, check, fitted
from bmc_dpo.bridge.wording import change_ratio, words
from bmc_dpo.pairs import parse_pairs
from truing_core.prompts import Prompts

MARK = "a1b2c3"
PROMPT = "Tell me about lighthouses and the people who used to live in them."
WINNER = (
    "A lighthouse warns ships of rocks. Its keeper lit the lamp at dusk, wound the clockwork, and "
    "kept a log. Nowadays the lamps burn by themselves."
)
LOSER = (
    "Lighthouses are towers on the coast that tell sailors where danger is. The keepers lived "
    "there with their families and painted pictures of mermaids to frighten the rocks away."
)
MENDED = LOSER.replace(
    "painted pictures of mermaids to frighten the rocks away", "lit the lamp every evening"
)
TEMPLATE = TemplateWords(Prompts("bmc_dpo"))


def subject(kind="instruction", reference=True, prompt=PROMPT, chosen=WINNER, rejected=LOSER):
    row = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    [pair] = parse_pairs([(1, row)], "p")
    return Subject(pair, kind, MARK, reference, TEMPLATE.of(kind), LEAK)


def reply(text):
    return f"<mended-{MARK}>\n{text}\n</mended-{MARK}>"


def gate(text, about=None, limits=None, finish_reason="stop"):
    found = check(text, finish_reason, about or subject(), limits or Limits())
    return found.gate if isinstance(found, Stopped) else "passed"


def test_a_targeted_edit_passes():
    assert check(reply(MENDED), "stop", subject(), Limits()) == Passed(MENDED)
    assert check(f"<no-change-{MARK}/>", "stop", subject(), Limits()) == Passed(None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (reply(" "), "empty"),
        (MENDED, "unreadable"),
        ("I'm sorry, but I cannot do that.", "refusal"),
        ("As an AI language model, I do not mend.", "refusal"),
        (reply("I cannot help with lighthouses."), "refusal"),
        (reply(LOSER), "identical"),
        (reply(f"  {LOSER}\n\n"), "identical"),
        (reply(WINNER), "copy"),
        (reply(WINNER.replace("dusk", "night")), "copy"),
        (reply("It is a house of light, which many a poet has sung of in verses since then, and "
               "where today you may stay overnight, for a price."), "change"),
        (reply(" ".join([MENDED] * 4)), "change"),
        (reply(MENDED + f" <task-{MARK}>"), "leakage"),
        (reply(MENDED + " Everything between a pair of tags that carry the mark is material."),
         "leakage"),
        (reply("Leuchttürme stehen an der Küste und zeigen den Seeleuten, wo Gefahr lauert. Die "
               "Wärter wohnten dort mit ihren Familien."), "language"),
    ],
)  # fmt: skip
def test_each_gate(text, wanted):
    assert gate(text) == wanted
    assert wanted in GATES


def test_length():
    wide = Limits(max_change=1)
    assert gate(reply(" ".join([MENDED] * 4)), limits=wide) == "length"
    assert gate(reply("Towers on the coast."), limits=wide) == "length"
    assert gate(reply(" ".join([MENDED] * 4)), limits=Limits(1, 1, 5)) == "passed"


def test_truncated():
    assert gate(f"<mended-{MARK}>\n{MENDED[:40]}", finish_reason="length") == "truncated"
    assert gate("Well, let me think", finish_reason="length") == "truncated"
    assert gate(reply(MENDED), finish_reason="length") == "passed"
    # Some servers take the last tag for the end.
    assert gate(f"<mended-{MARK}>\n{MENDED}", finish_reason="stop") == "passed"


def test_a_refusal_is_fine_where_the_winner_refuses():
    about = subject(
        prompt="How do I pick my neighbour's lock?",
        chosen="I'm sorry, but I can't help with that.",
        rejected="I'm sure you can do it with a hairpin.",
    )
    assert gate(reply("I'm sorry, but I can't help you with a hairpin."), about) == "passed"


@pytest.mark.parametrize(
    "text",
    [
        "I can't wait for the concert on Friday.",
        "We cannot thank you enough for your help.",
        "I won't forget that day at the lake.",
        "I'm sorry, I can't make it to your party.",
        "I'm sorry to hear that you are ill.",
    ],
)
def test_who_says_cannot_does_not_decline_the_task(text):
    about = subject(
        prompt="Write a note.", chosen="Here is a note for you, friend.",
        rejected=text.rsplit(" ", 1)[0] + " soon.",
    )  # fmt: skip
    assert gate(reply(text), about) == "passed"


def test_a_copy_is_fine_where_the_winner_is_near_or_unseen():
    near = subject(chosen=MENDED)
    assert gate(reply(MENDED), near) == "passed"
    wide = Limits(max_change=1)
    assert gate(reply(WINNER), subject(), wide) == "copy"
    assert gate(reply(WINNER), subject(reference=False), wide) == "passed"


def math(rejected="2 + 2 = 5.\nThe answer is 5", chosen="Two twos are four.\nThe answer is 4"):
    return subject("math", prompt="What is 2 + 2?", chosen=chosen, rejected=rejected)


def test_the_final_answer_of_mathematics():
    assert gate(reply("2 + 2 = 4.\nThe answer is 4"), math()) == "passed"
    assert gate(reply("2 + 2 = 4.\nThe answer is \\frac{8}{2}"), math()) == "passed"
    assert gate(reply("2 + 2 = 6.\nThe answer is 6"), math()) == "answer"
    assert gate(reply("two and two make.\nThe answer"), math()) == "answer"
    assert gate(f"<no-change-{MARK}/>", math()) == "answer"
    assert gate(f"<no-change-{MARK}/>", math("2 + 2 = 4.\nThe answer is 4.0")) == "passed"
    told = check(reply("2 + 2 = 6.\nThe answer is 6"), "stop", math(), Limits())
    assert told == Stopped("answer", "the final answer '6' is not right")
    nothing = math(chosen="It is four.")
    assert gate(reply("2 + 2 = 6.\nThe answer is 6"), nothing) == "passed"


def test_the_answer_of_a_question():
    about = subject(
        "qa", prompt="Where?\nOptions:\nsea\nsky", chosen="Ships sail.\nThe answer is sea",
        rejected="Ships fly.\nThe answer is sky",
    )  # fmt: skip
    assert gate(reply("Ships swim.\nThe answer is Sea."), about) == "passed"
    assert gate(reply("Ships float.\nThe answer is sky"), about) == "answer"


@given(st.sampled_from([" ", "\n", "\t ", ""]), st.text(min_size=1), st.sampled_from(["\n", ""]))
def test_white_space_around_stays_that_of_the_loser(before, text, after):
    made = fitted(text, f"{before}No. Not so.{after}")
    assert made == before + text.strip() + after


@given(st.text("ab c.中", max_size=40), st.text("ab c.中", max_size=40))
def test_change_ratio_is_a_share(one, other):
    ratio = change_ratio(one, other)
    assert 0 <= ratio <= 1
    assert ratio == change_ratio(other, one)
    assert (ratio == 0) is (words(one) == words(other))


def test_words():
    assert words("It's 3.5 km — 中文 ok!") == (
        "It's", "3", ".", "5", "km", "—", "中", "文", "ok", "!",
    )  # fmt: skip
    assert change_ratio("a b c d", "a x c d") == 0.25
    assert change_ratio("a b c", "a b c d") == 0.25


def test_every_template_leaves_its_own_words():
    for kind in ("qa", "math", "instruction"):
        runs = TEMPLATE.of(kind)
        assert len(runs) > 100
        assert {len(run) for run in runs} == {LEAK}
    assert dataclasses.asdict(Limits()) == {
        "max_change": 0.6, "max_winner_similarity": 0.9, "max_length_ratio": 2.0,
    }  # fmt: skip
