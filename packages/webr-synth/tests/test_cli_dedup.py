"""``webr-synth dedup`` on files of every kind."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truing_core.records import write_rows
from webr_synth.cli import app

LONG = "Write a friendly letter to the neighbours about the garden party on Saturday afternoon"
NEAR = LONG + " please"
OTHER = "Explain how a heat pump works and when it is worth the money in an old house"


@pytest.fixture
def command(command_line):
    return command_line(app, "webr-synth", "dedup")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_that_repeat_go(command, tmp_path):
    write_rows(tmp_path / "a.jsonl", [{"prompt": LONG, "n": 1}, {"prompt": OTHER, "n": 2}])
    write_rows(tmp_path / "b.jsonl", [{"prompt": NEAR, "n": 3}, {"prompt": "New one", "n": 4}])
    code, out, err = command("a.jsonl", "b.jsonl", "-o", "kept.jsonl", "--dropped", "gone.jsonl")
    assert code == 0
    assert [row["n"] for row in lines(tmp_path / "kept.jsonl")] == [1, 2, 4]
    assert lines(tmp_path / "gone.jsonl") == [
        {
            "id": "b.jsonl:1", "duplicate_of": "a.jsonl:1", "jaccard": 10 / 11, "text": NEAR,
            "earlier": LONG,
        }
    ]  # fmt: skip
    assert "1 of 4 rows dropped (25.0%), 3 in kept.jsonl" in err
    assert f"a.jsonl:1: {LONG}" in out
    assert "0.9" in out


@pytest.mark.parametrize(
    "make",
    [
        lambda text: {"prompt_id": "x", "request": text, "messages": [
            {"role": "user", "content": f"A document of its own {len(text)}.\n\n{text}"},
            {"role": "assistant", "content": "Yes."}]},
        lambda text: {"messages": [{"role": "system", "content": f"{len(text)}"},
                                   {"role": "user", "content": text},
                                   {"role": "assistant", "content": "Yes."}]},
        lambda text: {"conversations": [{"from": "human", "value": text},
                                        {"from": "gpt", "value": "Yes."}]},
        lambda text: {"instruction": text[:40], "input": text[40:], "output": "Yes."},
        lambda text: {"instruction": text, "output": "Yes."},
        lambda text: {"prompt": [{"role": "user", "content": text}],
                      "completion": [{"role": "assistant", "content": "Yes."}]},
        lambda text: {"prompt": [{"role": "user", "content": [{"type": "text", "text": text}]}]},
        lambda text: {"text": text},
        lambda text: {"turns": [text, "And shorter?"]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_formats(command, tmp_path, make, suffix):
    write_rows(tmp_path / f"in{suffix}", [make(text) for text in (LONG, OTHER, LONG.upper())])
    outcome = command(f"in{suffix}", "-o", "out.jsonl", "--json")
    assert outcome.code == 0, outcome.err
    assert {key: outcome.json[key] for key in ("rows", "kept", "dropped")} == {
        "rows": 3, "kept": 2, "dropped": 1,
    }  # fmt: skip
    assert outcome.json["pairs"][0]["similarity"] == 1
    assert lines(tmp_path / "out.jsonl") == [make(LONG), make(OTHER)]


def test_tomorrows_run_knows_todays(command, tmp_path):
    write_rows(tmp_path / "a.jsonl", [{"id": "today", "text": LONG}])
    write_rows(tmp_path / "b.jsonl", [{"id": "t1", "text": NEAR}, {"id": "t2", "text": OTHER}])
    assert command("a.jsonl", "-o", "a2.jsonl", "--index", "i.parquet").code == 0
    outcome = command("b.jsonl", "-o", "b2.jsonl", "--index", "i.parquet", "--json")
    assert outcome.json["of_the_index"] == outcome.json["dropped"] == 1
    assert outcome.json["known_before"] == 1
    assert outcome.json["pairs"][0]["repeats"] == "today: (in the index)"
    assert [row["id"] for row in lines(tmp_path / "b2.jsonl")] == ["t2"]
    code, _, err = command("b.jsonl", "-o", "b3.jsonl", "--index", "i.parquet")
    assert code == 0
    assert "nothing is new" in err
    code, _, err = command(
        "b.jsonl", "-o", "b4.jsonl", "--index", "i.parquet", "--threshold", "0.8"
    )
    assert code == 1
    assert err.splitlines()[-1].startswith("error: i.parquet: the index was made with threshold")
    assert not (tmp_path / "b4.jsonl").exists()


def test_rows_of_another_day_with_the_same_number_are_another_days(command, tmp_path):
    # Rows without an id are named by their file and number, which recur.
    write_rows(tmp_path / "mon/rows.jsonl", [{"text": LONG}])
    write_rows(tmp_path / "tue/rows.jsonl", [{"text": OTHER}, {"text": LONG}, {"text": OTHER}])
    assert command("mon/rows.jsonl", "-o", "mon.jsonl", "--index", "i.parquet").code == 0
    outcome = command("tue/rows.jsonl", "-o", "tue.jsonl", "--index", "i.parquet", "--json",
                      "--dropped", "gone.jsonl")  # fmt: skip
    assert (outcome.json["dropped"], outcome.json["of_the_index"]) == (2, 1)
    gone = {row["id"]: row for row in lines(tmp_path / "gone.jsonl")}
    assert gone["rows.jsonl:2"]["duplicate_of"] == "rows.jsonl:1"
    assert gone["rows.jsonl:2"]["earlier"] is None
    assert gone["rows.jsonl:3"]["earlier"] == OTHER


@pytest.mark.parametrize("blanks", [0, 1, 3])
def test_the_same_command_twice_keeps_what_the_first_kept(command, tmp_path, blanks):
    rows = [{"text": LONG}, {"text": NEAR}, {"text": OTHER}, *([{"text": " "}] * blanks)]
    write_rows(tmp_path / "a.jsonl", rows)
    args = ("a.jsonl", "-o", "kept.jsonl", "--index", "i.parquet", "--dropped", "gone.jsonl")
    assert command(*args).code == 0
    before = {name: (tmp_path / name).read_bytes() for name in args[2:7:2]}
    outcome = command(*args)
    assert outcome.code == 1
    assert "kept.jsonl: stands as it is: none of the rows is new" in outcome.err
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert len(lines(tmp_path / "kept.jsonl")) == 2 + blanks


def test_what_holds_no_text_at_all_is_kept_where_nothing_is_known(command, tmp_path):
    for rows in ([], [{"text": ""}]):
        texts = pa.array([row["text"] for row in rows], pa.string())
        pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
        write_rows(tmp_path / "kept.jsonl", [{"text": LONG}])
        for index in ((), ("--index", f"{len(rows)}.parquet")):
            outcome = command("a.parquet", "-o", "kept.jsonl", *index, "--json")
            assert (outcome.code, outcome.json["kept"]) == (0, len(rows)), outcome.err
            assert lines(tmp_path / "kept.jsonl") == rows


def test_shards_and_limit(command, tmp_path):
    folder = tmp_path / "shards"
    write_rows(folder / "part-0.parquet", [{"request": LONG, "answer": "A"}])
    write_rows(folder / "part-1.parquet", [{"request": NEAR, "answer": "B"}, {"request": OTHER}])
    assert command("shards", "-o", "out.parquet", "--limit", "2", "--json").json["kept"] == 1
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"request": LONG, "answer": "A"}]


def test_rows_without_text_are_kept(command, tmp_path):
    write_rows(tmp_path / "a.jsonl", [{"text": " "}, {"text": ""}, {"text": LONG}, {"text": LONG}])
    code, _, err = command("a.jsonl", "-o", "o.jsonl")
    assert code == 0
    assert len(lines(tmp_path / "o.jsonl")) == 3
    assert "2 rows without text were kept" in err


def test_released_compares_token_ids(command, tmp_path, tiny_model_dir):
    write_rows(tmp_path / "a.jsonl", [{"text": "a b c d e f"}, {"text": "f e d c b a"}])
    plain = command("a.jsonl", "-o", "o.jsonl", "--json").json
    assert plain["dropped"] == 0
    outcome = command(
        "a.jsonl", "-o", "o.jsonl", "--json", "--shingles", "released",
        "--tokenizer", tiny_model_dir, "--threshold", "0.5",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["dropped"] == 1
    assert outcome.json["settings"]["shingles"] == "released"
    assert outcome.json["settings"]["tokenizer"].startswith(tiny_model_dir.name + "#")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.jsonl", "-o", "o.jsonl"], 1, "none.jsonl: there is no such file"),
        (["odd.jsonl", "-o", "o.jsonl"], 1,
         "odd.jsonl, row 1: no request: expected one of messages, conversations, conversation, "
         "turns, request, instruction, prompt, question, query, text to hold it, found the fields "
         "a, b; name it with --field"),
        (["ok.jsonl", "-o", "o.jsonl", "--field", "z"], 1,
         "ok.jsonl, row 1: no request: expected 'z' to hold it, found the fields text; name it "
         "with --field"),
        (["mixed.jsonl", "-o", "o.jsonl"], 1,
         "mixed.jsonl, row 2: no request in this row, unlike in the first: found NoneType"),
        (["ok.jsonl", "-o", "ok.jsonl"], 2, "'ok.jsonl' is an input; name another place to write"),
        (["ok.jsonl", "-o", "o.jsonl", "--dropped", "o.jsonl"], 2,
         "two of --output, --dropped and --index name the same file"),
        (["ok.jsonl", "-o", "."], 1, ".: is a folder; name a file to write the kept rows to"),
        (["empty", "-o", "o.jsonl"], 1, "empty: a folder without .parquet or .jsonl files"),
        (["ok.jsonl", "-o", "o.jsonl", "--shingles", "five"], 2,
         "--shingles is 'five'; expected 1 to 100 words, or released"),
        (["ok.jsonl", "-o", "o.jsonl", "--threshold", "7"], 2,
         "the threshold is 7.0; expected more than 0, at most 1"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(command, tmp_path, arguments, code, said):
    (tmp_path / "empty").mkdir()
    write_rows(tmp_path / "ok.jsonl", [{"text": LONG}])
    write_rows(tmp_path / "odd.jsonl", [{"a": 1, "b": "x"}])
    write_rows(tmp_path / "mixed.jsonl", [{"text": "a"}, {"instruction": "b"}])
    outcome = command(*arguments, "-q")
    assert outcome.code == code
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""
    assert not (tmp_path / "o.jsonl").exists()


def test_a_tokenizer_that_is_not_there_is_one_line(command, tmp_path):
    (tmp_path / "ok.jsonl").write_text('{"request": "Name three rivers of the north."}\n')
    released = ("--shingles", "released", "--tokenizer", "./none")
    result = command("ok.jsonl", "-o", "o.jsonl", *released)
    assert result.code == 1
    # Without transformers there is nothing to look for it with.
    needed = "./none" if find_spec("transformers") else 'pip install "truing-core[hf]"'
    assert needed in result.err
    assert result.err.count("\n") == 1
