"""What a model's output must pass, gate by gate, before it goes into a row.

The gates look at cleaned texts. Each check gives the first gate that closes, or ``None``. All are
linear in the length of what they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from truing_core.language import language_of, plain_code
from truing_core.refusals import is_refusal, sees_nothing
from truing_core.words import word_count
from webr_synth.rows import Perspective
from webr_synth.synthesis.gates_loops import loop_in
from webr_synth.synthesis.gates_overlap import (
    copied_share,
    quoted_share,
    shares_run,
)
from webr_synth.synthesis.gates_wording import points_at_text, wants_other_language

Gate = Literal[
    "empty", "refusal", "gives_away", "too_long", "loop", "truncated", "copies", "language"
]
GATES: tuple[Gate, ...] = get_args(Gate)

_TOLD_BY = 250  # characters from the beginning, and from the middle: to tell by more takes long
_CODE = re.compile(r"(?:^|(?<=\n))(`{3,}|~{3,})[^\n]*\n")


@dataclass(frozen=True)
class Limits:
    """Where the gates stand.

    Attributes:
        over_limit: Share of its word limit by which a request may be longer, and ...
        spare_words: ... words on top: models count badly, and a row is not worse for it.
        author_words: Most words of an author's profile, which was to have 30.
        given_run: Words in a row that a request for web as response may share with the document;
            characters count half.
        quoted_share: Share of the document that a request for web as instruction may quote.
        copy_run: Length of the runs of words by which copying is measured.
        copy_share: Share of a response that may stand in the document word for word. A rewrite
            that adds headings or mends grammar keeps most of its words but not the runs of them.
        copy_length: A response of web as instruction copies only if it also has this share of the
            document's words: to quote what was asked for is no copy.
        copy_words: Shorter responses copy nothing.
        loop_letters: One letter so often in a row is a loop; of other signs, eight times as many.
        loop_words: So many words that go round four times or more are a loop.
        loop_lines: One line so often is a loop, if it also makes up a third of the lines.
        off: Gates that are open.
    """

    over_limit: float = 0.25
    spare_words: int = 10
    author_words: int = 120
    given_run: int = 20
    quoted_share: float = 0.5
    copy_run: int = 6
    copy_share: float = 0.8
    copy_length: float = 0.6
    copy_words: int = 40
    loop_letters: int = 50
    loop_words: int = 40
    loop_lines: int = 8
    off: frozenset[Gate] = frozenset()


@dataclass(frozen=True, slots=True)
class Stopped:
    """An output that cannot be used.

    Attributes:
        gate: Which gate stopped it.
        reason: Why, as a clause.
    """

    gate: Gate
    reason: str


def check_author(text: str, finish_reason: str, limits: Limits) -> Stopped | None:
    """Sends an author's profile through its gates.

    Args:
        text: The cleaned profile.
        finish_reason: Why the model ended there; ``length`` means that it was cut off.
        limits: Where the gates stand.
    """

    def stops() -> Iterator[Stopped]:
        yield from _common(text, finish_reason, limits)
        if (count := word_count(text)) > limits.author_words:
            yield Stopped("too_long", f"a profile of {count} words, not of 30")

    return _first(stops(), limits)


def check_request(
    text: str,
    finish_reason: str,
    limits: Limits,
    *,
    word_limit: int,
    document: str,
    language: str | None,
    perspective: Perspective,
) -> Stopped | None:
    """Sends a request through its gates.

    Args:
        text: The cleaned request.
        finish_reason: Why the model ended there; ``length`` means that it was cut off.
        limits: Where the gates stand.
        word_limit: Most words it was to have; in Chinese, Japanese and Korean, characters.
        document: The sections it is about.
        language: The document's; ``None`` leaves the gate open.
        perspective: With web as response nobody will see the document, so that the request must
            neither speak of it nor quote it.
    """

    def stops() -> Iterator[Stopped]:
        yield from _common(text, finish_reason, limits)
        count = word_count(text)
        if count > word_limit * (1 + limits.over_limit) + limits.spare_words:
            yield Stopped("too_long", f"{count} words, where {word_limit} were allowed")
        if perspective.startswith("wr"):
            if said := points_at_text(text):
                yield Stopped("gives_away", f"it speaks of '{said}', which nobody will see")
            if shares_run(text, document, limits.given_run):
                yield Stopped("gives_away", f"it quotes {limits.given_run} words or more in a row")
        elif (share := _quoted(document, text, limits)) > limits.quoted_share:
            yield Stopped("gives_away", f"it quotes {share:.0%} of the document")
        # Who asks for a translation may well ask in the language that is wanted.
        if "language" not in limits.off and not wants_other_language(text):
            yield from _language(text, language, document)

    return _first(stops(), limits)


def check_response(
    text: str,
    finish_reason: str,
    limits: Limits,
    *,
    document: str,
    request: str,
    language: str | None,
    perspective: Perspective,
) -> Stopped | None:
    """Sends a response, or with web as response its refined form, through its gates.

    Args:
        text: The cleaned response.
        finish_reason: Why the model ended there; ``length`` means that it was cut off.
        limits: Where the gates stand.
        document: The sections it was made from.
        request: What was asked. Where it wants a translation or names a language, the response
            may be in any.
        language: The document's; ``None`` leaves the gate open.
        perspective: A response of web as instruction copies if it is nearly the whole document
            again; one of web as response if it is mostly made of it, however little it takes.
    """

    def stops() -> Iterator[Stopped]:
        yield from _common(text, finish_reason, limits)
        if sees_nothing(text):
            yield Stopped("refusal", "it asks for the text it was given")
        yield from _copies(text, document, limits, perspective)
        if "language" not in limits.off and not wants_other_language(request):
            yield from _language(text, language, document)

    return _first(stops(), limits)


def _quoted(document: str, text: str, limits: Limits) -> float:
    return quoted_share(document, text, limits.copy_run, limits.quoted_share)


def _first(stops: Iterator[Stopped], limits: Limits) -> Stopped | None:
    return next((stopped for stopped in stops if stopped.gate not in limits.off), None)


def _common(text: str, finish_reason: str, limits: Limits) -> Iterator[Stopped]:
    if finish_reason == "length":
        yield Stopped("truncated", "it was cut off before its end")
    if not any(map(str.isalnum, text)):
        yield Stopped("empty", "it says nothing")
    if is_refusal(text):
        yield Stopped("refusal", "it declines the task")
    if loop := loop_in(text, limits.loop_letters, limits.loop_words, limits.loop_lines):
        yield Stopped("loop", loop)


def _copies(
    text: str, document: str, limits: Limits, perspective: Perspective
) -> Iterator[Stopped]:
    length = word_count(text)
    if length < limits.copy_words:
        return
    if perspective.startswith("wi") and length < limits.copy_length * word_count(document):
        return
    share = copied_share(text, document, limits.copy_run, limits.copy_share)
    if share > limits.copy_share:
        yield Stopped("copies", f"{share:.0%} of it stands in the document word for word")


def _language(text: str, language: str | None, document: str) -> Iterator[Stopped]:
    if language is None:
        return
    own = _told(text)
    code = plain_code(language)
    if own is None or own == code or own == _told(document):
        return
    yield Stopped("language", f"it is in another language ({own}, not {code})")


def _told(text: str) -> str | None:
    """The language of a text by its beginning and its middle, code left out."""
    if "```" in text or "~~~" in text:
        # Split at fences with the fence kept: text, fence, code, fence, text, and so on.
        text = "\n".join(_CODE.split(text[: 40 * _TOLD_BY])[0::4])
    middle = max(_TOLD_BY, len(text) // 2)
    return language_of(f"{text[:_TOLD_BY]} {text[middle : middle + _TOLD_BY]}")
