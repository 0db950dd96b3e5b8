"""A server in place of the models that the examples ask: it answers each role of each tool.

python scripts/example_answers.py      # prints its address, then serves until it is ended

Which role is asked is told by the question. Answers are made from its words, the same for the same
question (but new tasks are new each time): plausible in form, worth nothing in content.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from random import Random
from typing import Any

MENDED = {
    "a chair": "a pear",
    "12 + 34 = 56, and 56 + 56 = 112": "12 + 34 = 46, and 46 + 56 = 102",
    "answer is 112": "answer is 102",
    "It boils at 90 degrees": "It boils at 100 degrees",
    "The answer is 90": "The answer is 100",
    "is Lyon": "is Paris",
}
"""What the editor changes in a weak answer; it leaves any other as it is."""

_words = str.split
_number = itertools.count()
_COMMON = set(
    _words(
        "about above after again also another because been before being between both could "
        "does each every from give have here into itself just made make many more most much need "
        "only other over same should some such than that their them then there these they this "
        "those through under until very want well were what when where which while with would your"
    )
)
_FIELDS = _words(
    "baking sailing carpentry beekeeping weaving astronomy plumbing botany bookbinding"
)
_TASKS = (
    "Explain to a {who} how {field} copes with {x} and {y}.",
    "List six {x} mistakes in {field} that a {who} makes, and how {y} prevents them.",
    "Plan a {y} weekend for a {who} who has never tried {field} but likes {x}.",
    "Compare {x} with {y} from the view of {field}, in a table for a {who}.",
    "Turn the words {x}, {y} and {field} into a riddle that a {who} would enjoy.",
    "A {who} asks whether {field} needs {x} at all. Argue for {y} instead.",
)
_WHO = _words("beginner teacher farmer nurse grandmother student mechanic tourist clerk")
_THINGS = _words(
    "patience moisture rope daylight copper salt rhythm gravity pressure thread silence heat "
    "sawdust honey geometry timing varnish magnets erosion yeast balance glue tides rust"
)


def reply(body: Mapping[str, Any]) -> str:
    """The answer to a chat request, by the role it is for."""
    first, last = body["messages"][0]["content"], body["messages"][-1]["content"]
    draw = Random(sha256(last.encode()).digest())
    if "<weak-answer-" in first:
        return _mended(first)
    if "<answer-1-" in last:
        return _rated(last)
    if '"instruction"' in last and "one JSON object" in last:
        return _new_task(Random(next(_number)))
    if asked := re.search(r"exactly (\d+) words?\b", last):
        return _judged(int(asked[1]), draw, as_json="response_format" in body)
    if "What kind of person would turn" in last:
        one, other = _subjects(_between("document", last), 2)
        return f"A careful reader who works with {one} and wants to understand {other} better."
    if last.startswith("You are this person"):
        return _request(last)
    if "<draft-" in last:
        one, other, third = _subjects(_between("document", last), 3)
        draft = _between("draft", last)
        return (
            f"{draft}\n\nBeyond that, mind {one} and {other}; they decide more than {third} does."
        )
    if facts := re.search(r"^1\. (.+)$\n(?:.*\n)*?\[End of updated facts\]", last, re.MULTILINE):
        return facts[1]
    return _plain(last, draw)


def _mended(question: str) -> str:
    [mark] = set(re.findall(r"<weak-answer-(\w+)>", question))
    weak = mended = _between("weak-answer", question)
    for wrong, right in MENDED.items():
        mended = mended.replace(wrong, right)
    if mended == weak:
        return f"<no-change-{mark}/>"
    return f"<mended-{mark}>\n{mended}\n</mended-{mark}>"


def _rated(question: str) -> str:
    """Longer answers are the better ones, where the task is one that tells them apart."""
    task = _between("task", question)
    same = sha256(task.encode()).digest()[0] % 3 == 0
    lengths = [len(_between(f"answer-{n}", question).split()) for n in (1, 2)]
    one, two = (8.0 if same or length > 30 else 4.0 for length in lengths)
    scores = json.dumps({"score_1": one, "score_2": two})
    return f"Both keep to the subject; what tells them apart is how much they say.\n{scores}"


def _new_task(draw: Random) -> str:
    x, y = draw.sample(_THINGS, 2)
    form, field, who = draw.choice(_TASKS), draw.choice(_FIELDS), draw.choice(_WHO)
    return json.dumps({"instruction": form.format(x=x, y=y, field=field, who=who), "input": ""})


def _judged(count: int, draw: Random, *, as_json: bool) -> str:
    verdicts = [draw.choice(("YES", "YES", "YES", "NO")) for _ in range(count)]
    reasons = [f"Constraint {n}: the answer was read for it." for n in range(1, count + 1)]
    if as_json:
        return json.dumps({"reasons": reasons, "verdicts": verdicts})
    return "\n".join([*reasons, f"[{', '.join(verdicts)}]"])


def _request(question: str) -> str:
    one, other, third = _subjects(_between("document", question), 3)
    if "never speaks of a document" in question:
        return (
            f"What does somebody have to know about {one} who has so far only heard of {other}? "
            f"Take three short paragraphs, and bring in {third}."
        )
    return (
        f"Make five short points of this, for a newsletter about {one}; keep {other}, drop {third}."
    )


def _plain(question: str, draw: Random) -> str:
    one, other, third = _subjects(question, 3)
    opening = draw.choice(("It depends on", "Begin with", "The heart of it is", "Look first at"))
    return (
        f"{opening} {one}. Once that is clear, {other} follows, and most mistakes come from "
        f"taking the two for one. Give {third} some thought as well: it is easily left for later, "
        "and then it takes twice as long."
    )


def _subjects(text: str, count: int) -> list[str]:
    """The longest uncommon words of a text, or others where it has too few."""
    words = {word.lower() for word in re.findall(r"[A-Za-z]{4,}", text)} - _COMMON
    found = sorted(words, key=lambda word: (-len(word), word))[: 4 * count]
    Random(sha256(text.encode()).digest()).shuffle(found)
    return [*found, *_THINGS][:count]


def _between(tag: str, text: str) -> str:
    """What stands between the last pair of these tags."""
    return re.findall(rf"<{tag}-(\w+)>\n(.*?)\n</{tag}-\1>", text, re.DOTALL)[-1][1]


if __name__ == "__main__":
    from truing_core.testing.server import ChatServer

    ChatServer(reply).run()
