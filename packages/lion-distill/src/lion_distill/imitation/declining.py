"""Answers that decline what was asked, told from texts that decline because that was asked.

"Unfortunately, we cannot offer a refund" is a refusal where a fact was asked for, and the very
thing where a letter was. A refusal that is imitated does more harm than a letter that is left out,
so the letter has to be plain: a person who declines a thing, in English, where somebody's words
were asked for.
"""

from __future__ import annotations

import re

from truing_core.refusals import is_refusal

_HEAD = 400
_I = re.IGNORECASE
_WORDS_ASKED_FOR = re.compile(
    r"\b(?:write to|reply|respond|e-?mail|letter|message|memo|text (?:to|a|my|your)|tweet"
    r"|post|dialogue|conversation|script|scene|role[- ]?play|pretend|sentences?|translate|rewrite"
    r"|rephrase|paraphrase|declin\w*|refus\w*|reject\w*|apolog\w*|sorry|excuses?|say(?:s|ing)? no"
    r"|regret\w*|turn(?:s|ed|ing)? (?:\w+ ){0,3}?down|cancel\w*|bad news)\b",
    _I,
)
_A_PERSON_CANNOT = re.compile(
    r"[\W_]*(?:(?:(?:(?:I['’]?m|I am|we are|we['’]re) )?(?:\w+ )?sorry"
    r"|(?:my )?apologies|I apologi[sz]e|I regret|unfortunately)\W*(?:(?:but|that)\W+)?)?"
    r"(?:I|we)\s*(?:can\s?not|can['’]?t|could(?: not|n['’]t)|won['’]t|will not"
    r"|(?:am|['’]m) (?:not able|unable) to)(?: be able to)? (?:\w+ly )?"
    r"(?:access (?:my|our)|(?:offer|share|accommodate|honou?r) (?:you )?"
    r"(?:an?|any|the|my|our|your)) (?P<thing>[^.!?\n]+)",
    _I,
)
_WHAT_MACHINES_GIVE = re.compile(
    r"\b(?:address(?:es)?|advice|answers?|articles?|assistance|code|comments?|confidential|content"
    r"|data|descriptions?|details|diagnos[ie]s|dialogues?|essays?|examples?|experiences?"
    r"|explanations?|feelings|guid(?:e|es|ance)|help|information|insights?|instructions?|jokes?"
    r"|justifications?|links?|lists?|lyrics|methods?|names?|numbers?|opinions?|paragraphs?"
    r"|passwords?|personal|perspectives?|poems?|predictions?|private|quotes?|recipes?"
    r"|recommendations?|repl(?:y|ies)|responses?|scripts?|solutions?|songs?|specifics|stor(?:y|ies)"
    r"|suggestions?|summar(?:y|ies)|support|texts?|thoughts|tips?|tools?|translations?|views?"
    r"|ways?)\b",
    _I,
)
_OF_ITSELF = re.compile(
    r"\b(?:an? (?:\w+ )?(?:ai|artificial intelligence|assistant|(?:chat)?bot)|language model)\b"
    r"|\b(?:safety|content|ethical|usage) (?:polic(?:y|ies)|guidelines)\b"
    r"|\bmy (?:programming|training|guidelines|values)\b"
    r"|\b(?:this|that|the|your|such an?) (?:\w+ )?(?:request|prompt|instruction|task|question)s?\b"
    r"|\bI\s*(?:can\s?not|can['’]?t|won['’]t) (?:assist|help|comply|do (?:it|that|this))\b",
    _I,
)


def declines(answer: str, instruction: str) -> bool:
    """Whether an answer as a whole declines its instruction.

    What looks like a refusal is none only if the instruction asks for somebody's words, and the
    answer says in English that a person cannot offer, share or reach a thing; not where it speaks
    of itself as a machine or of the request, or where the thing is what assistants give.

    Args:
        answer: What was said.
        instruction: What was asked for, without its input, whose words ask for nothing.
    """
    if not is_refusal(answer):
        return False
    said = _A_PERSON_CANNOT.match(answer)
    if said is None or not _WORDS_ASKED_FOR.search(instruction):
        return True
    return bool(_WHAT_MACHINES_GIVE.search(said["thing"]) or _OF_ITSELF.search(answer[:_HEAD]))
