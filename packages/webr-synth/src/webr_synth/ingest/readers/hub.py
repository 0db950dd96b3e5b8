"""Data sets of the Hugging Face hub, streamed."""

from __future__ import annotations

from collections.abc import Iterator

from truing_core.errors import InputError
from webr_synth.ingest.raw import Item, Trouble
from webr_synth.ingest.readers.tables import Rows
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import HUB


def read(name: str, settings: IngestSettings) -> Iterator[Item]:
    """The rows of ``hub:owner/name``."""
    from truing_core.records import read_hub

    rows, number = Rows(name, settings), 0
    source = read_hub(name.removeprefix(HUB), name=settings.subset, split=settings.split)
    try:
        for number, row in source:
            yield rows.record(row, number)
            if rows.hopeless:
                return
    except InputError as error:
        place = f"{name}:{number + 1}" if number else name
        detail = error.problem.removeprefix("cannot be read: ")
        yield Trouble(place, "unreadable data set", detail, lost=True)
