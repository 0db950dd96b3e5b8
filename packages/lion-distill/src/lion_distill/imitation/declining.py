"""Answers that decline what was asked, told from texts that decline because that was asked.

"Unfortunately, we cannot offer a refund" is a refusal where a fact was asked for, and the very
thing where a letter was. So the instruction is looked at, too; not where an answer speaks of
itself as a machine, or of the request.
"""

from __future__ import annotations

import re

from truing_core.refusals import is_refusal

_HEAD = 400
_I = re.IGNORECASE
_CANNOT = (
    r"(?:can\s?not|can['’]?t|could(?: not|n['’]t)|won['’]t|will not|(?:am|['’]m|are|['’]re) "
    r"(?:not able|unable) to)"
)
_MACHINE = re.compile(
    r"\bas an? (?:ai|artificial|assistant|(?:large )?language model)\b|\blanguage model\b"
    r"|\b(?:safety|content|ethical|usage) (?:polic(?:y|ies)|guidelines)\b"
    r"|\bmy (?:programming|training|guidelines)\b",
    _I,
)
_OF_REQUEST = re.compile(
    rf"\bI\s*{_CANNOT}\s+(?:\w+ly )?(?:(?:assist|help)(?: you)? with (?:that|this|your|the)\b"
    r"|comply|fulfil\w*|(?:answer|process|respond to|support|engage (?:in|with)) (?:that|this"
    r"|your)\b"
    r"|(?:do|continue with) (?:that|this)\b)"
    r"|\b(?:this|that|the|your) (?:prompt|instruction)\b",
    _I,
)
_OF_ASSISTANTS = re.compile(
    rf"\bI\s*{_CANNOT}\s+(?:\w+ly )?(?:assist|help|provide|create|generate|produce|write|rewrite"
    r"|translate|summari[sz]e|share|discuss|access(?! (?:my|our)\b)|browse|answer|offer)\b",
    _I,
)
_TO_DECLINE = re.compile(
    r"\b(?:declin\w*|refus\w*|reject\w*|apolog\w*|sorry|excuses?|say(?:s|ing)? no|regret\w*"
    r"|turn(?:s|ed|ing)? (?:\w+ ){0,3}?down|cancel\w*|bad news)\b",
    _I,
)
_TEXT_ASKED_FOR = re.compile(
    r"\b(?:write|compose|draft|reply|respond|e-?mail|letter|message|memo|text (?:to|a|my|your)"
    r"|tweet|post|dialogue|conversation|script|scene|role[- ]?play|pretend|sentences?|translate"
    r"|rewrite|rephrase|paraphrase)\b",
    _I,
)


def declines(answer: str, instruction: str) -> bool:
    """Whether an answer as a whole declines its instruction.

    Args:
        answer: What was said.
        instruction: What was asked for, with its input.
    """
    if not is_refusal(answer):
        return False
    head = answer[:_HEAD]
    if _MACHINE.search(head) or _OF_REQUEST.search(head):
        return True
    if _TO_DECLINE.search(instruction):
        return False
    return bool(_OF_ASSISTANTS.search(head)) or not _TEXT_ASKED_FOR.search(instruction)
