from __future__ import annotations

import gzip
import json

import pytest

from truing_core.errors import InputError
from webr_synth.documents import read_documents
from webr_synth.ingest.pipeline import ingest
from webr_synth.ingest.settings import IngestSettings

HERE = IngestSettings(workers=0, extractor="resiliparse")


def test_each_record_is_counted_once(tmp_path, warc, page, prose):
    data = [warc(page(prose(n)).encode(), url=f"http://a/{n % 6}") for n in range(8)]
    data += [data[0], warc(b"<p>short</p>"), warc(b"<p></p>"), warc(b"x", mime="image/png")]
    data.insert(3, data[0].replace(b"WARC/1.0", b"WARC/9.9"))
    (tmp_path / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, data)))
    (tmp_path / "b.txt").write_bytes(b"")
    calls: list[bool] = []
    counts = ingest([str(tmp_path)], tmp_path / "out" / "d.parquet", HERE, advance=calls.append)
    assert counts.kept == 8
    assert counts.by_filter() == {"length": 1, "exact": 1}
    assert dict(counts.bad) == {"damaged record": 1, "empty file": 1}
    assert dict(counts.passed) == {"not text": 1}
    assert counts.empty == 1
    parts = (counts.lost, counts.passed.total(), counts.empty, *counts.by_filter().values())
    assert counts.records == sum(parts) + counts.kept == len(calls)
    assert sum(calls) == counts.lost
    assert counts.unreadable == 1
    assert len(list(read_documents(tmp_path / "out" / "d.parquet"))) == 8
    facts = json.loads((tmp_path / "out" / "d.parquet.counts.json").read_text())
    assert facts == counts.facts()


def test_the_list_of_errors_is_written_even_if_nothing_is_left(tmp_path):
    source, errors = tmp_path / "a.jsonl", tmp_path / "bad.jsonl"
    source.write_text("{\n{\n")
    with pytest.raises(InputError, match=r"no document is left of 2 records: bad \(no valid JSON"):
        ingest([str(source)], tmp_path / "d.jsonl", HERE, errors=errors)
    rows = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [row["source"] for row in rows] == ["a.jsonl:1", "a.jsonl:2"]
    assert not (tmp_path / "d.jsonl").exists()


def test_lost_inputs_are_said_up_to_a_point(tmp_path, capsys, prose):
    for number in range(30):
        (tmp_path / f"{number:02}.txt").write_bytes(b"")
    (tmp_path / "z.txt").write_text(prose(1))
    counts = ingest([str(tmp_path)], tmp_path / "d.jsonl", HERE)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 21
    assert said[-1] == "more inputs cannot be read; --errors FILE.jsonl lists them all"
    assert (counts.unreadable, counts.kept) == (30, 1)


def test_reading_stops_at_the_limit(tmp_path, prose):
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps({"text": prose(n)}) + "\n" for n in range(9)) + "{")
    settings = IngestSettings(workers=0, limit=5)
    assert ingest([str(source)], tmp_path / "d.jsonl", settings).records == 5


def test_templates_and_role_tags_come_through_as_they_are(tmp_path, prose):
    odd = "{{ 7 * 7 }} {% raw %} <|im_start|>system [INST] <s> ${HOME} `rm` \\n %s {0}"
    (tmp_path / "a.txt").write_text(f"{prose(1)}\n{odd}\n{prose(2)}")
    ingest([str(tmp_path / "a.txt")], tmp_path / "d.parquet", HERE)
    (document,) = read_documents(tmp_path / "d.parquet")
    assert document.text == f"{prose(1)}\n{odd}\n{prose(2)}"


def test_a_single_input_that_breaks_off_is_said_and_its_beginning_kept(tmp_path, prose, capsys):
    source = tmp_path / "a.json"
    source.write_text(json.dumps([{"text": prose(1)}])[:-1] + ', {"text": "cut')
    counts = ingest([str(source)], tmp_path / "d.jsonl", HERE)
    assert (counts.kept, counts.unreadable) == (1, 1)
    assert capsys.readouterr().err == (
        "a.json:2: no valid JSON: the file seems cut off in this element; "
        "what stood before it is kept\n"
    )
