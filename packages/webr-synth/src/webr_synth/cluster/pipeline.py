"""The main flow over a cluster: blocks of documents -> rows of blocks -> selection -> shards.

Beside what a run on one machine leaves, the run folder holds ``blocks/``; see
:mod:`webr_synth.cluster.blocks`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from truing_core.errors import ModelError, UsageError
from truing_core.files import write_json
from truing_core.roles import note_identity
from truing_core.run import Run
from truing_core.terminal import tell
from webr_synth.__about__ import __version__
from webr_synth.cluster.blocks import FOLDER, BlockStore
from webr_synth.cluster.corpus import Corpus
from webr_synth.cluster.engine import Cluster, ClusterChoice, need_ray
from webr_synth.cluster.selection import Selection
from webr_synth.origin import SUMMARY
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.claim import claim, names_of, own_names
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.pipeline import Watch
from webr_synth.synthesis.progress import not_there
from webr_synth.synthesis.requests_seen import RequestsSeen, publish
from webr_synth.synthesis.shards import Shards, check_output
from webr_synth.synthesis.state import State
from webr_synth.synthesis.summary import all_filtered, check_answers, summarise

LARGEST_BLOCK, LEAST_BLOCK, BLOCKS = 4096, 24, 64
"""By default a run has so many blocks, if they then have neither more nor fewer documents."""
_MARGIN = 0.1
_GROWTH = 4


def block_size(choice: SynthChoice, wanted: int | None = None) -> int:
    """How many documents a block has: a whole number of the mix's patterns.

    Args:
        choice: Has the mix, and the number of rows that the default depends on.
        wanted: At least so many.
    """
    pattern = sum(choice.mix.values())
    default = min(max(choice.num // BLOCKS, min(choice.num, LEAST_BLOCK)), LARGEST_BLOCK)
    return math.ceil((wanted or default) / pattern) * pattern


def run_config(corpus: Corpus, choice: SynthChoice, size: int) -> dict[str, Any]:
    """What of a run, its documents and the size of its blocks changes results."""
    config = choice.config(corpus.place, None, corpus.field)
    config["data"] |= {"files": len(corpus.files), "rows": corpus.rows}
    return {**config, "cluster": {"block_documents": size}}


def synthesise_on_cluster(
    folder: Path,
    corpus: Corpus,
    output: Path,
    choice: SynthChoice,
    where: ClusterChoice,
    *,
    block_documents: int | None = None,
    watch: Watch,
    fresh: bool = False,
) -> dict[str, Any]:
    """Makes rows in a run folder that all machines see; blocks that are done stay as they are.

    Args:
        folder: The run folder.
        corpus: The documents.
        output: A file for all rows, or a folder for shards.
        choice: How.
        where: The cluster.
        block_documents: Documents of a block; see :func:`block_size`.
        watch: Shows progress.
        fresh: Start over.

    Returns:
        The summary, which ``summary.json`` holds too, with the keys of a run on one machine.

    Raises:
        InputError: A file cannot be read, or nothing came through the gates.
        ModelError: The model cannot be used, or all requests failed.
        ResumeError: The folder was run with another configuration, or is in use.
        UsageError: Rows or the run folder would lie among the documents, or rows among those of
            another run.
        TruingError: There is no Ray or no cluster, or a place cannot be written.
    """
    need_ray()
    _check_places(corpus.place, output, folder)
    size = block_size(choice, block_documents)
    config, before = run_config(corpus, choice, size), names_of(folder)
    opening = Run.open(folder, tool="webr-synth", version=__version__, config=config, fresh=fresh)
    with opening as run:
        names = own_names(run, before)
        check_output(output, Path(corpus.place))
        claim(output, names)
        run.note(data=corpus.place, prompts=choice.prompts.hashes())
        shards = Shards(output, run.path("shards"), choice.seed, names[0])
        store = BlockStore(run.path(FOLDER))
        state = State.read(run.folder)
        complete = state.complete(choice.num)
        there = shards.hold(state.shards, state.rows)
        if not there:
            tell(not_there(output))
        if not (complete and there):
            # A block in which requests failed is made again, which asks for these alone; but not
            # where others have taken their place already.
            done = set(store.records()) if complete else store.whole()
            state = _made(run, corpus, size, store, done, shards, choice, where, watch)
        shards.trim(state.shards)
        shards.join(state.shards)
        publish(
            ((row["prompt_id"], row["request"]) for row in shards.read(state.shards)), choice.dedup
        )
        seen = sum(each.documents for each in store.records().values())
        summary = summarise(choice, state, output=output, documents=seen, folder=run.folder)
        write_json(run.path(SUMMARY), summary)
        run.stage_done("run", output=str(output), rows=summary["written"])
    if not summary["written"]:
        raise all_filtered(state.counts, Path(corpus.place))
    return summary


def _check_places(documents: str, *places: Path) -> None:
    """Refuses to write Parquet files where documents are looked for."""
    root = Path(documents).resolve()
    for place in places:
        if root.is_dir() and place.resolve().is_relative_to(root):
            raise UsageError(
                f"'{place}' is among the documents in '{documents}', which the next run would then "
                "read as such; name a place outside"
            )


def _made(
    run: Run,
    corpus: Corpus,
    size: int,
    store: BlockStore,
    done: set[int],
    shards: Shards,
    choice: SynthChoice,
    where: ClusterChoice,
    watch: Watch,
) -> State:
    """Makes blocks from the first on until they hold enough rows, then writes these."""
    blocks = corpus.blocks(size)
    with watch(choice.num, 0) as on_row, Cluster(where) as cluster:
        selection = Selection(store, RequestsSeen(run.folder, choice.dedup, None), choice, on_row)

        def take() -> bool:
            """Takes the blocks that are next; whether there are enough rows."""
            while selection.blocks in done and selection.missing():
                selection.take()
            return not selection.missing()

        while not take() and selection.blocks < len(blocks):
            wanted = blocks[selection.blocks : _enough(selection, size, choice)]
            todo = [block for block in wanted if block.number not in done]
            for number in cluster.make(todo, store.folder, corpus, choice):
                done.add(number)
                if take():
                    break
            _check(run, store, choice)
        number = selection.write(shards)
    counts = Counts()
    for record in store.records().values():
        counts.add(record.counts)
    counts.duplicates = selection.duplicates
    state = State(number, selection.written, {}, counts, None, over=True)
    state.save(run.folder)
    return state


def _enough(selection: Selection, size: int, choice: SynthChoice) -> int:
    """How many blocks there must be, as far as those so far tell; at first, if all goes well."""
    taken = selection.blocks
    total = sum(choice.mix.values())
    documents = 0.0
    for name, missing in selection.missing().items():
        least = missing * total / choice.mix[name]
        # Whoever lacks rows has kept all that came. A yield below 1 may be lower still.
        share = selection.written[name] * total / (taken * size * choice.mix[name]) if taken else 1
        margin = 1 + min(_MARGIN, 1 - share)
        documents = max(documents, margin * least / share if share else math.inf)
    more = min(documents / size, _GROWTH * taken) if taken else documents / size
    return taken + max(1, math.ceil(more))


def _check(run: Run, store: BlockStore, choice: SynthChoice) -> None:
    """Stops if all requests failed, or if workers asked different models."""
    records = store.records().values()
    counts = Counts()
    for record in records:
        counts.add(record.counts)
    check_answers(counts)
    models = sorted({record.model for record in records})
    if len(models) > 1:
        raise ModelError(
            f"workers asked different models ({', '.join(models)}); put the same files on all "
            "machines, and start over with --fresh"
        )
    note_identity(run, choice.model.spec, models[0])
