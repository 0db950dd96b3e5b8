"""How many tokens a text has for the model that will read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from truing_core.errors import UsageError
from truing_core.models import ModelSpec
from truing_core.models.token_counts import count_roughly

if TYPE_CHECKING:
    from truing_core.models.checkpoint import Checkpoint

Count = Callable[[str], int]
RESERVE = 1024
"""Tokens for what stands around a document: the template, the author, the request."""


def tokenizer_of(spec: str, named: str | None) -> str | None:
    """The tokenizer to count by: the one that is named, or a local model's own."""
    if named:
        return named
    parsed = ModelSpec.parse(spec)
    if parsed.backend == "demo":
        return "demo"
    return parsed.name if parsed.backend in ("hf", "vllm") else None


def counter(tokenizer: str | None) -> Count:
    """Counts tokens by a tokenizer; without one, guesses from characters.

    Raises:
        ModelError: The tokenizer cannot be loaded.
    """
    if tokenizer is None:
        return lambda text: count_roughly([{"role": "user", "content": text}])
    from truing_core.models.chat import ChatTokenizer

    loaded: Any = ChatTokenizer(_checkpoint(tokenizer)).tokenizer
    return lambda text: len(loaded.encode(text, add_special_tokens=False))


def document_limit(tokenizer: str | None, wanted: int, reply: int) -> int:
    """How many tokens of a document a model with a known context has room for.

    The longest question holds a document, a draft, and needs room for one more answer.

    Args:
        tokenizer: The local model; ``None`` or one without a known context changes nothing.
        wanted: As chosen.
        reply: Most tokens of an answer.

    Raises:
        UsageError: There is next to no room.
    """
    context = _context(tokenizer) if tokenizer else None
    if context is None:
        return wanted
    room = context - 2 * reply - RESERVE
    if room < 128:
        raise UsageError(
            f"the model reads {context:,} tokens, which leaves no room for a document beside a "
            f"draft and an answer of --max-tokens {reply:,} each; lower --max-tokens"
        )
    return min(wanted, room)


@cache
def _checkpoint(tokenizer: str) -> Checkpoint:
    from truing_core.models.checkpoint import find_checkpoint

    if tokenizer == "demo":
        from truing_core.models.demo import demo_folder

        return find_checkpoint(str(demo_folder()))
    return find_checkpoint(tokenizer)


def _context(tokenizer: str) -> int | None:
    try:
        config = json.loads((_checkpoint(tokenizer).folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return None
    own = config.get("text_config", config) if isinstance(config, dict) else {}
    found = own.get("max_position_embeddings")
    return found if isinstance(found, int) else None
