"""The authors' rules, bug for bug, as far as both languages share their shape.

A language is a :class:`Dialect`: how its scripts split sentences, measure length and look for
words. docs/fidelity.md lists what is odd about each rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from followbench.checks.base import Outcome, show
from followbench.checks.official.conditions import (
    Condition,
    Rule,
    against_target,
    by_level,
    counted,
    require,
)


@dataclass(frozen=True)
class Dialect:
    """How the scripts of one language read a text.

    Attributes:
        stops: Characters that end a sentence.
        unit: What lengths are counted in.
        length: The length of a whole answer.
        sentence_length: The length of one sentence; not always the same measure.
        contains: Whether a text holds a word.
        punctuation: Characters that count as punctuation.
    """

    stops: str
    unit: str
    length: Callable[[str], int]
    sentence_length: Callable[[str], int]
    contains: Callable[[str, str], bool]
    punctuation: str

    def sentences(self, text: str) -> list[str]:
        """Pieces between stops; only the empty string is no sentence, so a space is one."""
        return [piece for piece in re.split(f"[{re.escape(self.stops)}]", text) if piece]

    def sentence_count(self, count: int) -> Condition:
        """Exactly so many sentences."""
        return lambda text: counted(len(self.sentences(text)), "sentence", least=count, most=count)

    def answer_length(self, *, least: int | None = None, most: int | None = None) -> Condition:
        """A length of the whole answer."""
        return lambda text: counted(self.length(text), self.unit, least=least, most=most)

    def every_sentence_length(
        self, *, least: int | None = None, most: int | None = None
    ) -> Condition:
        """A length of every sentence."""

        def condition(text: str) -> Outcome:
            outcome = Outcome(True, "no sentence to measure")
            for number, sentence in enumerate(self.sentences(text), start=1):
                length = self.sentence_length(sentence)
                outcome = counted(
                    length, self.unit, f"in sentence {number}", least=least, most=most
                )
                if not outcome.ok:
                    break
            return outcome

        return condition

    def has(self, word: str) -> Condition:
        """The answer holds a word."""
        return lambda text: require(self.contains(text, word), show(text), f"the word '{word}'")

    def lacks(self, word: str) -> Condition:
        """The answer does not hold a word."""
        return lambda text: require(not self.contains(text, word), show(text), f"no word '{word}'")

    def sentences_have(self, *words: str) -> Condition:
        """The n-th word stands in the n-th sentence."""

        def condition(text: str) -> Outcome:
            sentences = self.sentences(text)
            for number, word in enumerate(words, start=1):
                here = sentences[number - 1] if number <= len(sentences) else ""
                if not self.contains(here, word):
                    return require(False, f"sentence {number} is {show(here)}", f"'{word}'")
            return Outcome(True, f"sentences 1 to {len(words)} hold their words")

        return condition

    def in_sentence(self, number: int, condition: Condition) -> Condition:
        """A condition on the n-th sentence; a text that has no such sentence is empty there."""

        def inner(text: str) -> Outcome:
            sentences = self.sentences(text)
            return condition(sentences[number - 1] if number <= len(sentences) else "")

        return inner

    def punctuation_count(self, count: int) -> Condition:
        """Exactly so many characters of punctuation."""
        return lambda text: counted(
            sum(char in self.punctuation for char in text),
            "punctuation character",
            least=count,
            most=count,
        )


def begins_with(prefix: str) -> Condition:
    """The answer's first characters."""
    return lambda text: require(
        text.startswith(prefix), f"begins with {show(text[:20])}", f"'{prefix}'"
    )


def matches(pattern: str, name: str, flags: int = 0) -> Condition:
    """The answer holds a match of a pattern."""
    compiled = re.compile(pattern, flags)
    return lambda text: require(compiled.search(text) is not None, show(text), name)


def matches_not(pattern: str, name: str, flags: int = 0) -> Condition:
    """The answer holds no match of a pattern."""
    compiled = re.compile(pattern, flags)
    return lambda text: require(compiled.search(text) is None, show(text), name)


def table_care(dialect: Dialect, farewell: str) -> Rule:
    """Format example 22: three paragraphs on a wooden table; four of them at level 5.

    In English nothing passes levels 4 and 5: a paragraph must start with a number and a full
    stop, and the number before that stop is then a sentence of its own, which is too short.
    """

    def paragraph_count(count: int) -> Condition:
        return lambda text: counted(len(text.split("\n\n")), "paragraphs", least=count, most=count)

    def short_paragraphs(text: str) -> Outcome:
        for number, paragraph in enumerate(text.split("\n\n")[:3], start=1):
            found = len(dialect.sentences(paragraph))
            if found >= 3:
                return counted(found, "sentence", f"in paragraph {number}", most=2)
        return Outcome(True, "fewer than 3 sentences in each of the first 3 paragraphs")

    def numbered(text: str) -> Outcome:
        for number, paragraph in enumerate(text.split("\n\n"), start=1):
            start = paragraph.lstrip()
            if start and not re.match(r"\d+\.", start):
                return require(
                    False,
                    f"paragraph {number} starts with {show(start[:20])}",
                    "a number and a full stop",
                )
        return Outcome(True, "every paragraph starts with a number and a full stop")

    def says_farewell(text: str) -> Outcome:
        return require(text.endswith(farewell), f"ends with {show(text[-30:])}", f"'{farewell}'")

    shared = (short_paragraphs, dialect.every_sentence_length(least=21), numbered)
    three = (paragraph_count(3), *shared)
    return by_level(
        [*(three[: n + 1] for n in range(4)), (paragraph_count(4), *shared, says_farewell)]
    )


def last_match(pattern: str, name: str) -> Rule:
    """The last match of a pattern is the target."""
    compiled = re.compile(pattern)

    def compare(generation: str, target: str) -> Outcome:
        found = compiled.findall(generation)
        last = f"the last {name} is '{found[-1]}'" if found else f"no {name}"
        return require(bool(found) and found[-1] == target, last, f"'{target}'")

    return against_target(compare)


def _equal(generation: str, target: str) -> Outcome:
    return require(generation == target, show(generation), f"exactly {show(target)}")


def _lines_of_target(generation: str, target: str) -> Outcome:
    known = target.split("\n")
    stray = [line for line in generation.split("\n") if line not in known]
    found = f"line {show(stray[0])}" if stray else "only lines of the target"
    return require(not stray, found, "only lines of the target")


def _element_of_target(generation: str, target: str) -> Outcome:
    # The authors evaluate the target and crash where it is no literal; that counts as failed.
    try:
        ok = generation in ast.literal_eval(target)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Outcome(False, f"the target {show(target)} is no Python literal")
    return require(ok, show(generation), f"an element of {target}")


def _within(generation: str, target: str) -> Outcome:
    return require(target in generation, show(generation), f"'{target}' somewhere in it")


SHARED: dict[str, Rule] = {
    "E2E": against_target(_equal),
    "text_editing": against_target(_equal),
    "WIKIEVENTS": against_target(_lines_of_target),
    "CONLL2003": against_target(_element_of_target),
    "self_made_space": against_target(_within),
    "BBH_logical": last_match(r"\([A-Z]\)", "option"),
    "BBH_time": last_match(r"\d{2}/\d{2}/\d{4}", "date"),
}
