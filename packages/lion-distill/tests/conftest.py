"""What the tests share."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from truing_core.run import JOURNAL
from truing_core.terminal import setup_logging

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture(autouse=True)
def talkative() -> None:
    """A command that was called with ``-q`` silences no test after it."""
    setup_logging(0)


@pytest.fixture
def journaled() -> Callable[[Path], list[str]]:
    """The ids of the requests whose replies a run folder's journal holds."""

    def ids(folder: Path) -> list[str]:
        with closing(sqlite3.connect(folder / JOURNAL)) as journal:
            return [name for (name,) in journal.execute("SELECT id FROM reply")]

    return ids


def _write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


SUBJECTS = {
    "sums": "Add {a} and {b}, then take away {c}.",
    "letters": "Write the word that is left when every {c}th letter of {w} is taken out.",
    "letter writing": "Write a short letter to {w}, who has missed {a} appointments this year.",
    "code": "Write a Python function that returns the {c} largest of {a} numbers.",
    "advice": "Someone from {w} has {a} days for a journey of {b} miles. What should they know?",
}
PLACES = ("Harbour", "Lantern", "Meadow", "Copper", "Violin", "Glacier", "Orchard", "Quarry")


def invented_instruction(name: str, draw: random.Random) -> str:
    """A task that nobody else has in these words."""
    form = draw.choice(list(SUBJECTS.values()))
    text = form.format(
        a=draw.randint(3, 99), b=draw.randint(100, 999), c=draw.randint(2, 9), w=draw.choice(PLACES)
    )
    return f"{text} (task {name})"


def write_invented_run(root: Path, *, rounds: int = 3, seeds: int = 120, new: int = 80) -> Path:
    """A run folder as the loop leaves it while its last iteration is under way.

    In all iterations but the last everything is done; in the last one the student is trained.
    Scores get closer to the teacher's from one to the next. Some texts hold HTML.
    """
    draw = random.Random("invented")
    root.mkdir(parents=True, exist_ok=True)
    pool: list[dict[str, Any]] = [
        {"id": f"s{n:03}", "instruction": invented_instruction(f"s{n:03}", draw), "kind": "seed"}
        for n in range(seeds)
    ]
    pool[0]["instruction"] = "What does <script>alert('hi')</script> do in a page & why?"
    _write_rows(root / "seeds.jsonl", pool)
    train, stages = list(pool), {}
    for k in range(rounds):
        at, last = root / f"iteration-{k}", k == rounds - 1
        _write_rows(
            at / "responses.jsonl",
            (
                {"id": row["id"], "messages": [{"role": "user", "content": row["instruction"]},
                                               {"role": "assistant", "content": "So it is."}]}
                for row in train
            ),
        )  # fmt: skip
        losses = [[step, 2.4 / (1 + 0.1 * step) + 0.4 - 0.1 * k] for step in range(1, 31)]
        (at / "student").mkdir()
        if not last:
            (at / "student" / "lion_run.json").write_text(json.dumps({"losses": losses}))
        else:
            history = [{"step": step, "loss": loss} for step, loss in losses]
            (at / "student" / "checkpoint-30").mkdir()
            (at / "student" / "checkpoint-30" / "trainer_state.json").write_text(
                json.dumps({"log_history": [*history, {"step": 30, "train_loss": 1.0}]})
            )
        stages[f"iteration-{k}/respond"] = {
            "rows": len(train), "failed": 0, "tokens": {"teacher": 210 * len(train)},
        }  # fmt: skip
        stages[f"iteration-{k}/imitate"] = {
            "method": "full", "examples": len(train), "steps": 30, "learning_rate": 2e-5,
            "loss": 1.1 - 0.2 * k, "seconds": 81.2, "tokens_per_second": 3120.4,
        }  # fmt: skip
        if last:
            break
        (at / "evaluation.json").write_text(json.dumps(_invented_evaluation(k)))
        stages[f"iteration-{k}/evaluate"] = {
            "score": _invented_evaluation(k)["score"], "tokens": {"referee": 41_000},
        }  # fmt: skip
        _discriminate(at, k, pool, draw)
        verdicts = [json.loads(line) for line in (at / "split.jsonl").read_text().splitlines()]
        n = {side: sum(each["kind"] == side for each in verdicts)
             for side in ("hard", "easy", "undecided")}  # fmt: skip
        stages[f"iteration-{k}/answer"] = {
            "rows": len(pool),
            "tokens": {"teacher": 190 * len(pool), "student": 170 * len(pool)},
        }
        stages[f"iteration-{k}/referee"] = {"rows": len(pool), "tokens": 700 * len(pool)}
        stages[f"iteration-{k}/split"] = {
            "n": n, "hard_share": n["hard"] / (n["hard"] + n["easy"]),
        }  # fmt: skip
        train = _generate(at, k, pool, verdicts, new, draw)
        rejected = {"similar": 30 + 14 * k, "truncated": 4, "refusal": 3, "too_short": 2}
        _write_rows(
            at / "rejected.jsonl",
            (
                {"parent": "s001", "kind": "hard", "reason": reason, "text": "An old one.",
                 "similarity": 0.8 if reason == "similar" else None}
                for reason, count in rejected.items()
                for _ in range(count)
            ),
        )  # fmt: skip
        stages[f"iteration-{k}/generate"] = {
            "kept": new, "rejected": rejected, "tokens": 400 * new,
            "acceptance_rate": new / (new + sum(rejected.values())),
        }  # fmt: skip
        pool = [*pool, *train]
    role = {"model": "openai/big@http://localhost:8000/v1", "temperature": 0.7}
    manifest = {
        "tool": "lion-distill",
        "created": "2026-11-01T08:00:00+00:00",
        "updated": "2026-11-01T12:34:00+00:00",
        "versions": {"lion-distill": "0.1.0", "truing-core": "0.1.0", "python": "3.11.9"},
        "config": {
            "seeds": {"rows": seeds}, "teacher": role, "student": {"base": "small-135m"},
            "referee": {"kind": "model", **role}, "threshold": 1.0, "seed": 0,
            "generator": {**role, "num": new, "max_rouge_l": 0.7, "hard_share": 0.5},
            "pools": {"train": "new", "sample": None},
        },
        "facts": {
            "models": {"teacher": role["model"], "student": "small-135m",
                       "referee": role["model"], "generator": role["model"]},
        },
        "stages": {name: {"done": "2026-11-01T09:00:00+00:00", **facts}
                   for name, facts in stages.items()},
    }  # fmt: skip
    (root / "run.json").write_text(json.dumps(manifest))
    return root


def _invented_evaluation(k: int) -> dict[str, Any]:
    score = 71.5 + 9.2 * k
    interval = [score - 3.1, score + 3.0]
    return {
        "student": f"hf/iteration-{k}/student",
        "reference": "openai/big@http://localhost:8000/v1",
        "referee": "openai/big@http://localhost:8000/v1",
        "questions": 80, "failed": {"student": 0, "reference": 1}, "score": score,
        "open": {
            "n": 78, "undecided": 1, "score": score, "interval": interval,
            "by_order": [score + 2.0, score - 2.0],
            "means": {"student": 6.1 + 0.6 * k, "reference": 8.5},
            "categories": {
                "generic": {"n": 10, "score": score + 4, "interval": [score, score + 8]},
                "coding": {"n": 7, "score": score - 9, "interval": [score - 15, score - 2]},
            },
            "wins": {"win": 9 + 6 * k, "tie": 12, "lose": 57 - 6 * k, "n": 78,
                     "win_rate": 100 * (9 + 6 * k) / 78, "interval": [6.2 + 8 * k, 20.5 + 8 * k]},
            "wins_strict": {"win": 5 + 6 * k, "tie": 24, "lose": 49 - 6 * k, "n": 78,
                            "win_rate": 100 * (5 + 6 * k) / 78, "interval": [2.8, 14.1]},
        },
        "tasks": None,
    }  # fmt: skip


def _discriminate(at: Path, k: int, pool: list[dict[str, Any]], draw: random.Random) -> None:
    answers, reviews, verdicts = [], [], []
    for row in pool:
        answers.append(
            {"id": row["id"],
             "teacher": f"First, look at what {row['id']} asks.\n\n- one <b>bold</b> step\n"
                        "- another: `a < b && b > c`\n\nSo the answer is 42.",
             "student": f"I think <i>{row['id']}</i> is 41. 谢谢。",
             "student_cut": draw.random() < 0.1}
        )  # fmt: skip
        level, bias = draw.gauss(1.9 - 0.8 * k, 1.6), draw.gauss(0.5, 0.4)
        first = [round(min(10, max(1, x)), 0) for x in (8.4 + bias, 8.4 - bias)]
        other = [round(min(10, max(1, x)), 0) for x in (8.4 - level - bias, 8.4 - level + bias)]
        teacher: list[float | None] = list(first)
        if draw.random() < 0.06:
            teacher[1] = None
        reviews.append(
            {"id": row["id"], "teacher": teacher, "student": other,
             "replies": [f"{first[0]:g} {other[0]:g}\nThe first is better, as it says why.",
                         f"{other[1]:g} {first[1]:g}\nThe second one is <em>complete</em>."],
             "asked": [1, 3 if teacher[1] is None else 1]}
        )  # fmt: skip
        if teacher[1] is None:
            verdicts.append({"id": row["id"], "kind": "undecided"})
            continue
        gaps = [first[order] - other[order] for order in (0, 1)]
        gap = sum(gaps) / 2
        verdicts.append(
            {"id": row["id"], "kind": "hard" if gap >= 1 else "easy", "gap": gap,
             "teacher": sum(first) / 2, "student": sum(other) / 2,
             "agree": (gaps[0] >= 1) == (gaps[1] >= 1)}
        )  # fmt: skip
    for name, rows in (("answers", answers), ("reviews", reviews), ("split", verdicts)):
        _write_rows(at / f"{name}.jsonl", rows)


def _generate(
    at: Path,
    k: int,
    pool: list[dict[str, Any]],
    verdicts: list[dict[str, Any]],
    new: int,
    draw: random.Random,
) -> list[dict[str, Any]]:
    rows = []
    for n in range(new):
        kind = "hard" if n % 2 else "easy"
        parent = draw.choice([each["id"] for each in verdicts if each["kind"] == kind])
        name = f"g{k}-{n:03}"
        rows.append(
            {"id": name, "instruction": invented_instruction(name, draw), "iteration": k + 1,
             "kind": kind, "parent": parent, "similarity": round(draw.uniform(0.2, 0.7), 3),
             "nearest": draw.choice(pool)["id"]}
        )  # fmt: skip
    _write_rows(at / "generated.jsonl", rows)
    return rows


@pytest.fixture
def invented_run(tmp_path: Path) -> Path:
    """A run folder with invented but plausible rows, its last iteration unfinished."""
    return write_invented_run(tmp_path / "run")


def _number(text: str) -> int:
    return int(sha256(text.encode()).hexdigest()[:8], 16)


def _reply(body: Any) -> str:
    prompt = body["messages"][-1]["content"]
    if "<answer-1-" in prompt:
        task = re.search(r"<task-\w+>\n(.*?)\n</task-", prompt, re.DOTALL)
        answers = re.findall(r"<answer-\d-\w+>\n(.*?)\n</answer-", prompt, re.DOTALL)
        assert task is not None
        lenient = _number(task[1]) % 2
        first, second = (9 if a.startswith("Well, ") or lenient else 3 for a in answers)
        return f'They differ.\n{{"score_1": {first}, "score_2": {second}}}'
    if "Reply with one JSON object" in prompt:
        word = f"{_number(prompt):x}".translate(str.maketrans("0123456789", "ghijklmnop"))
        made = f"What is {word} {word[::-1]} {word[1:]} {word[2:]}?"
        return json.dumps({"instruction": made, "input": ""})
    return f"Well, {prompt[:40]} is a long story."


@pytest.fixture(scope="session")
def lion_reply() -> Callable[[Any], str]:
    """What a server says as teacher, referee and generator in one.

    The teacher begins every answer in one way. The referee gives the teacher 9, and the student 9
    or 3, which hangs on the instruction: see ``is_hard``.
    """
    return _reply


@pytest.fixture(scope="session")
def is_hard() -> Callable[[str], bool]:
    """Whether that referee finds the student wanting at an instruction."""
    return lambda text: _number(text) % 2 == 0
