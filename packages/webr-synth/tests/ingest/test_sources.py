from __future__ import annotations

import gzip
import io
import os
import tarfile

import pytest

from truing_core.errors import InputError
from webr_synth.ingest.sources import check_inputs, find_sources, text_kind, told


def tar_of(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.html")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a", b"WARC/1.0\r\n", "warc"),
        ("a.gz", gzip.compress(b"WARC/1.1\r\n", mtime=0), "warc"),
        ("a.warc.gz", b"\x1f\x8b broken", "warc"),
        ("a.wet", b"junk", "warc"),
        ("a", b"\n<!DOCTYPE html><html>", "html"),
        ("a", b"<!-- saved --><html lang=en>", "html"),
        ("a", b"<?xml version='1.0'?> <!-- a - b --> <!----> <!-- -- --><html>", "html"),
        ("a", b"<!-- " + b"x" * 1990 + b"--><html>", "html"),
        ("a", b"<!-- no end <html>", "text"),
        ("a.txt", b"\xef\xbb\xbf<html>", "html"),
        ("a", "<html>".encode("utf-16"), "html"),
        ("a.html", b"just words", "html"),
        ("a.dat", b"PK\x03\x04", "zip"),
        ("a.dat", b"PAR1....", "parquet"),
        ("a.dat", tar_of(b"x"), "tar"),
        ("a.tgz", gzip.compress(tar_of(b"x"), mtime=0), "tar"),
        ("a.json", b'[{"text": 1}]', "json list"),
        ("a.json", b'{"text": 1}\n{"text": 2}', "json lines"),
        ("a.jsonl.gz", gzip.compress(b'{"text": 1}', mtime=0), "json lines"),
        ("a", b' {"text": 1}', "json lines"),
        ("a", b"[\n {}]", "json list"),
        ("a.md", b"[link](http://a) {{ x }}", "text"),
        ("a.md", b'{"not": "rows"}', "text"),
        ("a", b"{{ template }} words", "text"),
        ("a", b"words", "text"),
        ("a.bin", b"\0\1\2", "binary"),
        ("a.txt", b"a few\0 among many words" * 5, "binary"),
        ("a.txt", b"one\0 among many words" + b" and words" * 9, "text"),
        ("a.bin", b"\x1f\x8b broken", "binary"),
        ("a", b"", "empty"),
    ],
)
def test_kinds_are_told_by_content(tmp_path, name, content, kind):
    path = tmp_path / name
    path.write_bytes(content)
    source = told(path, name)
    assert (source.kind, source.size) == (kind, len(content))


def test_folders_are_walked_in_order(tmp_path):
    for name in ("b.txt", "a.txt", "sub/c.txt", ".git/x", ".z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    os.symlink(tmp_path, tmp_path / "sub" / "round")
    names = [each.name for each in find_sources([str(tmp_path)], [tmp_path / "b.txt"])]
    assert names == [f"{tmp_path.name}/a.txt", f"{tmp_path.name}/sub/c.txt"]


def test_pipes_and_missing_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert told(tmp_path / "pipe", "pipe").kind == "unreadable"
    gone = told(tmp_path / "gone", "gone")
    assert (gone.kind, gone.detail) == ("unreadable", "No such file or directory")
    with pytest.raises(InputError, match="no such file or folder"):
        check_inputs([str(tmp_path / "gone")])
    check_inputs(["hub:owner/name", str(tmp_path)])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("comment", [b"<!---->", b"<!-- -->\n", b"<!-- a", b" ", b"<?xml > "])
def test_what_stands_before_a_tag_is_read_once(comment):
    head = (comment * 4096)[:4000]
    assert text_kind(head + b"<feed/>", ".xml") == "text"
    assert text_kind(comment * 100 + b"x", "") == "text"
