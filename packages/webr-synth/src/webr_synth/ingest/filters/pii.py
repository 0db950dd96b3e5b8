"""Masks what points to a person or account: mail and IP addresses, phone and card numbers.

The masks are values that nobody owns: ``example.com``, and an address of RFC 5737. Names and
postal addresses are not found by patterns and stay.
"""

from __future__ import annotations

import ipaddress
import re

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

MAIL, ADDRESS, PHONE, CARD = "person@example.com", "192.0.2.1", "+1-202-555-0100", "[card number]"
# What stands before an address is bounded, and begins where a word does: linear on any text.
_MAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])")
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}(?!\d)")


def make(settings: IngestSettings) -> Filter | None:
    """The filter, if masking is asked for; it rejects nothing."""
    if not settings.mask_pii:
        return None

    def check(draft: Draft) -> str | None:
        draft.rewrite(masked(draft.text))
        return None

    return check


def masked(text: str) -> str:
    """The text with masks."""
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    text = _CARD.sub(lambda found: CARD if _is_card(found[0]) else found[0], text)
    text = _ADDRESS.sub(lambda found: ADDRESS if _is_public(found[0]) else found[0], text)
    return _PHONE.sub(lambda found: PHONE if _is_phone(found[0]) else found[0], text)


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def _is_card(text: str) -> bool:
    """Luhn's check digit fits, and the first digit is one that cards have."""
    digits = [int(mark) for mark in text if mark.isdigit()]
    if digits[0] not in (3, 4, 5, 6):
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _is_phone(text: str) -> bool:
    return 8 <= sum(mark.isdigit() for mark in text) <= 15
