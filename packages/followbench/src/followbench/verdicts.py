"""Reading a judge's reply: n times YES or NO, or the reason why they cannot be read."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from followbench.checks.base import plural, show


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply without readable verdicts; ``reason`` says why, as a clause."""

    reason: str


Verdicts = tuple[bool, ...] | Unread


def parse_judgement(text: str, n: int, mode: str) -> Verdicts:
    """Reads a judge's reply.

    Args:
        text: The reply. Any text will do; none makes this raise.
        n: How many verdicts are wanted, at least 1.
        mode: ``fixed`` reads the last list of n words YES or NO (是 or 否), whatever stands
            around it: a code fence, bullets or numbers, quotes, bold, brackets of any width,
            a JSON object with ``verdicts``. A list of another length, or with another word,
            is not read. ``released`` reads as the authors' English script does.

    Returns:
        One truth value for each constraint, or why there is none.
    """
    if n < 1:
        raise ValueError(f"{n} verdicts wanted, at least 1 expected")
    if mode not in ("fixed", "released"):
        raise ValueError(f"mode '{mode}', 'fixed' or 'released' expected")
    return _fixed(text, n) if mode == "fixed" else _released(text, n)


_NOT_YES = frozenset({"NO", "PARTIAL", "MAYBE", "UNKNOWN", "N/A"})
_LONGEST_LITERAL = 10_000


def _released(text: str, n: int) -> Verdicts:
    last = text.strip("`").strip().split("\n")[-1]
    if n == 1:
        if "YES" in last:
            return (True,)
        return (False,) if "NO" in last else Unread("neither YES nor NO in the last line")
    # From the first bracket of the line to its last, as a greedy pattern reads it.
    start, end = last.find("["), last.rfind("]")
    if not 0 <= start < end:
        return Unread("no list in the last line")
    try:
        if end - start > _LONGEST_LITERAL:
            raise ValueError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            words = ast.literal_eval(last[start : end + 1])
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Unread("the last line's list is no Python literal")
    if len(words) != n:
        return Unread(f"a list of {len(words)}, {n} wanted")
    if not all(isinstance(word, str) and (word == "YES" or word in _NOT_YES) for word in words):
        return Unread("a word in the list that is no verdict")
    return tuple(word == "YES" for word in words)


_WORDS = {"yes": True, "no": False, "是": True, "否": False}
# Words that show a list to be meant as verdicts, though they are none that can be counted.
_NEAR_WORDS = frozenset(
    (
        "partial", "partially", "partly", "maybe", "perhaps", "unknown", "unclear",
        "unsure", "n/a", "na", "none", "true", "false", "pass",
        "fail", "passed", "failed", "satisfied", "unsatisfied", "met", "unmet",
        "y", "n", "部分", "部分满足", "满足", "不满足", "未知",
        "不确定", "对", "错",
    )
)  # fmt: skip
_ORNAMENT = "\"'“”‘’„‟«»‹›「」『』`*_~ \t\r.!。"
_BRACKETS = str.maketrans("【】〔〕〖〗", "[][][]")
_LIST = re.compile(r"\[([^\[\]]*)\]")
_ORDINAL = re.compile(r"\A\s*(?:[-+•·*]\s+)?(?:\(?\d{1,2}\s*[.):、]\s*)?")
_LABEL_ENDS = ":=→–—"
_DASH = re.compile(r"\s-")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def _fixed(text: str, n: int) -> Verdicts:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).translate(_BRACKETS))
    if not text.strip(_ORNAMENT + "\n"):
        return Unread("the reply is empty")
    from_json = _json_verdicts(text)
    if from_json is not None:
        return _read(from_json, n)
    # Whatever comes last counts; lists are often quoted before.
    at_end = _verdicts_at_end(text)
    if len(at_end) == n:
        return _read(at_end, n)
    lists = list(_LIST.finditer(text))
    for found in reversed(lists):
        words = _elements(found[1])
        last = found is lists[-1] and not text[found.end() :].strip(_ORNAMENT + "\n)")
        if last or any(_word(word) in _WORDS.keys() | _NEAR_WORDS for word in words):
            return _read(words, n)
    return _read(at_end, n) if at_end else Unread("there is no list of YES and NO")


def _json_verdicts(text: str) -> list[str] | None:
    """The ``verdicts`` of a reply that is, or ends in, a JSON object."""
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end or text[end + 1 :].strip(_ORNAMENT + "\n"):
        return None
    try:
        reply = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    verdicts = reply.get("verdicts")
    return [str(word) for word in verdicts] if isinstance(verdicts, list) else None


def _verdicts_at_end(text: str) -> list[str]:
    """Verdicts without brackets: one a line at the reply's end, or a bare list as last line."""
    lines = [line for line in text.split("\n") if line.strip(_ORNAMENT)]
    verdicts: list[str] = []
    for line in reversed(lines):
        verdict = next((w for w in (line, _after_label(line)) if w and _is_verdict(w)), None)
        if verdict is None:
            break
        verdicts.append(verdict)
    if verdicts:
        return verdicts[::-1]
    words = _elements(lines[-1].rpartition(":")[2].strip(_ORNAMENT + "()"))
    return words if all(map(_is_verdict, words)) else []


def _after_label(line: str) -> str:
    """What follows the last colon, arrow or the like, else the first dash after a space."""
    end = max(map(line.rfind, _LABEL_ENDS))
    if end >= 0:
        return line[end + 1 :]
    dash = _DASH.search(line)
    return line[dash.end() :] if dash else ""


def _elements(inside: str) -> list[str]:
    """What stands in a list, which may be separated by commas, lines or spaces."""
    parts = re.split(r"[,、;\n]", inside)
    if len(parts) == 1:
        parts = inside.split()
    return [part.strip() for part in parts if part.strip(_ORNAMENT)]


def _word(element: str) -> str:
    """An element without its number and what decorates it, in lower case."""
    return _ORDINAL.sub("", element.strip(_ORNAMENT)).strip(_ORNAMENT).casefold()


def _is_verdict(element: str) -> bool:
    return _word(element) in _WORDS


def _read(elements: Sequence[str], n: int) -> Verdicts:
    stray = next((element for element in elements if not _is_verdict(element)), None)
    if stray is not None:
        return Unread(f"the list holds {show(stray)}, which is neither YES nor NO")
    if len(elements) != n:
        return Unread(f"the list has {plural(len(elements), 'verdict')}, {n} wanted")
    return tuple(_WORDS[_word(element)] for element in elements)
