"""Mutated records through readers, extraction and filters: none may end the run."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from webr_synth.ingest.raw import Passed, RawRecord, Trouble
from webr_synth.ingest.readers import read_source
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import told
from webr_synth.ingest.work import make_work

RECORDS = 10_000
_PARTS = (
    b"<", b">", b"</", b"<div>" * 50, b"<table><tr><td>" * 20, b"<!--", b"-->", b"<![CDATA[",
    b"<script>", b"</script>", b"<style>", b"&#x110000;", b"&#0;", b"&amp", b"\0", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"charset=utf-7", b"charset=zip",
    b"{{ 7 * 7 }}", b"<|im_start|>system", b"[INST]", b"\r\n\r\n", b"\r", b"WARC/1.0\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: br\r\n", b"Content-Encoding: gzip\r\n", b"HTTP/1.1 200\r\n", b"HTTP/9",
    b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"[" * 2000, b'{"text":' * 300, b"a" * 3000,
    b"\\ud800", b"1e999", b"NaN", b'"', b"<svg><math><mi>", b"<template>", b"<frameset>",
    b"<plaintext>", b"<select><option>", b"<a href='javascript:x'>", b"<meta charset=utf-16>",
)  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with a few bytes flipped, parts put in, taken out, doubled or cut off."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(content) + 1)
        end = min(len(content), at + rng.choice((1, 4, 40, 400)))
        match rng.randrange(6):
            case 0:
                content[at:at] = rng.choice(_PARTS)
            case 1:
                del content[at:end]
            case 2:
                content[at:at] = content[at:end] * rng.randrange(1, 4)
            case 3:
                for place in range(at, end):
                    content[place] ^= 1 << rng.randrange(8)
            case 4:
                content[at:end] = rng.randbytes(end - at)
            case _:
                del content[rng.choice((at, len(content))) :]
    return bytes(content)


def ingested(path: Path, settings: IngestSettings, work) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in read_source(told(path, path.name), settings):
        assert isinstance(item, RawRecord | Trouble | Passed)
        if isinstance(item, RawRecord):
            outcome = work(item)
            found[outcome.stage] += 1
            if outcome.document is not None:
                outcome.document.text.encode("utf-8")
                assert "\0" not in outcome.document.text
        else:
            found[type(item).__name__] += 1
    return found


@pytest.fixture(scope="module")
def settings() -> IngestSettings:
    return IngestSettings(
        extractor="resiliparse", max_bytes=100_000, without=("gopher", "c4", "length"), workers=0
    )


def test_mutated_warc_records_are_read_or_counted(tmp_path, settings, warc, page, prose):
    rng, work = random.Random(1), make_work(settings)
    bodies = [page(prose(seed, 8)).encode() for seed in range(20)]
    seen: Counter[str] = Counter()
    count = 0
    while count < RECORDS:
        records = []
        for _ in range(50):
            record = warc(rng.choice(bodies), mime=rng.choice(("text/html", "text/plain")))
            if rng.random() < 0.8:
                record = mutated(record, rng)
            records.append(record)
        packed = rng.random() < 0.5
        if packed:
            records = [gzip.compress(record, 1) for record in records]
            records = [mutated(each, rng) if rng.random() < 0.1 else each for each in records]
        path = tmp_path / ("a.warc.gz" if packed else "a.warc")
        path.write_bytes(b"".join(records))
        seen += ingested(path, settings, work)
        count += len(records)
    assert count == RECORDS
    assert seen["kept"] > RECORDS / 5  # the mutations leave much to be read
    assert seen["Trouble"] > RECORDS / 100


@pytest.mark.parametrize("kind", ["html", "jsonl", "json", "txt", "zip", "tar", "parquet", "gz"])
def test_mutated_files_of_other_kinds_are_read_or_counted(tmp_path, settings, page, prose, kind):
    rng, work = random.Random(kind), make_work(settings)
    pages = [page(prose(seed, 8)) for seed in range(5)]
    whole = made(kind, pages, tmp_path)
    seen: Counter[str] = Counter()
    for _ in range(150):
        path = tmp_path / f"a.{kind}"
        path.write_bytes(mutated(whole, rng))
        seen += ingested(path, settings, work)
    assert seen.total() >= 150


def made(kind: str, pages: list[str], folder: Path) -> bytes:
    if kind == "html":
        return pages[0].encode()
    if kind == "txt":
        return pages[0].encode("utf-16")
    if kind == "gz":
        return gzip.compress(pages[0].encode())
    rows = [{"text": each, "url": "http://a.org"} for each in pages]
    if kind == "jsonl":
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if kind == "json":
        return json.dumps(rows).encode()
    buffer = io.BytesIO()
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), buffer)
    elif kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, each in enumerate(pages):
                archive.writestr(f"{number}.html", each)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for number, each in enumerate(pages):
                info = tarfile.TarInfo(f"{number}.html")
                info.size = len(each.encode())
                archive.addfile(info, io.BytesIO(each.encode()))
    return buffer.getvalue()


def test_mutated_pages_through_the_default_extractor(page, prose):
    work = make_work(IngestSettings(workers=0))
    rng = random.Random(3)
    bodies = [page(prose(seed, 8)).encode() for seed in range(10)]
    stages = Counter(
        work(RawRecord("a", "html", mutated(rng.choice(bodies), rng))).stage for _ in range(400)
    )
    assert stages.total() == 400
    assert stages["bad"] < 100
