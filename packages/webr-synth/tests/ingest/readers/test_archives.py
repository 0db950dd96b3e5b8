from __future__ import annotations

import bz2
import gzip
import io
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from webr_synth.ingest.raw import Passed, RawRecord, Trouble
from webr_synth.ingest.readers import archives, read_source
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import told

MEMBERS = {
    "a.html": b"<p>one</p>",
    "deep/b.md": b"# two",
    "c.bin": b"\0\1\2",
    "empty.txt": b"",
    "large.txt": b"x" * 5000,
    "d": b"<!doctype html><p>three</p>",
}


def items(path, **settings) -> list:
    return list(read_source(told(path, path.name), IngestSettings(max_bytes=1000, **settings)))


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tar_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", zip_of(MEMBERS)),
        ("a.tar", tar_of(MEMBERS)),
        ("a.tar.gz", gzip.compress(tar_of(MEMBERS))),
        ("a.tar.bz2", bz2.compress(tar_of(MEMBERS))),
    ],
    ids=["zip", "tar", "tar.gz", "tar.bz2"],  # archives hold the time, which workers differ in
)
def test_members_are_told_by_content(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    found = items(path)
    assert [each.source for each in found] == [f"{name}:{member}" for member in MEMBERS]
    assert found[0] == RawRecord(f"{name}:a.html", "html", b"<p>one</p>")
    assert (found[1].kind, found[1].content) == ("text", b"# two")
    assert isinstance(found[2], Passed)
    assert [each.reason for each in found[3:5]] == ["empty record", "too large"]
    assert found[5].kind == "html"
    assert list(tmp_path.iterdir()) == [path]  # nothing is extracted


def test_a_bomb_in_a_zip_is_one_large_record(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of({"bomb.html": b"\0" * 50_000_000, "b.html": b"<p>b</p>"}))
    tracemalloc.start()
    found = items(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0].reason == "too large"
    assert found[1].content == b"<p>b</p>"
    assert peak < 5_000_000


def test_a_bomb_of_a_tar_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("webr_synth.ingest.streams.FREE_BYTES", 1_000_000)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar_of({"a.html": b"<p>a</p>", "bomb": b"\0" * 50_000_000})))
    found = items(path)
    assert found[0].content == b"<p>a</p>"
    assert (found[-1].reason, found[-1].lost) == ("archive bomb", True)


def test_a_damaged_member_does_not_end_a_zip(tmp_path):
    data = bytearray(zip_of({"a.html": b"<p>a</p>" * 30, "b.html": b"<p>b</p>"}))
    at = data.index(b"a.html") + 8
    data[at] ^= 0xFF
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    found = items(path)
    assert isinstance(found[0], Trouble)
    assert found[0].source == "a.zip:a.html"
    assert found[1].content == b"<p>b</p>"


def test_encrypted_members_are_damaged_for_us(tmp_path):
    data = bytearray(zip_of({"a.html": b"<p>a</p>"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(data))
    (trouble,) = items(path)
    assert "encrypted" in trouble.detail


def test_a_directory_that_would_not_fit_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, archives.MOST_DIRECTORY + 1, 0, 0)
    path.write_bytes(b"PK\x03\x04" + end)
    (trouble,) = items(path)
    assert trouble.reason == "archive bomb"


@pytest.mark.parametrize("cut", [700, 100])
def test_a_tar_that_is_cut_off_says_so(tmp_path, cut):
    path = tmp_path / "a.tar"
    whole = tar_of({"a.html": b"<p>a</p>", "b.html": b"<p>b</p>" * 100})
    path.write_bytes(whole[: 1536 + cut])
    found = items(path)
    assert found[0].content == b"<p>a</p>"
    assert isinstance(found[-1], Trouble)
