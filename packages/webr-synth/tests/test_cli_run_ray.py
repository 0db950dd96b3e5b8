"""``run --executor ray`` without Ray: what is said before a cluster is needed."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

RUN = ("-m", "openai/test-model@http://127.0.0.1:9/v1", "-n", 6, "-o", "o.jsonl")


@pytest.fixture
def docs(tmp_path, document_text):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(2):
        rows = [{"text": document_text(10 * number + each)} for each in range(10)]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{number}.parquet")
    return folder


def test_without_the_extra_it_says_what_to_install(command, docs, monkeypatch):
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, None)
    done = command("run", docs, *RUN, "--executor", "ray")
    assert done.code == 1
    assert done.err == "error: --executor ray needs Ray: pip install 'webr-synth[ray]'\n"


def test_dry_run_reads_a_folder_and_needs_no_ray(command, docs, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    done = command("run", docs, *RUN, "--executor", "ray", "--dry-run", "--json")
    assert done.code == 0, done.err
    assert {stage: own["requests"] for stage, own in done.json.items()} == {
        "author": 6, "request": 6, "response": 6, "refine": 2
    }  # fmt: skip


def test_dry_run_lends_no_documents_as_a_run_over_ray_lends_none(command, docs, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    args = ("run", docs / "0.parquet", *RUN, "--mix", "1:0:0:1", "--dry-run", "--json")
    found = {"local": set(), "ray": set()}
    for seed in range(6):  # of seven documents now one perspective has four, now the other
        for executor, planned in found.items():
            done = command(*args, "-n", 7, "--limit", 7, "--seed", seed, "--executor", executor)
            planned.add(done.json["author"]["requests"])
            short = "there are documents for 6 of the 7 rows that are still to be made" in done.err
            assert short is (done.json["author"]["requests"] == 6)
    assert found == {"local": {7}, "ray": {6, 7}}


MISUSED = {
    "--executor ray --max-requests 5": (2, "hold within one process"),
    "--executor ray --max-cost 5 --price 1": (2, "hold within one process"),
    "--ray-address auto": (2, "--ray-address needs --executor ray"),
    "--block-documents 5": (2, "--block-documents needs --executor ray"),
    "--executor ray --text-field body": (1, "expected 'body' to hold it"),
}


@pytest.mark.parametrize("options", MISUSED)
def test_misuse(command, docs, options):
    code, said = MISUSED[options]
    done = command("run", docs, *RUN, *options.split())
    assert done.code == code
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_places_that_hold_no_documents(command, docs, tmp_path):
    for name, said in (
        ("nowhere", "there is no such file or folder"),
        ("s3x://bucket/docs", "s3x://bucket/docs: cannot be read"),
        (tmp_path / "docs.jsonl", "--executor ray reads Parquet; ingest writes it"),
    ):
        (tmp_path / "docs.jsonl").write_text('{"text": "a"}\n')
        done = command("run", name, *RUN, "--executor", "ray")
        assert done.code == 1
        assert said in done.err
