"""Mode ``fixed``: items with one right answer, in the forms people and models give it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from followbench.checks.official import official_rule
from followbench.checks.official.answers import amount, chosen_option, unwrap


def ok(rule: str, answer: str, target: str, level: int = 1, lang: str = "en") -> bool:
    return official_rule(rule, "fixed", lang)(answer, target, level).ok


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (" x \n", "x"),
        ('"x"', "x"),
        ("**“x”**", "x"),
        ("```\nx\ny\n```", "x\ny"),
        ("```text\nx\n```\n", "x"),
        ("`x`", "x"),
        ('"x" and "y"', '"x" and "y"'),
        ("*x*", "x"),
        ("**", "**"),
        ("", ""),
    ],
)
def test_unwrap(text: str, inside: str) -> None:
    assert unwrap(text) == inside


PHOENIX = "name[The Phoenix], eatType[pub], near[Crowne Plaza Hotel]"
BOTH = "name[The Phoenix, The Vaults], eatType[pub, bar]"


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        (PHOENIX, PHOENIX, True),
        (f"{PHOENIX}\n", PHOENIX, True),
        (f"`{PHOENIX}.`", PHOENIX, True),
        ("eatType[pub], near[crowne plaza hotel], name[the Phoenix]", PHOENIX, True),
        ("name[The Phoenix],\neatType[pub],\nnear[Crowne Plaza Hotel]", PHOENIX, True),
        ("name[The Phoenix], eatType[pub]", PHOENIX, False),
        (f"{PHOENIX}, food[French]", PHOENIX, False),
        (f"{PHOENIX}, {PHOENIX}", PHOENIX, False),
        (f"The answer is {PHOENIX}", PHOENIX, False),  # "only output the result"
        (f"{PHOENIX} I hope this helps", PHOENIX, False),
        ("name: The Phoenix, eatType: pub", PHOENIX, False),
        ("name[The Phoenix,The Vaults],eatType[pub,bar]", BOTH, True),
        ("name[The Vaults, The Phoenix], eatType[bar, pub]", BOTH, False),  # their order counts
        ("名字[The Mill],类型[餐馆]。", "名字[The Mill]，类型[餐馆]", True),
    ],
)
def test_e2e(answer: str, target: str, right: bool) -> None:
    assert ok("E2E", answer, target) is right


EVENTS = "a died at <arg2> place\nb died at Rome place\nc died at <arg2> place"


@pytest.mark.parametrize(
    ("answer", "levels"),
    [
        ("a died at <arg2> place", [1]),
        ("a died at <arg2> place\nb died at Rome place\n", [1, 2]),
        ("1. a died at <arg2> place.\n2. b died at Rome place.", [1, 2]),
        ("- A died at <arg2> place\n\n- B died at Rome place", [1, 2]),
        ("a died at <arg2> place\na died at <arg2> place", []),
        ("a died at <arg2> place\nd died at Rome place", []),
        ("Here are the events:\na died at <arg2> place", []),
        (EVENTS, [1, 2, 3]),
        ("", []),
    ],
)
def test_wikievents(answer: str, levels: list[int]) -> None:
    passed = [level for level in range(1, 6) if ok("WIKIEVENTS", answer, EVENTS, level)]
    assert passed == levels


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("Bonn", "['Bonn', 'BRUSSELS']", True),
        (" **Bonn**.\n", "['Bonn', 'BRUSSELS']", True),
        ('"Bonn."', "['Bonn', 'BRUSSELS']", True),
        ("Brussels", "['Bonn', 'BRUSSELS']", True),
        ("BEIJING", "['Beijing']", False),  # an item asks for "not all capital letters"
        ("Bonn, Brussels", "['Bonn', 'BRUSSELS']", False),
        ("The entity is Bonn", "['Bonn', 'BRUSSELS']", False),
        ("", "['Bonn']", False),
        ("大卫•利维。", "['大卫·利维']", True),
        ("Bonn", "no list", False),
    ],
)
def test_conll(answer: str, target: str, right: bool) -> None:
    assert ok("CONLL2003", answer, target) is right


LETTER = "David\n\nDear Joe Biden,\n\nI've had the chance."


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("pples love eting i.\n", "pples love eting i.", True),
        ('"pples love eting i."', "pples love eting i.", True),
        ("pples love eting i", "pples love eting i.", False),  # the stop was asked for
        ("apples love eating I.", "apples love eating I", False),
        ("pples  love eting i.", "pples love eting i.", True),
        ("Edited: pples love eting i.", "pples love eting i.", False),
        ("*小明喜欢吃苹果。*", "*小明喜欢吃苹果。*", True),
        ("小明喜欢吃苹果。", "*小明喜欢吃苹果。*", False),
        ("*小明喜欢吃苹果。*", "小明喜欢吃苹果。", False),
        ("“小明喜欢吃苹果。”", "小明喜欢吃苹果。", True),
        (LETTER.replace("'", "’"), LETTER, True),
        (LETTER.replace("\n", "\r\n"), LETTER, True),
        (LETTER.replace("\n\n", "\n \n\n"), LETTER, True),
        (f"Here is the edited letter:\n\n{LETTER}", LETTER, True),
        (f"```\n{LETTER}\n```", LETTER, True),
        (LETTER.replace("\n\n", "\n"), LETTER, False),
        (f"{LETTER}\n\nI hope this helps!", LETTER, False),
    ],
)
def test_text_editing(answer: str, target: str, right: bool) -> None:
    assert ok("text_editing", answer, target) is right


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        ("(B)", "B"),
        ("B", "B"),
        ("b", None),
        (" **B.** ", "B"),
        ("（B）", "B"),
        ("（Ｂ）", "B"),
        ("(B) The quail is the second from the left.", "B"),
        ("B. The quail is the second from the left.", "B"),
        ("B\n\n(A) and (C) cannot be.", "B"),
        ("(A) cannot be, nor (C). So it is (B).", "B"),
        ("The answer is (B), since (A) and (C) cannot be.", "B"),
        ("The correct answer is **B**.", "B"),
        ("答案是B。", "B"),
        ("答案：(B)", "B"),
        ("Answer: (A) is wrong.\n\nNo: the answer is (B).", "B"),
        ("A quail sits there.", None),
        ("The answer is A quail", None),
        ("", None),
    ],
)
def test_options(answer: str, option: str | None) -> None:
    assert chosen_option(answer) == option
    assert ok("BBH_logical", answer, "(B)") is (option == "B")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("02/09/1938", True),
        ("**02/09/1938**.", True),
        ("Today is 12/24/1937, so it is 02/09/1938.", True),
        ("The answer is 02/09/1938, counted from 12/24/1937.", True),
        ("０２/０９/１９３８", True),
        ("It is 02/09/1938, no, 02/10/1938", False),
        ("2/9/1938", False),  # MM/DD/YYYY was asked for
        ("102/09/19380", False),
        ("1/02/09/1938", False),
        ("February 9, 1938", False),
    ],
)
def test_dates(answer: str, right: bool) -> None:
    assert ok("BBH_time", answer, "02/09/1938") is right


@pytest.mark.parametrize(
    ("answer", "money"),
    [
        ("$37", "37"),
        ("$ 37.00", "37"),
        ("37", "37"),
        ("**37 dollars**", "37"),
        (r"She earned \$42 - \$5 = \$37.", "37"),
        ("The answer is $42 - $5 = $37.", "37"),
        ("The answer is $37, since she paid $5.", "37"),
        ("$1,037.50", "1037.50"),
        ("$37.99", "37.99"),
        ("她一共赚了42-5=37 美元。", "37"),
        ("３７美元", "37"),
        ("137美元", "137"),
        ("50 minutes", None),
        ("", None),
    ],
)
def test_amounts(answer: str, money: str | None) -> None:
    assert amount(answer) == (None if money is None else Decimal(money))
    assert ok("gsm_8k", answer, "$37") is (money == "37")
    assert ok("gsm_8k", answer, "37美元", lang="zh") is (money == "37")


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("14th floor", "14th floor", True),
        ("He is on the **14th floor** now.", "14th floor", True),
        ("Floor 14", "14th floor", True),
        ("114th floor", "14th floor", False),
        ("From the 14th floor he went up to the 20th floor.", "14th floor", False),
        ("He is now on the 14th floor: down to the 13th floor, up to the 20th floor, down 6.",
         "14th floor", True),
        ("He is now on the 13th floor. Up seven: now on the 20th floor.", "20th floor", True),
        ("14th floor, Apartment 2", "14th floor, Apartment 2", True),
        ("Apartment 2 on the 14th floor.", "14th floor, Apartment 2", True),
        ("14th floor, apartment number 2", "14th floor, Apartment 2", True),
        ("14th floor, Apartment 12", "14th floor, Apartment 2", False),
        ("14th floor", "14th floor, Apartment 2", False),
        ("He is now on the 14th floor because he left the 20th floor.", "14th floor", True),
        ("他现在在14楼。", "14楼", True),
        ("他现在在14楼，因为他从20楼下了6层。", "14楼", True),
        ("他现在在第14层。", "14楼", True),
        ("他下了6层，现在在14层。", "14楼", True),
        ("他现在在114楼。", "14楼", False),
        ("他先在2号公寓，现在在14楼3号公寓。", "3号公寓14楼", True),
        ("他在2号公寓14楼。", "3号公寓14楼", False),
        ("nowhere", "14th floor", False),
    ],
)  # fmt: skip
def test_places(answer: str, target: str, right: bool) -> None:
    assert ok("self_made_space", answer, target) is right


def test_messages_say_what_was_found_and_wanted() -> None:
    rule = official_rule("E2E", "fixed", "en")
    assert rule("name[x], eatType[bar], near[Crowne Plaza Hotel]", PHOENIX, 1).message == (
        f"'name[x]', '{PHOENIX}' wanted"
    )
    events = official_rule("WIKIEVENTS", "fixed", "en")
    assert events("a died at <arg2> place", EVENTS, 3).message == "1 event, at least 3 wanted"
