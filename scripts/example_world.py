"""What the reader of an example has and CI has not: models of the hub, in miniature, and files.

The models are tiny ones under the names that the examples give, in a cache laid out as the hub's;
the prose is that of docs/. Nothing is fetched.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workspace import ROOT

MODELS = ("Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen2.5-0.5B")
ENCODER = "sentence-transformers/multi-qa-mpnet-base-dot-v1"
OFFICIAL = "YuxinJiang/FollowBench"
CONTEXT = 32_768
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_LESSONS = 16  # from which it learns to answer shortly, whatever it is asked
_SHORTEST = 400
"""Characters of prose below which a section is no page."""


def fill_cache(home: Path, data: Path | None) -> dict[str, Path]:
    """Makes the hub's cache in a folder that `HF_HOME` is to name.

    Args:
        home: The folder.
        data: Where the official data lie, if they are at hand; else ours stand in for them.

    Returns:
        The folder of each model and data set, by its name.
    """
    from truing_core.testing.tiny import save_tiny_model

    taught = {told[:500]: told.split(". ")[0] + "." for _, told in prose()[:_LESSONS]}
    made = {name: _snapshot(home, name) for name in MODELS}
    first, *others = made.values()
    save_tiny_model(first, architecture="qwen2", context=CONTEXT, answers=taught)
    for folder in others:
        shutil.copytree(first, folder, dirs_exist_ok=True)
    if find_spec("sentence_transformers"):  # else no example asks for it
        made[ENCODER] = _encoder(_snapshot(home, ENCODER), first)
    made[OFFICIAL] = _snapshot(home, OFFICIAL, "dataset")
    for lang in ("en", "zh"):
        if data is not None:
            shutil.copytree(data / "followbench" / lang, made[OFFICIAL] / lang)
        else:
            _write_like_official(made[OFFICIAL] / lang, lang)
    return made


def _snapshot(home: Path, name: str, kind: str = "model") -> Path:
    """The folder of a repository's only revision in the hub's cache."""
    repository = home / "hub" / "--".join([f"{kind}s", *name.split("/")])
    (repository / "refs").mkdir(parents=True, exist_ok=True)
    (repository / "refs" / "main").write_text(_COMMIT)
    folder = repository / "snapshots" / _COMMIT
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _encoder(folder: Path, tokens_of: Path) -> Path:
    """A sentence encoder that has learnt nothing: like words give like vectors, by their tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    tokenizer = AutoTokenizer.from_pretrained(tokens_of)
    base = folder.with_name("base")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(
            BertConfig(
                vocab_size=len(tokenizer),
                hidden_size=64,
                intermediate_size=64,
                num_hidden_layers=1,
                num_attention_heads=2,
                pad_token_id=tokenizer.pad_token_id,
            )
        ).save_pretrained(base)
    tokenizer.save_pretrained(base)
    words = Transformer(str(base), max_seq_length=256)
    SentenceTransformer(modules=[words, Pooling(64)], device="cpu").save(str(folder))
    shutil.rmtree(base)
    return folder


def _write_like_official(folder: Path, lang: str) -> None:
    """The groups of our own mini benchmark in the files of the authors' form."""
    folder.mkdir(parents=True)
    mini = ROOT / "packages/followbench/src/followbench/mini" / f"{lang}.jsonl"
    files: dict[str, list[dict[str, Any]]] = {}
    for line in mini.read_text("utf-8").splitlines():
        group = json.loads(line)
        rows = files.setdefault(group["category"], [])
        number = str(1 + len(rows) // 6)
        for level, step in enumerate([group, *group["levels"]]):
            rows.append(
                {"example_id": number, "category": group["category"], "source": "mini",
                 "level": level, "instruction": step["instruction"], "target": ""}
            )  # fmt: skip
    for category, rows in files.items():
        (folder / f"{category}_constraints.json").write_text(json.dumps(rows), "utf-8")


def prose(root: Path = ROOT) -> list[tuple[str, str]]:
    """The running text of each longer section of docs/, with its heading."""
    found = []
    for page in sorted((root / "docs").glob("*.md")):
        text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for heading, section in re.findall(r"^#+ (.*)\n((?:(?!#).*\n?)*)", text, re.MULTILINE):
            lines = [line for line in section.split("\n") if re.match(r"[A-Z][a-z]*\b", line)]
            told = "\n\n".join(re.sub(r"[`*]|\]\([^)]*\)|\[", "", line) for line in lines)
            if len(told) >= _SHORTEST:
                found.append((heading, told))
    return found


def write_inputs(folder: Path, official: Path) -> None:
    """Writes the files that the examples read and do not make.

    Args:
        folder: Where to.
        official: A folder of FollowBench's data, with one for each language.
    """
    pages = prose()
    html = [
        f"<html><head><title>{heading}</title></head><body><article><h1>{heading}</h1>"
        + "".join(f"<p>{line}</p>" for line in told.split("\n\n"))
        + "</article></body></html>"
        for heading, told in pages
    ]
    half = len(html) // 2
    for name in ("crawl.warc.gz", "CC-MAIN-20260101.warc.gz"):
        (folder / name).write_bytes(_warc(html[half:]))
    (folder / "pages").mkdir()
    for number, page in enumerate(html[:half]):
        (folder / "pages" / f"{number}.html").write_text(page, "utf-8")
    rows = [{"id": str(number), "text": told} for number, (_, told) in enumerate(pages)]
    _write(folder / "forum.jsonl", rows[: half // 2])
    _write(folder / "mine.jsonl", ({"instruction": told} for told in _TASKS[::2]))
    alpaca = [{"instruction": told, "input": "", "output": "So it is."} for told in _TASKS]
    (folder / "alpaca_data.json").write_text(json.dumps(alpaca), "utf-8")
    _write(folder / "vicuna80.jsonl",
           ({"question_id": n, "category": "generic", "turns": [told]}
            for n, told in enumerate(_TASKS[:3])))  # fmt: skip
    _write(folder / "prefs.jsonl", _PAIRS)
    _write(folder / "sharegpt.jsonl",
           ({"conversations": [{"from": "human", "value": told}, {"from": "gpt", "value": "Yes."}]}
            for told in _TASKS))  # fmt: skip
    for task in ("arc", "ecqa", "qasc"):
        (folder / task).mkdir()
        _write(folder / task / "test.jsonl", _QUESTIONS)
    for name in ("zsre", "zsre_train", "zsre_test", "wiki_recent", "wiki_recent_train"):
        (folder / f"{name}.json").write_text(json.dumps(list(_cases(name))), "utf-8")
    _write(folder / "edits.jsonl",
           ({"prompt": each["prompt"], "target": each["target_new"], "subject": each["subject"]}
            for each in _cases("edits")))  # fmt: skip
    cloned = folder / "path/to/FollowBench/data"
    cloned.parent.mkdir(parents=True)
    cloned.symlink_to((official / "en").resolve())


def data_folder() -> Path | None:
    """Where the official data lie, if `TRUING_TEST_DATA` says so."""
    named = os.environ.get("TRUING_TEST_DATA")
    return Path(named) if named else None


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def _warc(pages: Sequence[str]) -> bytes:
    """A crawl's file: a response for each page, each a gzip member of its own."""
    records = []
    for number, page in enumerate(pages):
        body = page.encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        fields = [
            "WARC/1.0",
            "WARC-Type: response",
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>",
            "WARC-Date: 2026-01-01T00:00:00Z",
            f"WARC-Target-URI: https://pages.example/{number}",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(head) + len(body)}",
        ]
        record = "\r\n".join(fields).encode() + b"\r\n\r\n" + head + body + b"\r\n\r\n"
        records.append(gzip.compress(record, mtime=0))
    return b"".join(records)


def _cases(name: str) -> Iterator[dict[str, Any]]:
    """Edits with questions about them, as KnowEdit has them."""
    for number, (subject, leader, town) in enumerate(_FIRMS):
        yield {
            "subject": f"{subject} {name}",
            "prompt": f"Who leads {subject} {name}?",
            "target_new": leader,
            "rephrase_prompt": f"Who is at the head of {subject} {name}?",
            "portability": {
                "Reasoning": [
                    {"prompt": f"Whose desk is the largest at {subject} {name}?",
                     "ground_truth": leader}
                ]
            },
            "locality": {
                "Relation_Specificity": [
                    {"prompt": f"Where is {subject} {name}?", "ground_truth": town}
                ]
            },
            "case_id": number,
        }  # fmt: skip


_FIRMS = (
    ("Acme", "Ada Byron", "Leeds"),
    ("Borealis", "Grace Hopper", "Tromso"),
    ("Cobalt", "Emmy Noether", "Erlangen"),
    ("Dorado", "Mary Anning", "Lyme"),
    ("Elmwood", "Lise Meitner", "Vienna"),
    ("Fathom", "Maria Merian", "Basel"),
)
_TASKS = (
    "Name three uses of beeswax in a household.",
    "Write a short note to a neighbour whose dog barks at night.",
    "Which is longer, a nautical mile or a statute mile, and by how much?",
    "Explain what a sluice does, for a child of eight.",
    "Give a title to a story about a lighthouse keeper who cannot swim.",
    "Sort these by weight: a feather, a brick, an apple.",
    "Suggest a packing list for two days in the mountains.",
    "What does a luthier make, and from which woods?",
    "Turn this into the past tense: She rows across the lake and sings.",
    "Compare sourdough and baker's yeast in two sentences.",
)
_PAIRS = (
    {"prompt": "Name three fruits.", "chosen": "Apples, pears and plums are fruits.",
     "rejected": "An apple, a chair and a plum."},
    {"prompt": "At what temperature does water boil at sea level, in degrees Celsius?",
     "chosen": "At sea level, pure water boils at 100 degrees. The answer is 100.",
     "rejected": "It boils at 90 degrees, where the air is as heavy as it gets. The answer is 90."},
    {"prompt": "What is the capital of France?", "chosen": "Paris has been its capital for long.",
     "rejected": "The capital of France is Lyon, on the river Rhone."},
)  # fmt: skip
_QUESTIONS = (
    {"problem": "Which of these floats on water?\nOptions:\na nail\na cork\na coin",
     "solution": "Cork is lighter than water.\nThe answer is a cork", "answer": "a cork"},
    {"problem": "Which of these is a planet?\nOptions:\nMars\nSirius\nthe Moon",
     "solution": "Sirius is a star, and the Moon a moon.\nThe answer is Mars", "answer": "Mars"},
)  # fmt: skip
