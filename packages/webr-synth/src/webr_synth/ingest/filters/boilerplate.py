"""The furniture of a page: lines around the text, and pages that are nothing else.

Lines such as "Skip to content" or a cookie notice are cut where they stand first or last. Whole
pages go by two of FineWeb's rules (Penedo et al., 2024): few lines that end a sentence, or mostly
short lines, which is what menus, tag clouds and listings look like.
"""

from __future__ import annotations

import re

from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

FEWEST_ENDED = 0.12
MOST_SHORT = 0.67
SHORT = 30
_FEW_LINES = 6
_EDGE = 8
_LONGEST_FURNITURE = 240
_ENDS = (
    ".",
    "!",
    "?",
    '"',
    "'",
    "”",
    "’",
    "…",
    ":",
    ";",
    ")",
    "。",
    "！",
    "？",
    "」",
    "』",
    "؟",
    "।",
    "۔",
)
_FURNITURE = re.compile(
    r"""^\W*(?:
        skip\ to\ (?:main\ )?content | back\ to\ top | toggle\ navigation | menu | search
      | (?:share|tweet|pin|print|email)(?:\ (?:this|on|via|it)\b.{0,40})?
      | (?:follow|like|find)\ us\ on\b.{0,60}
      | (?:sign|log)\ ?(?:in|up|out)(?:\ (?:to|for|with)\b.{0,60})? | register | subscribe(?:\ now)?
      | (?:subscribe\ to|join)\ our\ (?:newsletter|mailing\ list)\b.{0,80}
      | (?:copyright|©|\(c\)).{0,120}
      | .{0,80}\ball\ rights\ reserved\W{0,3}
      | (?:privacy|cookie)\ (?:policy|settings|notice)
      | terms\ (?:of\ (?:use|service)|and\ conditions)
      | (?:we|this\ (?:web)?site)\ uses?\ cookies\b.{0,200}
      | by\ (?:continuing|using)\b.{0,60}\b(?:agree|accept|consent|cookies)\b.{0,120}
      | accept\ (?:all\ )?cookies | (?:previous|next)(?:\ (?:post|page|article))?
      | (?:read|learn|show|see)\ more | related\ (?:posts|articles|stories) | advertisement
      | (?:please\ )?enable\ javascript\b.{0,120} | \d+\ (?:comments?|shares?|likes?)
    )\W*$""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip


def make(settings: IngestSettings) -> Filter:
    """The filter."""
    return check


def check(draft: Draft) -> str | None:
    """Cuts furniture at both ends; rejects a page of which nothing is left or that is a menu."""
    draft.rewrite(without_furniture(draft.text))
    if not draft.text:
        return "nothing but boilerplate"
    lines = [line for line in draft.text.split("\n") if line]
    if len(lines) < _FEW_LINES:
        return None
    if sum(line.endswith(_ENDS) for line in lines) <= FEWEST_ENDED * len(lines):
        return "lines without an end"
    short = SHORT // 3 if draft.unspaced else SHORT
    if sum(len(line) < short for line in lines) >= MOST_SHORT * len(lines):
        return "short lines"
    return None


def without_furniture(text: str) -> str:
    """The text without the furniture among its first and its last lines."""
    lines = text.split("\n")
    head, tail = lines[:_EDGE], lines[_EDGE:][-_EDGE:]
    middle = lines[_EDGE : len(lines) - len(tail)]
    kept = [*filter(_is_content, head), *middle, *filter(_is_content, tail)]
    return "\n".join(kept).strip() if len(kept) < len(lines) else text


def _is_content(line: str) -> bool:
    return len(line) > _LONGEST_FURNITURE or not _FURNITURE.match(line)
