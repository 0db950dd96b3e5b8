"""The flow: inputs, raw records, text, filters, duplicates, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

from truing_core.errors import InputError
from truing_core.files import atomic_file, encode_json, write_json
from truing_core.terminal import tell
from webr_synth.documents import Document
from webr_synth.ingest.counts import Counts
from webr_synth.ingest.duplicates import SeenIds
from webr_synth.ingest.output import check_places, counts_place, documents_file
from webr_synth.ingest.pool import Result, work_here, work_in_processes
from webr_synth.ingest.raw import Item, Passed, Trouble
from webr_synth.ingest.readers import read_source
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import Source, check_inputs, find_sources

_NEAR_BATCH = 256
_MOST_SAID = 20

Note = Callable[[str, str, str], None]
"""Takes the place, the reason and the detail of a bad record."""


class Near(Protocol):
    """Finds near-duplicates; :class:`webr_synth.dedup.NearDuplicates` does."""

    def add_batch(self, ids: Sequence[str], texts: Sequence[str]) -> list[str | None]:
        """For each text the id of an earlier one that it nearly is, or ``None``."""
        ...


def ingest(
    inputs: Sequence[str],
    output: Path,
    settings: IngestSettings,
    *,
    errors: Path | None = None,
    advance: Callable[[bool], None] = lambda failed: None,
) -> Counts:
    """Reads raw documents, keeps the good ones, and writes them to a file.

    Args:
        inputs: Files, folders and hub data sets (``hub:owner/name``).
        output: The .parquet or .jsonl file of documents. ``<output>.counts.json`` goes beside it.
        settings: What to read and to keep.
        errors: A JSON Lines file that is to list the records that could not be read.
        advance: Called for each record, with whether it was bad.

    Returns:
        The funnel.

    Raises:
        InputError: An input is not there, or no document is left; then nothing is written.
        UsageError: An input would be written over.
        TruingError: The output cannot be written, or a worker not be started.
    """
    check_inputs(inputs)
    check_places(inputs, output, errors)
    counts = Counts()
    alone = len(inputs) == 1 and not Path(inputs[0]).is_dir()
    counts_file = counts_place(output)
    skip = [output, counts_file, *([errors] if errors else [])]
    near = _near_duplicates(settings)
    failure: InputError | None = None
    with _error_list(errors) as note:
        try:
            with documents_file(output) as sink:
                sources = find_sources(inputs, skip)
                watch = _Watch(counts, note, advance, alone)
                records = islice(_records(sources, settings, counts), settings.limit)
                documents = watch.kept(_worked(records, settings))
                exact = "exact" not in settings.without
                for document in _new(documents, counts, exact, near):
                    sink.write(document)
                    counts.kept += 1
                    counts.characters += len(document.text)
                if not counts.kept:
                    raise _NothingLeftError
        except _NothingLeftError:
            failure = InputError(_why_nothing(counts, watch.first))
    if failure is not None:  # raised here, so that the list of errors is written
        raise failure
    if alone and watch.first is not None:
        tell(f"{_sentence(watch.first)}; what stood before it is kept")
    write_json(counts_file, counts.facts())
    return counts


class _NothingLeftError(Exception):
    pass


def _records(sources: Iterable[Source], settings: IngestSettings, counts: Counts) -> Iterator[Item]:
    for source in sources:
        counts.inputs += 1
        yield from read_source(source, settings)


def _worked(items: Iterator[Item], settings: IngestSettings) -> Iterator[Result]:
    if settings.workers == 0:
        return work_here(items, settings)
    return work_in_processes(items, settings)


class _Watch:
    """Counts what becomes of items, and says which inputs are lost."""

    def __init__(
        self, counts: Counts, note: Note, advance: Callable[[bool], None], alone: bool
    ) -> None:
        self._counts, self._note, self._advance, self._alone = counts, note, advance, alone
        self.first: Trouble | None = None

    def kept(self, results: Iterable[Result]) -> Iterator[Document]:
        """The documents that passed all filters."""
        counts = self._counts
        for item, outcome in results:
            counts.records += 1
            failed = isinstance(item, Trouble) or (outcome is not None and outcome.stage == "bad")
            self._advance(failed)
            if isinstance(item, Passed):
                counts.passed[item.reason] += 1
            elif isinstance(item, Trouble):
                self._bad(item)
            elif outcome is not None:
                if outcome.stage == "bad":
                    self._bad(Trouble(item.source, outcome.name, outcome.detail))
                elif outcome.stage == "empty":
                    counts.empty += 1
                elif outcome.stage == "filtered":
                    counts.reject(outcome.name, outcome.detail)
                elif outcome.document is not None:
                    yield outcome.document

    def _bad(self, trouble: Trouble) -> None:
        self._counts.bad[trouble.reason] += 1
        self._note(trouble.source, trouble.reason, trouble.detail)
        if not trouble.lost:
            return
        self._counts.unreadable += 1
        self.first = self.first or trouble
        if self._alone:
            return  # said at the end, if there is a better one than an error
        if self._counts.unreadable <= _MOST_SAID:
            tell(f"{_sentence(trouble)}; going on with the other inputs")
        elif self._counts.unreadable == _MOST_SAID + 1:
            tell("more inputs cannot be read; --errors FILE.jsonl lists them all")


def _sentence(trouble: Trouble) -> str:
    return f"{trouble.source}: {trouble.reason}: {trouble.detail}"


def _new(
    documents: Iterable[Document], counts: Counts, exact: bool, near: Near | None
) -> Iterator[Document]:
    """The documents that were not there before."""
    unique = _unique(documents, counts) if exact else iter(documents)
    if near is None:
        yield from unique
        return
    while batch := list(islice(unique, _NEAR_BATCH)):
        earlier = near.add_batch([each.doc_id for each in batch], [each.text for each in batch])
        for document, other in zip(batch, earlier, strict=True):
            if other is None:
                yield document
            else:
                counts.reject("near", "near-duplicate")


def _unique(documents: Iterable[Document], counts: Counts) -> Iterator[Document]:
    seen = SeenIds()
    for document in documents:
        if seen.add(document.doc_id):
            yield document
        else:
            counts.reject("exact", "duplicate")


def _near_duplicates(settings: IngestSettings) -> Near | None:
    if "near" in settings.without or not settings.near_duplicates:
        return None
    from webr_synth.dedup import NearDuplicates

    return NearDuplicates()


def _why_nothing(counts: Counts, first: Trouble | None) -> str:
    if counts.unreadable and counts.records == counts.unreadable and first is not None:
        if counts.inputs == 1:
            return _sentence(first)
        return f"none of the {counts.inputs:,} inputs can be read; the first: {_sentence(first)}"
    if not counts.records:
        return f"no documents: {_many(counts.inputs, 'input')} without a single record"
    return (
        f"no document is left of {_many(counts.records, 'record')}: {counts.losses()}; "
        "--without NAME turns a filter off"
    )


def _many(count: int, name: str) -> str:
    return f"one {name}" if count == 1 else f"{count:,} {name}s"


@contextmanager
def _error_list(path: Path | None) -> Iterator[Note]:
    """Where bad records are listed, if anywhere."""
    if path is None:
        yield lambda place, reason, detail: None
        return
    with atomic_file(path) as file:

        def note(place: str, reason: str, detail: str) -> None:
            row = {"source": place, "reason": reason, "detail": detail}
            file.write(encode_json(row) + b"\n")

        yield note
