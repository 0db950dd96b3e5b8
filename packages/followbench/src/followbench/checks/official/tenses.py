"""Whether a sentence uses the tense an item asks for, told from its words.

This is no grammar: it looks for the auxiliary and, past adverbs, for the form that must follow.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from followbench.checks.text import fold_quotes, words


def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BE = _vocabulary(
    "am is are isn't aren't i'm you're we're they're he's she's it's that's there's who's"
)
_HAVE = _vocabulary("has have hasn't haven't i've you've we've they've who've there've would've")
_HAS_BEEN = _vocabulary("he's she's it's that's there's who's")
_ADVERBS = _vocabulary(
    "not never ever always often still yet already now just also even both all once twice "
    "since so far soon again thus then there instead indeed too"
)
_NO_PARTICIPLE_ING = _vocabulary(
    "nothing something anything everything thing morning evening king ring spring string wing "
    "ceiling sibling bring sing sling during"
)
_NO_PARTICIPLE_ED = _vocabulary(
    "red bed need seed weed feed speed breed greed deed reed shed sled hundred sacred naked "
    "wicked kindred rugged ragged indeed"
)
_IRREGULAR = _vocabulary(
    "been become begun bent bet bitten bled blown bought bound bred broken brought built burnt "
    "burst caught chosen clung come cost crept cut dealt done drawn dreamt driven drunk dug eaten "
    "fallen fed felt fled flown forbidden forgiven forgotten fought found frozen given gone got "
    "gotten ground grown had heard held hidden hit hung hurt kept known laid lain leant leapt "
    "learnt led left lent let lit lost made meant met mistaken overcome overtaken paid proven put "
    "quit read ridden risen run rung said sat seen sent set sewn shaken shot shown shrunk shut "
    "slept slid sold sought spent split spoken spread sprung spun stood stolen struck stuck stung "
    "sung sunk sworn swept swum taken taught thought thrown told torn undergone understood "
    "undertaken upheld withdrawn withheld woken won worn woven wound written"
)


def _after(text: str, auxiliaries: Container[str]) -> Iterator[tuple[str, str]]:
    """Each auxiliary of a text with the word that follows it, at most four adverbs on."""
    tokens = [word.casefold() for word in words(fold_quotes(text))]
    for at, token in enumerate(tokens):
        if token in auxiliaries:
            rest = (word for word in tokens[at + 1 : at + 6] if not _is_adverb(word))
            yield token, next(rest, "")


def _is_adverb(word: str) -> bool:
    return word in _ADVERBS or word.endswith("ly")


def is_present_progressive(text: str) -> bool:
    """English: a form of *be* in the present before a form in *-ing*."""
    return any(
        word.endswith("ing") and word not in _NO_PARTICIPLE_ING for _, word in _after(text, _BE)
    )


def is_present_perfect(text: str) -> bool:
    """English: *has* or *have* before a past participle."""
    has_been = any(word == "been" for _, word in _after(text, _HAS_BEEN))
    return has_been or any(_is_participle(word) for _, word in _after(text, _HAVE))


def _is_participle(word: str) -> bool:
    word = word.rpartition("-")[2]
    regular = word.endswith("ed") and len(word) > 3 and word not in _NO_PARTICIPLE_ED
    return regular or word in _IRREGULAR


# 在 is the sign of an action under way before a verb, but a preposition before a place.
_UNDER_WAY = re.compile(
    r"正在|正于|正(?=[^在确常当式规面好如直义宗方])|在[^，。；！？\n]{1,10}中(?![国心部央东欧亚])|着(?!名)"
    r"|(?<![存现所实内外潜自])在(?:不断|继续|持续|积极|努力|全力|逐步|加紧)?"
    r"(?:进行|恢复|清理|修复|抢修|维修|评估|处理|展开|开展|努力|应对|加强|推进|实施|重建|操作|增加|等待|准备"
    r"|要求|呼吁|救援|抢险|调查|统计|帮助|支持|面临|经历|遭受|受到|承受|改善|建设|组织|疏散|撤离)"
)
_DONE = re.compile(
    r"(?<!为)了(?!解|不起|然|如指掌)|已|曾经|(?<![通经超不太难度越路])过(?![去程度于往来分滤敏渡]|[一两几多]?[天年月])"
)


def is_under_way(text: str) -> bool:
    """Chinese: a sign of an action under way (正在, 着, 在 before a verb, 在…中)."""
    return _UNDER_WAY.search(text) is not None


def is_completed(text: str) -> bool:
    """Chinese: a sign of a completed action (了, 已, 过)."""
    return _DONE.search(text) is not None
