"""docs/fidelity.md says of the two modes what they do: every line of its tables is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from followbench.checks.official import official_rule
from followbench.judge import Unread, parse_judgement

PAGE = next(
    (
        parent / "docs" / "fidelity.md"
        for parent in Path(__file__).resolve().parents
        if (parent / "docs" / "fidelity.md").is_file()
    ),
    None,
)
RULE_NAMES = (
    "cnn_dailymail xsum samsum gigaword arxiv E2E WIKIEVENTS CONLL2003 text_editing BBH_logical "
    "BBH_time gsm_8k self_made_space format_22 format_30 example"
)
WORDS_21 = (
    "Keep the wooden table dry and clean "
    "and wipe it with a soft cloth at the end of every long day."
)
CHARACTERS_25 = "请每天用柔软而又干净的湿布仔细擦拭这张木桌的桌面吧。"


@dataclass(frozen=True)
class Line:
    rule: str
    lang: str
    level: int
    target: str
    answer: str
    verdicts: dict[str, bool]


def cells(heading: str) -> Iterator[list[str]]:
    """The rows of the table below a heading."""
    if PAGE is None:
        pytest.skip("docs/fidelity.md is not here: run the tests from the repository")
    section = PAGE.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2]
    table = [line for line in section.partition("\n### ")[0].splitlines() if line[:1] == "|"]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def expanded(text: str) -> str:
    """An answer as the page writes it, with its stand-ins replaced."""
    text = text.replace("\\n", "\n").replace("‹21›", WORDS_21).replace("‹25字›", CHARACTERS_25)
    five = re.fullmatch("‹5 × (.*)›", text)
    if five:
        text = "\n".join(five[1].replace("N", str(n)) for n in range(1, 6))
    return text


def lines() -> list[Line]:
    found = []
    rule = ""
    for name, level, _, _, example, released, fixed in cells("Rules"):
        spans = [expanded(span) for span in re.findall("`([^`]*)`", example)]
        named = re.match(r"(?:zh )?(\w+):", example)
        plain = re.sub(r"format (\d+)", r"format_\1", name).removeprefix("Chinese ")
        if named:
            rule = named[1]
        elif name != "the same":
            rule = re.split(r"[:, ]", plain)[0]
        found.append(
            Line(
                rule,
                "zh" if example.startswith("zh ") else "en",
                int(level),
                spans[0] if len(spans) == 2 else "",
                spans[-1],
                {"released": released == "yes", "fixed": fixed == "yes"},
            )
        )
    return found


def test_what_stands_for_long_sentences_is_as_long_as_it_says() -> None:
    assert len(WORDS_21.split()) == 21
    assert len(CHARACTERS_25.rstrip("。")) == 25


def test_the_table_covers_every_rule_in_both_languages() -> None:
    english = {line.rule for line in lines() if line.lang == "en"}
    assert english == set(RULE_NAMES.split())
    chinese = {line.rule for line in lines() if line.lang == "zh"}
    # The other rules are the same in both languages.
    assert chinese >= {"cnn_dailymail", "xsum", "samsum", "gigaword", "arxiv", "gsm_8k"}
    assert len(lines()) >= 45


def test_every_line_of_the_rules_holds() -> None:
    wrong = []
    for line in lines():
        assert line.verdicts["released"] is not line.verdicts["fixed"], line
        for mode, ok in line.verdicts.items():
            outcome = official_rule(line.rule, mode, line.lang)(
                line.answer, line.target, line.level
            )
            if outcome.ok is not ok:
                wrong.append((mode, line.rule, line.answer, outcome.message))
    assert wrong == []


def test_each_difference_is_the_level_that_the_line_names() -> None:
    """Up to the level before, both modes pass the answer, so that the level alone decides.

    Rules about one right answer are the same at every level, format 30 has its own order, and
    numbers and closing words break the released levels of format 22 before they are asked for.
    """
    for line in lines():
        if line.level > 1 and not line.target and line.rule != "format_30":
            for mode in line.verdicts:
                before = official_rule(line.rule, mode, line.lang)(line.answer, "", line.level - 1)
                numbered = line.rule == "format_22" and line.level > 3
                assert before.ok or numbered, (mode, line, before.message)


def test_every_line_of_the_replies_holds() -> None:
    rows = list(cells("The judge's reply"))
    assert len(rows) >= 8
    for reply, n, *expected in rows:
        text = expanded(reply.strip("`"))
        for mode, said in zip(("released", "fixed"), expected, strict=True):
            read = parse_judgement(text, int(n), mode)
            found = (
                "unread"
                if isinstance(read, Unread)
                else ", ".join("yes" if verdict else "no" for verdict in read)
            )
            assert found == said, (mode, reply, read)
