"""Documents too short to ask anything about, or too long to be one document."""

from __future__ import annotations

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

_DENSE = 3  # a character of a script without spaces says as much as several letters


def make(settings: IngestSettings) -> Filter:
    """The filter."""

    def check(draft: Draft) -> str | None:
        length = len(draft.text) * (_DENSE if draft.unspaced else 1)
        if length < settings.min_chars:
            return "too short"
        return "too long" if len(draft.text) > settings.max_chars else None

    return check
