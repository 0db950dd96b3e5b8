"""The stopwords of the authors' code."""

from __future__ import annotations

from typing import ClassVar

from bmc_dpo.stopwords import stopword_ids, stopwords


class Letters:
    """One token a letter, and a few words of one token."""

    words: ClassVar = {"the": 900, "The": 901, "and": 902, "cat": 903}

    def tokenize(self, text):
        return [text] if text in self.words or len(text) == 1 else list(text)

    def convert_tokens_to_ids(self, token):
        return self.words.get(token, ord(token[0]))


def test_the_words():
    words = stopwords()
    assert {"the", "The", "don't", "i", "Wouldn't"} <= words
    assert "I" not in words
    assert len([word for word in words if word == word.lower()]) == 179


def test_ids_of_words_of_one_token():
    ids = stopword_ids(Letters())
    assert {900, 901, 902, ord("i"), ord("s")} <= ids
    assert 903 not in ids
