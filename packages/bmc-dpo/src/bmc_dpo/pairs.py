"""Preference pairs, in any of the shapes TRL trains on.

    for pair in read_pairs("prefs.jsonl", limit=100):
        print(pair.id, pair.task, pair.winner, pair.loser)

A row has ``chosen`` and ``rejected``, each a text or a list of messages, and mostly a ``prompt``
of the same kind. Without one, or with a text beside messages, the prompt is what both sides
begin with, as in TRL.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from truing_core.errors import InputError
from truing_core.models.base import Message
from truing_core.records import read_hub, read_rows

SIDES: tuple[Literal["chosen", "rejected"], ...] = ("chosen", "rejected")
_OWN_IDS = ("id", "prompt_id")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FILE = re.compile(r"\.(jsonl|ndjson|json|parquet|csv)(\.gz)?$", re.IGNORECASE)
_TURN = "\n\nAssistant:"  # how hh-rlhf and its kin write dialogues into one text


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt and two responses, of which the first is preferred.

    Attributes:
        id: Stable name of the row: its own ``id`` or ``prompt_id`` where no earlier row has the
            same, else a hash of the three texts (with ``#2``, ``#3`` ... for repeated rows).
        number: 1-based line or row number in the source.
        prompt: The conversation so far; a plain prompt is one user turn.
        chosen: The turns of the preferred side after the prompt; at least one.
        rejected: The turns of the other side after the prompt; at least one.
        conversational: Whether the row has messages; plain rows have texts.
        others: The row's further columns, as they stand.
    """

    id: str
    number: int
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    conversational: bool
    others: dict[str, Any]

    @property
    def task(self) -> str:
        """The prompt as one text; longer conversations name who speaks."""
        turns = (*self.prompt, *self.rejected[:-1])
        if len(turns) == 1 and turns[0]["role"] == "user":
            return turns[0]["content"]
        return "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in turns)

    @property
    def winner(self) -> str:
        """The last response of the preferred side."""
        return self.chosen[-1]["content"]

    @property
    def loser(self) -> str:
        """The last response of the other side."""
        return self.rejected[-1]["content"]

    def columns(self, chosen: tuple[Message, ...] | None = None) -> dict[str, Any]:
        """``prompt``, ``chosen`` and ``rejected`` as TRL takes them, of the row's own kind.

        Args:
            chosen: Other turns in place of the preferred side.
        """
        turns = {"prompt": self.prompt, "chosen": chosen or self.chosen, "rejected": self.rejected}
        if self.conversational:
            return {name: [dict(turn) for turn in side] for name, side in turns.items()}
        return {name: side[-1]["content"] for name, side in turns.items()}

    def mended(self, response: str) -> tuple[Message, ...]:
        """The other side's turns, the last of which says ``response``."""
        last: Message = {"role": self.rejected[-1]["role"], "content": response}
        return (*self.rejected[:-1], last)


def read_pairs(
    source: str, *, split: str = "train", subset: str | None = None, limit: int | None = None
) -> list[Pair]:
    """Reads preference pairs from a file or the hub.

    Args:
        source: A .jsonl, .json or .parquet file, a folder, or a hub id (``owner/name``).
        split: Of a hub data set.
        subset: Its configuration, where there are several.
        limit: Read the first rows only.

    Raises:
        InputError: There is no such data, no row in it, or a row is no preference pair.
    """
    if Path(source).is_dir() or (
        not Path(source).exists() and _HUB_ID.fullmatch(source) and not _FILE.search(source)
    ):
        rows, place = read_hub(source, name=subset, split=split), f"hub data set {source}"
    else:
        rows, place = read_rows(source), source
    pairs = list(parse_pairs(islice(rows, limit), place))
    if not pairs:
        raise InputError("there is no row in it", path=place)
    return pairs


def parse_pairs(rows: Iterable[tuple[int, dict[str, Any]]], place: str) -> Iterator[Pair]:
    """Yields the pair in each numbered row.

    Args:
        rows: As :func:`~truing_core.records.read_rows` gives them.
        place: What messages call the source.

    Raises:
        InputError: A row is no preference pair; the message says where and why.
    """
    seen: dict[str, int] = {}
    for number, row in rows:
        prompt, chosen, rejected, conversational = _sides(_Place(place, number), row)
        name = next((str(row[key]) for key in _OWN_IDS if _is_id(row.get(key))), None)
        if name is None or name in seen:
            name = _digest(prompt, chosen, rejected)
        seen[name] = seen.get(name, 0) + 1
        others = {k: v for k, v in row.items() if k not in ("prompt", *SIDES)}
        yield Pair(
            name if seen[name] == 1 else f"{name}#{seen[name]}",
            number, prompt, chosen, rejected, conversational, others,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    row: int

    def error(self, problem: str, field: str | None = None) -> InputError:
        return InputError(problem, path=self.path, row=self.row, field=field)


_Turns = tuple[Message, ...]


def _sides(place: _Place, row: dict[str, Any]) -> tuple[_Turns, _Turns, _Turns, bool]:
    for name in SIDES:
        if name not in row:
            raise place.error(
                f"there is no column '{name}'; preference data has prompt, chosen and rejected "
                f"(found: {', '.join(sorted(row)) or 'none'})"
            )
    kinds = {name: _kind(place, name, row[name]) for name in SIDES}
    if kinds["chosen"] != kinds["rejected"]:
        raise place.error(
            f"chosen is {kinds['chosen']} and rejected is {kinds['rejected']}; both must be of "
            "one kind"
        )
    given = row.get("prompt")
    if kinds["chosen"] == "text":
        return (*_plain(place, given, row["chosen"], row["rejected"]), False)
    chosen, rejected = (_turns(place, name, row[name]) for name in SIDES)
    if given is None or isinstance(given, str):
        prompt, chosen, rejected = _split_turns(place, given, chosen, rejected)
    else:
        prompt = _turns(place, "prompt", given)
    for name, side in zip(SIDES, (chosen, rejected), strict=True):
        if side[-1]["role"] in ("user", "system"):
            raise place.error(
                f"ends with a turn of the {side[-1]['role']}; expected one of the assistant", name
            )
        _not_empty(place, name, side[-1]["content"])
    return prompt, chosen, rejected, True


def _kind(place: _Place, name: str, value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "messages"
    raise place.error(f"is {_named(value)}; expected text, or messages with role and content", name)


def _turns(place: _Place, name: str, value: Any) -> _Turns:
    if not isinstance(value, list):
        raise place.error(f"is {_named(value)}; expected messages as in chosen", name)
    if not value:
        raise place.error("is an empty list; expected messages", name)
    turns: list[Message] = []
    for turn in value:
        if not isinstance(turn, dict) or not isinstance(turn.get("role"), str):
            raise place.error("holds something else than messages with role and content", name)
        content = turn.get("content")
        if not isinstance(content, str):
            raise place.error(
                f"the content of a message is {_named(content)}; only text can be used", name
            )
        turns.append({"role": turn["role"], "content": content})
    return tuple(turns)


def _plain(place: _Place, prompt: Any, chosen: str, rejected: str) -> tuple[_Turns, _Turns, _Turns]:
    if prompt is None:
        length = shared_start(chosen, rejected)
        if not chosen[:length].strip():
            raise place.error(
                "there is no prompt, and chosen and rejected do not begin with the same one"
            )
        prompt, chosen, rejected = chosen[:length], chosen[length:], rejected[length:]
    elif not isinstance(prompt, str):
        raise place.error(f"is {_named(prompt)}, but chosen is text; use one kind", "prompt")
    _not_empty(place, "chosen", chosen)
    _not_empty(place, "rejected", rejected)
    return (
        ({"role": "user", "content": prompt},),
        ({"role": "assistant", "content": chosen},),
        ({"role": "assistant", "content": rejected},),
    )


def _split_turns(
    place: _Place, given: str | None, chosen: _Turns, rejected: _Turns
) -> tuple[_Turns, _Turns, _Turns]:
    # A text beside messages says again what both sides begin with (ultrafeedback_binarized).
    length = shared_turns(chosen, rejected)
    if not length:
        problem = "there is no prompt" if given is None else "prompt is text, chosen is messages"
        raise place.error(f"{problem}, and chosen and rejected share no first messages")
    return chosen[:length], chosen[length:], rejected[length:]


def shared_turns(chosen: _Turns, rejected: _Turns) -> int:
    """How many first messages two conversations share, leaving each at least one of its own."""
    most = min(len(chosen), len(rejected)) - 1
    return next((n for n in range(most) if chosen[n] != rejected[n]), most)


def shared_start(chosen: str, rejected: str) -> int:
    """Where the prompt ends that two texts begin with.

    After the last ``Assistant:`` that both have in place; else where a word begins.
    """
    most = min(len(chosen), len(rejected))
    length = next((n for n in range(most) if chosen[n] != rejected[n]), most)
    turn = chosen.rfind(_TURN, 0, length)
    if turn >= 0:
        return turn + len(_TURN)
    if length < most or len(chosen) != len(rejected):
        while length and not chosen[length - 1].isspace():
            length -= 1
        return length
    return 0


def _not_empty(place: _Place, name: str, text: str) -> None:
    if not text.strip():
        raise place.error("is empty; a pair needs two responses", name)


def _named(value: Any) -> str:
    kinds = {type(None): "null", dict: "an object", list: "a list", int: "a number",
             float: "a number", bool: "a truth value", str: "text"}  # fmt: skip
    return kinds.get(type(value), type(value).__name__)


def _is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _digest(*sides: _Turns) -> str:
    text = json.dumps([[[t["role"], t["content"]] for t in side] for side in sides])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
