from __future__ import annotations

import gzip

import pytest

from webr_synth.ingest.readers import read_source
from webr_synth.ingest.readers.html import own_address
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.sources import told


@pytest.mark.parametrize(
    ("page", "url"),
    [
        (b"<link rel='canonical' href='https://a.org/x'>", "https://a.org/x"),
        (b'<LINK HREF="https://a.org/x" REL=canonical />', "https://a.org/x"),
        (b'<meta property="og:url" content="http://a.org/y">', "http://a.org/y"),
        (b'<link rel=stylesheet href="https://a.org/x.css">', None),
        (b'<link rel=canonical href="/x">', None),
        (b"<p>canonical http://a.org</p>", None),
        (b"<link " * 20_000, None),
    ],
)
def test_the_address_that_a_page_gives_itself(page, url):
    assert own_address(page) == url


@pytest.mark.parametrize(("name", "kind"), [("a.html", "html"), ("a.txt", "text")])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_a_record(tmp_path, name, kind, packed):
    content = b"<html>words" if kind == "html" else b"words"
    path = tmp_path / (name + ".gz" if packed else name)
    path.write_bytes(gzip.compress(content) if packed else content)
    (record,) = read_source(told(path, "f"), IngestSettings())
    assert (record.source, record.kind, record.content) == ("f", kind, content)
    (trouble,) = read_source(told(path, "f"), IngestSettings(max_bytes=4))
    assert trouble.reason == "too large"


def test_a_file_that_vanishes_is_a_trouble(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<html>")
    source = told(path, "f")
    path.unlink()
    (trouble,) = read_source(source, IngestSettings())
    assert (trouble.reason, trouble.detail, trouble.lost) == (
        "unreadable file",
        "No such file or directory",
        True,
    )
