"""What prompts call the language of a document."""

from __future__ import annotations

from truing_core.language import name_of

UNKNOWN = "the language of the document"


def language_name(code: str | None) -> str:
    """What a prompt calls a language."""
    return name_of(code) or UNKNOWN
