"""Making one block: every document of it is asked about, whoever does it and wherever."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from truing_core.errors import ModelError
from truing_core.journal import JournaledModel
from truing_core.models import ChatModel, LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from webr_synth.cluster.blocks import BlockStore, Record
from webr_synth.cluster.corpus import Block, Corpus
from webr_synth.rows import Perspective
from webr_synth.synthesis.choices import SynthChoice
from webr_synth.synthesis.counts import Counts
from webr_synth.synthesis.driving import drive
from webr_synth.synthesis.feed import Feed
from webr_synth.synthesis.journey import Journey, prepare
from webr_synth.synthesis.tokens import Count

_WINDOW = 1024


@dataclass(frozen=True)
class PackedChoice:
    """A choice as it travels: a budget holds a lock, and templates hold what jinja2 made of them.

    Attributes:
        model: Spec, sampling, loading.
        prompts: The user's folder of templates.
        rest: All that is left of the choice, by name.
        seen: The model's config and the templates' hashes where the choice was made.
    """

    model: tuple[str, Sampling, LoadOptions]
    prompts: Path | None
    rest: dict[str, Any]
    seen: dict[str, Any]

    @classmethod
    def of(cls, choice: SynthChoice) -> PackedChoice:
        """Packs a choice."""
        model, prompts = choice.model, choice.prompts.override
        template = model.options.chat_template
        # Workers need not start where this process did.
        options = replace(model.options, chat_template=template and template.resolve())
        names = [each.name for each in fields(choice) if each.name not in ("model", "prompts")]
        return cls(
            (model.spec, model.sampling, options),
            prompts and prompts.resolve(),
            {name: getattr(choice, name) for name in names},
            _seen(choice),
        )

    def unpacked(self) -> SynthChoice:
        """The choice.

        Raises:
            UsageError: The templates' folder is not here.
            ModelError: This machine has other templates.
        """
        prompts = Prompts("webr_synth", override=self.prompts)
        choice = SynthChoice(ModelChoice(*self.model), prompts, **self.rest)
        if _seen(choice) != self.seen:
            raise ModelError(
                "a worker has other templates than this process; install the same webr-synth on "
                "all machines, and put --prompts and --chat-template where all of them see it"
            )
        return choice


def make_block(
    block: Block,
    corpus: Corpus,
    store: BlockStore,
    choice: SynthChoice,
    model: ChatModel,
    count: Count,
) -> None:
    """Makes the rows of a block, unless they are there; what its journal holds is not asked again.

    Args:
        block: Which.
        corpus: The documents.
        store: Keeps what came of it.
        choice: How.
        model: Who is asked.
        count: Counts tokens.

    Raises:
        InputError: The documents cannot be read.
        ModelError: The model cannot be used, or does nothing but fail.
        TruingError: The run folder cannot be written.
    """
    before = store.record(block.number)
    if before is not None and not before.failed:
        return  # whoever made it died before it could say so
    documents = list(corpus.read(block.pieces))
    feed = Feed(lambda: iter(documents), choice.mix, choice.seed)
    counts = Counts()

    def next_document(perspective: Perspective) -> Journey | None:
        placed = feed.next(perspective)
        if placed is None:
            return None
        start = prepare(placed.document, perspective, choice, count)
        return Journey(start, choice, placed.position)

    # More than there are of any, so that none is left out.
    need: dict[Perspective, int] = {
        name: len(documents) for name, share in choice.mix.items() if share
    }
    with store.journal(block.number) as journal:
        made = list(
            drive(
                next_document,
                need,
                JournaledModel(model, journal),
                counts,
                window=max(_WINDOW, 4 * choice.model.options.concurrency),
            )
        )
    made.sort(key=lambda each: each.position)
    rows = [each.row for each in made]
    store.write(block.number, rows, Record(len(documents), len(rows), model.identity, counts))


def _seen(choice: SynthChoice) -> dict[str, Any]:
    return {"model": choice.model.config(), "templates": choice.prompts.hashes()}
