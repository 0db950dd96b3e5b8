"""What a run over a cluster would take: blocks that are done are not asked about again.

Of a block that is under way, or in which requests failed, everything is counted, although its
journal holds some of the replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from truing_core.run import check_config
from webr_synth.cluster.blocks import FOLDER, BlockStore
from webr_synth.cluster.corpus import Block, Corpus
from webr_synth.cluster.pipeline import block_size, run_config
from webr_synth.cluster.selection import Selection
from webr_synth.documents import Document
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.planning import Plan, plan_from
from webr_synth.synthesis.requests_seen import RequestsSeen
from webr_synth.synthesis.state import State


@dataclass(frozen=True)
class _Left:
    """The documents of the blocks that are still to be made."""

    corpus: Corpus
    blocks: list[Block]

    def documents(self) -> Iterator[Document]:
        yield from self.corpus.read(list(chain.from_iterable(b.pieces for b in self.blocks)))


def plan_on_cluster(
    folder: Path,
    corpus: Corpus,
    choice: SynthChoice,
    *,
    block_documents: int | None = None,
    fresh: bool = False,
) -> Plan:
    """What a run would take, or what is left of it; see :mod:`webr_synth.synthesis.planning`.

    Args:
        folder: The run folder.
        corpus: The documents.
        choice: How they are asked about.
        block_documents: As in the run.
        fresh: Start over.

    Raises:
        InputError: A block or a document cannot be read.
        ResumeError: The folder was run with another configuration, or the state of the run, or a
            block's record, is damaged.
    """
    size = block_size(choice, block_documents)
    if fresh:
        return plan_from(State(), folder, corpus, choice, fresh=True, lending=False)
    check_config(folder, tool="webr-synth", config=run_config(corpus, choice, size))
    state, store = State.read(folder), BlockStore(folder / FOLDER)
    if state.complete(choice.num):
        return plan_from(state, folder, corpus, choice, lending=False)
    done = store.whole()
    if not done:
        return plan_from(State(), folder, corpus, choice, lending=False)
    seen = RequestsSeen(folder, choice.dedup, None)
    selection = Selection(store, seen, choice, on_row=lambda count: None)
    while selection.blocks in done and selection.missing():
        selection.take()
    left = [block for block in corpus.blocks(size) if block.number not in done]
    ahead = Counter(
        head["perspective"]
        for number in done
        if number >= selection.blocks
        for head in store.heads(number)
    )
    written = dict(selection.written)
    for name, missing in selection.missing().items():
        written[name] += min(missing, ahead[name])
    planned = State(written=written)
    return plan_from(planned, folder, _Left(corpus, left), choice, lending=False)
