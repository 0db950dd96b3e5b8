"""Mode ``released`` against cases worked out by hand from the description of the rules."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followbench.checks.official import official_rule
from followbench.checks.official.released_en import count_keywords

# Five sentences' worth of words to build on: each clause has the number of words it names.
W7 = "one two three four five six seven"
W20 = "a b c d e f g h i j k l m n o p q r s t"
W21 = W20 + " u"
H20 = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"
H21 = H20 + "子"

NEWS = "Potter turns eighteen. The actor stays calm. His films have earned much"
NEWS_ZH = "波特今年十八岁。演员不乱花钱。电影赚了很多钱"
FLOOD = "A clean-up operation is continuing in the flooded towns"
FLOOD_ZH = "救援操作在水灾地区继续进行"
CHORES = "Kim will do her stuff with breaks."
CHORES_ZH = "她做琐碎的家务事。"
BOMB = "at least two dead in southern philippines blast"
BOMB_ZH = "客车爆炸在菲律宾"
PAPER = "We find facts in the activations of middle layers"
PAPER_ZH = "我们在神经元激活中找到事实"
TABLE = f"{W21}\n\n{W21}\n\n{W21}"
TABLE_ZH = f"{H21}\n\n{H21}\n\n{H21}"


def outcome(rule: str, level: int, answer: str, target: str = "", lang: str = "en") -> bool:
    return official_rule(rule, "released", lang)(answer, target, level).ok


def passing_levels(rule: str, answer: str, lang: str = "en") -> list[int]:
    return [level for level in range(1, 6) if outcome(rule, level, answer, lang=lang)]


@pytest.mark.parametrize(
    ("rule", "answer", "levels"),
    [
        # cnn_dailymail
        ("cnn_dailymail", NEWS, [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS + ".", [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS + ". ", []),  # the trailing space is a fourth sentence
        ("cnn_dailymail", NEWS + ".\n", []),  # and so is a trailing line break
        ("cnn_dailymail", NEWS.replace("eighteen.", "eighteen..."), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", "Mr. Potter turns eighteen. The actor stays calm.", [1, 2]),
        ("cnn_dailymail", NEWS.replace("eighteen", f"{W7} {W7} x"), [1]),
        ("cnn_dailymail", NEWS.replace("turns eighteen", f"{W7} {W7[4:]}"), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS.replace("Potter", "potter"), [1, 2]),  # case counts
        ("cnn_dailymail", NEWS.replace("actor", "actors"), [1, 2]),  # whole words
        ("cnn_dailymail", NEWS.replace("Potter", "Harry-Potter's"), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS.replace("calm", "lavish"), [1, 2, 3]),
        ("cnn_dailymail", NEWS.replace("calm", "Lavish"), [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS.replace("much", "lavish"), [1, 2, 3, 4, 5]),  # sentence 3
        ("cnn_dailymail", NEWS.replace("have earned", "earned"), [1, 2, 3, 4]),
        ("cnn_dailymail", NEWS.replace("have earned", "have a"), [1, 2, 3, 4, 5]),  # no tense
        ("cnn_dailymail", NEWS.replace("have earned much", "have"), [1, 2, 3, 4]),
        # xsum
        ("xsum", FLOOD, [1, 2, 3, 4, 5]),
        ("xsum", FLOOD + ". ", []),
        ("xsum", "It cost 3.5 million", []),  # a decimal makes two sentences
        ("xsum", FLOOD.replace(" ", "\n", 3), [1, 2, 3, 4, 5]),
        ("xsum", FLOOD.replace(" in ", " " * 12 + "in "), [1]),  # spaces make empty words
        ("xsum", W20, [1]),
        ("xsum", W20[:-2], [1, 2, 3]),
        ("xsum", FLOOD + " of Newton Stewart", [1, 2]),
        ("xsum", FLOOD + " of Newton Stewarts", [1, 2, 3, 4, 5]),
        ("xsum", FLOOD + " of newton stewart", [1, 2, 3, 4, 5]),
        ("xsum", FLOOD.replace("is continuing", "is still continuing"), [1, 2, 3]),
        ("xsum", FLOOD.replace("is continuing", "is nothing"), [1, 2, 3, 4, 5]),
        ("xsum", FLOOD.replace("operation", "operations"), [1, 2, 3, 4]),
        # samsum
        ("samsum", CHORES, [1, 2, 3, 4, 5]),
        ("samsum", CHORES[:-1], [1, 2, 3, 4]),  # no punctuation at all
        ("samsum", CHORES + " ", []),
        ("samsum", CHORES.replace("Kim", "Kim's friend"), [1, 2, 3, 4]),
        ("samsum", CHORES.replace("Kim", "Kim’s friend"), [1, 2, 3, 4, 5]),  # not ASCII
        ("samsum", CHORES.replace("stuff", "Stuff"), [1, 2]),
        ("samsum", CHORES.replace("breaks", "PROCRASTINATION"), [1, 2, 3]),
        ("samsum", f"{W7} {W7[4:]} stuff", [1, 2, 3, 4]),  # 14 words
        ("samsum", f"{W7} {W7} stuff", [1]),  # 15 words
        # gigaword
        ("gigaword", BOMB, [1, 2, 3, 4, 5]),
        ("gigaword", BOMB + "\n", [1, 2, 3, 4, 5]),
        ("gigaword", BOMB + " ", []),
        ("gigaword", BOMB.replace(" dead", "  dead"), []),
        ("gigaword", BOMB.replace(" dead", "\ndead"), []),
        ("gigaword", BOMB + ".", [1]),
        ("gigaword", BOMB + "。", [1, 2, 3, 4, 5]),  # ASCII punctuation only
        ("gigaword", BOMB.replace("at", "At"), [1, 2]),
        ("gigaword", "1 2 3 4 5 6 7 8", [1, 2]),  # nothing in it is lower case
        ("gigaword", BOMB.replace("blast", "bus"), [1, 2, 3]),
        ("gigaword", BOMB.replace("blast", "buses"), [1, 2, 3, 4, 5]),
        ("gigaword", BOMB.replace(" in ", " inside "), [1, 2, 3, 4]),
        # arxiv
        ("arxiv", PAPER, [1, 2, 3, 4, 5]),
        ("arxiv", "Weights and activations matter", [1, 2, 3, 4, 5]),  # "We" as letters
        ("arxiv", " " + PAPER, [1, 2]),
        ("arxiv", W20, [1, 2]),
        ("arxiv", W21, [1]),
        ("arxiv", PAPER.replace("activations", "activation"), [1, 2, 3]),
        ("arxiv", PAPER + " of a transformer", [1, 2, 3, 4]),
        ("arxiv", PAPER + " of a Transformer", [1, 2, 3, 4, 5]),
        ("arxiv", PAPER + " of transformers", [1, 2, 3, 4, 5]),
        # format 22
        ("format_22", TABLE, [1, 2, 3]),
        ("format_22", TABLE.replace("\n\n", "\n"), []),
        ("format_22", f"{TABLE}\n\n", []),  # a fourth, empty paragraph
        ("format_22", TABLE.replace("\n\n", "\n\n\n\n", 1), []),
        ("format_22", f"{W21}.{W21}.{W21}.\n\n{W21}\n\n{W21}", [1]),
        ("format_22", f"{W21}.{W21}. \n\n{W21}\n\n{W21}", [1]),  # the space after the stop
        ("format_22", f"{W21}.{W21}\n\n{W21}\n\n{W21}", [1, 2, 3]),
        ("format_22", f"{W20}.\n\n{W21}\n\n{W21}", [1, 2]),
        # the numbers of the marker are a sentence of one word, so no answer passes level 4 …
        ("format_22", f"1. {W21}\n\n2. {W21}\n\n3. {W21}", [1, 2]),
        # … and the words asked for at level 5 need a numbered fourth paragraph
        ("format_22", f"1. {W21}\n\n2. {W21}\n\n3. {W21}\n\nThose are suggestions", []),
        # format 30
        ("format_30", "**", [1]),
        ("format_30", "a * * b", []),
        ("format_30", "**1. a: **2. b: **3. c: **4. d: **5. e:", [1, 2, 3]),
        ("format_30", "**1:**2:**3:**4:**5:", [1]),  # something must stand before the colon
        ("format_30", "**1. a: **2. b: **3. c: **4. d:", [1]),
        ("format_30", "**1. a: **2. b: **3. c: **4. d: **5. e: **6. f:", [1]),
        ("format_30", "**1. a\n: **2. b: **3. c: **4. d: **5. e:", [1]),  # stops at the line's end
    ],
)
def test_english(rule: str, answer: str, levels: list[int]) -> None:
    assert passing_levels(rule, answer) == levels


@pytest.mark.parametrize(
    ("rule", "answer", "levels"),
    [
        ("cnn_dailymail", NEWS_ZH, [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS_ZH + "。", [1, 2, 3, 4, 5]),
        ("cnn_dailymail", NEWS_ZH + "。\n", []),
        ("cnn_dailymail", NEWS_ZH.replace("。", "."), []),  # a Latin stop ends nothing
        ("cnn_dailymail", NEWS_ZH.replace("今年", "今年，也就是说现在，刚刚满"), [1]),
        ("cnn_dailymail", NEWS_ZH.replace("乱", "奢侈"), [1, 2, 3]),
        ("cnn_dailymail", NEWS_ZH.replace("赚了", "已经赚到"), [1, 2, 3, 4]),
        ("cnn_dailymail", NEWS_ZH.replace("赚了", "了解"), [1, 2, 3, 4, 5]),
        ("xsum", FLOOD_ZH, [1, 2, 3, 4, 5]),
        ("xsum", FLOOD_ZH + "。", [1, 2, 3, 4, 5]),
        ("xsum", H20[:19], [1, 2, 3]),
        ("xsum", H20, [1]),  # 20 characters, though at most 20 were asked for
        ("xsum", H20[:19] + "。", [1]),  # punctuation is counted
        ("xsum", "牛顿斯图尔特在救援操作", [1, 2]),
        ("xsum", FLOOD_ZH.replace("在", "于"), [1, 2, 3]),
        ("xsum", FLOOD_ZH.replace("操作", "工作"), [1, 2, 3, 4]),
        ("samsum", CHORES_ZH, [1, 2, 3, 4, 5]),
        ("samsum", CHORES_ZH[:-1], [1, 2, 3, 4]),
        ("samsum", CHORES_ZH[:-1] + "！", [1, 2, 3, 4]),  # ！ is no punctuation here
        ("samsum", CHORES_ZH.replace("她", "她，"), [1, 2, 3, 4]),
        ("samsum", CHORES_ZH.replace("家务事", "拖沓的事"), [1, 2, 3]),
        ("samsum", CHORES_ZH.replace("琐碎的", "琐碎"), [1, 2]),
        ("gigaword", BOMB_ZH, [1, 2, 3, 4, 5]),
        ("gigaword", BOMB_ZH + "\n", []),
        ("gigaword", BOMB_ZH[:7] + "。", [1]),
        ("gigaword", BOMB_ZH[:7] + "！", [1, 2, 3, 4, 5]),
        ("gigaword", "菲律宾爆炸数人亡"[:8], [1, 2, 3, 4]),
        ("gigaword", "菲律宾爆炸二人亡", [1, 2]),  # 二 is a numeral, if no Arabic one
        ("gigaword", "菲律宾爆炸2人亡", [1, 2]),
        ("gigaword", "公交车爆炸在早上", [1, 2, 3]),
        ("gigaword", "菲律宾客车早上炸", [1, 2, 3, 4]),  # 在 is asked for, though forbidden
        ("arxiv", PAPER_ZH, [1, 2, 3, 4, 5]),
        ("arxiv", H20, [1, 2]),
        ("arxiv", H21, [1]),
        ("arxiv", PAPER_ZH.replace("激活", "权重"), [1, 2, 3]),
        ("arxiv", PAPER_ZH.replace("神经元", "transformer"), [1]),  # 21 characters
        ("arxiv", "我们在transformer激活中", [1, 2, 3, 4]),
        ("arxiv", "我们在Transformer激活中", [1, 2, 3, 4, 5]),
        ("format_22", TABLE_ZH, [1, 2, 3]),
        ("format_22", f"1.{H20}\n\n2.{H20}\n\n3.{H20}", [1, 2, 3, 4]),
        ("format_22", f"1.{H20}\n\n2.{H20}\n\n3.{H20}\n\n4.{H20}这些是建议", [5]),
        ("format_22", f"1.{H20}\n\n2.{H20}\n\n3.{H20}\n\n4.{H20}这些是建议。", []),
        ("format_22", f"1.{H20}\n\n2.{H20}\n\n3.{H20}\n\n这些是建议", []),
        ("format_22", TABLE_ZH.replace(H21, H20), [1, 2, 3]),  # line breaks count too …
        ("format_22", f"{H20}。\n\n{H21}\n\n{H21}", [1, 2]),  # … except before the first
    ],
)
def test_chinese(rule: str, answer: str, levels: list[int]) -> None:
    assert passing_levels(rule, answer, "zh") == levels


POINT = "**{n}{mark} Growth: it helps all of us to live {how} well."


@pytest.mark.parametrize(
    ("mark", "how", "levels"),
    [
        (")", "very", [1, 2, 3, 4, 5]),
        (")", "really", [1, 2, 3, 4, 5]),  # a word in -ly …
        (")", "friend-ly", [1, 2, 3, 4]),  # … is only one that ends in the characters "-ly"
        (")", "friend-ly,", [1, 2, 3, 4, 5]),
        (")", "so very very very very", [1, 2, 3, 4, 5]),
        (")", "so very very very very very", [1, 2, 3]),  # 16 words, marker and keyword included
        (")", "well. You", [1, 2, 3]),  # two sentences a point, but their number has no full stop
        (".", "very", [1, 2, 3]),  # "**1." is a sentence of one word
        (".", "1.5 times as", [1, 2]),  # two full stops in a piece with "1."
        (".", "9.9 times as", [1, 2, 3]),
        (".", "well.You", [1, 2, 3]),  # two as well, but no number is in that piece
    ],
)
def test_points_of_the_speech(mark: str, how: str, levels: list[int]) -> None:
    points = [POINT.format(n=n, mark=mark, how=how) for n in range(1, 6)]
    assert passing_levels("format_30", " ".join(points)) == levels


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("rule", "target", "answer", "ok"),
    [
        ("E2E", "name[x], eatType[pub]", "name[x], eatType[pub]", True),
        ("E2E", "name[x], eatType[pub]", "name[x], eatType[pub]\n", False),
        ("text_editing", "apples love I", "apples love I", True),
        ("text_editing", "apples love I", "apples love I.", False),
        ("WIKIEVENTS", "a died\nb died", "b died", True),
        ("WIKIEVENTS", "a died\nb died", "b died\nb died\nb died", True),
        ("WIKIEVENTS", "a died\nb died", "b died\n", False),  # the empty last line is unknown
        ("WIKIEVENTS", "a died\nb died", "1. b died", False),
        ("CONLL2003", "['Bonn', 'BRUSSELS']", "Bonn", True),
        ("CONLL2003", "['Bonn', 'BRUSSELS']", "Brussels", False),
        ("CONLL2003", "['Bonn', 'BRUSSELS']", "Bonn.", False),
        ("CONLL2003", "'Bonn'", "on", True),  # a literal that is a string
        ("CONLL2003", "Bonn", "Bonn", False),  # the script would crash here
        ("CONLL2003", "5", "5", False),
        ("BBH_logical", "(B)", "(A) is wrong, so (B)", True),
        ("BBH_logical", "(B)", "(B), not (A)", False),
        ("BBH_logical", "(B)", "B", False),
        ("BBH_logical", "(B)", "（B）", False),
        ("BBH_time", "02/09/1938", "It is 12/24/1937, then 02/09/1938.", True),
        ("BBH_time", "02/09/1938", "102/09/19380", True),
        ("BBH_time", "02/09/1938", "2/9/1938", False),
        ("self_made_space", "14th floor", "on the 114th floor", True),
        ("self_made_space", "14th floor", "from the 14th floor to the 20th", True),
        ("self_made_space", "14th floor, Apartment 2", "14th floor, in Apartment 2", False),
        ("example", "{instruction}\nBot: {answer}", "Bot: 42", True),
        ("example", "{instruction}\nBot: {answer}", "Bot: ", True),
        ("example", "{instruction}\nBot: {answer}", "Bot: 42\n", False),
        ("example", "{instruction}\nBot: {answer}", "Bot: 4\n2", False),
        ("example", "{instruction}\n[Bot]\n{answer}", "[Bot]\n42", True),
        ("example", "{instruction}\n{{'bot': '{answer}'}}", "{'bot': '42'}", True),
        ("example", "{instruction}\n{{'bot': '{answer}'}}", "{'bot': \"42\"}", False),
        ("example", "{instruction}\n{{'bot': '{answer}'}}", "{'bot': ''}", True),
        ("example", "{instruction}\n<b>{answer}</b>", "<b>4</b></b>", True),
        ("example", "{instruction}\n{answer}", "anything, but on one line", True),
    ],
)
def test_targets(lang: str, rule: str, target: str, answer: str, ok: bool) -> None:
    levels = {outcome(rule, level, answer, target, lang) for level in range(1, 6)}
    assert levels == {ok}


@pytest.mark.parametrize(
    ("lang", "target", "answer", "ok"),
    [
        ("en", "$37", "$42 - $5 = $37", True),
        ("en", "$37", "$37 after paying $5", False),
        ("en", "$37", "$37.99", True),
        ("en", "$37", "37 dollars", False),
        ("en", "$1", "$1,000", True),
        ("zh", "37美元", "42美元减5美元是37美元", True),
        ("zh", "37美元", "137美元", False),
        ("zh", "37美元", "37 美元", False),
        ("zh", "37美元", "$37", False),
    ],
)
def test_amounts(lang: str, target: str, answer: str, ok: bool) -> None:
    assert outcome("gsm_8k", 1, answer, target, lang) is ok


def test_text_that_the_chinese_script_cannot_encode_fails() -> None:
    assert outcome("xsum", 1, "\ud800", lang="en")
    assert not outcome("xsum", 1, "\ud800", lang="zh")


def test_messages_say_what_was_found_and_wanted() -> None:
    rule = official_rule("xsum", "released", "en")
    assert rule("One. Two.", "", 1).message == "2 sentences, exactly 1 wanted"
    assert rule(W20, "", 2).message == "20 words, at most 19 wanted"
    assert rule("x", "", 5).message.endswith("'am', 'is' or 'are' before a word in '-ing' wanted")


@settings(max_examples=300)
@given(st.text(alphabet="*1:ab\n９", max_size=40))
def test_keywords_are_counted_as_the_pattern_counts_them(text: str) -> None:
    assert count_keywords(text) == len(re.findall(r"\*\*[\d].+?:", text))


@pytest.mark.parametrize("level", [0, 6])
def test_there_is_no_other_level(level: int) -> None:
    with pytest.raises(ValueError, match=f"level {level}"):
        official_rule("xsum", "released", "en")("x", "", level)
