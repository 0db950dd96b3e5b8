from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from truing_core.errors import UsageError
from webr_synth.documents import Document, read_documents
from webr_synth.ingest import output
from webr_synth.ingest.output import check_output, documents_file

DOCUMENTS = [Document(f"{n:016x}", f"text {n}", f"http://a/{n}") for n in range(25)]


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_documents_come_back(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(output, "GROUP_ROWS", 10)
    path = tmp_path / f"d{suffix}"
    with documents_file(path) as sink:
        for document in DOCUMENTS:
            sink.write(document)
    found = list(read_documents(path))
    assert [(each.text, each.url) for each in found] == [(d.text, d.url) for d in DOCUMENTS]
    if suffix == ".parquet":
        file = pq.ParquetFile(path)
        assert [file.metadata.row_group(n).num_rows for n in range(3)] == [10, 10, 5]
        assert file.schema_arrow.names == list(DOCUMENTS[0].row())
        assert {str(kind) for kind in file.schema_arrow.types} == {"string"}
    else:
        assert json.loads(path.read_text().splitlines()[3]) == DOCUMENTS[3].row()


def test_row_groups_are_bounded_by_characters_too(tmp_path, monkeypatch):
    monkeypatch.setattr(output, "GROUP_CHARS", 20)
    with documents_file(tmp_path / "d.parquet") as sink:
        for document in DOCUMENTS[:9]:
            sink.write(document)
    assert pq.ParquetFile(tmp_path / "d.parquet").num_row_groups == 3


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_an_error_leaves_what_was_there(tmp_path, suffix):
    path = tmp_path / f"d{suffix}"
    path.write_text("old")

    def fail() -> None:
        with documents_file(path) as sink:
            sink.write(DOCUMENTS[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_names_are_checked_first(tmp_path):
    with pytest.raises(UsageError, match=r"name a \.parquet or a \.jsonl file"):
        check_output(tmp_path / "d.json")
    (tmp_path / "x.jsonl").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_output(tmp_path / "x.jsonl")
