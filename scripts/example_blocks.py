"""The examples of a Markdown page as steps: files to write, commands and programs to run.

All `console` and `python` blocks are examples, and run. A comment on the line before a block says
where it is otherwise:

<!-- not run: it takes four GPUs -->   this block is left out, for this reason
<!-- file: pairs.jsonl -->             it is the content of this file

A block of any language whose first line is a comment with a file's name (`# lion.yaml`) is that
file, too; one in Python is run as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from docs_commands import typed

_PART = re.compile(
    r"^(?:<!-- (?P<mark>file|not run): (?P<said>[^\n]*?) -->\n+)?"
    r"```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$|^(?P<heading>#+ [^\n]*)$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"^ *<!-- (?:file|not run)\b.*$", re.MULTILINE)
_INDENTED = re.compile(r"^ +```(?:console|python)", re.MULTILINE)
_FILE_NAME = re.compile(r"# ([\w-]+\.\w+)$")
_SET_BY_READER = re.compile(r"export \w+=…$")
_RUN = ("console", "python")

Kind = Literal["file", "command", "python", "left out", "section"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        kind: What is to be done.
        line: Where in the page it stands, from 1.
        content: A command, a program, a file's content, or why a block is left out.
        name: The file's name.
    """

    kind: Kind
    line: int
    content: str
    name: str = ""


def steps(text: str, *, under: str = "") -> Iterator[Step]:
    """The steps of a page in order; a section ends what it has in the background.

    Args:
        text: Markdown.
        under: Only what stands under this heading of the second level; by default everything.

    Raises:
        ValueError: A mark stands before no block or lacks its words, an example cannot be seen
            (it is indented, or no `$` is in it), or holds a placeholder.
    """
    marked = {match.start() for match in _PART.finditer(text) if match["mark"]}
    for mark in _MARK.finditer(text):
        if mark.start() not in marked:
            raise ValueError(f"line {_line(text, mark.start())}: a mark without a block or words")
    if indented := _INDENTED.search(text):
        raise ValueError(f"line {_line(text, indented.start())}: an indented example is not seen")
    wanted = not under
    for part in _PART.finditer(text):
        line = _line(text, part.start("text"))
        if part["heading"]:
            if under and part["heading"].startswith("## "):
                wanted = part["heading"] == f"## {under}"
            yield Step("section", _line(text, part.start()), part["heading"])
        elif wanted:
            yield from _of_block(part, line)


def _of_block(part: re.Match[str], line: int) -> Iterator[Step]:
    language, content = part["language"], part["text"]
    named = part["said"] if part["mark"] == "file" else None
    if part["mark"] == "not run":
        if language not in _RUN:
            raise ValueError(f"line {line}: a block of no language that is run needs no mark")
        yield Step("left out", line, part["said"])
        return
    if named is None and (first := _FILE_NAME.match(content.split("\n", 1)[0])):
        named = first[1]
    if named is not None:
        if not re.fullmatch(r"[\w.-]+", named):
            raise ValueError(f"line {line}: '{named}' is no plain file name")
        yield Step("file", line, content, named)
    if language == "python":
        yield Step("python", line, content)
    elif language == "console":
        found = list(typed(part[0]))
        if not found:
            raise ValueError(f"line {line}: a console block without a `$ ` line")
        for number, command in found:
            yield from _of_command(command, line + number - _first_line(part))


def _of_command(command: str, line: int) -> Iterator[Step]:
    if _SET_BY_READER.fullmatch(command):
        return  # a key, say, which is in the environment already
    if re.search("…|\\.\\.\\.", re.sub(r"(^|\s)#.*", "", command)):
        raise ValueError(f"line {line}: `{command}` holds a placeholder")
    yield Step("command", line, command)


def replaced(content: str, instead: Mapping[str, str]) -> str:
    """A command or program with some texts replaced by others, the longest first."""
    for old in sorted(instead, key=len, reverse=True):
        content = content.replace(old, instead[old])
    return content


def _first_line(part: re.Match[str]) -> int:
    """The number that `typed` gives to the first line of the block's text."""
    return part[0].count("\n", 0, part.start("text") - part.start()) + 1


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
