"""Tokens guessed from characters, where nobody has counted them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from truing_core.models.base import Message

# Han, kana, Hangul and full-width forms: about one token a character in current tokenizers.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]"
)
_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4  # the chat template's marks around a turn


def count_roughly(messages: Sequence[Message]) -> int:
    """Tokens guessed from characters: one for each CJK character, else one for four."""
    return sum(count_text_roughly(each["content"]) + _TOKENS_PER_MESSAGE for each in messages)


def count_text_roughly(text: str) -> int:
    """Tokens of a text without the marks of a turn, guessed the same way."""
    wide = len(_CJK.findall(text))
    return wide + math.ceil((len(text) - wide) / _CHARACTERS_PER_TOKEN)
