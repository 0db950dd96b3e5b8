"""Reading a judge's reply."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followbench.judge import judge_schema
from followbench.verdicts import Unread, _after_label, parse_judgement


def fixed(text: str, n: int) -> tuple[bool, ...] | str:
    read = parse_judgement(text, n, "fixed")
    return read.reason if isinstance(read, Unread) else read


def released(text: str, n: int) -> tuple[bool, ...] | None:
    read = parse_judgement(text, n, "released")
    return None if isinstance(read, Unread) else read


YN = (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "['YES', 'NO']",
        '["YES", "NO"]',
        "[YES, NO]",
        "[yes,no]",
        "[Yes, No].",
        "[YES, NO,]",
        "[YES NO]",
        "[ 'YES' ,\n  'NO' ]\n",
        "[1. YES, 2. NO]",
        "【是，否】",
        "［ＹＥＳ，ＮＯ］",
        "[“YES”，“NO”]",
        "[‘YES’、‘NO’]",
        "[「是」；「否」]",
        "**['YES', 'NO']**",
        "Verdicts: `['YES', 'NO']`",
        "```python\n['YES', 'NO']\n```",
        "```\n['YES', 'NO']\n```\n",
        "- ['YES', 'NO']",
        "1. It is short: fine.\n2. It is dull.\n\n[YES, NO]",
        "1. YES\n2. NO",
        "1) yes.\n\n2) no.",
        "- YES\n- NO",
        "* **YES**\n* **NO**",
        "**1.** YES\n**2.** NO",
        "Constraint 1: YES\nConstraint 2: NO",
        "1. It is short – YES\n2. It is dull - NO",
        "YES, NO",
        "So: yes, no.",
        "(YES, NO)",
        "最终判定：是，否",
        "[[YES, NO]]",
        "\u200b[YES,\u200b NO]\ufeff",
        '{"reasons": ["short", "dull"], "verdicts": ["YES", "NO"]}',
        '{"verdicts": ["YES", "NO"], "reasons": ["it says [NO, NO]", "dull"]}',
        '```json\n{"reasons": ["a", "b"], "verdicts": ["YES", "NO"]}\n```',
        'Here you are: {"verdicts": ["yes", "no"], "reasons": []}',
        # what is quoted before the verdicts does not count
        "I shall end with ['YES', 'YES'] or so.\nThe answer says [NO, NO].\n\n[YES, NO]",
        'The answer holds {"verdicts": ["NO", "NO"]}.\n[YES, NO]',
        "Format: [YES or NO, YES or NO]\n[YES, NO]",
        "[NO, NO]\nOn reflection:\nYES, NO",
        "[NO, NO]\n1. YES\n2. NO",
        # nor do brackets that are no list of verdicts, or a remark behind them
        "[YES, NO]\n\nNote: see [Your Name] in the answer.",
        "[YES, NO]\nOverall: NO",
    ],
)
def test_fixed_reads(text: str) -> None:
    assert fixed(text, 2) == YN


@pytest.mark.parametrize(
    ("text", "n", "reason"),
    [
        ("", 1, "the reply is empty"),
        ("``` \n ```", 1, "the reply is empty"),
        ("It is fine.", 1, "there is no list of YES and NO"),
        ("The answer satisfies it, so YES it is.", 1, "there is no list of YES and NO"),
        ("[YES]", 2, "the list has 1 verdict, 2 wanted"),
        ("[YES, NO, NO]", 2, "the list has 3 verdicts, 2 wanted"),
        ("[YES, NO]\n[YES]", 2, "the list has 1 verdict, 2 wanted"),
        ("[YES, PARTIAL]", 2, "the list holds 'PARTIAL', which is neither YES nor NO"),
        ("[YES, NO]\n[MAYBE, NO]", 2, "the list holds 'MAYBE', which is neither YES nor NO"),
        ("[true, false]", 2, "the list holds 'true', which is neither YES nor NO"),
        ("[部分满足]", 1, "the list holds '部分满足', which is neither YES nor NO"),
        (
            "[YES, NO]\nFinal: [great, poor]",
            2,
            "the list holds 'great', which is neither YES nor NO",
        ),
        ("[YES/NO]", 1, "the list holds 'YES/NO', which is neither YES nor NO"),
        ("[]", 1, "the list has 0 verdicts, 1 wanted"),
        ("1. YES", 2, "the list has 1 verdict, 2 wanted"),
        ("1. YES\nIt is short.\n2. NO", 2, "the list has 1 verdict, 2 wanted"),
        ('{"verdicts": ["YES"]}', 2, "the list has 1 verdict, 2 wanted"),
        ('{"verdicts": [true, false]}', 2, "the list holds 'True', which is neither YES nor NO"),
    ],
)
def test_fixed_says_why_it_cannot_read(text: str, n: int, reason: str) -> None:
    assert fixed(text, n) == reason


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("[YES]", (True,)),
        ("否", (False,)),
        ("Answer: NO", (False,)),
        ("I will answer like [YES].\nNO", (False,)),
        ("Yes.", (True,)),
    ],
)
def test_fixed_reads_a_single_verdict(text: str, verdict: tuple[bool, ...]) -> None:
    assert fixed(text, 1) == verdict


@pytest.mark.parametrize(
    ("text", "n", "verdicts"),
    [
        ("['YES', 'NO']", 2, YN),
        ("reasons\n['YES', 'NO']", 2, YN),
        ("```['YES', 'NO']```", 2, YN),
        ("```\n['YES', 'NO']\n```", 2, YN),
        ("```\n['YES', 'NO']\n```\n", 2, None),  # backticks are stripped before white space
        ("  ['YES', 'NO']  ", 2, YN),
        ("So: ['YES', \"NO\"].", 2, YN),
        ("['YES', 'PARTIAL', 'MAYBE', 'UNKNOWN', 'N/A']", 5, (True, False, False, False, False)),
        ("['YES', 'PARTIALLY']", 2, None),
        ("['YES', 'No']", 2, None),
        ("[YES, NO]", 2, None),
        ("['YES', 'NO', 'NO']", 2, None),
        ("['YES']", 2, None),
        ("['YES'] and ['NO']", 2, None),  # from the first bracket to the last
        ("['YES'], ['NO']", 2, None),
        ("['YES', 'NO'], [1]", 2, None),
        ("['YES', 'NO']\nDone.", 2, None),
        ("['YES',\n'NO']", 2, None),
        ("[“YES”, “NO”]", 2, None),
        ("[YES()]", 1, (True,)),
        ("YES", 1, (True,)),
        ("NO", 1, (False,)),
        ("NO, not YES", 1, (True,)),
        ("NOTHING", 1, (False,)),
        ("yes", 1, None),
        ("YES\nDone.", 1, None),
        ("", 1, None),
        ("", 2, None),
        ("[__import__('os').getpid(), 'YES']", 2, None),
        ("[" * 5000 + "]" * 5000, 2, None),
        ("[" + "-" * 9000 + "1]", 2, None),
        ("['\\d', 'YES']", 2, None),
        ("['\ud800', 'YES']", 2, None),
        ("[\0]", 2, None),
    ],
)
def test_released(text: str, n: int, verdicts: tuple[bool, ...] | None) -> None:
    assert released(text, n) == verdicts


def test_a_judgement_is_never_evaluated(tmp_path: object) -> None:
    text = f"[open({str(tmp_path) + '/x'!r}, 'w'), 'YES']"
    for mode in ("fixed", "released"):
        assert isinstance(parse_judgement(text, 2, mode), Unread)
    assert list(tmp_path.iterdir()) == []  # type: ignore[attr-defined]


# Text that is likely to hit every branch: brackets, quotes, words, line breaks.
PARTS = ["YES", "NO", "是", "PARTIAL", "json", '"verdicts"', "1. ", "- ", "```", "**", "\ud800"]
REPLIES = st.one_of(
    st.text(), st.lists(st.sampled_from([*PARTS, *"[]【{}\"',，:\n \0ﬁ\u2028"])).map("".join)
)


@settings(max_examples=500)
@given(REPLIES, st.integers(1, 5), st.sampled_from(["fixed", "released"]))
def test_no_text_makes_it_raise(text: str, n: int, mode: str) -> None:
    read = parse_judgement(text, n, mode)
    assert isinstance(read, Unread) or (len(read) == n and set(read) <= {True, False})
    if isinstance(read, Unread):
        assert read.reason


WORDS = {True: ["YES", "yes", "Yes", "ＹＥＳ", "是"], False: ["NO", "no", "No", "ＮＯ", "否"]}
WRAPS = ["", '"', "'", "**", "`", "“", "「"]
CLOSING = {"“": "”", "「": "」"}


@st.composite
def readable(draw: st.DrawFn) -> tuple[str, tuple[bool, ...]]:
    """A reply in one of the forms a judge may take, and what it says."""
    verdicts = tuple(draw(st.lists(st.booleans(), min_size=1, max_size=5)))
    wrap = draw(st.sampled_from(WRAPS))
    words = [
        wrap + draw(st.sampled_from(WORDS[verdict])) + CLOSING.get(wrap, wrap)
        for verdict in verdicts
    ]
    form = draw(st.sampled_from(["list", "lines", "json"]))
    if form == "list":
        opening, closing = draw(st.sampled_from(["[]", "【】", "［］"]))
        comma = draw(st.sampled_from([", ", ",", "，", "、", ",\n  "]))
        text = opening + comma.join(words) + closing
    elif form == "lines":
        mark = draw(
            st.sampled_from(["{}. ", "{}) ", "- ", "* ", "Constraint {}: ", "第{}条：", ""])
        )
        text = "\n".join(mark.format(n) + word for n, word in enumerate(words, start=1))
    else:
        plain = ["YES" if verdict else "NO" for verdict in verdicts]
        text = json.dumps({"reasons": ["[NO, YES]"] * len(plain), "verdicts": plain})
    if draw(st.booleans()):
        text = f"```\n{text}\n```"
    before = draw(
        st.sampled_from(["", "The last line will be [YES, NO, YES].\n\n", "I see [1].\n"])
    )
    return before + text + draw(st.sampled_from(["", "\n", " ", "\n\n"])), verdicts


@settings(max_examples=500)
@given(readable())
def test_fixed_reads_every_form(case: tuple[str, tuple[bool, ...]]) -> None:
    text, verdicts = case
    assert fixed(text, len(verdicts)) == verdicts


@given(readable(), st.integers(1, 5))
def test_fixed_never_reads_another_number(case: tuple[str, tuple[bool, ...]], n: int) -> None:
    text, verdicts = case
    if n != len(verdicts) and "[YES, NO, YES]" not in text:
        assert isinstance(fixed(text, n), str)


@pytest.mark.parametrize("mode", ["fixed", "released"])
@pytest.mark.parametrize(
    "unit",
    ["[", "]", "[a]", "[YES]", "YES\n", "{", '{"verdicts": [', " ", "`", "-", ": ", "YES, ", " -"],
)
def test_long_replies_take_linear_time(mode: str, unit: str) -> None:
    start = time.process_time()
    for end in ("", ":x:y"):
        parse_judgement((unit * 100_000)[:100_000] + end, 3, mode)
    assert time.process_time() - start < 10


@settings(max_examples=1000)
@given(st.text("YESno :=→- \t.x", max_size=24))
def test_a_label_ends_where_a_pattern_would_end_it(line: str) -> None:
    found = re.search(r"(?:[:=→–—]|\s-)([^:=→–—]*)\Z", line)
    assert _after_label(line) == (found[1] if found else "")


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_one_verdict_is_wanted(n: int) -> None:
    with pytest.raises(ValueError, match="verdicts wanted"):
        parse_judgement("[]", n, "fixed")


def test_there_is_no_third_mode() -> None:
    with pytest.raises(ValueError, match="mode 'paper'"):
        parse_judgement("[YES]", 1, "paper")


def test_what_the_schema_asks_for_is_read() -> None:
    schema = judge_schema(2)
    assert schema["required"] == list(schema["properties"])
    reply = {name: ["YES", "NO"] for name in schema["properties"]}
    assert fixed(json.dumps(reply), 2) == YN
