"""Which language a document is in, and whether it is wanted."""

from __future__ import annotations

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

_SAMPLE = 500


def make(settings: IngestSettings) -> Filter:
    """The filter; it fills in the language, and rejects only if some are asked for."""
    from truing_core.language import language_of, plain_code

    wanted = frozenset(map(plain_code, settings.languages))

    def check(draft: Draft) -> str | None:
        # A sample from the inside: menus and headings that were left stand at the edges.
        start = max(0, min(_SAMPLE // 4, len(draft.text) - _SAMPLE))
        found = language_of(draft.text[start : start + _SAMPLE])
        draft.language = found or draft.language
        if wanted and plain_code(draft.language or "") not in wanted:
            return f"language {draft.language or 'unknown'}"
        return None

    return check
