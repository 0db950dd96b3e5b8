"""Texts to compare, from files: lists of strings, or rows with an instruction (and input)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion_distill.rows import Instruction, instruction_id
from truing_core.errors import InputError
from truing_core.records import read_rows

_STRINGS = re.compile(rb'(\xef\xbb\xbf)?\s*\[\s*"')
_PEEK = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a file.

    Attributes:
        row: The row as it stands there; a string becomes ``{"instruction": ...}``.
        id: The row's, or a hash of instruction and input.
        text: Instruction and input, as they are compared.
    """

    row: Mapping[str, Any]
    id: str
    text: str


def read_entries(path: Path) -> Iterator[Entry]:
    """The texts of a file, one after the other; an empty file has none.

    Args:
        path: A JSON list of strings; or JSON Lines, JSON or Parquet whose rows have
            ``instruction`` and maybe ``input`` and ``id``.

    Raises:
        InputError: It is not there, damaged, or holds something else.
    """
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(_PEEK)
        if not start:
            return
        if path.suffix.lower() == ".json" and _STRINGS.match(start):
            yield from _strings(path)
            return
    for number, row in read_rows(path):
        yield _entry(row, path, number)


def _strings(path: Path) -> Iterator[Entry]:
    try:
        texts = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"no UTF-8 text ({error.reason})", path=path) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        problem = f"no valid JSON: {error.msg.removesuffix(' at')} at {place}"
        raise InputError(problem, path=path) from None
    except RecursionError:
        raise InputError("the JSON is nested too deeply", path=path) from None
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise InputError(
                f"expected a string, as the first element is one, found {_kind(text)}",
                path=path,
                row=number,
            )
        yield Entry({"instruction": text}, instruction_id(text), text)


def _entry(row: Mapping[str, Any], path: Path, number: int) -> Entry:
    instruction, given = row.get("instruction"), row.get("input")
    if not isinstance(instruction, str):
        found = _kind(instruction) if "instruction" in row else f"only {', '.join(row) or 'none'}"
        raise InputError(
            f"expected the text of an instruction, found {found}",
            path=path,
            row=number,
            field="instruction",
        )
    if given is not None and not isinstance(given, str):
        raise InputError(
            f"expected text, found {_kind(given)}", path=path, row=number, field="input"
        )
    own = row.get("id")
    name = instruction_id(instruction, given or "") if own is None else str(own)
    # Not validated: a candidate may be empty, and is then compared like any other.
    task = Instruction.model_construct(id=name, instruction=instruction, input=given or "")
    return Entry(row, name, task.text)


def _kind(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a string", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")
