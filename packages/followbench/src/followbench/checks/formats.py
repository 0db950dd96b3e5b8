"""Embedded formats: JSON and code blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, Never

import regex
from pydantic import Field

from followbench.checks.base import Bounds, Check, Example, Outcome, join, plural, show
from followbench.checks.document import document
from followbench.checks.matching import Pieces

_OPENING = regex.compile(r"[\[{]")
_ATTEMPTS = 64
_ALIASES = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "ts": "typescript",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "c++": "cpp",
    "c#": "csharp",
    "cs": "csharp",
    "golang": "go",
    "rs": "rust",
    "rb": "ruby",
    "yml": "yaml",
    "md": "markdown",
}


class Json(Check):
    """The answer is JSON: bare or as one fenced block, and nothing else unless `only` is false."""

    example = Example(
        {"type": "json", "root": "object", "keys": ["rain"]},
        '```json\n{"rain": true}\n```',
        'Here: {"rain": true}',
    )

    type: Literal["json"] = "json"
    root: Literal["object", "array"] | None = Field(
        default=None, description="The outermost kind; either if not given."
    )
    keys: Pieces | None = Field(
        default=None, description="Keys of the object, or of each object in the array."
    )
    values: dict[str, Any] | None = Field(
        default=None, description="Keys and the values they have to have."
    )
    only: bool = Field(default=True, description="No text around it.")

    def test(self, text: str, lang: str) -> Outcome:
        wanted = f"{self._goal()} wanted"
        problem = ""
        for value, error in self._candidates(text):
            fault = error or self._fault(value)
            if not fault:
                kind = "a JSON object" if isinstance(value, dict) else "a JSON array"
                return Outcome(True, f"{kind}, {wanted}", f"{kind}, which was not allowed")
            problem = problem or fault
        return Outcome(False, f"{problem or 'no JSON'}, {wanted}")

    def _goal(self) -> str:
        goal = f"{'nothing but ' if self.only else ''}a JSON {self.root or 'object or array'}"
        if self.keys is not None:
            goal += f" with {join([show(key) for key in self.keys])}"
        if self.values is not None:
            given = join([f"{show(k)}: {_shown(v)}" for k, v in self.values.items()])
            goal += f" with {given}" if self.keys is None else f" and {given}"
        return goal

    def _candidates(self, text: str) -> Iterator[tuple[Any, str]]:
        """Values that the text may be meant to give, or why they are none."""
        parsed = document(text)
        outside = any(line.strip() for line in parsed.prose)
        if self.only:
            if parsed.code and not outside and len(parsed.code) == 1:
                yield _load(parsed.code[0].content)
            else:
                yield _load(text)
            return
        for block in parsed.code:
            yield _load(block.content)
        yield from _embedded("\n".join(parsed.prose))

    def _fault(self, value: Any) -> str:
        """What is wrong with a value, or nothing."""
        if not isinstance(value, (dict, list)):
            return f"the JSON value {_shown(value)}"
        if self.root == "object" and not isinstance(value, dict):
            return "a JSON array"
        if self.root == "array" and not isinstance(value, list):
            return "a JSON object"
        if self.keys is None and self.values is None:
            return ""
        objects = value if isinstance(value, list) else [value]
        if not objects:
            return "an empty JSON array"
        for number, item in enumerate(objects, start=1):
            place = f"element {number}" if isinstance(value, list) else "the JSON object"
            if not isinstance(item, dict):
                return f"{place} is no object"
            missing = [key for key in (self.keys or []) if key not in item]
            missing += [key for key in (self.values or {}) if key not in item]
            if missing:
                return f"{place} lacks {join([show(key) for key in dict.fromkeys(missing)])}"
            for key, wanted in (self.values or {}).items():
                if not _same(item[key], wanted):
                    return f"{place} has {_shown(item[key])} as {show(key)}"
        return ""


class CodeBlocks(Bounds):
    """Number of fenced code blocks; there is at least one by default."""

    default_min = 1
    example = Example(
        {"type": "code_block", "language": "python"},
        "```python\nprint('rain')\n```",
        "```\nprint('rain')\n```",
    )

    type: Literal["code_block"] = "code_block"
    language: str | None = Field(
        default=None, description="Only blocks of this language; `py` is `python`, and the like."
    )

    def test(self, text: str, lang: str) -> Outcome:
        blocks = document(text).code
        if self.language is None:
            return self.judge(len(blocks), plural(len(blocks), "code block"))
        wanted = _language(self.language)
        count = sum(1 for block in blocks if _language(block.language) == wanted)
        return self.judge(count, plural(count, f"{self.language} code block"))


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values, where `1` and `1.0` are the same but `1` and `true` are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _shown(value: Any) -> str:
    return show(json.dumps(value, ensure_ascii=False))[1:-1]


def _language(name: str) -> str:
    name = name.strip().lower()
    return _ALIASES.get(name, name)


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is no JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _load(text: str) -> tuple[Any, str]:
    try:
        return _DECODER.decode(text.strip()), ""
    except json.JSONDecodeError as error:
        return None, f"no JSON (line {error.lineno}, column {error.colno}: {error.msg.lower()})"
    except ValueError as error:
        return None, f"no JSON ({show(str(error), 60)[1:-1]})"
    except RecursionError:
        return None, "JSON nested too deeply"


def _embedded(text: str) -> Iterator[tuple[Any, str]]:
    """JSON values inside running text, from the first openings on; a bounded number of tries."""
    position = 0
    for _ in range(_ATTEMPTS):
        opening = _OPENING.search(text, position)
        if opening is None:
            return
        try:
            value, position = _DECODER.raw_decode(text, opening.start())
            yield value, ""
        except (ValueError, RecursionError):
            position = opening.end()


CHECKS: tuple[type[Check], ...] = (Json, CodeBlocks)
