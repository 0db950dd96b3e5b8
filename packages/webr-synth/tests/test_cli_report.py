"""``webr-synth report`` and ``compare``: pages that hold hostile text, and what goes wrong."""

from __future__ import annotations

import json

import pytest

from truing_core.records import write_rows
from truing_core.testing.pages import Page
from webr_synth.cli import app

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }} & "quoted"'
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def row(at, **fields):
    """A row as ``run`` writes it."""
    name = NUMBERS[at % 10]
    request = f"Explain the {name} reasons of case {at} in {name} sentences. {EVIL}"
    answered = fields.get("draft") is not None
    return {
        "prompt_id": f"doc{at}-wr_part", "doc_id": f"doc{at}", "request": request,
        "messages": [{"role": "user", "content": request},
                     {"role": "assistant", "content": f"A better answer {at}. {EVIL}"}],
        "perspective": "wr_part" if answered else "wi_whole", "author": f"A {name} <b>fan</b>.",
        "draft": None, "document": f"Document {at}. {EVIL}", "section_chars": 20,
        "document_first": None if answered else True, "length_limit": 50,
        "url": "javascript:alert(3)", "language": "en", "model": "openai/m", "seed": 0, **fields,
    }  # fmt: skip


@pytest.fixture
def rows(tmp_path):
    made = [
        row(at, draft=f"A plain answer {at}. {EVIL}" if at % 3 == 0 else None) for at in range(9)
    ]
    write_rows(tmp_path / "rows.parquet", made)
    return made


@pytest.fixture
def report(command_line):
    return command_line(app, "webr-synth", "report")


@pytest.fixture
def compare(command_line):
    return command_line(app, "webr-synth", "compare")


def page(path):
    return Page(path.read_text())


def test_the_page_of_a_run(report, rows, tmp_path):
    summary = {
        "documents": {"seen": 30, "used": 12},
        "stages": {"author": {"asked": 12, "ok": 11, "failed": 0, "gates": {"empty": 1}}},
        "duplicates": 2, "written": 9,
        "perspectives": {"wi_whole": {"wanted": 6, "written": 6}, "wr_part": {"wanted": 4}},
    }  # fmt: skip
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "summary.json").write_text(json.dumps(summary))
    code, out, err = report("rows.parquet", "--run-dir", "run", "--encoder", "words")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].split() == ["documents", "read", "30"]
    assert lines[2] == "author replies         11  empty 1"
    assert "wr_part   3  33.3%" in lines
    assert "words of requests" in out
    assert "root verbs (English, by word lists): explain 9 (reasons)" in out
    assert "the page is in report.html" in err

    shown = page(tmp_path / "report.html")
    text = shown.text()
    for expected in ("30", "empty 1", "near-duplicate requests 2", "3 of 4 wanted (33.3%)",
                     "A six <b>fan</b>.", "hashed TF-IDF"):  # fmt: skip
        assert expected in text
    assert "script" not in shown.tags, "nothing on this page needs one"
    assert "img" not in shown.tags
    assert "b" in shown.tags, "the marks of the wanted mix"
    assert all(link.startswith("#") for link in shown.links)
    assert text.count("{{ 7*7 }}") >= 9 * 3
    assert {"plain"} <= set(" ".join(shown.within("del")).split())
    assert {"better"} <= set(" ".join(shown.within("ins")).split())
    assert "49" not in text


def test_the_summary_beside_the_data_and_json(report, rows, tmp_path):
    (tmp_path / "summary.json").write_text(json.dumps({"written": 9, "output": "rows.parquet"}))
    outcome = report("rows.parquet", "-o", "x.html", "--json", "--encoder", "words", "--rows", "2")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert found["rows"] == 9
    assert found["funnel"][0] == {"step": "rows written", "count": 9, "of": None, "stopped": {}}
    assert found["perspectives"] == {"wi_whole": 6, "wr_part": 3}
    assert found["verbs"] == [{"verb": "explain", "count": 9, "objects": {"reasons": 9}}]
    assert found["lengths"]["document_chars"]["min"] == len(f"Document 1. {EVIL}")
    assert found["diversity"]["sample"] == 9
    assert found["near_duplicates"] == {"found": 0, "among": 9}
    assert found["report"] == "x.html"
    assert page(tmp_path / "x.html").tags.count("details") == 2


def test_the_same_command_gives_the_same_page(report, rows, tmp_path):
    for name in ("a.html", "b.html"):
        assert report("rows.parquet", "-o", name, "--encoder", "words", "-q").code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert report("rows.parquet", "-o", "c.html", "--encoder", "words", "--seed", "1").code == 0
    assert (tmp_path / "a.html").read_bytes() != (tmp_path / "c.html").read_bytes()


def test_other_data_sets_beside_it(report, rows, tmp_path):
    alpaca = [
        {"instruction": f"Name {number} rivers.", "input": "", "output": "Rhine"}
        for number in NUMBERS
    ]
    (tmp_path / "alpaca.json").write_text(json.dumps(alpaca))
    outcome = report("rows.parquet", "--against", "alpaca.json", "--encoder", "words", "--json")
    assert outcome.code == 0, outcome.err
    assert set(outcome.json["diversity"]["sets"]) == {"rows", "alpaca"}
    assert "alpaca" in page(tmp_path / "report.html").text()


def test_a_data_set_that_is_not_ours(report, tmp_path):
    write_rows(tmp_path / "p.jsonl", [{"prompt": text} for text in ("Say hello", "Say bye", "Hm")])
    code, out, err = report("p.jsonl", "--encoder", "words")
    assert code == 0, err
    assert "rows in this report  3" in out
    text = page(tmp_path / "report.html").text()
    assert "There is no summary.json of the run" in text
    assert "Perspectives" not in text


def test_compare(compare, tmp_path):
    chats = [
        {"conversations": [{"from": "human", "value": f"What is {n} plus {n}?"},
                           {"from": "gpt", "value": EVIL}]} for n in NUMBERS
    ]  # fmt: skip
    write_rows(tmp_path / "sharegpt.jsonl", chats)
    write_rows(tmp_path / "same.jsonl", [{"prompt": f"Tell a joke {EVIL}"}] * 30)
    code, out, err = compare("sharegpt.jsonl", "same.jsonl", "--encoder", "words")
    assert code == 0, err
    assert out.splitlines()[0].split() == ["sharegpt", "same"]
    assert "10 requests of each data set, drawn by the seed" in out
    outcome = compare(
        "sharegpt.jsonl", "same.jsonl", "--encoder", "words", "--json", "-o", "c.html"
    )
    found = outcome.json
    assert found["sample"] == 10
    assert found["sets"]["same"]["vendi"] == pytest.approx(1)
    assert found["sets"]["same"]["near_duplicates"] == 0.9
    assert found["sets"]["same"]["answer_words"] is None
    assert found["sets"]["sharegpt"]["rows"] == 10
    assert set(found["sets"]["sharegpt"]["distance"]) == {"value", "low", "high"}
    shown = page(tmp_path / "c.html")
    assert shown.tags.count("circle") == 20
    assert "script" not in shown.tags


@pytest.mark.parametrize(
    ("command", "arguments", "code", "said"),
    [
        ("report", ["none.parquet"], 1, "none.parquet: there is no such file"),
        ("report", ["bad.jsonl"], 1, "bad.jsonl, row 1: no request: expected one of "),
        ("report", ["ok.jsonl", "--run-dir", "."], 1, ".: there is no summary.json in it"),
        ("report", ["ok.jsonl", "-o", "ok.jsonl"], 2, "'ok.jsonl' is an input"),
        ("report", ["ok.jsonl", "--encoder", "./none"], 1, "the encoder './none' is no folder"),
        ("compare", ["ok.jsonl", "empty.jsonl"], 1, "empty.jsonl: the file is empty"),
        ("compare", ["blank.jsonl"], 1, "blank.jsonl: there is no request in it"),
    ],
)
def test_what_goes_wrong_is_one_line(command_line, tmp_path, command, arguments, code, said):
    if "--encoder" in arguments:
        pytest.importorskip("sentence_transformers")
    write_rows(tmp_path / "ok.jsonl", [{"prompt": "a"}, {"prompt": "b"}])
    write_rows(tmp_path / "bad.jsonl", [{"x": 1}])
    write_rows(tmp_path / "blank.jsonl", [{"prompt": " "}])
    (tmp_path / "empty.jsonl").touch()
    outcome = command_line(app, "webr-synth", command)(*arguments, "-q")
    assert outcome.code == code
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def test_one_row_is_enough(report, tmp_path):
    write_rows(tmp_path / "one.jsonl", [row(0)])
    assert report("one.jsonl", "--encoder", "words").code == 0
    assert "Explain the one reasons" in page(tmp_path / "report.html").text()
