"""Mode ``fixed``: prose rules as a person who reads and counts would decide them."""

from __future__ import annotations

import pytest

from followbench.checks.official import official_rule

NEWS = "Mr. Potter turns eighteen today. The actor keeps calm. His films have earned $41.1 million."
FLOOD = "A clean-up operation is slowly continuing across the flooded Borders."
CHORES = "Kim's stuff can wait until tomorrow."
BOMB = "at least two dead in southern philippines blast"
PAPER = "We find facts in the activations of middle layers."
LONG = "Keep it dry and clean " + "and wipe it with a soft cloth " * 3 + "each day."  # 28 words
POINTS = "\n".join(
    f"**{n}. {keyword}:** Innovation helps every part of our country to grow and prosper today."
    for n, keyword in enumerate(("Growth", "Jobs", "Trade", "Health", "Skills"), start=1)
)

NEWS_ZH = "波特今年十八岁了。这位演员不乱花钱。他的电影已赚大钱。"
FLOOD_ZH = "苏格兰各地正在进行灾后清理操作。"
CHORES_ZH = "金想明天再做琐碎的事。"
PAPER_ZH = "我们在神经元激活中找到事实关联。"
LONG_ZH = "请每天用柔软而干净的湿布仔细擦拭木桌的表面和四条桌腿。"


def passing_levels(rule: str, answer: str, lang: str = "en") -> list[int]:
    decide = official_rule(rule, "fixed", lang)
    return [level for level in range(1, 6) if decide(answer, "", level).ok]


@pytest.mark.parametrize(
    ("rule", "answer", "levels"),
    [
        # abbreviations, decimals and trailing white space are no sentences
        ("cnn_dailymail", NEWS, [1, 2, 3, 4, 5]),
        ("cnn_dailymail", f"\n{NEWS} \n", [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS + " Yes.", []),
        ("cnn_dailymail", NEWS.replace("Potter", "potter"), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS.replace("actor", "actors"), [1, 2]),
        ("cnn_dailymail", NEWS.replace("calm", "Lavish"), [1, 2, 3]),
        ("cnn_dailymail", NEWS.replace("have earned", "have a"), [1, 2, 3, 4]),
        ("cnn_dailymail", NEWS.replace("have earned", "have already made"), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS.replace("have earned", "had earned"), [1, 2, 3, 4]),
        ("xsum", FLOOD, [1, 2, 3, 4, 5]),
        ("xsum", FLOOD + " ", [1, 2, 3, 4, 5]),
        ("xsum", FLOOD.replace("operation", "Operations"), [1, 2, 3, 4, 5]),
        ("xsum", FLOOD.replace("continuing", "nothing"), [1, 2, 3]),
        ("xsum", FLOOD.replace("is slowly", "was slowly"), [1, 2, 3]),
        ("xsum", FLOOD.replace("A clean-up operation is", "They’re"), [1, 2, 3, 4]),
        ("xsum", FLOOD.replace("Borders", "newton stewart"), [1, 2]),
        ("samsum", CHORES, [1, 2, 3, 4, 5]),  # the apostrophe belongs to its word
        ("samsum", CHORES.replace("stuff", "Stuff"), [1, 2, 3, 4, 5]),
        ("samsum", CHORES.replace("wait", "wait, Tim says,"), [1, 2, 3, 4]),
        ("samsum", CHORES[:-1], [1, 2, 3, 4]),
        ("samsum", CHORES[:-1] + "…", [1, 2, 3, 4, 5]),
        ("samsum", CHORES[:-1] + "...", [1, 2, 3, 4, 5]),
        ("samsum", CHORES.replace("wait", "procrastinate"), [1, 2, 3]),
        ("gigaword", BOMB, [1, 2, 3, 4, 5]),
        ("gigaword", f" {BOMB} \n", [1, 2, 3, 4, 5]),
        ("gigaword", BOMB.replace(" ", "  "), [1, 2, 3, 4, 5]),
        ("gigaword", BOMB.replace("southern", "south-east"), [1]),
        ("gigaword", BOMB + "。", [1]),
        ("gigaword", BOMB.replace("two", "Two"), [1, 2]),
        ("gigaword", "1 2 3 4 5 6 7 8", [1, 2, 3, 4]),
        ("gigaword", BOMB + " today", []),
        ("arxiv", PAPER, [1, 2, 3, 4, 5]),
        ("arxiv", f'"{PAPER}"', [1, 2, 3, 4, 5]),
        ("arxiv", PAPER.replace("We", "Weights"), [1, 2]),
        ("arxiv", PAPER.replace("layers", "Transformer layers"), [1, 2, 3, 4]),
        # format 22
        ("format_22", f"{LONG}\n\n{LONG}\n\n{LONG}", [1, 2, 3]),
        ("format_22", f"\n{LONG}\n\n\n{LONG}\n\n{LONG} \n", [1, 2, 3]),
        ("format_22", f"{LONG} {LONG} {LONG}\n\n{LONG}\n\n{LONG}", [1]),
        ("format_22", f"{LONG}\n\n{LONG}\n\nKeep it dry.", [1, 2]),
        ("format_22", f"1. {LONG}\n\n2. {LONG}\n\n3. {LONG}", [1, 2, 3, 4]),
        ("format_22", f"1. {LONG}\n2. {LONG}\n3. {LONG}", [1, 2, 3, 4]),
        ("format_22", f"**1.** {LONG}\n\n(2) {LONG}\n\n3) {LONG}", [1, 2, 3, 4]),
        ("format_22", f"1. {LONG}\n\n2. {LONG}\n\n3. {LONG}\n\nThose are suggestions", [5]),
        ("format_22", f"1. {LONG}\n\n2. {LONG}\n\n3. {LONG} Those are suggestions.", [1, 2, 5]),
        ("format_22", f"1. {LONG}\n\n2. {LONG}\n\n3. {LONG}\n\n4. “Those are suggestions.”\n", [5]),
        ("format_22", f"1. {LONG}\n\n2. {LONG}\n\nThose are suggestions.", [1, 2]),
        ("format_22", f"{LONG}\n\n{LONG}\n\n{LONG}\n\nThose are suggestions.", []),
        # format 30: the keyword comes with level 5, as in the instructions
        ("format_30", POINTS, [1, 2, 3, 4, 5]),
        ("format_30", POINTS.replace("every part", "nearly all"), [1, 2, 3]),
        ("format_30", POINTS.replace("every part", "every family"), [1, 2, 3]),
        ("format_30", POINTS.replace("today", "friend-ly"), [1, 2, 3]),
        ("format_30", POINTS.replace(" today.", "."), [1, 2, 3, 4, 5]),
        ("format_30", POINTS.replace("today.", "today. It is good."), [1]),
        ("format_30", POINTS.replace("grow", "grow, to grow, and to grow"), [1, 2]),
        ("format_30", "\n".join(POINTS.split("\n")[:4]), [1, 2, 3, 4]),
        ("format_30", POINTS.replace(":** ", "**\n\n"), [1, 2, 3, 4, 5]),
        ("format_30", f"Ladies and gentlemen,\n\n**A speech**\n\n{POINTS}", [1, 2, 3, 4, 5]),
        ("format_30", POINTS + "\n\nThank you.", [1, 2]),
        ("format_30", POINTS.replace("**", ""), []),
    ],
)
def test_english(rule: str, answer: str, levels: list[int]) -> None:
    assert passing_levels(rule, answer) == levels


@pytest.mark.parametrize(
    ("rule", "answer", "levels"),
    [
        ("cnn_dailymail", NEWS_ZH, [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS_ZH + "\n", [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS_ZH.replace("今年", "今年过完生日以后就满"), [1]),
        ("cnn_dailymail", NEWS_ZH.replace("今年", "今年过完生日就满"), [1, 2, 3, 4, 5]),  # 15
        ("cnn_dailymail", NEWS_ZH.replace("已赚", "没赚"), [1, 2, 3, 4]),
        ("cnn_dailymail", NEWS_ZH.replace("已赚大钱", "让人了解他"), [1, 2, 3, 4]),
        ("xsum", FLOOD_ZH, [1, 2, 3, 4, 5]),
        ("xsum", "苏格兰边境的各个地方正在进行灾后清理操作。", [1, 2, 3, 4, 5]),  # 20
        ("xsum", "苏格兰边境的各个地方现在正在进行灾后清理操作。", [1]),  # 22
        ("xsum", FLOOD_ZH.replace("各地正在", "在各地已经"), [1, 2, 3]),
        ("xsum", FLOOD_ZH.replace("正在", "在"), [1, 2, 3, 4, 5]),
        ("xsum", FLOOD_ZH.replace("操作", "工作"), [1, 2, 3, 4]),
        ("samsum", CHORES_ZH, [1, 2, 3, 4, 5]),
        ("samsum", CHORES_ZH.replace("。", "！"), [1, 2, 3, 4, 5]),
        ("samsum", CHORES_ZH.replace("金", "金，"), [1, 2, 3, 4]),
        ("samsum", CHORES_ZH.replace("金", "金和蒂姆两个"), [1, 2, 3, 4, 5]),  # 15
        ("gigaword", "菲律宾南部客车爆炸", []),
        ("gigaword", "菲律宾客车遭袭击\n", [1, 2, 3, 4, 5]),
        ("gigaword", "菲律宾炸死二三人", [1, 2, 3, 4, 5]),
        ("gigaword", "菲律宾炸死２３个人", [1, 2]),
        ("gigaword", "客车爆炸在菲律宾", [1, 2, 3, 4]),
        ("gigaword", "菲南公交车遭袭击", [1, 2, 3]),
        ("arxiv", PAPER_ZH, [1, 2, 3, 4, 5]),
        ("arxiv", "我们在Transformer激活中找到事实。", [1, 2, 3, 4]),
        ("format_22", f"{LONG_ZH}\n\n{LONG_ZH}\n\n{LONG_ZH}", [1, 2, 3]),
        ("format_22", f"{LONG_ZH * 3}\n\n{LONG_ZH}\n\n{LONG_ZH}", [1, 2, 3]),  # at most three
        ("format_22", f"1. {LONG_ZH * 3}\n\n2. {LONG_ZH}\n\n3. {LONG_ZH}", [1, 2, 3]),  # not 4
        ("format_22", f"1. {LONG_ZH}\n\n2. {LONG_ZH}\n\n3. {LONG_ZH}", [1, 2, 3, 4]),
        ("format_22", f"一、{LONG_ZH}\n\n二、{LONG_ZH}\n\n三、{LONG_ZH}", [1, 2, 3, 4]),
        ("format_22", f"1. {LONG_ZH}\n\n2. {LONG_ZH}\n\n3. {LONG_ZH}\n\n这些是建议。", [5]),
        ("format_22", f"1. {LONG_ZH}\n\n2. {LONG_ZH}\n\n3. {LONG_ZH}“这些是建议”", [1, 2, 5]),
    ],
)
def test_chinese(rule: str, answer: str, levels: list[int]) -> None:
    assert passing_levels(rule, answer, "zh") == levels


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("answer", ["", " \n", "."])
def test_an_empty_answer_passes_nothing(lang: str, answer: str) -> None:
    for rule in ("cnn_dailymail", "xsum", "samsum", "gigaword", "arxiv", "format_22", "example"):
        decide = official_rule(rule, "fixed", lang)
        target = "{instruction}\n[Bot]\n{answer}"
        assert not any(decide(answer, target, level).ok for level in range(1, 6)), rule


def test_messages_say_what_was_found_and_wanted() -> None:
    rule = official_rule("format_30", "fixed", "en")
    assert rule(POINTS.replace("every part", "nearly all"), "", 4).message == (
        "'nearly', no word ending in -ly wanted"
    )
    assert rule("**A** b", "", 5).message == ("1 word in 'b', 10 to 15 wanted")
