"""The reference of all built-in check types, as Markdown, made from the types themselves.

``python -m followbench.checks.reference docs/checks.md`` renews the reference inside a page,
between its two marks; a test fails where the page is out of date.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from followbench.checks.base import Bounds, Check, Example
from followbench.checks.registry import MODULES, run_check

BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"

_BOUNDS = ("min", "max", "exactly")


def reference() -> str:
    """All built-in types with parameters and a passing and a failing text, by family."""
    parts = []
    for module in MODULES:
        summary = (module.__doc__ or "").split("\n")[0].rstrip(".")
        parts.append(f"### {summary}")
        parts += [_type_section(cls) for cls in module.CHECKS]
    return "\n\n".join(parts)


def renewed(page: str) -> str:
    """A page with the reference between its marks brought up to date.

    Raises:
        ValueError: The page lacks one of the marks.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page needs the marks {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{reference()}\n\n{END}{tail}"


def _type_section(cls: type[Check]) -> str:
    schema = cls.model_json_schema()
    names = [name for name in cls.model_fields if name not in ("type", "negate", *_BOUNDS)]
    lines = [f"#### `{cls.model_fields['type'].default}`", "", inspect.getdoc(cls) or "", ""]
    if names or issubclass(cls, Bounds):
        lines += ["| parameter | value | default | |", "|---|---|---|---|"]
        required = schema.get("required", [])
        for name in names:
            field = schema["properties"][name]
            default = "required" if name in required else _default(field)
            lines.append(f"| `{name}` | {_kind(field)} | {default} | {field['description']} |")
        if issubclass(cls, Bounds):
            lines.append(_bounds_row(cls))
        lines.append("")
    if cls.example is not None:
        lines += _example_lines(cls.example)
    return "\n".join(lines).rstrip()


def _bounds_row(cls: type[Bounds]) -> str:
    names = ", ".join(f"`{name}`" for name in _BOUNDS)
    default = "one is needed" if cls.default_min is None else f"`min` {cls.default_min}"
    return f"| {names} | whole numbers | {default} | At least, at most, exactly this many. |"


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _kind(field: Mapping[str, Any]) -> str:
    """A parameter's type in words, from its JSON schema."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    kind = kinds[0]
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if kind.get("type") == "array":
        inner = _kind(kind["items"])
        return f"list of {inner}s"
    names = {"integer": "whole number", "boolean": "true or false", "object": "object"}
    name = str(kind.get("type", "check"))
    return names.get(name, name)


def _example_lines(example: Example) -> list[str]:
    passed = run_check(example.spec, example.passes, example.lang)
    failed = run_check(example.spec, example.fails, example.lang)
    return [
        "```json",
        json.dumps(example.spec, ensure_ascii=False),
        "```",
        "",
        f"- passes: {_code(example.passes)} – {passed.message}",
        f"- fails: {_code(example.fails)} – {failed.message}",
    ]


def _code(text: str) -> str:
    """A text as inline code, whatever it contains."""
    shown = json.dumps(text, ensure_ascii=False)
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    return f"{ticks} {shown} {ticks}" if len(ticks) > 1 else f"`{shown}`"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(renewed(target.read_text(encoding="utf-8")), encoding="utf-8")
