"""The English stopwords that the authors' code never weights, as token ids.

The words are those of NLTK's English list, which that code uses, with their capitalised forms.
"""

from __future__ import annotations

from typing import Any

_WORDS = """
i me my myself we our ours ourselves you you're you've you'll you'd your yours yourself
yourselves he him his himself she she's her hers herself it it's its itself they them their
theirs themselves what which who whom this that that'll these those am is are was were be been
being have has had having do does did doing a an the and but if or because as until while of at
by for with about against between into through during before after above below to from up down
in out on off over under again further then once here there when where why how all any both each
few more most other some such no nor not only own same so than too very s t can will just don
don't should should've now d ll m o re ve y ain aren aren't couldn couldn't didn didn't doesn
doesn't hadn hadn't hasn hasn't haven haven't isn isn't ma mightn mightn't mustn mustn't needn
needn't shan shan't shouldn shouldn't wasn wasn't weren weren't won won't wouldn wouldn't
"""


def stopwords() -> frozenset[str]:
    """The words, in lower case and capitalised."""
    words = _WORDS.split()
    return frozenset(words) | {word.capitalize() for word in words if len(word) > 1}


def stopword_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of the stopwords that a tokenizer writes as one token.

    As in the authors' code, words are tokenised alone: byte-level tokenizers give the form
    without a leading space, which running text seldom has.

    Args:
        tokenizer: A transformers tokenizer.
    """
    pieces = (tokenizer.tokenize(word) for word in sorted(stopwords()))
    return frozenset(
        tokenizer.convert_tokens_to_ids(tokens[0]) for tokens in pieces if len(tokens) == 1
    )
