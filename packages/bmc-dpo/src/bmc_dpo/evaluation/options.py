"""The options of a question: which there are, and which of them a text names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import ascii_uppercase

from truing_core.final_answers import option_meant

LETTERS: tuple[str, ...] = tuple(ascii_uppercase)
_NUMBERS: tuple[str, ...] = tuple(map(str, range(1, 100)))

_HEADING = re.compile(r"^[ \t]*(?:Options|Choices)[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE)
_BULLET = re.compile(r"^[-*•]\s+")
# "A) x", "(a) x", "1. x", "**A.** x", "[A] x", "A - x"; after a bracket the space may lack.
_LABEL = re.compile(
    r"^(?P<mark>[*_]*)[(\[]?(?P<label>[A-Za-z]|[1-9]\d?)[*_]*"
    r"(?:[.:]*[)\]][.:]?[*_]*\s*|[.:]+[*_]*\s+|(?<!\d)\s+[-–—]\s+)(?=\S)"
)
# Of a reply: the label, what ends it, and what comes after. Before a number may be no sign.
_NAMED = re.compile(
    r"(?:[\W_]*(?:(?:option|choice)\b[\W_]*)?(?P<letter>[a-z])"
    r"|[\s*_`\"'“‘(\[{]*(?:(?:option|choice)\b[\s*_`\"'“‘(\[{]*)?(?P<number>[1-9]\d?))"
    r"(?![^\W_])[*_`\"'”’\]$}\\]*(?P<end>[).:,](?!\d))?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DASH = re.compile(r"^[\s*_`\"'”’)]*(?:[-–—]\s)?")
_WRAPPED = re.compile(
    r"\\[a-z]+\s*\{(.*)\}|\\\((.*)\\\)"
    r"|\*(.*)\*|_(.*)_|`(.*)`|\"(.*)\"|'(.*)'|“(.*)”|‘(.*)’|\[(.*)\]|\((.*)\)|\{(.*)\}|\$(.*)\$",
    re.IGNORECASE | re.DOTALL,
)
_LAYERS = 8
_CLOSING = ".,;: \t\n"
_OPENING = "\"'“‘*_` "


def options_of(question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines after ``Options:``, and a label for each.

    What all lines begin with is their labels if it is the first letters or numbers, in whatever
    order, and not what tells the lines apart. Else the lines are options as they stand, as ``E.
    coli`` beside ``S. aureus``, and have the letters of their places.
    """
    marks = list(_HEADING.finditer(question))
    if not marks:
        return (), LETTERS
    lines = [line.strip() for line in question[marks[-1].end() :].splitlines() if line.strip()]
    if all(map(_BULLET.match, lines)):
        lines = [_BULLET.sub("", line) for line in lines]
    found = [label for label in map(_LABEL.match, lines) if label]
    labels = tuple(label["label"].upper() for label in found)
    texts = tuple(map(_text, found))
    first = any({*labels} == {*alphabet[: len(lines)]} for alphabet in (LETTERS, _NUMBERS))
    if lines and first and len(found) == len(lines) and len({*texts}) == len({*lines}):
        return texts, labels
    return tuple(lines), LETTERS


def option_read(options: Sequence[str], labels: Sequence[str], text: str) -> str | None:
    """The option that a text is, begins with, or names by its label.

    Marks around it do not count; options that differ in case alone are told apart.
    """
    return (
        _meant(options, text)
        or _begun(options, text)
        or _named(options, labels, text, contradicted=True)
    )


def option_answered(options: Sequence[str], labels: Sequence[str], text: str) -> str | None:
    """The option that a row's answer is or names: ``a cork``, ``B``, ``B) a cork``."""
    return option_meant(options, text) or _named(options, labels, text, contradicted=False)


def _text(label: re.Match[str]) -> str:
    """What comes after a label; marks that close those before it are left out."""
    text, mark = label.string[label.end() :], label["mark"]
    return text.removesuffix(mark) if mark and text.count(mark) % 2 else text


def _meant(options: Sequence[str], text: str) -> str | None:
    first = text.strip().partition("\n")[0]
    found = (option_meant(options, bare) for each in (text, first) for bare in _barer(each))
    return next((option for option in found if option is not None), None)


def _barer(text: str) -> Iterator[str]:
    """A text, and what is left of it as marks around it are taken off, one after another."""
    for _ in range(_LAYERS):
        yield text
        if wrapped := _WRAPPED.fullmatch(text):
            text = next(inner for inner in wrapped.groups() if inner is not None)
        elif (bare := text.rstrip(_CLOSING)) != text:
            text = bare
        else:
            return


def _begun(options: Sequence[str], text: str) -> str | None:
    """The longest that a text begins with; of those that differ in case alone, to the letter."""
    text = text.lstrip(_OPENING)
    starts = {each for each in options if _begins(text.casefold(), each.casefold())}
    size = max((len(each.rstrip(".")) for each in starts), default=0)
    longest = [each for each in starts if len(each.rstrip(".")) == size]
    if len(longest) > 1:
        longest = [each for each in longest if _begins(text, each)]
    return longest[0] if len(longest) == 1 else None


def _begins(text: str, option: str) -> bool:
    option = option.rstrip(".")
    return bool(option) and text.startswith(option) and not text[len(option) :][:1].isalnum()


def _named(
    options: Sequence[str], labels: Sequence[str], text: str, *, contradicted: bool
) -> str | None:
    """By its label, alone or with text behind it, which may be ``contradicted`` by that text."""
    for found in filter(None, map(_NAMED.fullmatch, _barer(text.strip()))):
        label = (found["letter"] or found["number"]).upper()
        named = dict(zip(labels, options, strict=False)).get(label)
        rest = found["rest"].strip(" \t*_`\"'”’\\])}$.:,")
        alone = not rest or rest[0] == "\n"
        if named is not None and (alone or (contradicted and found["end"])):
            return named
        told = _meant(options, _DASH.sub("", found["rest"]).strip())
        if told is not None and (told == named or (named is None and found["end"])):
            return told
    return None
