"""A row of the instruction-tuning data that ``run`` writes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Perspective = Literal["wi_whole", "wi_part", "wr_whole", "wr_part"]


@dataclass(frozen=True, slots=True)
class SynthRow:
    """One instruction, its answer, and where both come from (the four perspectives of WebR).

    Attributes:
        prompt_id: Stable id of the row: ``<doc_id>-<perspective>``.
        messages: The conversation as TRL takes it: a user's turn, and the assistant's.
        doc_id: The document it was made from.
        perspective: Web as instruction (``wi``) or as response (``wr``); the whole section or a
            part of it.
        author: The profile of who asks.
        request: The instruction alone, without the document.
        draft: The answer before it was refined; ``None`` for web as instruction.
        document: The sections that were shown to the models.
        section_chars: Their length.
        document_first: Whether the user's turn begins with the document; ``None`` for web as
            response.
        length_limit: Most words the request was to have.
        url: The document's.
        language: The document's.
        model: The spec of the model that wrote it.
        seed: The run's.
    """

    prompt_id: str
    messages: list[dict[str, str]]
    doc_id: str
    perspective: Perspective
    author: str
    request: str
    draft: str | None
    document: str
    section_chars: int
    document_first: bool | None
    length_limit: int
    url: str | None
    language: str | None
    model: str
    seed: int

    def row(self) -> dict[str, Any]:
        """As the output holds it."""
        return asdict(self)
