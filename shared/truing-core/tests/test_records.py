from __future__ import annotations

import csv
import gzip
import itertools
import json
import subprocess
import sys
import tracemalloc
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator

from truing_core.errors import InputError
from truing_core.records import parse_row, read_hub, read_rows, write_rows

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "naïve 模型", "n": 1, "tags": ["x", "y"]},
    {"id": "b", "text": "two\nlines", "n": 2, "tags": []},
]
TEXT_SUFFIXES = [".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz"]


def numbered(rows: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(rows, 1))


@pytest.mark.parametrize("suffix", [*TEXT_SUFFIXES, ".parquet", ".JSONL", ".v2.jsonl"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    assert write_rows(path, iter(ROWS)) == 2
    assert list(read_rows(path)) == numbered(ROWS)
    assert list(read_rows(str(path))) == numbered(ROWS)


def test_gzipped_files_are_the_same_bytes_for_the_same_rows(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        write_rows(tmp_path / name, ROWS)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()).startswith(b'{"id": "a"')


def test_formats_on_disk(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", ROWS)
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert lines[0] == '{"id": "a", "text": "naïve 模型", "n": 1, "tags": ["x", "y"]}'
    write_rows(tmp_path / "a.json", ROWS)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == ROWS
    assert write_rows(tmp_path / "none.json", []) == 0
    assert (tmp_path / "none.json").read_text() == "[]\n"


def test_csv_has_all_columns_and_nested_values_as_json(tmp_path: Path) -> None:
    rows = [{"id": "a", "tags": ["模"], "score": 0.5}, {"id": 'b,\n"c"', "extra": None}]
    assert write_rows(tmp_path / "a.csv", rows) == 2
    with open(tmp_path / "a.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["id", "tags", "score", "extra"],
            ["a", '["模"]', "0.5", ""],
            ['b,\n"c"', "", "", ""],
        ]


def test_parquet_columns_are_the_union_and_types_are_widened(tmp_path: Path) -> None:
    first = [{"id": str(i), "score": None} for i in range(2000)]
    rows = [*first, {"id": "x", "score": 1}, {"id": "y", "score": 0.5, "note": {"a": [1]}}]
    path = tmp_path / "a.parquet"
    assert write_rows(path, iter(rows)) == 2002
    read = dict(read_rows(path))
    assert read[1] == {"id": "0", "score": None, "note": None}
    assert read[2001] == {"id": "x", "score": 1.0, "note": None}
    assert read[2002] == {"id": "y", "score": 0.5, "note": {"a": [1]}}
    assert write_rows(tmp_path / "none.parquet", []) == 0
    assert list(read_rows(tmp_path / "none.parquet")) == []


@pytest.mark.parametrize("apart", [1, 1500])
def test_parquet_columns_of_two_types_are_named(tmp_path: Path, apart: int) -> None:
    rows = [{"id": "a", "n": 1}] * apart + [{"id": "b", "n": "two"}]
    with pytest.raises(InputError, match=r"a\.parquet.*(field 'n'|Field n)"):
        write_rows(tmp_path / "a.parquet", rows)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"n": 2**70}, "a whole number needs more than 64 bits; .*n"),
        ({"inner": {"n": 2**70}}, "a whole number needs more than 64 bits"),
        ({"a\ud83d": 1}, "a column's name holds half of a character"),
    ],
)
def test_what_parquet_cannot_hold_is_told(
    tmp_path: Path, row: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=rf"(?s)a\.parquet.*{told}|{told}.*a\.parquet"):
        write_rows(tmp_path / "a.parquet", [{"id": "x"}, row])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet", ".csv"])
def test_a_text_with_half_a_character_is_no_obstacle(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    assert write_rows(path, [{"id": "a", "x": ["cut \ud83d"]}]) == 1
    if suffix != ".csv":
        [(_, row)] = read_rows(path)
        assert row["x"][0].startswith("cut ")


def test_numbers_that_json_cannot_hold_are_located(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, ROWS)
    with pytest.raises(InputError) as caught:
        write_rows(path, [{"x": 1.0}, {"x": float("nan")}])
    assert (caught.value.path, caught.value.row) == (path, 2)
    assert list(read_rows(path)) == numbered(ROWS)


def test_rows_that_fail_to_come_leave_the_old_file(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"id": "new"}
        raise ZeroDivisionError

    for suffix in (".jsonl", ".json.gz", ".csv", ".parquet"):
        path = tmp_path / f"a{suffix}"
        write_rows(path, ROWS)
        old = path.read_bytes()
        with pytest.raises(ZeroDivisionError):
            write_rows(path, rows())
        assert path.read_bytes() == old
    assert len(list(tmp_path.iterdir())) == 4


def test_missing_files_folders_and_kinds_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: there is no such file"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="is a folder; name a file"):
        read_rows(tmp_path)
    for name in ("a.txt", "a", "a.parquet.gz", ".jsonl"):
        (tmp_path / name).write_text("{}")
        with pytest.raises(InputError, match="unknown kind of file"):
            read_rows(tmp_path / name)
        with pytest.raises(InputError, match="unknown kind of file"):
            write_rows(tmp_path / name, ROWS)
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="CSV is for results only"):
        read_rows(tmp_path / "a.csv")


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".jsonl.gz", ".json.gz"])
def test_empty_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    for content in (b"", b"\n \n"):
        path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
        with pytest.raises(InputError, match="the file is empty"):
            list(read_rows(path))


def test_a_cut_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(b"".join(json.dumps({"n": n}).encode() + b"\n" for n in range(10_000)))
    path.write_bytes(whole[: len(whole) // 2])
    rows = read_rows(path)
    assert next(rows) == (1, {"n": 0})
    with pytest.raises(InputError, match="the compressed file seems cut off"):
        list(rows)


@pytest.mark.parametrize("content", [b'{"a": 1}\n', b"\x1f\x8b\x08\x00" + b"\xff" * 40])
def test_what_is_named_gz_and_is_not(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    with pytest.raises(InputError, match="no valid gzip file"):
        list(read_rows(tmp_path / "a.jsonl.gz"))


@pytest.mark.parametrize("content", [b"", b'{"a": 1}\n', b"PAR1" + b"\x00" * 40 + b"PAR1"])
def test_what_is_named_parquet_and_is_not(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.parquet: no valid Parquet file"):
        list(read_rows(tmp_path / "a.parquet"))


@pytest.mark.parametrize("name", ["big.jsonl", "big.json"])
def test_a_100_mb_file_needs_little_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    row = json.dumps({"id": "x", "text": "word " * 4000}).encode()
    count = 100_000_000 // len(row) + 1
    before, between, after = (b"[", b",\n", b"]") if name == "big.json" else (b"", b"\n", b"\n")
    with open(path, "wb") as file:
        file.write(before + row)
        for _ in range(count - 1):
            file.write(between + row)
        file.write(after)
    assert path.stat().st_size > 100_000_000
    tracemalloc.start()
    try:
        numbers = (number for number, _ in read_rows(path))
        last = deque(numbers, maxlen=1).pop()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    path.unlink()
    assert last == count
    assert peak < 12_000_000


def test_a_reader_that_stops_early_leaves_no_open_file(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", ROWS)
    rows = read_rows(tmp_path / "a.jsonl")
    next(rows)
    del rows  # an open file would warn here, and warnings are errors


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(st.characters(codec="utf-8"), max_size=10)
)


@given(st.lists(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), CELLS)))
def test_any_json_rows_survive(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("rows")
    for suffix in (".json", ".json.gz"):
        assert write_rows(folder / f"a{suffix}", rows) == len(rows)
        assert list(read_rows(folder / f"a{suffix}")) == numbered(rows)


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"")
    script = (
        "import sys\n"
        "sys.modules['pyarrow'] = sys.modules['datasets'] = None\n"
        "from truing_core.errors import TruingError\n"
        "from truing_core.records import read_hub, read_rows, write_rows\n"
        "for call in (lambda: list(read_rows('a.parquet')), lambda: write_rows('b.parquet', []),\n"
        "             lambda: list(read_hub('owner/name'))):\n"
        "    try:\n"
        "        call()\n"
        "    except TruingError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line.count("pip install 'truing-core[") for line in lines] == [1, 1, 1]
    assert "[parquet]" in lines[0]
    assert "[hub]" in lines[2]


def test_a_folder_in_the_form_of_a_hub_data_set_streams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets")
    write_rows(tmp_path / "train.jsonl", ({"n": n} for n in itertools.islice(range(10**9), 50)))
    rows = read_hub(str(tmp_path))
    assert next(rows) == (1, {"n": 0})
    assert list(rows)[-1] == (50, {"n": 49})
    with pytest.raises(InputError, match=r"hub data set .*: cannot be read: "):
        list(read_hub(str(tmp_path), split="validation"))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_hub(str(tmp_path / "none")))


class Inner(BaseModel):
    level: int


class Item(BaseModel):
    id: str
    category: Literal["content", "style"]
    levels: list[Inner] = []

    @field_validator("id")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        if not value:
            raise ValueError("an id must not be empty")
        return value


def test_parse_row_gives_the_model() -> None:
    item = parse_row(Item, {"id": "a", "category": "style"}, path="a.jsonl", row_number=1)
    assert item == Item(id="a", category="style")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"id": "a", "category": "stile"},
            "a.jsonl, row 7, field 'category': Input should be 'content' or 'style' "
            "(found 'stile')",
        ),
        ({"id": "a"}, "a.jsonl, row 7, field 'category': Field required"),
        (
            {"id": "", "category": "style"},
            "a.jsonl, row 7, field 'id': an id must not be empty (found '')",
        ),
        (
            {"id": "a", "category": "style", "levels": [{"level": 1}, {"level": "x" * 200}]},
            "a.jsonl, row 7, field 'levels.1.level': Input should be a valid integer, unable to "
            "parse string as an integer",
        ),
        ({}, "a.jsonl, row 7, field 'id': Field required (and 1 more)"),
    ],
)
def test_parse_row_names_the_first_bad_field(row: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_row(Item, row, path="a.jsonl", row_number=7)
    assert str(caught.value) == expected
