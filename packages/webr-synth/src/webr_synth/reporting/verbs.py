"""What a request asks for: its root verb and that verb's object. English only, and a heuristic.

No parser is used, since those with good models fetch them from the net. The verb is the first
word of a list of usual imperatives that stands where an imperative stands: at the beginning of a
sentence or after a comma, "to", "and", "please" or "you". The object is the last word of what
follows up to a preposition, a conjunction or a mark: "write a short story about" gives "write
story". A question without an imperative ("What is ...?") counts by its first word.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VERBS = _words(
    """
    act add advise analyse analyze answer apply argue arrange assess assist assume break
    brainstorm build calculate categorise categorize change characterize check choose cite
    clarify classify collect combine come comment compare compile complete compose compute
    conduct consider construct convert convince correct count craft create critique debug
    deduce define delete demonstrate derive describe design detect determine develop devise
    devote differentiate discuss display distinguish divide draft draw edit elaborate
    eliminate estimate evaluate examine expand explain explore express extend extract fetch
    fill find finish fix format formulate generate give group guess help highlight identify
    illustrate imagine implement improve include infer insert interpret introduce invent
    invert judge justify label list locate look make manage match measure mention modify move
    name narrate note offer optimise optimize order organise organize outline paraphrase parse
    perform pick plan play point predict prepare present prioritize process produce proofread
    propose prove provide put quote rank rate read rearrange reason recall recommend recount
    redesign reduce refactor refine reformat reformulate relate remove rename reorder
    reorganize rephrase replace report reproduce research resolve respond restate restructure
    retell retrieve return revise rewrite round sample say search select separate set shorten
    show simplify simulate solve sort specify split state structure study subtract suggest sum
    summarise summarize support synthesise synthesize take tell test think transcribe
    transform translate try turn update use validate verify visualise visualize walk work
    write
    """
)
_QUESTIONS = _words(
    "what why how when where who whom whose which is are do does did can could should would will"
)
_BEFORE = _words("please to and then you kindly just now also first me let's")
_ENDS = _words(
    """
    about above across after against along among and around as at because before behind below
    between both but by despite during except for from given if in including into is are was
    were be like near of off on onto or out over per regarding since so than that then through
    throughout to towards under unless until up upon using via what when where whether which while
    who whose why how with within without following based it's
    """
)
_SKIPPED = _words(
    """
    a an the this that these those my your our their his her its some any all each every me us
    them him it you one two three four five six seven eight nine ten several few many more
    most following given new
    """
)
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|[.,;:!?()\[\]\"“”\n*#>]|\d+")
_LONGEST = 600


def root_verb(request: str) -> tuple[str, str] | None:
    """The verb and its object, in lower case.

    Returns:
        Both; the object is empty where there is none, and for questions. ``None`` if the request
        has no verb of the list, as far as can be told.
    """
    words = [word.lower() for word in _WORD.findall(request[:_LONGEST])]
    question = None
    earlier, before = ".", "."
    for at, word in enumerate(words):
        starts = not before[-1].isalnum()
        # "To make it shorter, write ..." asks to write.
        purpose = before == "to" and not earlier[-1].isalnum()
        led = before in _BEFORE or before.endswith("ly")
        if word in _VERBS and (starts or led) and not purpose:
            return word, _object(words[at + 1 :])
        if question is None and word in _QUESTIONS and starts and before != ",":
            question = word
        earlier, before = before, word
    return (question, "") if question else None


def _object(words: list[str]) -> str:
    found = ""
    for word in words:
        if (word in _SKIPPED or word.endswith("ly")) and not found:
            continue
        if word in _ENDS or not word[0].isalnum() or word.endswith("ly"):
            break
        found = word
    return found
