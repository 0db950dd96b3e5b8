"""The English rules in mode ``fixed``: what each level's instruction says, as a person reads it."""

from __future__ import annotations

from followbench.checks.base import Outcome
from followbench.checks.official import answers, example_template, speech
from followbench.checks.official.conditions import Rule, by_level, cumulative, every, require
from followbench.checks.official.fixed import (
    before_closing,
    every_sentence,
    has,
    in_sentence,
    lacks,
    length,
    no_punctuation,
    numbered_paragraphs,
    one_punctuation_mark,
    paragraph_count,
    sentence_count,
    sentences_per_paragraph,
    starts,
    true_of,
    words_in_sentences,
)
from followbench.checks.official.tenses import is_present_perfect, is_present_progressive


def _lower_case(text: str) -> Outcome:
    found = next((char for char in text if char.isupper() or char.istitle()), None)
    return require(found is None, f"'{found}'" if found else "none", "no capital letter")


_TABLE_CARE = (
    paragraph_count(3),
    sentences_per_paragraph(most=2),
    every_sentence(least=21),
    numbered_paragraphs,
)

RULES: dict[str, Rule] = answers.RULES | {
    "example": example_template.FIXED,
    "cnn_dailymail": cumulative(
        sentence_count(3),
        every_sentence(most=14),
        words_in_sentences(("Potter", "actor", "films")),
        in_sentence(2, lacks("lavish")),
        in_sentence(3, true_of(is_present_perfect, "the present perfect")),
    ),
    "xsum": cumulative(
        sentence_count(1),
        length(most=19),
        lacks("Newton Stewart"),
        true_of(is_present_progressive, "the present progressive"),
        # "operations" lets 'operation' appear, as the summary the item was made from does.
        true_of(lambda text: "operation" in text.casefold(), "'operation'"),
    ),
    "samsum": cumulative(
        sentence_count(1),
        length(most=14),
        has("stuff"),
        true_of(lambda text: "procrast" not in text.casefold(), "no 'procrast'"),
        one_punctuation_mark,
    ),
    "gigaword": cumulative(
        length(least=8, most=8), no_punctuation, _lower_case, lacks("bus"), has("in")
    ),
    "arxiv": cumulative(
        sentence_count(1),
        length(most=20),
        starts("We"),
        has("activations"),
        lacks("transformer"),
    ),
    "format_22": by_level(
        [
            *(_TABLE_CARE[: n + 1] for n in range(4)),
            [before_closing("Those are suggestions", every(_TABLE_CARE))],
        ]
    ),
    "format_30": speech.RULE,
}
