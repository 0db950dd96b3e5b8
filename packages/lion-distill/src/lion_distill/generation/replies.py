"""What a generator's reply says: a JSON object, labelled text, or a task and nothing else.

Small models keep to the form as well as they can. So talk around the task is passed over, and a
task is never cut because it looks unusual: only wrappers that are certain are taken off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lion_distill.generation.wrappers import peeled, without_thought

Trouble = Literal["empty", "truncated", "malformed"]

_MOST_BRACES = 64
_DECODER = json.JSONDecoder(strict=False)
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*)\n[ \t]*```\s*\Z", re.DOTALL)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_BROKEN = re.compile(
    rf'"(?:new[ _])?(instruction|task|input)"\s*:\s*{_STRING}(?=\s*(?:[,}}]|\Z))',
    re.IGNORECASE | re.DOTALL,
)
_KEYED = re.compile(r'\A\W{0,12}"?(?:new[ _])?(?:instruction|task)"?\s*:\s*"', re.IGNORECASE)
_BEGUN = re.compile(r"\A(?:\{|\[)\s*[\"\[{]")  # no task begins so, but a broken object does
_INSTRUCTION_KEYS = ("instruction", "new instruction", "task", "new task")
_INPUT_KEYS = ("input", "new input")
_NOTHING = re.compile(
    r"\W*(?:no ?input|none|n/?a|null|nil|empty(?: string)?|not (?:applicable|needed|required)"
    r"|no input (?:is )?(?:needed|required)|keine?|ninguna?|aucune?|无|なし)\W*",
    re.IGNORECASE,
)

_LINE = r"(?:^|(?<=\n))[ \t]*(?:[#>*_-]{1,4}[ \t]*)?"
_AFTER = r"[*_]{0,3}[ \t]*(?:[:：][*_]{0,3}|(?<=[*_])[ \t]*(?=\n)|(?=\n))"
_LABEL = re.compile(
    _LINE + r"(?:[*_]{1,3})?(?:(?P<instruction>(?:(?:the )?(?:new|rewritten|generated|created"
    r"|given|rare|similar) )*(?:instruction|task|prompt)"
    r"|(?:neue )?(?:anweisung|aufgabe)|(?:nouvelle )?(?:consigne|instruction|tâche)"
    r"|(?:nueva )?(?:instrucción|tarea)|(?:新的?)?(?:指令|任务)|(?:新しい)?(?:指示|タスク))"
    r"|(?P<input>(?:new |the )?input|eingabe|entrée|entrada|输入|入力)"
    r"|(?P<note>expected (?:output|answer|response|solution)|explanation|note)"
    r"|(?P<answer>(?:sample |example |possible )?(?:output|answer|response|solution)"
    r"|ausgabe|antwort|lösung|sortie|réponse|salida|respuesta|输出|答案|回答|出力))"
    + _AFTER,
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task as the generator wrote it.

    Attributes:
        instruction: What is to be done; never blank.
        input: What it is to be done to; empty where there is none.
    """

    instruction: str
    input: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply that gives no task, and is asked for again."""

    why: Trouble


def read(text: str, finish_reason: str = "stop") -> Candidate | Unread:
    """Reads a reply.

    Args:
        text: What the generator said.
        finish_reason: Why it ended there. A reply that ran into its limit counts only if its
            JSON object was closed by then.
    """
    text = without_thought(text).strip()
    cut = finish_reason == "length"
    found = _json(text, whole=not cut)
    if cut and not isinstance(found, Candidate):
        return Unread("truncated")
    if found is None:
        found = _labelled(text)
    if found is None:
        found = Candidate(_unfenced(peeled(text)))
    if isinstance(found, Candidate) and not any(each.isalnum() for each in found.instruction):
        return Unread("empty")
    return found


def _json(text: str, *, whole: bool) -> Candidate | Unread | None:
    """The first object with an instruction; ``None`` if the reply is no JSON at all."""
    for value in _objects(text):
        found = _candidate(value)
        if found is not None:
            return found
    if whole and (mended := _mended(text)) is not None:
        return mended
    bare = _unfenced(text)
    if _KEYED.match(bare) or _BEGUN.match(bare) or _is_json(bare):
        return Unread("malformed")
    return None


def _objects(text: str) -> Iterator[Any]:
    """JSON objects in a text, from left to right, none inside another."""
    place = 0
    for _ in range(_MOST_BRACES):
        place = text.find("{", place)
        if place < 0:
            return
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
        else:
            yield value


def _candidate(value: Any, *, outermost: bool = True) -> Candidate | None:
    if not isinstance(value, dict):
        return None
    keys = {key.strip().lower().replace("_", " "): each for key, each in value.items()}
    instruction = next((keys[key] for key in _INSTRUCTION_KEYS if key in keys), None)
    if isinstance(instruction, str):
        given = next((keys[key] for key in _INPUT_KEYS if key in keys), "")
        return Candidate(instruction.strip(), _input(_as_text(given)))
    inner = [instruction, *value.values()] if outermost else []
    return next((one for each in inner if (one := _candidate(each, outermost=False))), None)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def _mended(text: str) -> Candidate | None:
    """What stands in an object that is broken elsewhere: by a comma too many, a missing brace."""
    parts = {name.lower(): value for name, value in reversed(_BROKEN.findall(text))}
    instruction = _decoded(parts.get("instruction", parts.get("task", "")))
    given = _decoded(parts.get("input", ""))
    if not instruction or given is None or ("input" not in parts and '"input"' in text.lower()):
        return None
    return Candidate(instruction.strip(), _input(given))


def _decoded(literal: str) -> str | None:
    try:
        return str(json.loads(f'"{literal}"', strict=False))
    except ValueError:
        return None


def _is_json(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _labelled(text: str) -> Candidate | None:
    """``Instruction: … Input: …``; what stands before the first label is talk."""
    labels = list(_LABEL.finditer(text))
    kinds = [str(label.lastgroup) for label in labels]
    if "instruction" in kinds:
        first = kinds.index("instruction")
        start = labels[first].end()
        following = labels[first + 1 :]
    elif "input" in kinds and text[: labels[kinds.index("input")].start()].strip():
        start, following = 0, labels[kinds.index("input") :]
    else:
        return None
    ends = [label.start() for label in following] + [len(text)]
    instruction = text[start : ends[0]].strip()
    if start == 0:
        instruction = peeled(instruction)
    if not instruction and following and following[0].lastgroup == "instruction":
        return None  # "Task: Instruction: …"
    given = ""
    for label, end in zip(following, ends[1:], strict=True):
        if label.lastgroup in ("instruction", "answer"):
            break  # what follows belongs to that one
        if label.lastgroup == "input":  # a note may stand before it
            given = text[label.end() : end]
            break
    return Candidate(_bare(instruction), _input(given))


def _bare(text: str) -> str:
    return peeled(_unfenced(text.strip()))


def _unfenced(text: str) -> str:
    inside = _FENCE.match(text.strip())
    return inside.group(1).strip() if inside and "```" not in inside.group(1) else text.strip()


def _input(text: str) -> str:
    return "" if _NOTHING.fullmatch(text) else text.strip()
