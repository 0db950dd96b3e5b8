"""Documents are found in rows, and known by what they say."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import InputError
from webr_synth.documents import Document, document_id, read_documents


def test_an_id_is_the_hash_of_the_normalised_text():
    assert document_id("a  b\n c") == hashlib.sha256(b"a b c").hexdigest()[:16]
    assert document_id("ﬁle\u00a0x") == document_id("file x")
    assert document_id("a b") != document_id("ab")


@given(st.text(max_size=60))
def test_white_space_around_changes_no_id(text):
    assert document_id(f"\n {text}\t\n") == document_id(text)
    assert len(document_id(text)) == 16


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_rows_become_documents(tmp_path):
    path = write(
        tmp_path / "d.jsonl",
        {"text": "one", "url": "http://a", "date": "2026-01-01", "language": "en"},
        {"text": "  "},
        {"text": None},
        {"other": 3},
        {"text": "two", "url": "", "source": "w.warc:17"},
    )
    assert list(read_documents(path)) == [
        Document(document_id("one"), "one", "http://a", "2026-01-01", "en", "d.jsonl:1"),
        Document(document_id("two"), "two", source="w.warc:17"),
    ]


def test_an_id_of_ingest_is_kept_and_any_other_is_not(tmp_path):
    path = write(
        tmp_path / "d.jsonl",
        {"doc_id": "0123456789abcdef", "text": "one"},
        {"doc_id": "../../etc", "text": "two"},
        {"doc_id": 17, "text": "three"},
    )
    assert [each.doc_id for each in read_documents(path)] == [
        "0123456789abcdef", document_id("two"), document_id("three")
    ]  # fmt: skip


def test_the_text_is_looked_for_or_named(tmp_path):
    path = write(tmp_path / "d.jsonl", {"id": "x", "webpage": "page", "summary": "short"})
    assert [each.text for each in read_documents(path)] == ["page"]
    assert [each.text for each in read_documents(path, "summary")] == ["short"]
    with pytest.raises(InputError, match=r"d\.jsonl, row 1: no text: expected 'body' to hold it"):
        list(read_documents(path, "body"))
    none = write(tmp_path / "n.jsonl", {"id": 1, "n": 2})
    with pytest.raises(InputError, match="found the fields id, n; name it with --text-field"):
        list(read_documents(none))


def test_a_null_in_the_first_row_loses_this_row_alone(tmp_path):
    path = write(tmp_path / "d.jsonl", {"text": None, "n": 1}, {"text": None}, {"text": "two"})
    assert [each.text for each in read_documents(path)] == ["two"]
    path = write(tmp_path / "n.jsonl", {"body": None}, {"body": "two", "text": "other"})
    assert [each.text for each in read_documents(path, "body")] == ["two"]
    assert [each.text for each in read_documents(path)] == ["other"]
    path = write(tmp_path / "a.jsonl", {"text": None}, {"text": None})
    assert list(read_documents(path)) == []
    path = write(tmp_path / "o.jsonl", {"text": None}, {"title": "x"})
    with pytest.raises(InputError, match=r"o\.jsonl, row 2: no text: .* found the fields title"):
        list(read_documents(path))


def test_the_real_pages(test_data):
    found = list(read_documents(test_data / "webr/web_en_1k.json"))
    assert len(found) == 1000
    assert len({each.doc_id for each in found}) == 980  # twenty stand there twice
    assert min(len(each.text) for each in found) > 900
