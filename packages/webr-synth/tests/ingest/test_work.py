from __future__ import annotations

from webr_synth.documents import document_id
from webr_synth.ingest.raw import RawRecord
from webr_synth.ingest.settings import IngestSettings
from webr_synth.ingest.work import make_work


def outcome(record: RawRecord, **settings):
    return make_work(IngestSettings(workers=0, **settings))(record)


def test_a_page_becomes_a_document(page, prose):
    record = RawRecord("a:0", "html", page(prose(1)).encode("utf-16"), "http://a", "2024", "de")
    found = outcome(record)
    assert found.stage == "kept"
    document = found.document
    assert document.doc_id == document_id(document.text)
    assert prose(1).split()[-20:] == document.text.split()[-20:]
    assert (document.url, document.date, document.source) == ("http://a", "2024", "a:0")
    assert document.language == "en"  # what is seen goes before what is said


def test_binary_and_empty_records_are_told_apart():
    assert outcome(RawRecord("a", "html", b"\x89PNG\r\n")).name == "binary content"
    assert outcome(RawRecord("a", "html", b"<html><body></body></html>")).stage == "empty"
    assert outcome(RawRecord("a", "text", b" \n \t")).stage == "empty"


def test_filters_name_themselves_and_their_rule(prose):
    found = outcome(RawRecord("a", "text", "short"))
    assert (found.stage, found.name, found.detail) == ("filtered", "length", "too short")
    assert outcome(RawRecord("a", "text", prose(1)), languages=("fr",)).detail == "language en"
    assert outcome(RawRecord("a", "text", "short"), without=("length", "gopher", "c4")).document


def test_whatever_a_parser_raises_is_an_outcome(monkeypatch, page):
    def broken(name):
        def extract(text):
            raise RecursionError("too\ndeep")

        return extract

    monkeypatch.setattr("webr_synth.ingest.extraction.load_extractor", broken)
    found = outcome(RawRecord("a", "html", page("x")))
    assert (found.stage, found.name) == ("bad", "not extractable")
    assert found.detail == "RecursionError: too deep"


def test_names_that_utf8_cannot_hold_do_no_harm(prose):
    found = outcome(RawRecord("a\udcff.zip:x", "text", prose(1), url="http://\udc80"))
    assert found.document.source == "a?.zip:x"
    assert found.document.url == "http://?"
