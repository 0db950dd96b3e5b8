"""``fixed`` rules for items with one right answer, read as a person would read it.

White space, quotes, code fences, emphasis and list markers around an answer do not count, nor
does a full stop after one that has none. What the instruction asks for does.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import Rule, against_target, counted, require

_FENCE = re.compile(r"\A```[^\n`]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_WRAPPERS = (
    ("***", "***"), ("**", "**"), ("__", "__"), ("`", "`"), ('"', '"'), ("'", "'"), ("*", "*"),
    ("“", "”"), ("‘", "’"), ("「", "」"), ("『", "』"), ("«", "»"),
)  # fmt: skip
_LIST_MARKER = re.compile(r"\A\s*(?:[-*•·]|\(?\d{1,3}[.)、:])\s+")
_CONCLUSION = re.compile(r"\banswer\s*(?:is|would be|should be|=|:)|答案\s*(?:是|为|应为|:)", re.I)


def unwrap(text: str, keep: str = "") -> str:
    """A text without the white space, fence, quotes and emphasis around it.

    Args:
        text: Any text.
        keep: A wrapper that is to stay.
    """
    text = text.strip()
    while True:
        fenced = _FENCE.match(text)
        inner = fenced[1] if fenced else text
        for opening, closing in _WRAPPERS:
            size = len(opening) + len(closing)
            if opening == keep:
                continue
            if len(inner) > size and inner.startswith(opening) and inner.endswith(closing):
                middle = inner[len(opening) : -len(closing)]
                if opening not in middle and closing not in middle:
                    inner = middle
                    break
        inner = inner.strip()
        if inner == text:
            return text
        text = inner


def plain(text: str) -> str:
    """A text for comparison: one width of characters, one kind of quote, single spaces."""
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(_SAME)
    return " ".join(text.split())


_SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "•": "·", "・": "·", "‧": "·"})


def concluding(text: str) -> str:
    """What follows the last "the answer is", or the whole text."""
    last = _last(_CONCLUSION, text)
    return text[last.end() :] if last else text


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = deque(pattern.finditer(text), maxlen=1)
    return found[0] if found else None


def _attributes(text: str) -> dict[str, list[str]] | None:
    """``name[a, b], food[c]`` as a mapping; ``None`` if the text is anything else."""
    read: dict[str, list[str]] = {}
    *parts, rest = plain(unwrap(text)).rstrip(" .。").split("]")
    for part in parts:
        name, bracket, values = part.partition("[")
        name = name.strip(" ,;、").casefold()
        if not bracket or not name or name in read:
            return None
        read[name] = [value.strip().casefold() for value in re.split("[,、]", values)]
    return read if read and not rest else None


def _extraction(generation: str, target: str) -> Outcome:
    """E2E: the same attributes with the same values; their order and case do not count."""
    wanted, found = _attributes(target), _attributes(generation)
    if wanted is None:
        return _same_text(generation, target)
    if found is None:
        return require(False, show(generation), "a list of attribute[value] and nothing else")
    return require(found == wanted, show(_differing(found, wanted)), show(target, 120))


def _differing(found: Mapping[str, list[str]], wanted: Mapping[str, list[str]]) -> str:
    """The first attribute that is not as wanted."""
    for name in [*wanted, *found]:
        if found.get(name) != wanted.get(name):
            return f"{name}[{', '.join(found[name])}]" if name in found else f"no {name}"
    return "every attribute as wanted"


def _event(line: str) -> str:
    return plain(unwrap(_LIST_MARKER.sub("", line))).rstrip(".").casefold()


def events(generation: str, target: str, level: int) -> Outcome:
    """WIKIEVENTS: level n wants n events, each of its own line, all of them in the target."""
    known = {_event(line) for line in target.splitlines() if line.strip()}
    found = [_event(line) for line in unwrap(generation).splitlines() if line.strip()]
    stray = next((line for line in found if line not in known), None)
    if stray is not None:
        return require(False, f"the event {show(stray)}", "only events of the target")
    if len(set(found)) < len(found):
        return require(False, "an event that stands twice", "distinct events")
    return counted(len(found), "event", least=level)


def _entity(generation: str, target: str) -> Outcome:
    """CONLL2003: one of the target's names; small letters do not count, capitals may."""
    try:
        names = [plain(str(name)) for name in ast.literal_eval(target)]
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Outcome(False, f"the target {show(target)} is no list of names")
    answer = plain(unwrap(generation))
    answers = {answer, plain(unwrap(answer.rstrip(".。")))}
    ok = not answers.isdisjoint(names)
    if not ok and not answer.isupper():
        # "Brussels" names BRUSSELS, but where "not all capital letters" is asked for,
        # BEIJING does not name Beijing.
        ok = not {text.casefold() for text in answers}.isdisjoint(n.casefold() for n in names)
    return require(ok, show(generation), f"one of {', '.join(names)}")


def _lines(text: str) -> str:
    """A text for comparison that keeps its lines, but not how many blank ones lie between."""
    lines = (plain(line) for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _same_text(generation: str, target: str) -> Outcome:
    """text_editing: the edited text, character by character but for white space and quotes."""
    wanted = _lines(target)
    # Stars around the sentence are an edit that one item asks for.
    readings = [generation, unwrap(generation, keep="*")]
    first, _, rest = generation.strip().partition("\n")
    if "\n" in wanted and first.rstrip().endswith((":", "：")):
        # A letter may be announced ("Here is the edited letter:").
        readings += [rest, unwrap(rest, keep="*")]
    ok = wanted in map(_lines, readings)
    return require(ok, show(generation), f"exactly {show(target)}")


_OPTION = re.compile(r"\(\s*([A-Z])\s*\)")
_BARE_OPTION = re.compile(r"\(?\s*([A-Z])\s*(?:\)|[.:,;。、]|\n|\Z)")


def _option(generation: str, target: str) -> Outcome:
    """BBH_logical: the option chosen, in brackets or bare."""
    found = chosen_option(generation)
    wanted = plain(target).strip("()")
    return require(found == wanted, f"option {found}" if found else "no option", target)


def chosen_option(text: str) -> str | None:
    """The letter of the option that an answer settles on."""
    text = re.sub(r"[*_`]", "", unicodedata.normalize("NFKC", text))
    conclusion = concluding(text)
    if conclusion is not text:
        start = conclusion.lstrip(" \t\n\"'“")
        named = _OPTION.search(conclusion.split("\n\n")[0]) or _BARE_OPTION.match(start)
        if named:
            return named[1]
    for whole in (unwrap(text), unwrap(text).partition("\n")[0]):
        alone = re.fullmatch(r"\(?\s*([A-Z])\s*\)?\s*[.。]?", unwrap(whole))
        if alone:
            return alone[1]
    bracketed = _OPTION.findall(text)
    if bracketed:
        return str(bracketed[-1])
    leading = re.match(r"([A-Z])\s*[.):]", unwrap(text))
    return leading[1] if leading else None


_DATE = re.compile(r"(?<!\d)(?<!\d/)\d{2}/\d{2}/\d{4}(?!\d)")


def _date(generation: str, target: str) -> Outcome:
    """BBH_time: the date the answer settles on, in the form MM/DD/YYYY that was asked for."""
    text = unicodedata.normalize("NFKC", generation)
    after = _DATE.search(concluding(text)) if concluding(text) is not text else None
    dates = _DATE.findall(text)
    found = after[0] if after else dates[-1] if dates else None
    return require(found == target, found or "no date", target)


_AMOUNT = re.compile(
    r"(?:US)?\$\s?(?P<before>\d[\d,]*+(?:\.\d++)?)"
    r"|(?<![\d.,])(?P<after>\d[\d,]*+(?:\.\d++)?)\s?(?:US dollars|dollars|USD|bucks|美元|美金|元)",
    re.IGNORECASE,
)


def _amount(generation: str, target: str) -> Outcome:
    """gsm_8k: the sum of money the answer settles on."""
    wanted = amount(target)
    found = amount(generation)
    return require(
        found is not None and found == wanted,
        f"the amount {found}" if found is not None else "no amount",
        target,
    )


def amount(text: str) -> Decimal | None:
    """The sum of money that an answer settles on; a number alone is one."""
    text = re.sub(r"[*`\\]", "", unicodedata.normalize("NFKC", text))
    tail = concluding(text)
    # "The answer is $42 - $5 = $37": what counts stands behind the last equals sign.
    result = tail.lstrip().partition("\n")[0].rpartition("=")[2]
    found = _AMOUNT.search(result) if tail is not text else None
    found = found or _last(_AMOUNT, text)
    if found:
        digits = found["before"] or found["after"]
    else:
        alone = re.fullmatch(r"(\d[\d,]*+(?:\.\d++)?)[.。]?", unwrap(tail))
        digits = alone[1] if alone else ""
    digits = digits.replace(",", "")
    return Decimal(digits) if digits else None


_PLACES = {
    "floor": re.compile(
        r"(?<!\d)(\d++)(?:st|nd|rd|th)\s+floor|\bfloor\s+(?:number\s+)?(\d++)|第?(?<!\d)(\d++)楼"
        r"|第(\d++)层",
        re.IGNORECASE,
    ),
    "apartment": re.compile(
        r"\bapartment\s*(?:number|no\.?|#)?\s*(?:is\s+)?#?(\d++)|(?<!\d)(\d++)号公寓",
        re.IGNORECASE,
    ),
}
_FLOORS_BY_LAYER = re.compile(r"(?<!\d)(\d++)层")
_CLAUSE_END = re.compile(
    r"(?<=[.!?])\s|[。！？\n]|(?<=floor)[:;]|(?<=[楼层])[:;]|\b(?:because|since)\b|因为"
)
_NOW = re.compile(r"\b(?:now|therefore|thus|so|finally|answer)\b|现在|因此|所以|最终|答案", re.I)


def _place(generation: str, target: str) -> Outcome:
    """self_made_space: the floor, and the apartment if asked for, that the answer settles on."""
    text = re.sub(r"[*_`]", "", unicodedata.normalize("NFKC", generation))
    for name, pattern in _PLACES.items():
        wanted = _last_number(pattern, target)
        found = _last_number(pattern, text)
        if name == "floor" and found is None:
            found = _last_number(_FLOORS_BY_LAYER, text)
        if wanted is not None and found != wanted:
            return require(False, f"{name} {found}" if found else f"no {name}", f"'{target}'")
    return require(True, show(generation), f"'{target}'")


def _last_number(pattern: re.Pattern[str], text: str) -> str | None:
    """The number in the last match, among clauses that conclude if there are any."""
    clauses = _CLAUSE_END.split(text)
    concluding_ones = [c for c in clauses if _NOW.search(c) and pattern.search(c)]
    found = _last(pattern, concluding_ones[-1] if concluding_ones else text)
    return next((group for group in found.groups() if group), None) if found else None


RULES: dict[str, Rule] = {
    "E2E": against_target(_extraction),
    "WIKIEVENTS": events,
    "CONLL2003": against_target(_entity),
    "text_editing": against_target(_same_text),
    "BBH_logical": against_target(_option),
    "BBH_time": against_target(_date),
    "gsm_8k": against_target(_amount),
    "self_made_space": against_target(_place),
}
