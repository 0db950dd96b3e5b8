"""Under which licence each installed distribution is, by its own metadata."""

from __future__ import annotations

import email.message
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution
from typing import cast

_NOT_STATED = "not stated"
_TROVE = "License :: "
_LONGEST_NAME = 60  # what is longer in the old field License is the licence's text
# Words that tell the usual texts apart, longest licence first.
_TEXTS = {
    "Apache-2.0": ("Apache License", "Version 2.0"),
    "MPL-2.0": ("Mozilla Public License", "2.0"),
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "Neither the name"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms",),
    "MIT": ("Permission is hereby granted, free of charge",),
}


@dataclass(frozen=True, order=True)
class Licence:
    """A distribution's licence: as declared, or told from its text."""

    name: str
    version: str
    licence: str
    from_text: bool = False

    @property
    def known(self) -> bool:
        return self.licence != _NOT_STATED


def licence_of(distribution: Distribution) -> Licence:
    """The licence: the expression, else classifiers, else the old field, else by its text."""
    metadata = cast("email.message.Message", distribution.metadata)
    name, version = str(metadata["Name"]), distribution.version
    if expression := metadata["License-Expression"]:
        return Licence(name, version, expression)
    classifiers = metadata.get_all("Classifier", [])
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith(_TROVE)]
    # "OSI Approved" alone says which licence no more than silence does.
    if named := [each for each in named if each != "OSI Approved"]:
        return Licence(name, version, "; ".join(named))
    field = (metadata["License"] or "").strip()
    if field and field != "UNKNOWN" and len(field) <= _LONGEST_NAME and "\n" not in field:
        return Licence(name, version, field)
    # Several texts of several licences: which one holds for what, they do not say here.
    tellings = {licence_of_text(text) for text in (field, *_texts(distribution)) if text}
    told = tellings.pop() if len(tellings) == 1 else None
    return Licence(name, version, told or _NOT_STATED, from_text=told is not None)


def licence_of_text(text: str) -> str | None:
    """The SPDX id of a usual licence text, or None."""
    flat = " ".join(text.split())
    for identifier, words in _TEXTS.items():
        if all(word in flat for word in words):
            return identifier
    return None


def report(title: str, licences: Iterable[Licence]) -> str:
    """A Markdown page: how many there are of each, and each distribution's."""
    rows = sorted(licences, key=lambda each: each.name.lower())
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.licence] = counts.get(row.licence, 0) + 1
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(
        [
            f"# Licences of {title}",
            "",
            f"What `pip install {title}` brings, {len(rows)} distributions, by their own metadata.",
            "",
            "| licence | distributions |",
            "|---|---|",
            *(f"| {_cell(licence)} | {count} |" for licence, count in most),
            "",
            "| distribution | version | licence |",
            "|---|---|---|",
            *(
                f"| {row.name} | {row.version} | {_cell(row.licence)}"
                f"{' (told from its text)' if row.from_text else ''} |"
                for row in rows
            ),
            "",
        ]
    )


def _texts(distribution: Distribution) -> list[str]:
    """The licence files that lie in its .dist-info."""
    return [
        text
        for file in distribution.files or []
        if ".dist-info" in file.parts[0] and file.name.upper().startswith(("LICEN", "COPYING"))
        for text in [distribution.read_text("/".join(file.parts[1:]))]
        if text
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
