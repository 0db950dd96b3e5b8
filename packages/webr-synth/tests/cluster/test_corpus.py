"""Parquet files as documents: which rows a block has, and what cannot be read."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truing_core.errors import InputError
from webr_synth.cluster.corpus import Block, Corpus, Piece
from webr_synth.documents import document_id, read_documents


def write(path, texts, group=3, name="text"):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"n": list(range(len(texts))), name: texts, "url": [None] * len(texts)})
    pq.write_table(table, path, row_group_size=group)
    return path


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "docs"
    write(root / "b/one.parquet", [f"b {n}" for n in range(7)])
    write(root / "a.parquet", [f"a {n}" for n in range(4)])
    write(root / "c/empty.parquet", [])
    write(root / "_hidden.parquet", ["never read"])
    write(root / ".part.parquet", ["never read"])
    (root / "readme.txt").write_text("not data")
    return root


def texts_of(corpus, block):
    return [each.text for each in corpus.read(block.pieces)]


def test_blocks_go_through_the_files_in_the_order_of_their_names(folder):
    corpus = Corpus.open(str(folder))
    assert (corpus.rows, corpus.field) == (11, "text")
    blocks = corpus.blocks(5)
    assert [texts_of(corpus, block) for block in blocks] == [
        ["a 0", "a 1", "a 2", "a 3", "b 0"],
        ["b 1", "b 2", "b 3", "b 4", "b 5"],
        ["b 6"],
    ]
    first = str(folder / "a.parquet"), str(folder / "b/one.parquet")
    assert blocks[0] == Block(0, (Piece(first[0], 0, 4), Piece(first[1], 0, 1)))
    [document] = list(corpus.read(blocks[2].pieces))
    assert document.source == "one.parquet:7"
    assert document.doc_id == document_id("b 6")
    assert [each.text for each in corpus.documents()][-1] == "b 6"


def test_the_text_is_where_a_run_on_one_machine_finds_it(tmp_path):
    path = tmp_path / "a.parquet"
    schema = pa.schema([(name, pa.string()) for name in ("text", "content", "url")])
    for rows, found in (
        ([{"content": "a"}, {"content": "b"}], "content"),
        ([{}, {"content": "a"}, {"text": "late"}], "content"),
        ([{}, {"text": "a", "content": "b"}], "text"),
    ):
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=2)
        corpus = Corpus.open(str(path))
        assert corpus.field == found
        assert list(corpus.documents()) == list(read_documents(path))
    assert Corpus.open(str(path), "content").field == "content"
    pq.write_table(pa.Table.from_pylist([{}], schema=schema), path)
    assert list(Corpus.open(str(path)).documents()) == []


def test_an_address_and_a_limit(folder):
    corpus = Corpus.open(f"file://{folder}", limit=6)
    assert corpus.sizes == (4, 2, 0)
    assert [texts_of(corpus, block) for block in corpus.blocks(4)] == [
        ["a 0", "a 1", "a 2", "a 3"], ["b 0", "b 1"],
    ]  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(any),
    st.integers(1, 7), st.integers(1, 4), st.one_of(st.none(), st.integers(1, 30)),
)  # fmt: skip
def test_every_row_is_in_one_block(tmp_path_factory, sizes, size, group, limit):
    root = tmp_path_factory.mktemp("docs")
    expected = []
    for place, rows in enumerate(sizes):
        texts = [f"{place}-{n}" for n in range(rows)]
        write(root / f"{place}.parquet", texts, group)
        expected += texts
    corpus = Corpus.open(str(root), limit=limit)
    blocks = corpus.blocks(size)
    read = [texts_of(corpus, block) for block in blocks]
    assert [text for texts in read for text in texts] == expected[:limit]
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert all(len(texts) == size for texts in read[:-1])


def test_rows_without_text_are_passed_over(tmp_path):
    path = write(tmp_path / "d.parquet", ["one", None, "  ", "four"])
    corpus = Corpus.open(str(path))
    assert [each.text for each in corpus.documents()] == ["one", "four"]
    assert [texts_of(corpus, block) for block in corpus.blocks(2)] == [["one"], ["four"]]


def test_an_id_that_rows_bring_is_kept_as_on_one_machine(tmp_path):
    path = tmp_path / "d.parquet"
    rows = [{"doc_id": "0123456789abcdef", "text": "one"}, {"doc_id": "?", "text": "two"}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    found = list(Corpus.open(str(path)).documents())
    assert [each.doc_id for each in found] == ["0123456789abcdef", document_id("two")]
    assert found == list(read_documents(path))


def test_what_cannot_be_read(tmp_path, folder):
    with pytest.raises(InputError, match=r"nowhere: there is no such file or folder"):
        Corpus.open(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="--executor ray reads Parquet"):
        Corpus.open(str(folder / "readme.txt"))
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"holds no \.parquet file"):
        Corpus.open(str(tmp_path / "none"))
    with pytest.raises(InputError, match="there is no document in it"):
        Corpus.open(str(folder / "c"))
    with pytest.raises(InputError, match="cannot be read: Unrecognized filesystem type"):
        Corpus.open("nosuch://bucket/docs")
    other = write(tmp_path / "x/other.parquet", ["text"], name="paragraph")
    with pytest.raises(InputError, match="found the fields paragraph; name it with"):
        Corpus.open(str(other))
    assert Corpus.open(str(other), "paragraph").field == "paragraph"
    # The first file tells the field; a file that lacks it is named.
    write(folder / "d.parquet", ["text"], name="paragraph")
    with pytest.raises(InputError, match=r"d\.parquet.*expected 'text' to hold it"):
        Corpus.open(str(folder))
    (folder / "d.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match=r"d\.parquet: cannot be read: "):
        Corpus.open(str(folder))
