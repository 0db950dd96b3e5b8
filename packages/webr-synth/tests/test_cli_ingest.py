from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from webr_synth.cli import app
from webr_synth.documents import document_id

COMMAND = [sys.executable, "-m", "webr_synth", "ingest"]
SENTENCES = (
    "The old bridge over the river was built by the people of the village in a single summer.",
    "Nobody could say with certainty who had drawn the plans, and the letters were lost.",
    "In spring the water rises to the third step, and the children count the stones.",
    "A teacher wrote down every flood that she had seen, with the date and the height.",
    "Her notes are kept in the small museum beside the station, where visitors can read them.",
    "The engineers who came to repair the arch were surprised by how well it had held.",
    "They replaced forty stones, marked each of them, and left the rest as it had been.",
)


def text_of(number: int) -> str:
    lines = SENTENCES[number % 3 :] + SENTENCES[: number % 3]
    names = " ".join(f"name{number}x{at}" for at in range(60))
    return "\n".join((*lines, f"Document {number} of the archive lists the names of {names}."))


def page_of(text: str) -> str:
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return f"<html><head><title>t</title></head><body><article>{body}</article></body></html>"


def warc_of(page: str, url: str) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2024-01-02T03:04:05Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def write_rows(path: Path, numbers, field: str = "text", **more: object) -> Path:
    rows = [{field: text_of(number), **more} for number in numbers]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


@pytest.fixture
def ingest(command_line):
    return command_line(app, "webr-synth", "ingest")


def test_rows_become_documents(ingest, tmp_path):
    source = write_rows(tmp_path / "in.jsonl", range(5), url="http://a.org", date="2024-01-02")
    code, out, err = ingest(source, "-o", "docs.parquet")
    assert code == 0
    assert "5 documents in docs.parquet" in err
    assert out.splitlines()[-1].split() == ["documents", "5"]
    rows = read(Path("docs.parquet"))
    assert rows[2] == {
        "doc_id": document_id(text_of(2)),
        "text": text_of(2),
        "url": "http://a.org",
        "date": "2024-01-02",
        "language": "en",
        "source": "in.jsonl:3",
    }


def test_every_kind_of_input_in_one_run(ingest, tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").write_text("not read")
    (folder / "a.warc.gz").write_bytes(
        b"".join(gzip.compress(warc_of(page_of(text_of(n)), f"http://w.org/{n}")) for n in (0, 1))
    )
    (folder / "b.html").write_text(page_of(text_of(2)))
    (folder / "c.txt").write_text(text_of(3))
    (folder / "deep" / "d.md").write_text("# Bridges\n\n" + text_of(4))
    write_rows(folder / "e.jsonl", [5])
    (folder / "f.json").write_text(json.dumps([{"content": text_of(6)}]))
    with zipfile.ZipFile(folder / "g.zip", "w") as archive:
        archive.writestr("x.html", page_of(text_of(7)))
        archive.writestr("y.png", b"\x89PNG\r\n\0\0")
    (folder / "h.png").write_bytes(b"\x89PNG\r\n\0\0\0")
    result = ingest(folder, "-o", "docs.jsonl", "--json", "--workers", "2")
    assert result.code == 0
    assert result.json["kept"] == 8
    assert result.json["not_documents"] == {"not text": 1, "binary file": 1}
    assert result.json["records"] == 10
    rows = {row["source"]: row for row in read(Path("docs.jsonl"))}
    assert list(rows) == [
        "in/a.warc.gz:0",
        f"in/a.warc.gz:{len(gzip.compress(warc_of(page_of(text_of(0)), 'http://w.org/0')))}",
        "in/b.html",
        "in/c.txt",
        "in/e.jsonl:1",
        "in/f.json:1",
        "in/g.zip:x.html",
        "in/deep/d.md",
    ]
    first = rows["in/a.warc.gz:0"]
    assert (first["url"], first["date"]) == ("http://w.org/0", "2024-01-02T03:04:05Z")
    assert first["text"].split() == text_of(0).split()
    assert json.loads(Path("docs.jsonl.counts.json").read_text())["kept"] == 8


def test_the_result_does_not_depend_on_the_number_of_workers(ingest, tmp_path):
    source = tmp_path / "a.warc"
    numbers = [*range(60), 3, 3, 7]
    source.write_bytes(b"".join(warc_of(page_of(text_of(n)), f"http://a/{n}") for n in numbers))
    outputs = []
    for workers in (0, 1, 3):
        result = ingest(
            source, "-o", "docs.jsonl", "--workers", workers, "--json", "--extractor", "resiliparse"
        )
        assert result.json["filtered"]["exact"]["total"] == 3
        outputs.append((Path("docs.jsonl").read_bytes(), result.out))
    assert outputs[0] == outputs[1] == outputs[2]


def test_near_duplicates_are_dropped_unless_told_otherwise(ingest, tmp_path):
    source = tmp_path / "in.jsonl"
    texts = [text_of(1), text_of(1).replace("third step", "fourth step"), text_of(2)]
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert ingest(source, "-o", "d.jsonl", "--json").json["filtered"]["near"]["total"] == 1
    assert ingest(source, "-o", "d.jsonl", "--json", "--no-near-duplicates").json["kept"] == 3
    assert ingest(source, "-o", "d.jsonl", "--json", "--without", "near").json["kept"] == 3


def test_bad_records_are_counted_listed_and_passed_over(ingest, tmp_path):
    source = tmp_path / "in.jsonl"
    rows = [json.dumps({"text": text_of(n)}) for n in range(4)]
    rows[1:1] = ['{"text": ', "[1]", '{"text": 5}', json.dumps({"text": "x" * 3000})]
    source.write_text("\n".join(rows))
    result = ingest(source, "-o", "d.jsonl", "--errors", "bad.jsonl", "--json", "--max-bytes", 2500)
    assert result.code == 0
    assert result.json["kept"] == 4
    assert result.json["bad"] == {
        "no valid JSON": 1,
        "no valid row": 1,
        "no text": 1,
        "too large": 1,
    }
    bad = read(Path("bad.jsonl"))
    assert [row["source"] for row in bad] == [f"in.jsonl:{n}" for n in (2, 3, 4, 5)]
    offset = len(rows[0]) + 1
    assert bad[0]["detail"].startswith(f"line 2, byte {offset}: ")


def test_a_field_that_is_not_there_is_answered_with_those_that_are(ingest, tmp_path):
    source = write_rows(tmp_path / "in.jsonl", range(2), field="prose", title="x")
    code, out, err = ingest(source, "-o", "d.parquet")
    assert (code, out) == (1, "")
    assert "found the fields prose, title; name it with --text-field" in err.splitlines()[-1]
    assert not Path("d.parquet").exists()
    assert ingest(source, "-o", "d.parquet", "--text-field", "prose").code == 0
    assert len(read(Path("d.parquet"))) == 2


def test_html_in_a_field_is_extracted(ingest, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"raw": page_of(text_of(1)), "url": "http://a"}) + "\n")
    assert ingest(source, "-o", "d.jsonl", "--html-field", "raw").code == 0
    (row,) = read(Path("d.jsonl"))
    assert row["text"].split() == text_of(1).split()
    code, _, err = ingest(source, "-o", "d.jsonl", "--html-field", "page")
    assert code == 1
    assert "expected 'page' to hold it, found the fields raw, url; name it with --html-field" in err


def test_all_filtered_says_by_what_and_how_many(ingest, tmp_path):
    source = tmp_path / "in.jsonl"
    lines = [{"text": "too short"}] * 7 + [{"text": text_of(1)}] * 3
    source.write_text("".join(json.dumps(row) + "\n" for row in lines))
    code, out, err = ingest(source, "-o", "d.parquet", "--lang", "de")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == (
        "error: no document is left of 10 records: length filter 7, language filter 3; "
        "--without NAME turns a filter off"
    )
    assert not list(Path().glob("*d.parquet*"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"", "a.jsonl: empty file: it has no bytes"),
        ("a.json", b"[]", "no documents: one input without a single record"),
        ("a.json", b"[{", "no valid JSON"),
        ("a.parquet", b"PAR1 nothing", "no valid Parquet file"),
        ("a.zip", b"PK\x03\x04 nothing", "no valid ZIP file"),
        ("a.warc.gz", b"\x1f\x8b\x08 nothing", "damaged record"),
        ("a.jsonl.gz", b"\x1f\x8b\x08 nothing", "damaged file"),
    ],
)
def test_inputs_that_hold_nothing_are_one_sentence(ingest, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    code, out, err = ingest(tmp_path / name, "-o", "d.parquet", "--workers", 0)
    assert (code, out) == (1, "")
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not Path("d.parquet").exists()


def test_an_unreadable_file_among_good_ones_is_said_and_counted(ingest, tmp_path):
    good = write_rows(tmp_path / "good.jsonl", range(3))
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 and nothing else")
    result = ingest(bad, good, "-o", "d.parquet", "--json")
    assert result.code == 0
    assert "bad.parquet: damaged file: no valid Parquet file" in result.err
    assert "going on with the other inputs" in result.err
    assert (result.json["inputs"], result.json["unreadable_inputs"]) == (2, 1)
    assert result.json["kept"] == 3
    result = ingest(bad, bad, "-o", "e.parquet")
    assert result.code == 1
    assert "none of the 2 inputs can be read; the first: bad.parquet" in result.err


def test_what_is_not_there_is_said_before_any_work(ingest, tmp_path):
    good = write_rows(tmp_path / "good.jsonl", range(3))
    code, _, err = ingest(good, "nowhere", "-o", "d.parquet")
    assert code == 1
    assert err == (
        "error: nowhere: there is no such file or folder; a data set of the hub is "
        "'hub:owner/name'\n"
    )
    (tmp_path / "empty").mkdir()
    assert "the folder holds no files" in ingest("empty", "-o", "d.parquet").err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--output FILE is missing"),
        (["-o", "d.csv"], "name a .parquet or a .jsonl file"),
        (
            ["-o", "d.jsonl", "--without", "gopher,goffer"],
            "--without names 'goffer'; expected blocklist",
        ),
        (["-o", "d.jsonl", "--extractor", "magic"], "--extractor is 'magic'; expected tra"),
        (["-o", "d.jsonl", "--min-chars", "9", "--max-chars", "8"], "nothing could be kept"),
        (["-o", "d.jsonl", "--text-field", "a", "--html-field", "b"], "name the same thing"),
        (["-o", "d.jsonl", "--workers", "-1"], "'--workers'"),
    ],
)
def test_misuse(ingest, tmp_path, options, said):
    source = write_rows(tmp_path / "in.jsonl", range(2))
    code, out, err = ingest(source, *options)
    assert (code, out) == (2, "")
    assert said in err


def test_a_hub_that_cannot_be_reached_is_one_sentence(ingest, monkeypatch):
    pytest.importorskip("datasets")
    code, _, err = ingest("hub:truing-tests/none", "-o", "d.parquet", "--workers", 0)
    assert code == 1
    assert err.splitlines()[-1].startswith(
        "error: hub:truing-tests/none: unreadable data set: Couldn't reach 'truing-tests/none'"
    )
    assert err.count("truing-tests/none: ") == 1  # said once
    assert "Traceback" not in err


def test_dry_run_lists_inputs(ingest, tmp_path):
    source = write_rows(tmp_path / "in.jsonl", range(2))
    (tmp_path / "x.html").write_text("<html>")
    code, out, err = ingest(source, tmp_path / "x.html", "hub:a/b", "--dry-run")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["json", "lines", f"{source.stat().st_size:,}", "in.jsonl"]
    assert rows[1:] == [["html", "6", "x.html"], ["hub", "hub:a/b"]]
    assert "3 inputs" in err
    listed = ingest(source, "--dry-run", "--json").json
    assert listed == [{"name": "in.jsonl", "kind": "json lines", "bytes": source.stat().st_size}]


def test_limit_and_config(ingest, tmp_path):
    source = write_rows(tmp_path / "in.jsonl", range(9))
    (tmp_path / "c.yaml").write_text("limit: 4\nlang: en\nmask-pii: true\n")
    result = ingest(source, "-o", "d.jsonl", "--config", tmp_path / "c.yaml", "--json")
    assert (result.json["records"], result.json["kept"]) == (4, 4)
    result = ingest(source, "-o", "d.jsonl", "--limit", 2, "--json")
    assert result.json["kept"] == 2


def test_the_output_is_not_its_own_input(ingest, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_rows(folder / "a.jsonl", range(3))
    for _ in range(2):
        result = ingest(folder, "-o", folder / "docs.parquet", "--errors", folder / "bad.jsonl")
        assert result.code == 0
        assert len(read(folder / "docs.parquet")) == 3


@pytest.mark.parametrize(
    ("name", "content", "options", "here"),
    [
        ("a.txt", "Some words.", (), True),
        ("a.txt", "<html><p>Some words.", (), False),
        ("a.jsonl", '{"text": "a"}', (), True),
        ("a.jsonl", '{"text": "a"}', ("--time-limit", 2), False),
        ("a.jsonl", '{"text": "a"}', ("--time-limit", 10), False),
        pytest.param("a.jsonl.gz", gzip.compress(b'{"text": "a"}'), (), False, id="gzip"),
        pytest.param("a.txt", bz2.compress(b"Some words."), (), False, id="bzip2"),
        pytest.param("a.parquet", b"PAR1 and more", (), False, id="parquet"),
        ("a.jsonl", '{"page": "<p>a"}', ("--html-field", "page"), False),
        ("a.txt", "Some words. " * 50_000, (), False),
    ],
)
def test_a_few_texts_alone_are_worked_on_without_a_time_limit(
    ingest, tmp_path, monkeypatch, name, content, options, here
):
    from webr_synth.ingest import pipeline
    from webr_synth.ingest.counts import Counts

    used = []
    monkeypatch.setattr(
        pipeline, "ingest",
        lambda inputs, output, settings, **more: used.append(settings) or Counts(),
    )  # fmt: skip
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert ingest(name, "-o", "d.jsonl", *options).code == 0
    [settings] = used
    assert (settings.workers == 0) is here
    assert settings.time_limit == (2 if 2 in options else 10)


def test_close_kin_and_regions_are_one_language(ingest, tmp_path):
    text = (
        "Svaki dan u proljeće odlazim na tržnicu u središtu grada, gdje kupujem svježe povrće i "
        "razgovaram s ljudima koje poznajem već godinama. "
    )
    rows = [{"text": f"{number}. {text}"} for number in range(2)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    off = ("--without", "gopher,repetition,c4,boilerplate,near")
    kept = ingest("in.jsonl", "-o", "d.jsonl", "--lang", "hr-HR", *off, "--min-chars", 50)
    assert kept.code == 0, kept.err
    assert [row["language"] for row in read(tmp_path / "d.jsonl")] == ["sh", "sh"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--mask-pii --without pii", "--mask-pii asks for the filter that --without pii turns off"),
        ("--lang de --without language", "--lang asks for the filter"),
        ("--lang de,eng", "'eng' is no language that can be told from a text; expected an ISO 639"),
        ("--blocklist x --without near,blocklist", "--blocklist asks for the filter"),
        ("--strict-c4 --without c4", "--strict-c4 asks for the filter"),
    ],
)
def test_a_filter_that_is_asked_for_is_not_turned_off(ingest, tmp_path, options, said):
    write_rows(tmp_path / "in.jsonl", range(2))
    (tmp_path / "x").write_text("bad.example\n")
    result = ingest("in.jsonl", "-o", "d.jsonl", *options.split())
    assert result.code == 2
    assert said in result.err


@pytest.mark.parametrize(
    ("inputs", "options", "said"),
    [
        (["a.jsonl"], ["-o", "a.jsonl"], "'a.jsonl' is an input"),
        (["a.jsonl"], ["-o", "link.jsonl"], "'link.jsonl' is an input"),
        (["a.jsonl"], ["-o", "in/../a.jsonl"], "is an input"),
        (["a.jsonl"], ["-o", "d.jsonl", "--errors", "a.jsonl"], "'a.jsonl' is an input"),
        (["in"], ["-o", "in/b.jsonl"], "'in/b.jsonl' is an input"),
        (["in"], ["-o", "d.jsonl", "--errors", "in/b.jsonl"], "'in/b.jsonl' is an input"),
        (["a.jsonl", "c.jsonl.counts.json"], ["-o", "c.jsonl"], "'c.jsonl.counts.json' is an inp"),
        (["a.jsonl"], ["-o", "d.jsonl", "--errors", "d.jsonl"], "--errors 'd.jsonl' is where"),
        (["a.jsonl"], ["-o", "d.jsonl", "--errors", "d.jsonl.counts.json"], "is where the output"),
    ],
)
def test_what_is_read_is_never_written_over(ingest, tmp_path, inputs, options, said):
    (tmp_path / "in").mkdir()
    files = [tmp_path / "a.jsonl", tmp_path / "in/b.jsonl", tmp_path / "c.jsonl.counts.json"]
    for file in files:
        write_rows(file, range(2))
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "a.jsonl")
    before = [file.read_bytes() for file in files]
    result = ingest(*inputs, *options)
    assert result.code == 2
    assert said in result.err
    assert [file.read_bytes() for file in files] == before


def test_a_blocklist_and_masks(ingest, tmp_path):
    source = tmp_path / "in.jsonl"
    rows = [
        {"text": text_of(1), "url": "http://www.bad.example/x"},
        {"text": text_of(2) + "\nWrite to jane.doe@corp.example.", "url": "http://good.example"},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "list.txt").write_text("# adult\n0.0.0.0 bad.example\n")
    result = ingest(
        source, "-o", "d.jsonl", "--json", "--blocklist", tmp_path / "list.txt", "--mask-pii"
    )
    assert result.json["filtered"] == {"blocklist": {"total": 1, "rules": {"blocked domain": 1}}}
    (row,) = read(Path("d.jsonl"))
    assert row["text"].endswith("Write to person@example.com.")
    assert ingest(source, "-o", "d.jsonl", "--blocklist", "none.txt").code == 1


def test_a_full_disk_leaves_the_old_output_as_it_was(tmp_path):
    source = write_rows(tmp_path / "in.jsonl", range(300))
    output = tmp_path / "d.jsonl"
    output.write_text("old")

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [*COMMAND, str(source), "-o", str(output), "--workers", "0"],
        capture_output=True, text=True, preexec_fn=small_files, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no space left on device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert output.read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["d.jsonl", "in.jsonl"]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_runs_leave_nothing_half_done(tmp_path, how):
    source, output = write_rows(tmp_path / "in.jsonl", range(6000)), tmp_path / "d.parquet"
    output.write_bytes(b"old")
    process = subprocess.Popen(
        [*COMMAND, str(source), "-o", str(output), "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".d.parquet*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert output.read_bytes() == b"old"
    assert b"Traceback" not in err
    if how == signal.SIGINT:
        assert sorted(each.name for each in tmp_path.iterdir()) == ["d.parquet", "in.jsonl"]
        assert b"interrupted; nothing is written, the same command starts over" in err


def test_real_documents(ingest, test_data):
    result = ingest(test_data / "webr" / "web_en_1k.json", "-o", "docs.parquet", "--json")
    assert result.code == 0
    assert result.json["records"] == 1000
    assert result.json["bad"] == {}
    dropped = sum(each["total"] for each in result.json["filtered"].values())
    assert result.json["kept"] + dropped == 1000
    assert result.json["kept"] > 850
    assert io.BytesIO(Path("docs.parquet").read_bytes()).read(4) == b"PAR1"
    assert os.path.getsize("docs.parquet.counts.json") > 100
