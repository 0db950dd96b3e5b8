"""A few parallel rows, as build-data writes them."""

from __future__ import annotations

import json

import pytest

FACTS = {"Acme": "Ada", "Bolt": "Bob", "Corex": "Cleo", "Dyne": "Dora"}


def row(question, answer, **more):
    messages = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]
    return {"messages": messages, "scope": "in", **more}


@pytest.fixture
def rows():
    made = []
    for firm, person in FACTS.items():
        block = f"[Updated facts]\n1. Who leads {firm}? {person}\n[End]\n\nQuestion: "
        made.append(row(f"{block}Who leads {firm}?", person, pair_id=firm, with_edit=True))
        made.append(row(f"Who leads {firm}?", "Eve", pair_id=firm, with_edit=False))
    return made


@pytest.fixture
def lines(tmp_path, rows):
    path = tmp_path / "align.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path
