"""The main flow: documents -> author -> request -> response (-> refine) -> rows.

A run folder holds ``run.json`` and ``journal.sqlite`` (the core's), ``state.json``,
``summary.json`` and the index of requests; rows go where the user wants them, shard by shard.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, TruingError
from truing_core.files import write_json
from truing_core.models import ChatModel
from truing_core.roles import loaded
from truing_core.run import Run
from truing_core.terminal import tell
from webr_synth.__about__ import __version__
from webr_synth.documents import Document, read_documents
from webr_synth.origin import SUMMARY
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.claim import claim, names_of, own_names
from webr_synth.synthesis.driving import Made
from webr_synth.synthesis.feed import Feed
from webr_synth.synthesis.filling import Filling
from webr_synth.synthesis.perspectives import next_shard
from webr_synth.synthesis.progress import Progress
from webr_synth.synthesis.requests_seen import RequestsSeen, publish
from webr_synth.synthesis.shards import Shards, check_output
from webr_synth.synthesis.summary import all_filtered, check_answers, summarise
from webr_synth.synthesis.tokens import counter

OnRow = Callable[[int], None]
Watch = Callable[[int, int], AbstractContextManager[OnRow]]
"""Shows rows as they come: of how many, and how many of them are there already."""


def _silent(total: int, done: int) -> AbstractContextManager[OnRow]:
    return nullcontext(lambda count: None)


@dataclass(frozen=True)
class Source:
    """Where documents come from.

    Attributes:
        path: A file.
        limit: How many are read at most.
        text_field: The field that holds the text; by default it is looked for.
    """

    path: Path
    limit: int | None = None
    text_field: str | None = None

    def documents(self) -> Iterator[Document]:
        """All of them, from the first."""
        return itertools.islice(read_documents(self.path, self.text_field), self.limit)

    def config(self, choice: SynthChoice) -> dict[str, Any]:
        """What changes the results of a run on them."""
        return choice.config(str(self.path), self.limit, self.text_field)


def synthesise(
    folder: Path,
    source: Source,
    output: Path,
    choice: SynthChoice,
    *,
    watch: Watch = _silent,
    fresh: bool = False,
) -> dict[str, Any]:
    """Makes rows in a run folder; what its journal holds is not asked again.

    Args:
        folder: The run folder.
        source: The documents.
        output: A file for all rows, or a folder for shards.
        choice: How.
        watch: Shows progress.
        fresh: Start over.

    Returns:
        The summary, which ``summary.json`` holds too.

    Raises:
        InputError: There are no documents, or nothing came through the gates.
        ModelError: The model cannot be used, or all requests failed.
        ResumeError: The folder was run with another configuration, or is in use.
        UsageError: Rows cannot go where they are wanted.
    """
    if next(source.documents(), None) is None:
        raise InputError("there is no document in it", path=source.path)
    config, before = source.config(choice), names_of(folder)
    opening = Run.open(folder, tool="webr-synth", version=__version__, config=config, fresh=fresh)
    with opening as run:
        names = own_names(run, before)
        check_output(output, source.path)
        claim(output, names)
        run.note(data=str(source.path), prompts=choice.prompts.hashes())
        shards = Shards(output, run.path("shards"), choice.seed, names[0])
        progress = Progress(run.folder, shards, choice.num)
        state = progress.state
        feed = Feed(source.documents, choice.mix, choice.seed, state.cursors)
        if not state.over:
            with loaded(choice.model, run) as model, watch(choice.num, state.rows) as on_row:
                _shards(run, model, feed, progress, choice, on_row)
        progress.finish()
        requests = ((row["prompt_id"], row["request"]) for row in shards.read(state.shards))
        publish(requests, choice.dedup)
        seen = state.counts.documents["seen"]
        summary = summarise(choice, state, output=output, documents=seen, folder=run.folder)
        write_json(run.path(SUMMARY), summary)
        run.stage_done("run", output=str(output), rows=summary["written"])
    if not summary["written"]:
        raise all_filtered(state.counts, source.path)
    return summary


def _shards(
    run: Run,
    model: ChatModel,
    feed: Feed,
    progress: Progress,
    choice: SynthChoice,
    on_row: OnRow,
) -> None:
    """Makes one shard after the other until there are enough rows, or no more documents."""
    state = progress.state
    index = progress.folder / state.index if state.index is not None else None
    seen = RequestsSeen(run.folder, choice.dedup, index)
    count = counter(choice.tokenizer)
    while not state.over:
        wanted = next_shard(state.written, choice.shard_rows, choice.num, choice.mix)
        filling = Filling(feed, model, choice, count, state.counts, seen, on_row)
        try:
            rows = filling.fill(wanted)
            check_answers(state.counts)
        except BaseException:
            with suppress(TruingError):  # what broke it off is what the user must hear
                _so_far(filling, progress)
            raise
        if rows:
            progress.shards.write(state.shards, [made.row for made in rows])
            state.add(rows)
        state.over = len(rows) < sum(wanted.values()) or state.rows >= choice.num
        state.cursors = dict(feed.cursors)
        state.counts.documents.update(seen=feed.seen - state.counts.documents["seen"])
        state.counts.documents.update(repeated=feed.repeated - state.counts.documents["repeated"])
        before = state.index
        if rows:
            state.index = seen.save(progress.folder, state.shards)
        progress.save()
        if before is not None and before != state.index:
            (progress.folder / before).unlink(missing_ok=True)


def _so_far(filling: Filling, progress: Progress) -> None:
    """Gives the user what there is; the same command makes the shard anew, from the journal."""
    rows: list[Made] = filling.rows()
    state, shards = progress.state, progress.shards
    if reason := progress.stays(len(rows)):
        tell(reason)
    elif rows:
        shards.write(state.shards, [made.row for made in rows])
        shards.join(state.shards + 1)
        tell(f"{shards.output} holds {state.rows + len(rows):,} rows so far")
