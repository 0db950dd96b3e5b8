"""What a model says, without what it wraps around it: leads, labels, quotes, fences, offers.

A wrapper is taken off only where it is one: it stands at an edge, its wording is that of an
assistant who hands something over, and a text remains. What remains is a slice of what was said,
byte for byte. Cleaning goes on until nothing more comes off, so that a second time changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from webr_synth.synthesis import cleaning_words as wording

_LONGEST_LINE = 400
_MOST_WORDS = 45
_QUOTED_ANSWER = 30
_MOST_FENCES = 5
_LONGEST_LABEL = 80

_TAGS = "think|thinking|thought|thoughts|reasoning|reflection"
_THOUGHT = re.compile(rf"<({_TAGS})>", re.IGNORECASE)
_END_OF_THOUGHT = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
_FEW_SPACES = re.compile(r"[ \u3000\ufeff\u200b]{1,3}(?=[^\s\u200b\ufeff])")
# A rule with text right below begins front matter.
_RULE = re.compile(r"[^\S\n]*(?:-{3,}|\*{3,}|_{3,}|={3,})[^\S\n]*\n(?=[^\S\n]*\n)")
_RULE_LINE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*")
_FENCE = re.compile(r"(`{3,}|~{3,})[^\S\n]*([\w+-]*)[^\S\n]*\n")
_FENCE_LINE = re.compile(r"(?:^|(?<=\n)) {0,3}(`{3,}|~{3,})[^\S\n]*([^\n`]*)(?=\n|$)")
_MARKDOWN, _PLAIN = ("markdown", "md"), ("", "text", "txt", "plaintext", "plain")
_MARKS = re.compile(r"[\s#>*_¡]*")
_TURN = re.compile(r"[!！:：。.,，、;；—–\s-]+")
_COLON = re.compile(r"[*_]{0,3}[^\S\n]?[:：][*_]{0,3}")
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "'": "'", "「": "」",
           "『": "』", "‹": "›"}  # fmt: skip
_APOSTROPHES = {"'": re.compile(r"(?<!\w)'|'(?!\w)"), "‘": re.compile(r"‘|’(?!\w)")}
_SENTENCE_END = re.compile(r"""[.!?。！？…:]["'”’)*_]*\s*(?:\n|$)""")


@dataclass(frozen=True)
class _Kind:
    """What is cleaned.

    Attributes:
        called: What it is called in announcements.
        labels: What it is called in labels.
        prose: Whether it is a line or two of plain text, so that emphasis, quotes and fences
            around all of it are never its own, and an announcement may share its line.
    """

    called: re.Pattern[str]
    labels: re.Pattern[str]
    prose: bool


_AUTHOR = _Kind(wording.AUTHOR, wording.AUTHOR_LABELS, prose=True)
_REQUEST = _Kind(wording.REQUEST, wording.REQUEST_LABELS, prose=True)
_RESPONSE = _Kind(wording.MADE, wording.RESPONSE_LABELS, prose=False)


def clean_author(text: str) -> str:
    """An author's profile, without what the model wrapped around it; linear in its length."""
    return _clean(text, _AUTHOR)


def clean_request(text: str) -> str:
    """A request, without what the model wrapped around it; linear in its length."""
    return _clean(text, _REQUEST)


def clean_response(text: str) -> str:
    """A response, without what the model wrapped around it; linear in its length.

    Quotes around all of it are a wrapper where an announcement stood before them, or where they
    hold more than 30 words: a shorter quotation may be the answer. A fence around all of it is
    one if it is marked as Markdown, or holds prose; code keeps its fence. What begins with
    "Here is" in the midst of a paragraph is part of it.
    """
    return _clean(text, _RESPONSE)


def _clean(text: str, kind: _Kind) -> str:
    peel = _Peel(text, kind)
    while any(step(peel) for step in _STEPS):
        if peel.fences > _MOST_FENCES:  # no wrapping but a loop, which is left to the gates
            peel = _Peel(text, kind)
            _blank_edges(peel)
            break
    return text[peel.start : peel.end]


@dataclass
class _Peel:
    """How far a text is peeled; positions instead of copies keep many wrappers linear.

    Attributes:
        announced: Whether a lead was taken off, behind which quotes and rules are wrappers.
        closed: Whether something was taken off the end.
        fences: How many fences were taken off.
    """

    text: str
    kind: _Kind
    start: int = 0
    end: int = field(default=-1)
    announced: bool = False
    closed: bool = False
    fences: int = 0
    _next_label: int = -1
    _next_thought: tuple[int, int, int] = (-1, -1, -1)

    def __post_init__(self) -> None:
        self.end = len(self.text)

    def from_start(self, place: int) -> bool:
        """Takes off what stands before a place, if a text remains."""
        if not _holds_text(self.text, place, self.end):
            return False
        self.start, self.announced = place, True
        return True

    def from_end(self, place: int) -> bool:
        """Takes off what stands behind a place, if a text remains."""
        if not _holds_text(self.text, self.start, place):
            return False
        self.end, self.closed = place, True
        return True

    def line(self) -> tuple[str, int]:
        """The first line, and where it ends; an empty one where it is too long for a wrapper."""
        end = self.text.find("\n", self.start, min(self.end, self.start + _LONGEST_LINE))
        if end < 0:
            end = self.end
        return (self.text[self.start : end], end) if end - self.start < _LONGEST_LINE else ("", end)

    def labelled_after(self, place: int) -> bool:
        """Whether another line below has a label; then labels are how the text is made."""
        if self._next_label < place:
            found = wording.OTHER_LABEL.search(self.text, place)
            self._next_label = found.start() if found else len(self.text)
        return self._next_label < self.end

    def end_of_thought(self) -> int | None:
        """Where a thought ends whose beginning is not there; ``None`` if there is no such."""
        tag, after, opening = self._next_thought
        if tag < self.start:
            found = _END_OF_THOUGHT.search(self.text, self.start)
            tag, after = found.span() if found else (len(self.text), len(self.text))
            opening = max(
                (each.start() for each in _THOUGHT.finditer(self.text, self.start, tag)), default=-1
            )
            self._next_thought = tag, after, opening
        if after > self.end or tag == after or opening >= self.start:
            return None
        before = self.text[tag - 1] if tag > self.start else "\n"
        behind = self.text[after : min(self.end, after + _LONGEST_LINE)].partition("\n")[0]
        return after if before == "\n" and not behind.strip() else None


def _holds_text(text: str, start: int, end: int) -> bool:
    """Whether anything but white space stands there; linear over all calls together."""
    found = _NON_SPACE.search(text, start, end)
    return found is not None


_NON_SPACE = re.compile(r"[^\s\u200b\ufeff]")


def _blank_edges(peel: _Peel) -> bool:
    text, start, end = peel.text, peel.start, peel.end
    if blank := _BLANK_LINES.match(text, start, end):
        start = blank.end()
    # Four spaces make code in Markdown; fewer are a tokenizer's.
    if spaces := _FEW_SPACES.match(text, start, end):
        start = spaces.end()
    if peel.kind.prose and (found := _NON_SPACE.search(text, start, end)):
        start = found.start()
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\u200b\ufeff"):
        end -= 1
    if end == start:
        start = end = peel.start
    moved = (start, end) != (peel.start, peel.end)
    peel.start, peel.end = start, end
    return moved


def _thought(peel: _Peel) -> bool:
    if opening := _THOUGHT.match(peel.text, peel.start, peel.end):
        tag = f"</{opening.group(1)}>"
        end = peel.text.find(tag, opening.end(), peel.end)
        # A thought is no text: nothing need remain.
        peel.start = peel.end if end < 0 else end + len(tag)
        return True
    end_of_thought = peel.end_of_thought()
    if end_of_thought is not None:
        peel.start = end_of_thought
        return True
    return False


def _announcement(peel: _Peel) -> bool:
    """``Sure! Here is the text:``, and what else is said before a text is handed over."""
    line, end = peel.line()
    bare = _MARKS.match(line)
    said = line[bare.end() if bare else 0 :].rstrip(" \t*_")
    agrees = wording.AGREEING.match(said)
    if not agrees and not wording.ANNOUNCING.match(said):
        return False
    alone = end < peel.end and (peel.kind.prose or bool(agrees) or _begins_block(peel, end))
    if alone and len(said.split()) <= _MOST_WORDS and _announces(said, bool(agrees), peel):
        return peel.from_start(end)
    return _inline_announcement(peel, said, peel.start + (bare.end() if bare else 0))


def _announces(said: str, agrees: bool, peel: _Peel) -> bool:
    """Whether a line of its own hands over what follows."""
    colon = said.endswith((":", "："))
    if agrees:
        rest = _after_agreement(said)
        told = wording.ANNOUNCING.match(rest) or peel.kind.called.search(rest)
        helps = wording.HELPING.search(rest) is not None
        if not rest or (colon and (helps or told or peel.kind.prose)):
            return True
        return helps and rest.endswith((".", "!", "。", "！"))
    if not colon or wording.OWN.match(said):
        return False
    return peel.kind.called.search(said) is not None


def _after_agreement(said: str) -> str:
    agrees = wording.AGREEING.match(said)
    return _TURN.sub("", said[agrees.end() :], count=1).strip() if agrees else said


def _begins_block(peel: _Peel, end: int) -> bool:
    """Whether what follows a line cannot be the same paragraph."""
    following = peel.text[end + 1 : min(peel.end, end + 80)]
    if not following.partition("\n")[0].strip():
        return True
    return following.lstrip().startswith(("#", "```", "~~~", "---", "***", ">", *_QUOTES))


def _inline_announcement(peel: _Peel, said: str, place: int) -> bool:
    """``Sure! Write …`` and ``Here is the request: Write …``, on one line with the text."""
    agrees = wording.AGREEING.match(said)
    handed = _after_agreement(said)
    colon = min((at for mark in ":：" if (at := handed.find(mark)) > 0), default=-1)
    lead = handed[:colon] if colon > 0 else ""
    hands_over = (
        len(lead.split()) <= 20
        and wording.ANNOUNCING.match(lead) is not None
        and not wording.OWN.match(lead)
        and peel.kind.called.search(lead) is not None
    )
    if hands_over and (peel.kind.prose or agrees) and handed[colon + 1 :].strip(" *_"):
        return peel.from_start(place + len(said) - len(handed) + colon + 1)
    exclaims = agrees is not None and said[agrees.end() :].lstrip()[:1] in ("!", "！")
    if peel.kind.prose and exclaims and handed:
        return peel.from_start(place + len(said) - len(handed))
    return False


def _label(peel: _Peel) -> bool:
    """``**Request:** …``, ``## Response``, unless other labels follow further down."""
    line, end = peel.line()
    colon = _COLON.search(line[:_LONGEST_LABEL])
    name = line[: colon.start()] if colon else line
    if not peel.kind.labels.fullmatch(name.strip("*_#\t ")):
        return False
    marked = name.lstrip().startswith(("*", "#", "_"))
    alone = not colon or not line[colon.end() :].strip("*_ \t")
    # "Response: …" on its line may be how a text speaks; bold or alone it is a label.
    if not (marked if colon is None else marked or alone or peel.kind.prose):
        return False
    if peel.kind.prose and peel.labelled_after(end):
        return False
    if colon is None or alone:
        return end < peel.end and peel.from_start(end)
    return peel.from_start(peel.start + colon.end())


def _rule_before(peel: _Peel) -> bool:
    rule = _RULE.match(peel.text, peel.start, peel.end) if peel.announced else None
    return rule is not None and peel.from_start(rule.end())


def _fence(peel: _Peel) -> bool:
    """One code fence around everything."""
    text = peel.text
    opening = _FENCE.match(text, peel.start, peel.end)
    if opening is None:
        return False
    mark, language = opening.group(1), opening.group(2).lower()
    if language not in (*_MARKDOWN, *_PLAIN):
        return False
    last = text.rfind("\n", opening.end() - 1, peel.end)
    if text[last + 1 : peel.end].strip() != mark or not _is_closed_last(
        text, opening.end(), last + 1, mark
    ):
        return False
    if not _holds_text(text, opening.end(), last):
        return False
    # Without a word on its language it may be code, a tree or a table in a response.
    if (
        not peel.kind.prose
        and language in _PLAIN
        and not _is_prose(text[opening.end() : min(last, opening.end() + 4000)])
    ):
        return False
    peel.start, peel.end = opening.end(), last
    peel.fences += 1
    return True


def _is_closed_last(text: str, start: int, end: int, mark: str) -> bool:
    """Whether the fence that is open at ``start`` is not closed before ``end``."""
    depth = 1
    for line in _FENCE_LINE.finditer(text, start, end - 1 if end > start else end):
        inner, info = line.group(1), line.group(2).strip()
        if inner[0] != mark[0] or len(inner) < len(mark):
            continue
        depth += 1 if info else -1
        if depth == 0:
            return False
    return depth == 1


def _is_prose(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    words = sum(len(line.split()) for line in lines)
    wide = sum("\u3040" <= letter <= "\u9fff" for letter in text)
    letters = sum(letter.isalpha() or letter.isspace() for letter in text)
    return (
        letters >= 0.8 * len(text)
        and words + wide >= 6 * len(lines)
        and _SENTENCE_END.search(text) is not None
    )


def _quotes(peel: _Peel) -> bool:
    """One pair of quotes around everything."""
    text, start, end = peel.text, peel.start, peel.end
    closing = _QUOTES.get(text[start : start + 1], "")
    if end - start < 3 or text[end - 1] not in closing or not closing:
        return False
    opening = text[start]
    if opening in _APOSTROPHES:
        inner = _APOSTROPHES[opening].search(text, start + 1, end - 1) is not None
    else:
        inner = any(text.find(mark, start + 1, end - 1) >= 0 for mark in {opening, *closing})
    if inner or not _holds_text(text, start + 1, end - 1):
        return False
    if not peel.kind.prose and not peel.announced:
        few = text[start:end].split(maxsplit=_QUOTED_ANSWER)
        if len(few) <= _QUOTED_ANSWER and end - start < 10 * _QUOTED_ANSWER:
            return False
    peel.start, peel.end = start + 1, end - 1
    return True


def _bold(peel: _Peel) -> bool:
    """Emphasis around everything, of what is one paragraph of plain text."""
    text = peel.text
    if not peel.kind.prose or not text.startswith("**", peel.start, peel.end):
        return False
    inside = peel.start + 2, peel.end - 2
    if inside[1] <= inside[0] or not text.endswith("**", inside[0], peel.end):
        return False
    if text.find("*", *inside) >= 0 or not _holds_text(text, *inside):
        return False
    peel.start, peel.end = inside
    return True


def _last_line(peel: _Peel) -> tuple[str, int]:
    """The last line where it is a paragraph of its own, and where what is before it ends."""
    text = peel.text
    begin = text.rfind("\n", max(peel.start, peel.end - _LONGEST_LINE), peel.end)
    if begin < 0:
        return "", peel.end
    before = text.rfind("\n", peel.start, begin)
    if before < 0 or text[before:begin].strip():
        return "", peel.end
    return text[begin + 1 : peel.end], begin


def _offer(peel: _Peel) -> bool:
    """``Let me know if you need anything else!`` as a last paragraph."""
    line, begin = _last_line(peel)
    said = line.strip(" \t*_()[]")
    if not said or not wording.OFFERING.match(said):
        return False
    rule = _RULE.match(peel.text, peel.start, peel.end) if peel.announced else None
    found = _NON_SPACE.search(peel.text, rule.end() if rule else peel.start, peel.end)
    if found and wording.LETTER.match(peel.text, found.start(), peel.end):
        return False
    return peel.from_end(begin)


def _count(peel: _Peel) -> bool:
    """``(48 words)`` at the end."""
    line, begin = _last_line(peel)
    if line and wording.COUNTED.fullmatch(line.strip()):
        return peel.from_end(begin)
    if not peel.kind.prose or peel.text[peel.end - 1 : peel.end] not in (")", "]", "）"):
        return False
    place = max(peel.text.rfind(mark, max(peel.start, peel.end - 40), peel.end) for mark in "([（")
    if place > peel.start and wording.COUNTED.fullmatch(peel.text, place, peel.end):
        return peel.from_end(place)
    return False


def _rule_behind(peel: _Peel) -> bool:
    if not peel.closed:
        return False
    begin = peel.text.rfind("\n", max(peel.start, peel.end - 100), peel.end)
    rule = begin >= 0 and _RULE_LINE.fullmatch(peel.text, begin + 1, peel.end)
    return bool(rule) and peel.from_end(begin)


_STEPS: tuple[Callable[[_Peel], bool], ...] = (
    _blank_edges, _thought, _announcement, _label, _offer, _count, _rule_behind, _rule_before,
    _fence, _quotes, _bold,
)  # fmt: skip
