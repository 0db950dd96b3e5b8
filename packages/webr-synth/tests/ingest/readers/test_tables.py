from __future__ import annotations

import gzip
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from webr_synth.ingest.raw import RawRecord, Trouble
from webr_synth.ingest.readers import read_source, tables
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import told


def items(path, **settings) -> list:
    return list(read_source(told(path, path.name), IngestSettings(**settings)))


def reasons(found) -> list[str]:
    return [each.reason if isinstance(each, Trouble) else each.content for each in found]


@pytest.fixture
def columns_read(monkeypatch):
    """The columns that each reading of a Parquet file asks for."""
    seen = []
    original = pq.ParquetFile.iter_batches

    def spied(self, *args, **kwargs):
        seen.append(kwargs["columns"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", spied)
    return seen


def test_what_is_known_beside_the_text(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"content": "x", "link": "http://a", "timestamp": "2024", "lang": "en"}\n')
    assert items(path) == [RawRecord("a.jsonl:1", "text", "x", "http://a", "2024", "en")]


def test_lines_that_cannot_be_read_do_not_end_the_file(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        b'\xef\xbb\xbf{"text": "a"}', b"", b"{", b"[" * 100_000, b'"x"', b'{"text": null}',
        b'{"text": ""}', b'{"text": "\xff"}', b'{"text": "\\ud800"}', b'{"text": "z"}',
    ]  # fmt: skip
    path.write_bytes(b"\n".join(lines))
    found = items(path)
    assert reasons(found) == [
        "a", "no valid JSON", "no valid JSON", "no valid row", "no text", "no text",
        "no valid JSON", "\ud800", "z",
    ]  # fmt: skip
    assert [each.source for each in found] == [f"a.jsonl:{n}" for n in (1, 3, 4, 5, 6, 7, 8, 9, 10)]
    assert found[1].detail.startswith("line 3, byte 18: ")


@pytest.mark.parametrize("suffix", ["jsonl", "json", "parquet"])
def test_a_null_in_the_first_row_loses_this_row_alone(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    rows = [{"content": None, "url": "u"}, {"content": "a", "url": "u"}, {"content": None}]
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        lines = [json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) if suffix == "jsonl" else f"[{','.join(lines)}]")
    for named in (None, "content"):
        found = items(path, text_field=named)
        assert reasons(found) == ["no text", "a", "no text"]
        assert found[0] == Trouble(f"{path.name}:1", "no text", "the field 'content' holds nothing")
    (lost,) = items(path, text_field="body")
    assert lost.lost


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_field_that_holds_nothing_gives_way_to_one_that_does(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    rows = [{"text": None, "content": f"c{n}" if n else None, "body": "b"} for n in range(6)]
    rows[0]["body"] = None
    if suffix == "parquet":
        schema = pa.schema([(name, pa.string()) for name in rows[0]])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=2)
    else:
        path.write_text("\n".join(map(json.dumps, rows)))
    assert reasons(items(path)) == ["no text", "c1", "c2", "c3", "c4", "c5"]


def test_once_a_row_tells_where_the_text_is_its_column_alone_is_read(tmp_path, columns_read):
    path = tmp_path / "a.parquet"
    rows = [{"text": f"t{n}", "content": "x" * 99, "url": "u"} for n in range(4)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
    assert reasons(items(path)) == ["t0", "t1", "t2", "t3"]
    assert columns_read == [["text", "content", "url"], ["text", "url"]]


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_fifty_megabytes_is_passed_over(tmp_path, packed):
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    data = b'{"text": "a"}\n{"text": "' + b"b" * 50_000_000 + b'"}\n{"text": "c"}\n'
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    found = items(path, max_bytes=1_000_000)
    if packed:  # it swells more than a hundredfold, as no text does
        assert reasons(found)[:2] in (["a", "too large"], ["a", "archive bomb"])
    else:
        assert reasons(found) == ["a", "too large", "c"]
        assert found[1].source == "a.jsonl:2"
        assert found[2].source == "a.jsonl:3"


def test_texts_over_the_limit(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "é" * 60}) + "\n" + json.dumps({"text": "e" * 60}) + "\n")
    assert reasons(items(path, max_bytes=100)) == ["too large", "e" * 60]


def test_json_lists(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"webpage": "a"}, {"webpage": "b"}, 5]')
    assert reasons(items(path)) == ["a", "b", "no valid JSON"]
    path.write_text('[{"webpage": "a"}, {"webpa')
    found = items(path)
    assert reasons(found) == ["a", "no valid JSON"]
    assert found[1].lost
    assert found[1].source == "a.json:2"


def test_a_json_list_in_utf16_says_how_to_mend_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes('[{"text": "a"}]'.encode("utf-16"))
    (trouble,) = items(path)
    assert "UTF-16" in trouble.detail


def test_parquet_rows_and_only_the_columns_that_count(tmp_path, columns_read):
    path = tmp_path / "a.parquet"
    rows = [
        {
            "id": n,
            "text": f"t{n}",
            "url": "http://a",
            "date": datetime(2024, 1, 2),
            "junk": "x" * 99,
        }
        for n in range(150)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=40)
    found = items(path)
    assert columns_read[0] == ["text", "url", "date"]
    assert [each.source for each in found] == [f"a.parquet:{n}" for n in range(1, 151)]
    assert found[149] == RawRecord(
        "a.parquet:150", "text", "t149", "http://a", "2024-01-02T00:00:00"
    )


def test_a_damaged_row_group_is_passed_over(tmp_path):
    path = tmp_path / "a.parquet"
    rows = [{"text": f"text number {n} " * 9} for n in range(90)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=30, compression="zstd")
    data = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    for at in range(start, start + 30):
        data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    found = items(path)
    good = [each for each in found if isinstance(each, RawRecord)]
    bad = [each for each in found if isinstance(each, Trouble)]
    assert len(bad) == 1
    assert bad[0].source == "a.parquet:31-60"
    assert {each.source for each in good} >= {"a.parquet:1", "a.parquet:61", "a.parquet:90"}


@pytest.mark.parametrize("named", [None, "nope"])
def test_fields_that_are_there_are_named(tmp_path, named):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([{"title": "x", "prose": "y"}]), path)
    (trouble,) = items(path, text_field=named)
    assert trouble.lost
    assert "found the fields title, prose" in trouble.detail
    assert reasons(items(path, text_field="prose")) == ["y"]


def test_rows_of_the_hub_are_rows(tmp_path):
    pytest.importorskip("datasets")
    from webr_synth.ingest.readers import hub

    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"text": "a", "url": "http://a"}\n{"text": "b"}\n')
    found = list(hub.read(f"hub:{folder}", IngestSettings()))
    assert [(each.content, each.url) for each in found] == [("a", "http://a"), ("b", None)]
    assert found[1].source == f"hub:{folder}:2"
    (trouble,) = hub.read(f"hub:{folder}", IngestSettings(text_field="prose"))
    assert "found the fields text, url" in trouble.detail
    (trouble,) = hub.read("hub:truing-tests/none", IngestSettings())
    assert (trouble.reason, trouble.lost) == ("unreadable data set", True)


def test_the_longest_row_leaves_room_for_escapes():
    settings = IngestSettings(max_bytes=1000)
    assert tables.longest_row(settings) > len(json.dumps({"text": "é" * 500}))
