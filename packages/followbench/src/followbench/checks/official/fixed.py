"""``fixed`` conditions on prose: what a person who reads and counts would say.

Words, sentences and paragraphs are those of :mod:`followbench.checks.text` and
:mod:`followbench.checks.sentences`; a Chinese character is a word of its own there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import Condition, counted, every, require
from followbench.checks.sentences import sentences
from followbench.checks.text import fold_quotes, paragraphs, words

Contains = Callable[[str, str], bool]


def contains_word(text: str, word: str) -> bool:
    """Whether an English text holds a word or phrase, whatever its case."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return re.search(pattern, fold_quotes(text), re.IGNORECASE) is not None


def contains_text(text: str, part: str) -> bool:
    """Whether a Chinese text holds a word, which has no edges to look for."""
    return part.casefold() in text.casefold()


def sentence_count(count: int) -> Condition:
    """Exactly so many sentences."""
    return lambda text: counted(len(sentences(text)), "sentence", least=count, most=count)


def length(unit: str = "word", *, least: int | None = None, most: int | None = None) -> Condition:
    """A number of words, or Chinese characters without punctuation, in the whole answer."""
    return lambda text: counted(len(words(text)), unit, least=least, most=most)


def every_sentence(
    unit: str = "word", *, least: int | None = None, most: int | None = None
) -> Condition:
    """A number of words, or Chinese characters without punctuation, in every sentence."""

    def condition(text: str) -> Outcome:
        outcome = require(False, "no sentence", "at least one")
        for sentence in sentences(text):
            outcome = counted(
                len(words(sentence)), unit, f"in {show(sentence)}", least=least, most=most
            )
            if not outcome.ok:
                break
        return outcome

    return condition


def has(word: str, contains: Contains = contains_word) -> Condition:
    """The answer holds a word."""
    return lambda text: require(contains(text, word), show(text), f"the word '{word}'")


def lacks(word: str, contains: Contains = contains_word) -> Condition:
    """The answer does not hold a word."""
    return lambda text: require(not contains(text, word), show(text), f"no word '{word}'")


def in_sentence(number: int, condition: Condition) -> Condition:
    """A condition on the n-th sentence, which must be there."""

    def inner(text: str) -> Outcome:
        found = sentences(text)
        if len(found) < number:
            return counted(len(found), "sentence", least=number)
        return condition(found[number - 1])

    return inner


def words_in_sentences(wanted: Sequence[str], contains: Contains = contains_word) -> Condition:
    """The n-th word stands in the n-th sentence."""
    return every([in_sentence(n, has(word, contains)) for n, word in enumerate(wanted, start=1)])


def true_of(predicate: Callable[[str], bool], name: str) -> Condition:
    """Something that is true of the answer."""
    return lambda text: require(predicate(text), show(text), name)


def starts(word: str) -> Condition:
    """The answer begins with a word, quotes and markdown aside."""
    latin = r"(?!\w)" if word.isascii() else ""
    pattern = re.compile(rf"[\s\"'“‘「*_#>`]*{re.escape(word)}{latin}")
    return lambda text: require(
        pattern.match(text) is not None, f"begins with {show(text[:40])}", f"'{word}'"
    )


_WITHIN_WORDS = re.compile(r"(?<=[A-Za-z])['’\-‐‑](?=[A-Za-z])|(?<=\d)[.,:](?=\d)")


def punctuation(text: str) -> list[str]:
    """The punctuation marks of a text; ``...`` is one.

    Apostrophes and hyphens within English words and the marks within numbers are parts of
    those, no punctuation.
    """
    marks: list[str] = []
    before = ""
    for char in _WITHIN_WORDS.sub("", text):
        if unicodedata.category(char).startswith("P") and char != before:
            marks.append(char)
        before = char
    return marks


def one_punctuation_mark(text: str) -> Outcome:
    """Exactly one punctuation mark."""
    return counted(len(punctuation(text)), "punctuation mark", least=1, most=1)


def no_punctuation(text: str) -> Outcome:
    """No punctuation whatever, hyphens and apostrophes included."""
    found = next((char for char in text if unicodedata.category(char).startswith("P")), None)
    return require(found is None, f"'{found}'" if found else "none", "no punctuation mark")


def blocks(text: str) -> tuple[str, ...]:
    """Paragraphs; in a text without blank lines, every line is one."""
    found = paragraphs(text)
    if len(found) == 1 and "\n" in found[0]:
        return tuple(line.strip() for line in found[0].split("\n") if line.strip())
    return found


def paragraph_count(count: int) -> Condition:
    """Exactly so many paragraphs."""
    return lambda text: counted(len(blocks(text)), "paragraph", least=count, most=count)


def sentences_per_paragraph(*, most: int) -> Condition:
    """A number of sentences in every paragraph."""

    def condition(text: str) -> Outcome:
        outcome = require(False, "no paragraph", "at least one")
        for number, block in enumerate(blocks(text), start=1):
            outcome = counted(
                len(sentences(block)), "sentence", f"in paragraph {number}", most=most
            )
            if not outcome.ok:
                break
        return outcome

    return condition


_NUMBER_MARKER = re.compile(
    r"[^\w①-⑳]*(?:[①-⑳]|(?:第|段落|paragraph\s|step\s)?\s?"
    r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s?(?:段|点|步)?\s?(?:[.)）\]、:：．，,*]|\ufe0f?\u20e3))",
    re.IGNORECASE,
)


def numbered_paragraphs(text: str) -> Outcome:
    """Every paragraph starts with a number marker: ``1.``, ``(1)``, ``**1.**``, ``一、``, ``①``."""
    for number, block in enumerate(blocks(text), start=1):
        if not _NUMBER_MARKER.match(block):
            start = f"paragraph {number} starts with {show(block[:40])}"
            return require(False, start, "a number marker")
    return Outcome(True, "every paragraph starts with a number marker")


def before_closing(words_at_end: str, condition: Condition) -> Condition:
    """The answer ends with given words, and the condition holds of what stands before them.

    The words may be a paragraph of their own, quoted, numbered or the end of the last one.
    """

    def inner(text: str) -> Outcome:
        shown = text.rstrip(_AROUND)
        if not shown.casefold().endswith(words_at_end.casefold()):
            return require(False, f"ends with {show(text[-60:])}", f"'{words_at_end}'")
        body = shown[: -len(words_at_end)].rstrip(_AROUND)
        kept, line_break, last = body.rpartition("\n")
        if line_break and _NUMBER_MARKER.fullmatch(last.strip(_AROUND + ".") + "."):
            body = kept
        return condition(body.rstrip("\"'“‘「*_(（#>- \t\r\n"))

    return inner


_AROUND = " \t\r\n\"'“”‘’「」*_.!。！()（）"
