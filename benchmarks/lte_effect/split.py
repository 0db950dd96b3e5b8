"""Which edits train and which test: no subject is in both.

ZsRE and the test half of WikiBio are only tested on. Of wiki_counterfact and wiki_recent a part is
held out by subject. What shares its subject with anything that is tested is not trained on.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lte_edit.edits import fold

TRAINED = ("wiki_counterfact_train", "wiki_recent_train", "wikibio_train")
TESTED = ("zsre_test", "wikibio_test")
HELD_OUT = {"wiki_counterfact_train": 6, "wiki_recent_train": 5}  # one in so many subjects
SEED_TASKS = Path("lion") / "seed_tasks.jsonl"


def subject_of(row: dict[str, Any]) -> str:
    return fold(str(row.get("subject") or row["concept"]))


def is_held_out(name: str, row: dict[str, Any]) -> bool:
    """The same for a subject on every machine."""
    share = HELD_OUT.get(name)
    return share is not None and zlib.crc32(subject_of(row).encode()) % share == 0


def split(data: Path, folder: Path) -> dict[str, dict[str, int]]:
    """Writes ``train/`` and ``test/`` below a folder, and general instructions beside them.

    Args:
        data: The folder of real data, with ``knowedit/``.
        folder: Where to.

    Returns:
        How many rows each file got, by part.
    """
    rows = {
        name: json.loads((data / "knowedit" / f"{name}.json").read_text("utf-8"))
        for name in (*TRAINED, *TESTED)
    }
    tested = {name: rows[name] for name in TESTED}
    for name in HELD_OUT:
        tested[name.replace("_train", "_heldout")] = [
            row for row in rows[name] if is_held_out(name, row)
        ]
    taken = {subject_of(row) for part in tested.values() for row in part}
    trained = {
        name: [row for row in rows[name] if subject_of(row) not in taken] for name in TRAINED
    }
    for part, files in (("train", trained), ("test", tested)):
        for name, content in files.items():
            _write(folder / part / f"{name}.json", json.dumps(content, ensure_ascii=False))
    lines = (data / SEED_TASKS).read_text("utf-8").splitlines()
    _write(folder / "instructions.jsonl", "\n".join(_conversations(map(json.loads, lines))))
    return {
        part: {name: len(content) for name, content in files.items()}
        for part, files in (("train", trained), ("test", tested))
    }


def _conversations(tasks: Iterable[dict[str, Any]]) -> Iterable[str]:
    for task in tasks:
        for instance in task["instances"][:1]:
            asked = "\n\n".join(filter(None, (task["instruction"], instance["input"])))
            messages = [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": instance["output"]},
            ]
            yield json.dumps({"messages": messages}, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", "utf-8")
