"""The first instructions, from the files people have: Alpaca, Self-Instruct, conversations, plain.

| a row has | it is |
|---|---|
| ``instruction``, maybe ``input`` | Alpaca, or any plain file |
| ``instruction``, ``instances`` | Self-Instruct: an instruction for each instance's input |
| ``messages`` (role, content) or ``conversations`` (from, value) | the first turn of the user |
| ``prompt`` | a text, or messages |

``answer`` is kept where it stands, for a referee that compares answers. Outputs are not read: the
teacher gives them anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from lion_distill.rows import Instruction, instruction_id
from truing_core.errors import InputError, UsageError
from truing_core.records import read_hub, read_rows
from truing_core.terminal import tell

MINI = "mini"
"""The name of the seeds that come with the package."""

_IDS = ("id", "instruction_id", "prompt_id")
_TALKS = ("messages", "conversations", "prompt")
_USERS = ("user", "human", "prompter")
_FILES = (".jsonl", ".ndjson", ".json", ".gz", ".parquet", ".csv")
_NO_INPUT = ("<noinput>", "<no input>")  # how some sets of this kind write an empty input
_Numbered = Iterator[tuple[int, dict[str, Any]]]


def read_seeds(*sources: str | Path, limit: int | None = None) -> list[Instruction]:
    """Reads seeds; of two with the same instruction and input the first is kept.

    Args:
        *sources: Each ``.jsonl``, ``.json`` or ``.parquet``, a folder or hub id that ``datasets``
            reads, or ``mini``: 48 instructions that come with the package. An id that an earlier
            source has for another instruction is replaced by one made of the text.
        limit: The first so many only.

    Raises:
        InputError: There is nothing to read, a row has no instruction, or an id stands twice in
            one source; the message names the row.
        UsageError: The limit is below 1.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"limit is {limit}; expected at least 1")
    kept: dict[str, Instruction] = {}
    texts: set[str] = set()
    for source in map(str, sources):
        if limit is None or len(kept) < limit:
            _take(source, kept, texts, limit)
    return list(islice(kept.values(), limit))


def _take(source: str, kept: dict[str, Instruction], texts: set[str], limit: int | None) -> None:
    """Adds what a source has to what there is, until there are ``limit``."""
    earlier, repeated, empty = frozenset(kept), 0, True
    with _rows(source) as rows:
        for number, row in rows:
            empty = False
            for seed in _seeds(_Row(row, source, number)):
                text = instruction_id(seed.instruction, seed.input)
                if text in texts:
                    repeated += 1
                    continue
                if seed.id in kept and seed.id not in earlier:
                    raise InputError(
                        f"'{seed.id}' stands twice, with different instructions; expected an id "
                        "for each, or none",
                        path=source,
                        row=number,
                        field=next((name for name in _IDS if row.get(name) is not None), None),
                    )
                texts.add(text)
                own = seed if seed.id not in earlier else seed.model_copy(update={"id": text})
                kept[own.id] = own
            if limit is not None and len(kept) >= limit:
                break
    if empty:
        raise InputError("has no rows; expected instructions", path=source)
    if repeated:
        tell(f"{source}: {repeated:,} instructions stand there twice, and are taken once")


@contextmanager
def _rows(source: str) -> Iterator[_Numbered]:
    if source == MINI and not Path(source).exists():
        packaged = resources.files("lion_distill") / "seeds_mini.jsonl"
        with resources.as_file(packaged) as file:
            yield read_rows(file)
        return
    path = Path(os.path.expanduser(source))
    if path.is_file() or path.suffix.lower() in _FILES:
        yield read_rows(path)
    elif path.is_dir() or (source.count("/") == 1 and source[0] not in "./~"):
        yield read_hub(str(path))
    else:
        raise InputError(
            "there is no such file; expected .jsonl, .json, .parquet, a hub id (owner/name), "
            f"or {MINI}",
            path=source,
        )


class _Row:
    """A row, and where it stands."""

    def __init__(self, fields: Mapping[str, Any], path: str, number: int) -> None:
        self.fields, self.path, self.number = fields, path, number

    def wrong(self, field: str | None, problem: str) -> InputError:
        return InputError(problem, path=self.path, row=self.number, field=field)

    def text(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, f"expected text, found {_shown(value)}")
        return value.strip()

    def input(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(name, f"expected text, found {_shown(value)}")
        return "" if value.strip().lower() in _NO_INPUT else value.strip()

    def id(self) -> str | None:
        for name in _IDS:
            value = self.fields.get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
                raise self.wrong(name, f"expected text or a number, found {_shown(value)}")
            return str(value)
        return None

    def answer(self) -> str | None:
        value = self.fields.get("answer")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self.wrong("answer", f"expected text or a number, found {_shown(value)}")
        return str(value)


def _seeds(row: _Row) -> Iterator[Instruction]:
    """The instructions of a row: one, but for Self-Instruct's instances."""
    fields, own, answer = row.fields, row.id(), row.answer()
    if fields.get("instruction") is not None:
        instruction = row.text("instruction", fields["instruction"])
        if fields.get("instances") is None:
            inputs = [row.input("input", fields.get("input"))]
        else:
            inputs = _instances(row, fields["instances"])
    else:
        instruction, inputs = _first_turn(row), [""]
    for count, given in enumerate(inputs, 1):
        name = instruction_id(instruction, given) if own is None else own
        if own is not None and len(inputs) > 1:
            name = f"{own}-{count}"
        yield Instruction(id=name, instruction=instruction, input=given, answer=answer)


def _instances(row: _Row, instances: Any) -> list[str]:
    if not isinstance(instances, list) or not instances:
        raise row.wrong("instances", f"expected a list of instances, found {_shown(instances)}")
    inputs = []
    for place, instance in enumerate(instances):
        name = f"instances.{place}"
        if not isinstance(instance, Mapping):
            raise row.wrong(name, f"expected an object with input, found {_shown(instance)}")
        inputs.append(row.input(f"{name}.input", instance.get("input")))
    return inputs


def _first_turn(row: _Row) -> str:
    """What the user says first."""
    name = next((name for name in _TALKS if row.fields.get(name) is not None), None)
    if name is None:
        raise row.wrong(
            None,
            f"has no instruction; expected the field instruction, {', '.join(_TALKS[:-1])} or "
            f"{_TALKS[-1]} (it has {', '.join(map(str, row.fields)) or 'no fields'})",
        )
    value = row.fields[name]
    if name == "prompt" and isinstance(value, str):
        return row.text(name, value)
    if not isinstance(value, list):
        raise row.wrong(name, f"expected a list of messages, found {_shown(value)}")
    for place, message in enumerate(value):
        if not isinstance(message, Mapping):
            raise row.wrong(f"{name}.{place}", f"expected a message, found {_shown(message)}")
        if message.get("role", message.get("from")) in _USERS:
            said = "content" if "content" in message else "value"
            return row.text(f"{name}.{place}.{said}", message.get(said))
    raise row.wrong(name, "the user says nothing; expected a message with the role user")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
