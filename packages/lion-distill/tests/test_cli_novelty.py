"""``lion-distill novelty`` on files."""

from __future__ import annotations

import json

import pytest

from lion_distill.cli_novelty import novelty_command
from lion_distill.rows import instruction_id
from truing_core.cli import make_app
from truing_core.records import write_rows

POOL = ["List five fruits that grow in winter.", "Write a poem about the sea.", "写一首关于海的诗"]
CANDIDATES = [
    "List five fruits that grow in summer.",
    "Explain how a heat pump works.",
    "Explain how a heat pump works!",
    "写一首关于海的诗",
    "Sort the words by length.",
]
F = 2 * (6 / 7) * (6 / 7) / (6 / 7 + 6 / 7)


@pytest.fixture
def command(command_line):
    app = make_app("lion-distill", "For tests.", "0")
    app.command("novelty")(novelty_command)
    return command_line(app, "lion-distill", "novelty")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "pool.json").write_text(json.dumps(POOL))
    write_rows(
        tmp_path / "new.jsonl",
        [{"instruction": text, "n": at} for at, text in enumerate(CANDIDATES)],
    )
    return "--pool", "pool.json", "--candidates", "new.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_json(command, files):
    outcome = command(*files, "--max-rouge-l", "0.7", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json == {
        "kept": [1, 3, 4],
        "max_rouge_l": [F, pytest.approx(2 / 12), 1.0, 0.0, pytest.approx(2 / 11)],
        "nearest": [
            instruction_id(POOL[0]), instruction_id(POOL[1]), instruction_id(CANDIDATES[1]), None,
            instruction_id(POOL[1]),
        ],
    }  # fmt: skip
    assert "3 of 5 candidates kept (60.0%)" in outcome.err
    assert "5 against 3 and each other in" in outcome.err


def test_values_are_those_of_rouge_score(command, files):
    reason = "the package these values are held against is not installed"
    module = pytest.importorskip("rouge_score.rouge_scorer", reason=reason)
    scorer = module.RougeScorer(["rougeL"], use_stemmer=False)
    outcome = command(*files, "--max-rouge-l", "0.2", "--json").json
    known, kept = list(POOL), []
    for at, text in enumerate(CANDIDATES):
        value = max(scorer.score(other, text)["rougeL"].fmeasure for other in known)
        assert outcome["max_rouge_l"][at] == value
        if value <= 0.2:
            kept.append(at)
            known.append(text)
    assert outcome["kept"] == kept


def test_words_of_every_script(command, files):
    outcome = command(*files, "--tokenizer", "unicode", "--json").json
    assert outcome["kept"] == [1, 4]
    assert outcome["max_rouge_l"][3] == 1


def test_for_people(command, files, tmp_path):
    outcome = command(*files, "-o", "kept.jsonl")
    assert outcome.code == 0, outcome.err
    assert lines(tmp_path / "kept.jsonl") == [
        {"instruction": CANDIDATES[1], "n": 1, "similarity": pytest.approx(1 / 6),
         "nearest": instruction_id(POOL[1])},
        {"instruction": CANDIDATES[3], "n": 3, "similarity": 0.0, "nearest": None},
        {"instruction": CANDIDATES[4], "n": 4, "similarity": pytest.approx(2 / 11),
         "nearest": instruction_id(POOL[1])},
    ]  # fmt: skip
    shown = outcome.out.splitlines()
    assert shown[0] == "ROUGE-L F1 to the nearest"
    assert " ".join(shown[1].split()) == "least 10 % 25 % 50 % 75 % 90 % most"
    assert [float(value) for value in shown[2].split()][::3] == [0.0, 0.182, 1.0]
    assert [int(line[10:19]) for line in shown[3:]] == [1, 2, 0, 0, 0, 0, 0, 0, 1, 1]
    assert [line[:10] for line in shown[3:] if line.endswith(" <- limit")] == [" 0.7 - 0.8"]
    assert "3 of 5 candidates kept (60.0%), in kept.jsonl" in outcome.err


def test_nothing_against_nothing(command, tmp_path):
    (tmp_path / "none.jsonl").write_text("")
    outcome = command("--pool", "none.jsonl", "--candidates", "none.jsonl", "--json")
    assert outcome.json == {"kept": [], "max_rouge_l": [], "nearest": []}
    assert command("--pool", "none.jsonl", "--candidates", "none.jsonl").out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--pool", "no.jsonl", "--candidates", "new.jsonl"], 1,
         "error: no.jsonl: there is no such file"),
        (["--pool", "pool.json", "--candidates", "odd.jsonl"], 1,
         "error: odd.jsonl, row 1, field 'instruction': expected the text of an instruction, "
         "found only prompt"),
        (["--pool", "pool.json", "--candidates", "new.jsonl", "-o", "pool.json"], 2,
         "error: 'pool.json' is an input; name another place to write"),
        (["--pool", "pool.json", "--candidates", "new.jsonl", "--tokenizer", "bpe"], 2,
         "error: the tokenizer is 'bpe'; expected rouge or unicode"),
        (["--pool", "pool.json", "--candidates", "new.jsonl", "--max-rouge-l", "1.2"], 2,
         "--max-rouge-l"),
        (["--pool", "pool.json"], 2, "--candidates"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(command, files, tmp_path, arguments, code, said):
    (tmp_path / "odd.jsonl").write_text('{"prompt": "x"}\n')
    outcome = command(*arguments, "-q")
    assert outcome.code == code
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""
