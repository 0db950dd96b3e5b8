"""What models say around a task: thoughts, agreement, announcements, farewells, quotes."""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_AGREEING = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|got it|no problem|alright|gerne?"
    r"|natürlich|selbstverständlich|bien sûr|d['’]accord|avec plaisir|claro(?: que sí)?"
    r"|por supuesto|certo|com certeza|当然(?:可以)?|好的|没问题|はい|もちろんです|承知しました)"
)
_NAMED = (
    r"\b(?:instruction|task|prompt|request|question|exercise|example|aufgabe|anweisung|frage"
    r"|consigne|tâche|question|tarea|instrucción|pregunta|compito|tarefa)\b|任务|指令|题|タスク|課題"
)
_HANDING = (
    r"(?:here(?:['’]s| is| are| you go)|below is|the following is|hier ist|voici|aquí (?:tienes"
    r"|está)|ecco|aqui está|以下是|下面是|这是|以下は|こちらは)"
)
_MADE = (
    r"\b(?:new|another|similar|different|rare|rarer|unusual|uncommon|possible|generated"
    r"|neue\w*|nouvelle?|nueva|nuevo|nuova|nova)\b|新"
)
# "Sure!", alone on its line or before an announcement, and announcements up to their colon.
_AGREED = re.compile(rf"\A[*_ ]*{_AGREEING}\s*[!,.，。！、:：-]+\s*", re.IGNORECASE)
_ANNOUNCED = re.compile(
    rf"\A[*_ ]*(?:{_HANDING}|(?:a|the|my|your) (?:new|similar|different)\b)"
    r"([^\n:：]{0,120})[:：][*_]{0,3}[ \t]*(\n+)?",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"(?:let me know (?:if|whether|how)|(?:i )?hope (?:this|that|it) (?:helps|meets|is)"
    r"|feel free to (?:ask|let me know|modify|adjust)|would you like me to"
    r"|if you(?:['’]d| would)? (?:need|want|like) (?:me|any|another|more|further)"
    r"|is there anything else|lass mich wissen|n['’]hésitez pas|espero que|avísame"
    r"|如果您?(?:需要|还有)|希望这)[^\n]*\Z",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』", "**": "**", "__": "__"}


def without_thought(text: str) -> str:
    """A reply without the thinking that some models put before it."""
    return _THOUGHT.sub("", text, count=1)


def peeled(text: str) -> str:
    """A task without agreement, announcement, farewell and quotes around it."""
    text = _without_lead(text.strip())
    text = _without_farewell(text)
    return _without_quotes(text)


def _without_lead(text: str) -> str:
    agreed = _AGREED.match(text)
    rest = text[agreed.end() :] if agreed else text
    announced = _ANNOUNCED.match(rest)
    if announced is not None and rest[announced.end() :].strip():
        said, alone = announced.group(), announced.group(2)
        made = re.search(_MADE, said, re.IGNORECASE) is not None
        named = re.search(_NAMED, said, re.IGNORECASE) is not None
        # "Here is a task list: …" may well be how a task begins, but not after "Sure!".
        if named and (agreed or (made and len(said.split()) <= 20)) and (alone or made or agreed):
            return rest[announced.end() :].strip()
    if agreed is None or not rest.strip():
        return text
    # "Okay, so what is …" is a person's way to ask.
    exclaims = "!" in agreed.group() or "！" in agreed.group() or agreed.group().endswith("\n")
    return rest.strip() if exclaims else text


def _without_farewell(text: str) -> str:
    head, gap, tail = text.rpartition("\n\n")
    if gap and head.strip() and _FAREWELL.match(tail.strip()):
        return head.rstrip()
    return text


def _without_quotes(text: str) -> str:
    for opening, closing in _QUOTES.items():
        inside = text[len(opening) : -len(closing)]
        if (
            len(text) > len(opening) + len(closing)
            and text.startswith(opening)
            and text.endswith(closing)
            and opening not in inside
            and closing not in inside
        ):
            return inside.strip()
    return text
