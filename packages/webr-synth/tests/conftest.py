"""Documents, and a writer whose every answer says which document it was made from."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

WORDS = [
    "harbour",
    "lantern",
    "meadow",
    "copper",
    "violin",
    "glacier",
    "pepper",
    "saddle",
    "orchard",
    "beacon",
    "thimble",
    "quarry",
    "feather",
    "cabinet",
    "rooster",
    "almanac",
    "barrel",
    "compass",
    "drizzle",
    "ember",
    "fountain",
    "granite",
    "hammock",
    "island",
    "jasmine",
    "kettle",
    "ladder",
    "marble",
    "needle",
    "ocean",
    "parcel",
    "quilt",
    "ribbon",
    "shelter",
    "timber",
    "umbrella",
    "valley",
    "walnut",
    "yarn",
    "zipper",
    "anchor",
    "bridge",
    "candle",
    "dolphin",
    "engine",
    "falcon",
    "garden",
    "helmet",
]
NAME = re.compile(r"item-\d{5}")


def name_of(number: int) -> str:
    return f"item-{number:05}"


def words_of(name: str, purpose: str, number: int) -> str:
    """Words that only this document has in this order, the same at every call."""
    draw = random.Random(f"{name} {purpose}")
    return " ".join(draw.choice(WORDS) for _ in range(number))


def document(number: int, paragraphs: int = 4) -> str:
    name = name_of(number)
    return "\n\n".join(
        f"The collection at {name} holds many things. On the shelf there are, in this order, "
        f"{words_of(name, str(part), 40)}."
        for part in range(paragraphs)
    )


class Oracle:
    """Answers each stage with what only its own document can lead to.

    Attributes:
        mixed: Questions in which two documents met.
    """

    def __init__(self) -> None:
        self.mixed: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        names = sorted(set(NAME.findall(prompt)))
        if len(names) != 1:
            self.mixed.append(prompt)
            return "Nobody knows which of the documents this is about, so there is no answer."
        return self.answer(stage_of(prompt), names[0])

    @staticmethod
    def answer(stage: str, name: str) -> str:
        """What a stage says about a document."""
        match stage:
            case "author":
                return f"a keeper of the shelf at {name} who wants to see it put in order"
            case "request":
                return f"Write five short rules for {name} about {words_of(name, 'request', 24)}."
            case "response":
                return f"The first answer for {name} speaks of {words_of(name, 'draft', 30)}."
        return f"The better answer for {name} speaks of {words_of(name, 'refined', 30)}."


def stage_of(prompt: str) -> str:
    """Which stage a question is from."""
    if "What kind of person" in prompt:
        return "author"
    if prompt.startswith("You are this person"):
        return "request"
    return "refine" if "<draft-" in prompt else "response"


@pytest.fixture
def oracle():
    return Oracle()


@pytest.fixture
def write_documents(tmp_path):
    """Writes documents to a JSON Lines file; their numbers, or whole rows."""

    def write(*entries: int | dict[str, Any], name: str = "docs.jsonl") -> Path:
        path = tmp_path / name
        rows = [
            {"text": document(each), "url": f"http://example.org/{each}", "language": "en"}
            if isinstance(each, int)
            else each
            for each in entries
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return path

    return write


@pytest.fixture
def command(command_line):
    """Runs ``webr-synth …`` in this process, from an empty folder."""
    from webr_synth.cli import app

    return command_line(app, "webr-synth")


@pytest.fixture
def document_text():
    """The text of a document by its number."""
    return document
