from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from webr_synth.ingest.raw import Passed, RawRecord, Trouble
from webr_synth.ingest.readers import warc as reader
from webr_synth.ingest.settings import IngestSettings


def items(tmp_path: Path, data: bytes, **settings: object) -> list:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    return list(reader.read(path, "a.warc", IngestSettings(**settings)))


def kinds(found: list) -> list[str]:
    return [each.reason if isinstance(each, (Trouble, Passed)) else "record" for each in found]


def test_a_response_carries_what_is_known_of_it(tmp_path, warc):
    (record,) = items(tmp_path, warc(b"<p>hi</p>", url="http://a.org/x"))
    assert record == RawRecord(
        "a.warc:0", "html", b"<p>hi</p>", "http://a.org/x", "2024-05-06T07:08:09Z", None, "utf-8"
    )


@pytest.mark.parametrize("packed", [False, True])
def test_offsets_are_those_of_the_file(tmp_path, warc, packed):
    records = [warc(f"<p>{n}</p>".encode()) for n in range(3)]
    if packed:
        records = [gzip.compress(each) for each in records]
    found = items(tmp_path, b"".join(records))
    ends = [len(b"".join(records[:n])) for n in range(3)]
    assert [each.source for each in found] == [f"a.warc:{end}" for end in ends]
    assert [each.content for each in found] == [b"<p>0</p>", b"<p>1</p>", b"<p>2</p>"]


def test_records_of_a_file_compressed_as_a_whole_differ_in_their_source(tmp_path, warc):
    data = gzip.compress(b"".join(warc(f"<p>{n}</p>".encode()) for n in range(4)))
    found = items(tmp_path, data)
    assert [each.content for each in found] == [f"<p>{n}</p>".encode() for n in range(4)]
    assert len({each.source for each in found}) == 4


def test_wet_records_are_text(tmp_path, warc):
    (record,) = items(tmp_path, warc(b"plain words", kind="conversion", mime="text/plain"))
    assert (record.kind, record.content) == ("text", b"plain words")


def test_requests_metadata_and_images_are_no_documents(tmp_path, warc):
    data = (
        warc(b"software: x", kind="warcinfo", mime="application/warc-fields")
        + warc(b"GET / HTTP/1.1\r\n\r\n", kind="request", mime="application/http")
        + warc(b"\x89PNG", mime="image/png")
        + warc(b"<p>gone</p>", status="404 Not Found")
        + warc(b"<p>here</p>")
    )
    assert kinds(items(tmp_path, data)) == ["not text", "HTTP status not 200", "record"]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", None),
    ],
)
def test_bodies_are_unpacked(tmp_path, warc, encoding, pack):
    body = b"<p>packed</p>" * 30
    if pack is None:
        brotli = pytest.importorskip("brotli")
        pack = brotli.compress
    data = warc(pack(body), extra=f"Content-Encoding: {encoding}\r\n")
    (record,) = items(tmp_path, data)
    assert record.content == body


def test_a_body_that_the_crawler_has_unpacked_is_taken_as_it_is(tmp_path, warc):
    data = warc(b"<p>open</p>", extra="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")
    (record,) = items(tmp_path, data)
    assert record.content == b"<p>open</p>"


def test_chunks_are_put_together(tmp_path, warc):
    body = b"5\r\n<p>ab\r\n6\r\nc</p>\n\r\n0\r\n\r\n"
    (record,) = items(tmp_path, warc(body, extra="Transfer-Encoding: chunked\r\n"))
    assert record.content == b"<p>abc</p>\n"


@pytest.mark.parametrize("size", [b"ffffffff", b"7fffffff", b"0"])
def test_a_chunk_that_claims_gigabytes_takes_none(tmp_path, warc, size):
    data = warc(size + b"\r\n<p>x</p>", extra="Transfer-Encoding: chunked\r\n") + warc(b"<p>y</p>")
    found = items(tmp_path, data)
    assert len(found) == 2
    assert found[1].content == b"<p>y</p>"


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_last_record_is_said_with_its_offset(tmp_path, warc, packed):
    first, second = warc(b"<p>one</p>"), warc(b"<p>two</p>" * 200)
    if packed:
        data = gzip.compress(first) + gzip.compress(second)[:-30]
        start = len(gzip.compress(first))
    else:
        data, start = first + second[:-500], len(first)
    found = items(tmp_path, data)
    assert found[0].content == b"<p>one</p>"
    assert isinstance(found[1], Trouble)
    assert found[1].source == f"a.warc:{start}"
    assert len(found) == 2


def test_reading_goes_on_behind_a_damaged_gzip_member(tmp_path, warc):
    members = [gzip.compress(warc(f"<p>{n}</p>".encode() * 50)) for n in range(6)]
    broken = bytearray(members[2])
    for at in range(len(broken) // 2, len(broken) // 2 + 12):
        broken[at] ^= 0xFF
    members[2] = bytes(broken)
    found = items(tmp_path, b"".join(members))
    good = [each.content[:8] for each in found if isinstance(each, RawRecord)]
    assert good == [b"<p>0</p>", b"<p>1</p>", b"<p>3</p>", b"<p>4</p>", b"<p>5</p>"]
    bad = [each for each in found if isinstance(each, Trouble)]
    assert len(bad) == 1


def test_reading_goes_on_behind_junk_between_records(tmp_path, warc):
    data = warc(b"<p>a</p>") + b"junk\r\nmore junk" * 9 + warc(b"<p>b</p>") + warc(b"<p>c</p>")
    found = items(tmp_path, data)
    assert kinds(found) == ["record", "damaged record", "record", "record"]


def test_two_damaged_records_in_a_row_are_two(tmp_path, warc):
    bad = warc(b"<p>b</p>").replace(b"WARC/1.0", b"WARC/9.9")
    data = warc(b"<p>a</p>") + bad + bad + warc(b"<p>c</p>")
    assert kinds(items(tmp_path, data)) == ["record", "damaged record", "damaged record", "record"]


def test_a_large_record_is_passed_over(tmp_path, warc):
    data = gzip.compress(warc(b"<p>" + b"a" * 5000)) + gzip.compress(warc(b"<p>b</p>"))
    found = items(tmp_path, data, max_bytes=1000)
    assert kinds(found) == ["too large", "record"]
    assert found[0].source == "a.warc:0"


def test_a_bomb_in_a_body_is_not_unpacked(tmp_path, warc):
    bomb = gzip.compress(b"<p>" + b"\0" * 30_000_000)
    data = warc(bomb, extra="Content-Encoding: gzip\r\n") + warc(b"<p>b</p>")
    assert kinds(items(tmp_path, data, max_bytes=100_000)) == ["too large", "record"]


def test_a_bomb_of_a_record_is_jumped(tmp_path, warc, monkeypatch):
    monkeypatch.setattr(reader, "JUMP_OVER", 1_000_000)
    bomb = gzip.compress(warc(b"\0" * 2_000_000))
    data = gzip.compress(warc(b"<p>a</p>")) + bomb + gzip.compress(warc(b"<p>b</p>"))
    found = items(tmp_path, data)
    assert kinds(found) == ["record", "too large", "record"]
    assert found[1].source == f"a.warc:{len(gzip.compress(warc(b'<p>a</p>')))}"


def test_the_next_record_is_found_across_the_edges_of_what_is_read(tmp_path, warc, monkeypatch):
    monkeypatch.setattr(reader, "_FIRST_CHUNK", 2048)
    monkeypatch.setattr(reader, "_CHUNK", 2048)
    path = tmp_path / "a"
    for gap in (0, 1, 1020, 2044, 2047, 2048, 5000):
        path.write_bytes(b"\x1f" * gap + gzip.compress(warc(b"<p>a</p>")))
        with open(path, "rb") as file:
            assert reader.next_record(file, 0) == gap
    path.write_bytes(b"WARC/x \x1f\x8b\x08 nothing")
    with open(path, "rb") as file:
        assert reader.next_record(file, 0) is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize("mark", [b"WARC/", b"\x1f\x8b\x08"])
def test_marks_by_the_million_are_passed_in_linear_time(tmp_path, mark):
    path = tmp_path / "a"
    path.write_bytes(mark * 1_000_000 + b"WARC/1.0\r\n")
    with open(path, "rb") as file:
        assert reader.next_record(file, 0) == len(mark) * 1_000_000


@pytest.mark.timeout(30)
def test_beginnings_of_records_by_the_thousand_are_read_in_linear_time(tmp_path):
    path = tmp_path / "a"
    # Were a whole chunk read for each, this would take minutes.
    path.write_bytes(b"WARC/1" * 200_000)
    with open(path, "rb") as file:
        for start in range(0, 60_000, 6):
            assert reader.next_record(file, start + 1) == start + 6
