"""Sentences as a person would count them, in English and Chinese.

- They end with ``. ! ?``, an ellipsis or ``。！？``; closing quotes, brackets and emphasis after
  that belong to them.
- No full stop are those of abbreviations (``Dr.``, ``e.g.``, ``U.S.``), initials (``J. Smith``),
  decimals and enumerators (``1. ``). An abbreviation that can end a sentence (``etc.``,
  ``Inc.``) does so where a new one plainly starts.
- ``"Stop!" he said`` and ``“停下！”他说。`` are one sentence; an ellipsis before a lower-case
  letter ends none.
- A list item or table row is a sentence of its own, with or without a full stop. So is a line,
  unless it ends with a comma or the next one begins in lower case.
- Headings (``# …``, and lines that are bold as a whole) are titles, not sentences; pieces
  without a letter or digit are none either.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from followbench.checks.text import CACHED, CJK, has_word, is_bare, is_heading, word_set

_LIST_MARK = regex.compile(
    r"""
    (?:>[ \t]*+)*+
    (?:
      [-*+•·‣◦▪●○■–][ \t]++ | [•‣◦▪●○■]
      | \p{Nd}{1,3}(?:[.)](?=\s|\p{Han})|[．）、])
      | [（(](?:\p{Nd}{1,3}|[一二三四五六七八九十]{1,3}|[a-zA-Z])[)）]
      | [一二三四五六七八九十]{1,3}、
      | [a-zA-Z]\)[ \t]
    )\s*+
    """,
    regex.VERBOSE,
)
_QUOTED = regex.compile(r"(?:>[ \t]*+)++")
_END = regex.compile(
    r"""
    (?<![.!?…。！？｡؟۔।॥])
    (?P<mark>[.!?…。！？｡؟۔।॥]++)
    (?P<close>(?:["'\"’”»」』〕）)\]】》*_~`]|\[\d{1,3}\])*+)
    (?P<gap>\s*+)
    (?P<open>["'“‘«「『(（\[*_~`¿¡]*+)
    """,
    regex.VERBOSE,
)
_EAST = frozenset("。！？｡؟۔।॥")
_CLOSING = frozenset("\"'’”»」』〕）)]】》")
_CJK = regex.compile(rf"[{CJK}]")
_SAID = regex.compile(
    r"\p{Han}{0,6}?(?:[说問问答喊叫曰想写]|(?<!知)道)[，。：！、,:]|[，、；：,;)）]"
)
_NEXT_WORD = regex.compile(r"[\p{L}'’]{1,20}")
_INITIALS = regex.compile(r"(?:\p{L}\.)+\p{L}")

_TITLES = word_set(
    "dr mr mrs ms mx prof rev gen sen rep gov capt lt col sgt maj hon pres messrs fr",
    "e.g i.e eg ie cf vs viz approx ca incl esp resp",
)
_BEFORE_NUMBER = word_set(
    "no nos fig figs eq eqs vol pp p ch sec art ex para v op tab",
    "jan feb mar apr jun jul aug sep sept oct nov dec",
)
_MAY_END = word_set(
    "st ft lb lbs oz hr hrs min max etc inc ltd co corp jr sr al ave blvd rd mt dept est bros",
    "univ assn ph.d ariz calif colo conn fla minn okla tenn wis",
)
_WEEKDAYS_AND_ZONES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday",
    "et ct mt pt est edt cst cdt mst mdt pst pdt gmt utc cet cest",
)
_STARTERS = word_set(
    "the a an this that these those he she it they we you i his her its their our my your",
    "in on at by for from with as if when while where why what who how which because since",
    "although though but and or so yet however therefore moreover furthermore then there here",
    "after before during once until now today later also still not no yes one some many most",
    "all both each every another other such even everyone everything nobody nothing let please",
    "first second third next finally is are was were do does did can could will would should",
    "have has had",
)

_ABBREVIATED = _TITLES | _BEFORE_NUMBER | _MAY_END
_OPEN_ENDED = (",", ";", "，", "、", "；")
_OPENING = "\"'“‘([*_ "


@lru_cache(CACHED)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order, without list marks, with their closing marks."""
    return tuple(s for run in _runs(text) for s in _split(run) if s[:1].isalnum() or has_word(s))


def _runs(text: str) -> Iterator[str]:
    """Stretches of text within which only punctuation can end a sentence."""
    pending: list[str] = []
    for line in map(str.strip, text.split("\n")):
        mark = None
        plain = line[:1].isalpha() and line[0] < "\u2fff" and line[1:2] != ")"
        if not plain:
            if not line or is_bare(line) or is_heading(line):
                yield from _joined(pending)
                pending = []
                continue
            mark = _LIST_MARK.match(line)
        goes_on = (
            pending
            and not mark
            and (line[0].islower() or pending[-1].endswith(_OPEN_ENDED))
            and line[0] != "|"
        )
        if not goes_on:
            yield from _joined(pending)
            pending = []
        start = mark or (_QUOTED.match(line) if line[0] == ">" else None)
        pending.append(line[start.end() :].lstrip() if start else line)
    yield from _joined(pending)


def _joined(pending: list[str]) -> Iterator[str]:
    if pending:
        yield " ".join(pending)


def _split(run: str) -> Iterator[str]:
    start, titled = 0, "《" in run
    for end in _END.finditer(run):
        mark, close, gap, opening = end.groups()
        here = end.end()
        if here < len(run):
            place = end.start()
            if not _EAST.isdisjoint(mark) or (mark[-1] == "…" and _is_cjk(run[place - 1 : place])):
                ends = not (close or titled) or _ends_eastern(run, start, end, close, opening)
            elif gap:
                ends = _ends_western(run, start, place, mark, close, here)
            else:
                ends = _is_cjk(run[here]) and (mark != "." or _is_cjk(run[place - 1 : place]))
            if not ends:
                continue
        stop = here - len(gap) - len(opening)
        yield run[start:stop].strip()
        start = stop
    if start < len(run):
        yield run[start:].strip()


def _ends_eastern(run: str, start: int, end: regex.Match[str], close: str, opening: str) -> bool:
    """Whether ``。！？`` end a sentence: not in a title ``《…》``, nor in speech that goes on."""
    place = end.start()
    opened = max(start, place - 60)
    if run.rfind("《", opened, place) > run.rfind("》", opened, place):
        return False
    if not close or opening or _CLOSING.isdisjoint(close):
        return True
    return _SAID.match(run, place + len(end.group(1)) + len(close)) is None


def _ends_western(run: str, start: int, place: int, mark: str, close: str, here: int) -> bool:
    """Whether ``. ! ?`` or an ellipsis, with white space after it, end a sentence."""
    lower = run[here].islower()
    if mark[-1] == "…" or mark.endswith(".."):
        return not lower
    if lower and close and not _CLOSING.isdisjoint(close):
        return False
    return mark != "." or not _abbreviated(run, start, place, here)


def _is_cjk(character: str) -> bool:
    return character > "\u2fff" and _CJK.match(character) is not None


def _abbreviated(run: str, start: int, place: int, here: int) -> bool:
    """Whether the full stop at ``place`` belongs to the word before it."""
    window = run[max(start, place - 16) : place]
    token = window.rpartition(" ")[2].rpartition("-")[2].lstrip(_OPENING)
    key = token.lower()
    size = len(token)
    if size > 3 and key not in _ABBREVIATED and "." not in token:
        return False
    if key in _TITLES:
        return True
    opens = place - start < 16 and len(window.lstrip(_OPENING)) == size
    if opens and size <= 3 and (token.isdigit() or (size == 1 and token.isupper())):
        return True
    following = run[here]
    if key in _BEFORE_NUMBER:
        return following.isdigit()
    if not (
        key in _MAY_END or (size == 1 and token.isupper()) or _INITIALS.fullmatch(token) is not None
    ):
        return False
    if not following.isupper():
        return following.islower() or following.isdigit()
    word = _NEXT_WORD.match(run, here)
    next_word = word.group().lower() if word else ""
    if key in ("etc", "a.m", "p.m"):
        return next_word in _WEEKDAYS_AND_ZONES
    return next_word not in _STARTERS
