"""Data sets measured on equal terms: as many requests of each, and n-grams of as many words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from webr_synth.dedup.exchanges import Exchange
from webr_synth.dedup.tokens import tokens
from webr_synth.reporting.diversity import (
    Estimate,
    distinct,
    mean_distance,
    mean_estimate,
    vendi_score,
    word_count,
)
from webr_synth.reporting.embedding import embed
from webr_synth.reporting.surveying import Drawn, Survey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Figures:
    """Diversity of a data set's requests, on the sample.

    Attributes:
        rows: All rows of the data set.
        distinct_1: Different words over all words, in as many words of each data set.
        distinct_2: The same of pairs.
        distinct_3: The same of triples.
        distance: Mean cosine distance of two requests.
        vendi: Vendi score, the effective number of different requests.
        near_duplicates: Share of the sample that nearly repeats an earlier request of it.
        request_words: Mean length, on the sample.
        answer_words: The same; ``None`` without answers.
    """

    rows: int
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    distance: Estimate | None
    vendi: float
    near_duplicates: float
    request_words: Estimate | None
    answer_words: Estimate | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Data sets beside each other.

    Attributes:
        sample: Requests of each that were measured.
        words: Words of each in which n-grams were counted.
        embedded_by: What the distances rest on.
        sets: The figures by data set.
        names: Of which data set each vector is.
        rows: The row of each vector.
        vectors: float32 (requests of all × dimension).
    """

    sample: int
    words: int
    embedded_by: str
    sets: dict[str, Figures]
    names: list[str]
    rows: list[Exchange]
    vectors: NDArray[np.float32]

    def to_dict(self) -> dict[str, Any]:
        """As ``compare --json`` prints it."""
        return {
            "sample": self.sample,
            "words": self.words,
            "embedded_by": self.embedded_by,
            "sets": {name: asdict(figures) for name, figures in self.sets.items()},
        }


def compare(
    surveys: Sequence[Survey], *, seed: int, encoder: str, threshold: float = 0.7
) -> Comparison:
    """Measures samples of one size.

    Args:
        surveys: The data sets; the smallest sample says how many requests of each count.
        seed: Draws the smaller samples, and the bootstrap's.
        encoder: See :func:`~webr_synth.reporting.embedding.embed`.
        threshold: Similarity of near-duplicates.

    Raises:
        ModelError: The encoder cannot be loaded.
    """
    size = min(len(survey.sample) for survey in surveys)
    samples = {survey.name: _smaller(survey, size, seed) for survey in surveys}
    requests = {name: [row.request for row in rows] for name, rows in samples.items()}
    words = min(word_count(texts) for texts in requests.values())
    names = [name for name, texts in requests.items() for _ in texts]
    rows = [row for each in samples.values() for row in each]
    embedded = embed([row.request for row in rows], encoder)
    figures = {}
    for at, survey in enumerate(surveys):
        own, mixed = requests[survey.name], _shuffled(requests[survey.name], seed)
        answers = [row.answer for row in samples[survey.name] if row.answer is not None]
        vectors = embedded.vectors[at * size : (at + 1) * size]
        figures[survey.name] = Figures(
            rows=survey.rows,
            distinct_1=distinct(mixed, 1, words),
            distinct_2=distinct(mixed, 2, words),
            distinct_3=distinct(mixed, 3, words),
            distance=mean_distance(vectors, seed),
            vendi=vendi_score(vectors),
            near_duplicates=_repeats(own, threshold),
            request_words=mean_estimate(tokens(own)[1].tolist(), seed),
            answer_words=mean_estimate(tokens(answers)[1].tolist(), seed),
        )
    return Comparison(size, words, embedded.by, figures, names, rows, embedded.vectors)


def names_of(paths: Sequence[Path]) -> list[str]:
    """A short name for each data set: the file's, with more of its path where two are alike."""
    short = [path.name.split(".")[0] or path.name or str(path) for path in paths]
    longer = [
        name if short.count(name) == 1 else str(path)
        for name, path in zip(short, paths, strict=True)
    ]
    return [
        name if longer.count(name) == 1 else f"{name} ({longer[: at + 1].count(name)})"
        for at, name in enumerate(longer)
    ]


def _smaller(survey: Survey, size: int, seed: int) -> list[Exchange]:
    drawn = Drawn(size, seed)
    for exchange in survey.sample:
        drawn.offer(exchange.id, exchange)
    return drawn.rows()


def _shuffled(texts: Sequence[str], seed: int) -> list[str]:
    """The first words of a sorted data set are of one kind."""
    mixed = list(texts)
    Random(seed).shuffle(mixed)
    return mixed


def _repeats(texts: Sequence[str], threshold: float) -> float:
    from webr_synth.dedup import NearDuplicates

    found = NearDuplicates(threshold).add_batch([str(at) for at in range(len(texts))], texts)
    return sum(match is not None for match in found) / len(texts)
