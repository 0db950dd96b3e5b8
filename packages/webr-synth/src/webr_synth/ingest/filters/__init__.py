"""What decides whether a document is kept, in order; each filter is one module.

A filter takes a draft, may mend it, and returns the name of the rule that rejects it, or ``None``.
datatrove has most of these filters, but was left out: its Gopher and C4 filters need its extra
``processing``, which pins trafilatura below 1.12 and brings nltk (with a model to download) or
spaCy, and they take and log its own pipeline objects. The published rules are short; here they
stand as the papers give them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from truing_core.errors import UsageError
from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

__all__ = ["FILTERS", "Draft", "Filter", "build_filters", "check_names"]

FILTERS = (
    "blocklist",
    "boilerplate",
    "length",
    "language",
    "gopher",
    "repetition",
    "c4",
    "pii",
)
"""Their names, in the order in which they are asked."""
_BEYOND = ("exact", "near")


def check_names(names: tuple[str, ...]) -> None:
    """Refuses names of filters that there are not.

    Raises:
        UsageError: There is no such filter.
    """
    for name in names:
        if name not in FILTERS + _BEYOND:
            known = ", ".join(FILTERS + _BEYOND)
            raise UsageError(f"--without names '{name}'; expected {known}")


def build_filters(settings: IngestSettings) -> list[tuple[str, Filter]]:
    """The filters that are on, with their names.

    Raises:
        InputError: The blocklist cannot be read.
    """
    from webr_synth.ingest.filters import (
        blocklist,
        boilerplate,
        c4,
        gopher,
        language,
        length,
        pii,
        repetition,
    )

    makers: dict[str, Callable[[IngestSettings], Filter | None]] = {
        module.__name__.rsplit(".", 1)[1]: module.make
        for module in (blocklist, boilerplate, length, language, gopher, repetition, c4, pii)
    }
    made: list[tuple[str, Any]] = [
        (name, makers[name](settings)) for name in FILTERS if name not in settings.without
    ]
    return [(name, each) for name, each in made if each is not None]
