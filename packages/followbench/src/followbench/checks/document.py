"""The structure of an answer: lists, tables, headings and fenced code, from its lines.

A scanner of our own rather than a Markdown parser: one linear pass (a parser takes seconds for
a megabyte of short list items), and it knows what models write beside Markdown: ``•`` bullets,
``1、`` and ``（1）`` numbers. A line of dashes under a paragraph is a rule, not a heading;
indented text is no code; fenced code hides everything in it, and an unclosed fence goes on to
the end. Elsewhere the result is that of CommonMark with tables; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import regex

from followbench.checks.text import CACHED


class ListItem(NamedTuple):
    """One item; ``top`` says that it is not inside another item of its kind."""

    numbered: bool
    marker: str
    text: str
    top: bool


class Heading(NamedTuple):
    """A heading ``# …`` and its level, 1 to 6."""

    level: int
    text: str


class CodeBlock(NamedTuple):
    """A fenced block: its language in lower case, empty if not given, and its content."""

    language: str
    content: str


class Table(NamedTuple):
    """A table's header cells and body rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Document:
    """The parts of an answer; ``prose`` are its lines without fenced code and quote marks."""

    prose: list[str] = field(default_factory=list)
    code: list[CodeBlock] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


_QUOTED = regex.compile(r"^\s*+(?:>[ \t]?)++")
_FENCE = regex.compile(r"(`{3,}+|~{3,}+)[ \t]*+([^`\s]*+)[^`]*+$")
_HEADING = regex.compile(r"(#{1,6})[ \t]++(.*)")
_RULE = regex.compile(r"([-*_])(?:[ \t]*+\1){2,}+$")
_BULLET = regex.compile(r"(?:([-*+·‣–])[ \t]++|([•◦▪●○■])[ \t]*+)(?=\S)(.*)")
_NUMBER = regex.compile(
    r"""
    (?:\*\*|__)?
    (?: (\p{Nd}{1,3}(?:[.)](?=[ \t]|\p{Han}|\*\*|__)|[．）、]))
      | ([（(]\p{Nd}{1,3}[)）])
      | ([一二三四五六七八九十]{1,3}、)
    )
    [ \t]*+(?=\S)(.*)
    """,
    regex.VERBOSE,
)
_BULLETS = frozenset("-*+·‣–•◦▪●○■")
_ALIGNMENT = regex.compile(r":?-+:?")


@lru_cache(CACHED)
def document(text: str) -> Document:
    """Scan a text, whose line breaks are ``\\n``."""
    parsed = Document()
    _separate_code(text, parsed)
    _read_headings_and_items(parsed)
    _read_tables(parsed)
    return parsed


def _separate_code(text: str, parsed: Document) -> None:
    fence, language, content = "", "", list[str]()
    for line in text.split("\n"):
        bare = line.strip()
        if bare[:1] == ">" and not fence:
            line = _QUOTED.sub("", line)
            bare = line.strip()
        if fence:
            if bare.startswith(fence) and not bare.strip(fence[0]):
                parsed.code.append(CodeBlock(language, "\n".join(content)))
                fence = ""
            else:
                content.append(line)
        elif bare[:3] in ("```", "~~~") and (opening := _FENCE.match(bare)):
            fence, language, content = opening[1], opening[2].lower(), []
            parsed.prose.append("")
        else:
            parsed.prose.append(line)
    if fence:
        parsed.code.append(CodeBlock(language, "\n".join(content)))


def _read_headings_and_items(parsed: Document) -> None:
    nest: list[tuple[int, bool]] = []
    after_blank = False
    for line in parsed.prose:
        bare = line.strip()
        if not bare:
            after_blank = True
            continue
        indent = len(line) - len(line.lstrip())
        if "\t" in line[:indent]:
            indent = len(line[:indent].expandtabs(4))
        item = _item(bare)
        if item is not None:
            numbered, marker, content = item
            while nest and indent < nest[-1][0] + 2:
                nest.pop()
            top = all(kind != numbered for _, kind in nest)
            parsed.items.append(ListItem(numbered, marker, content, top))
            nest.append((indent, numbered))
        else:
            heading = _HEADING.match(bare) if bare[0] == "#" else None
            if heading and (title := heading[2].rstrip("#").strip()):
                parsed.headings.append(Heading(len(heading[1]), title))
            if heading or (after_blank and indent == 0):
                nest.clear()
        after_blank = False


def _item(bare: str) -> tuple[bool, str, str] | None:
    """Whether a line's item is numbered, its marker and its text; ``None`` if it is none."""
    if bare[0] in _BULLETS:
        bullet = _BULLET.match(bare)
        if bullet and not (bare[0] in "-*" and _RULE.match(bare)):
            return False, bullet[1] or bullet[2], bullet[3]
    number = _NUMBER.match(bare)
    if number:
        return True, number[1] or number[2] or number[3], number[4]
    return None


def _read_tables(parsed: Document) -> None:
    lines = parsed.prose
    row = 1
    while row < len(lines):
        bare = lines[row].strip()
        if "-" not in bare or "|" not in bare or bare.strip("|:- \t") or "|" not in lines[row - 1]:
            row += 1
            continue
        header, ruler = _cells(lines[row - 1]), _cells(bare)
        row += 1
        if len(header) != len(ruler) or not all(_ALIGNMENT.fullmatch(cell) for cell in ruler):
            continue
        first = row
        while row < len(lines) and "|" in lines[row]:
            row += 1
        parsed.tables.append(Table(header, tuple(_cells(line) for line in lines[first:row])))


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    if "\\|" in inner:
        parts = inner.replace("\\|", "\0").split("|")
        return tuple(cell.replace("\0", "|").strip() for cell in parts)
    return tuple(cell.strip() for cell in inner.split("|"))
