"""Whatever is wrong with what the user gives: one clear sentence, code 1, and nothing lost."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = {"category": "content", "example_id": "c1", "level": 1, "generation": "tea"}


def line(**changes):
    return json.dumps({**GOOD, **changes}) + "\n"


def refused(result, *parts):
    """The command said one sentence with these parts, and nothing else."""
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    for part in parts:
        assert part in result.err


BAD_ROWS = {
    "unknown category": (
        line() + line(category="contnet"),
        "row 2, field 'category': Input should be 'content', 'situation', 'style', 'format', "
        "'example' or 'mixed' (found 'contnet')",
    ),
    "level 7": (
        line() + line(level=7),
        "row 2, field 'level': Input should be less than or equal to 5 (found 7)",
    ),
    "level 0": (line(level=0), "row 1, field 'level': Input should be greater than or equal to 1"),
    "no level": ('{"category": "content", "example_id": 1}\n', "field 'level': Field required"),
    "empty": ("", "the file is empty"),
    "blank": ("\n  \n", "the file is empty"),
    "cut in a line": (line() + line(level=2)[:40], "row 2: "),
    "cut in a string": (line() + '{"category": "content", "example_id": "c', "row 2: "),
    "a NUL byte": (line() + line(level=2).replace("tea", "t\0a"), "row 2: a NUL byte stands at"),
    "Latin-1": (
        line().encode() + line(level=2).replace("tea", "thé").encode("latin-1"),
        "row 2: byte 0xe9 at offset",
    ),
    "UTF-16": (line().encode("utf-16"), "the file is UTF-16; save it as UTF-8"),
    "no object": (line() + "[1, 2]\n", "row 2: expected an object, found a list"),
    "no JSON": ("category,level\n", "row 1: "),
    "a number for a text": (line(generation=5), "row 1, field 'generation': "),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_generations(command, garden, tmp_path, name):
    content, message = BAD_ROWS[name]
    path = tmp_path / "g.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    result = command("score", "--data", garden, "--generations", "g.jsonl", "--json")
    refused(result, "error: g.jsonl", message)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_judgements(command, garden, tmp_path, name):
    content, message = BAD_ROWS[name]
    if not isinstance(content, bytes):
        content = content.encode()
    (tmp_path / "g.jsonl").write_text(line())
    (tmp_path / "j.jsonl").write_bytes(content.replace(b"generation", b"judgement"))
    args = ("--data", garden, "--generations", "g.jsonl", "--judgements", "j.jsonl")
    result = command("score", *args, "-o", "out")
    refused(result, "error: j.jsonl", message.replace("generation", "judgement"))
    assert not (tmp_path / "out").exists()


def test_duplicate_rows_are_named(command, garden, tmp_path):
    (tmp_path / "g.jsonl").write_text(line() + line(level=2) + line(generation="another"))
    refused(
        command("score", "--data", garden, "--generations", "g.jsonl"),
        "g.jsonl, row 3: a second generation for content c1 level 1, after row 1; keep one",
    )
    (tmp_path / "g.jsonl").write_text(line())
    (tmp_path / "j.jsonl").write_text(line().replace("generation", "judgement") * 2)
    args = ("--data", garden, "--generations", "g.jsonl", "--judgements", "j.jsonl")
    refused(command("score", *args), "j.jsonl, row 2: a second judgement for content c1 level 1")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.json", b"[]", "the file holds no rows"),
        ("g.json", b"", "the file is empty"),
        ("g.json", b'[{"category": "content"', "cut off"),
        ("g.json", b'{"rows": []}', "g.json"),
        ("g.parquet", b"", "no valid Parquet file"),
        ("g.parquet", b"PAR1 and then nothing", "no valid Parquet file"),
        ("g.jsonl.gz", gzip.compress(line().encode(), mtime=0)[:-12], "cut off"),
        ("g.jsonl.gz", line().encode(), "no valid gzip file"),
        ("g.txt", line().encode(), "unknown kind of file; known are .jsonl"),
        ("g.csv", b"category,level\n", "CSV is for results only"),
    ],
)
def test_bad_containers(command, garden, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    refused(command("score", "--data", garden, "--generations", name), name, message)


def test_a_folder_and_a_missing_file(command, garden, tmp_path):
    (tmp_path / "folder").mkdir()
    args = ("score", "--data", garden, "--generations")
    refused(command(*args, "folder"), "folder: is a folder; name a file")
    refused(command(*args, "nowhere.jsonl"), "nowhere.jsonl: there is no such file")


def test_a_missing_generation_is_left_out_and_shown(command, garden, tmp_path):
    (tmp_path / "g.jsonl").write_text(line() + line(level=3, generation=None, error="timeout"))
    result = command("score", "--data", garden, "--generations", "g.jsonl", "--json")
    assert result.code == 0
    coverage = result.json["coverage"]
    assert (coverage["generations"], coverage["missing"], coverage["failed"]) == (1, 19, 1)
    assert result.json["categories"]["content"]["hsr"] == [100, None, None, None, None]


def test_judgements_without_generations_do_not_score(command, garden, tmp_path):
    (tmp_path / "g.jsonl").write_text(line())
    judgements = [
        {"category": "content", "example_id": "c2", "level": 2, "judgement": "YES"},
        {"category": "style", "example_id": "s1", "level": 2, "judgement": "YES"},
    ]
    (tmp_path / "j.jsonl").write_text("".join(json.dumps(row) + "\n" for row in judgements))
    result = command(
        "score", "--data", garden, "--generations", "g.jsonl", "--judgements", "j.jsonl", "--json"
    )
    coverage = result.json["coverage"]
    assert (coverage["generations"], coverage["judged"], coverage["scored"]) == (1, 0, 1)
    assert result.json["categories"]["style"]["hsr"] == [None] * 5


def test_answers_to_other_data_are_refused(command, garden, tmp_path):
    (tmp_path / "g.jsonl").write_text(line(example_id="x1") + line(example_id="x2"))
    refused(
        command("score", "--data", garden, "--generations", "g.jsonl"),
        "g.jsonl: none of the 2 rows answers an item of garden.jsonl (en) as chosen; "
        "are --data, --lang and --categories right?",
    )


def group(**changes):
    levels = [{"instruction": f"L{n}", "check": {"type": "words", "max": n}} for n in range(1, 6)]
    return {"id": "g", "category": "content", "lang": "en", "levels": levels, **changes}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([group(), group()], "row 2, field 'id': 'g' of category content stands in row 1 already"),
        ([group(category="contents")], "row 1, field 'category': Input should be"),
        ([group(levels=group()["levels"][:4])], "row 1, field 'levels': "),
        ([group(levels=group()["levels"] + group()["levels"][:1])], "row 1, field 'levels': "),
        ([group(lang="fr")], "row 1, field 'lang': Input should be 'en' or 'zh' (found 'fr')"),
        ([group(colour="red")], "row 1, field 'colour': Extra inputs are not permitted"),
        ([{"a": 1}], "row 1: neither a group of our format (with 'levels')"),
    ],
)
def test_bad_data_is_refused_before_anything_is_asked(command, staff, tmp_path, rows, message):
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    people = staff()
    refused(command("run", "-m", people.model, "--data", "b.jsonl"), "b.jsonl", message)
    refused(command("data", "validate", "b.jsonl"), message)
    assert people.server.total == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b.jsonl"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (json.dumps(group()).encode()[:-30], "row 1: "),
        (json.dumps(group()).replace('"L1"', '"L\0"').encode(), "NUL byte"),
        (json.dumps(group()).replace("L1", "Tee für zwei").encode("utf-16"), "UTF-16"),
        (json.dumps(group(id="é"), ensure_ascii=False).encode("latin-1"), "byte 0xe9 at offset"),
    ],
)
def test_data_that_is_no_text(command, tmp_path, content, message):
    (tmp_path / "b.jsonl").write_bytes(content)
    refused(command("data", "validate", "b.jsonl"), "b.jsonl", message)


def test_a_reference_that_fails_its_own_checks_is_shown(command, tmp_path):
    (tmp_path / "b.jsonl").write_text(json.dumps(group(reference="two words")))
    result = command("data", "validate", "b.jsonl")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "content/g: level 1: words: 2 words, at most 1 wanted\n"
        "error: b.jsonl: the reference answers fail 1 check of their own group\n"
    )


MEASURED = """
import json, sys, time
from followbench.cli import main
start = time.perf_counter()
try:
    main()
except SystemExit as end:
    code = end.code
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps([code, peak, time.perf_counter() - start]), file=sys.stderr)
"""


@pytest.fixture
def measured(tmp_path):
    """Runs a command in a process; gives its code, peak memory (MB), seconds and stderr."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("no /proc here to read the peak memory from")

    def run(*args):
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *(str(arg) for arg in args)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        *said, last = done.stderr.splitlines()
        return (*json.loads(last), done.stdout, "\n".join(said))

    return run


def test_a_file_of_100_mb_needs_seconds_and_little_memory(measured, garden, tmp_path):
    (tmp_path / "small.jsonl").write_text(line())
    code, usual, _, small, _ = measured(
        "score", "--data", garden, "--generations", "small.jsonl", "--json"
    )
    assert code == 0
    with open(tmp_path / "large.jsonl", "w") as file:
        file.write(line())
        for n in range(1000):
            file.write(line(example_id=f"x{n}", generation="tea " * 25_000))
    assert (tmp_path / "large.jsonl").stat().st_size > 100_000_000
    code, peak, seconds, out, err = measured(
        "score", "--data", garden, "--generations", "large.jsonl", "--json"
    )
    assert (code, err) == (0, "")
    assert peak < usual + 60
    assert seconds < 60
    large = json.loads(out)
    assert large["coverage"].pop("unknown_rows") == 1000
    expected = json.loads(small)
    assert expected["coverage"].pop("unknown_rows") == 0
    assert large == expected


def test_a_line_of_100_mb_is_refused(measured, garden, tmp_path):
    with open(tmp_path / "large.jsonl", "w") as file:
        file.write(line() + '{"category": "content", "generation": "')
        for _ in range(100):
            file.write("tea " * 262_144)
    code, peak, seconds, out, err = measured(
        "score", "--data", garden, "--generations", "large.jsonl"
    )
    assert (code, out) == (1, "")
    assert re.fullmatch(r"error: large\.jsonl, row 2: .*64 MB.*", err)
    assert peak < 500
    assert seconds < 60


def test_a_run_folder_without_answers_is_explained(command, garden, tmp_path):
    judgement = {"category": "content", "example_id": "c1", "level": 2, "judgement": "YES"}
    (tmp_path / "r").mkdir()
    (tmp_path / "r/judgements.jsonl").write_text(json.dumps(judgement) + "\n")
    for args in (("score",), ("judge", "--judge", "demo")):
        refused(
            command(*args, "--data", garden, "--run-dir", "r"),
            "r/generations.jsonl: the run has no answers yet",
            "--generations FILE",
        )
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["judgements.jsonl"]


def test_scores_that_are_none(command, tmp_path):
    refused(command("report", "nowhere"), "nowhere: there is no such run")
    (tmp_path / "r").mkdir()
    refused(command("report", "r"), "r: no scores here; 'followbench score --run-dir r' makes them")
    (tmp_path / "r/items.jsonl").write_text(line())
    (tmp_path / "r/scores.json").write_text('{"split": 1}')
    refused(command("leaderboard", "r"), "r/scores.json: not a scores file of followbench")
    keys = ("checks", "data", "coverage", "categories", "average")
    (tmp_path / "r/scores.json").write_text(json.dumps({key: {} for key in keys}))
    refused(command("compare", "r", "r"), "r/items.jsonl, row 1: not a row that followbench scored")
    refused(command("report", "r/items.jsonl"), "expected a run folder, or the scores.json of one")


def test_a_run_folder_of_another_tool(command, garden, staff, tmp_path):
    (tmp_path / "r").mkdir()
    content = json.dumps({"tool": "lion-distill", "config": {}})
    (tmp_path / "r/run.json").write_text(content)
    people = staff()
    args = ("--data", garden, "--run-dir", "r")
    refused(command("run", "-m", people.model, *args), "holds a run of lion-distill, not of")
    refused(command("score", "--run-dir", "r"), "r/run.json: not a run of followbench")
    assert (tmp_path / "r/run.json").read_text() == content
    assert people.server.total == 0


def test_a_damaged_run_json(command, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    (tmp_path / "r/run.json").write_text('{"tool": "followb')
    refused(command(*args), "is damaged; --fresh moves the folder aside and starts over")
    refused(command("score", "--run-dir", "r"), "r/run.json: not a run of followbench")
    assert (tmp_path / "r/scores.json").is_file()


def test_a_damaged_journal_is_named_and_kept(command, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*args).code == 0
    journal = tmp_path / "r/journal.sqlite"
    journal.write_bytes(b"no database at all, just text that is long enough to be looked at")
    refused(command(*args), "journal.sqlite: this is no SQLite file, so no journal")
    assert journal.read_bytes().startswith(b"no database")
    assert (tmp_path / "r/generations.jsonl").is_file()


def test_a_file_where_the_run_folder_should_be(command, garden, staff, tmp_path):
    people = staff()
    (tmp_path / "r").write_text("mine")
    args = ("run", "-m", people.model, "--data", garden, "--run-dir")
    refused(command(*args, "r"), "/r' is a file; name a folder with --run-dir")
    refused(command(*args, "r/below/it"), "cannot work in the run folder", "r/below/it")
    refused(command("score", "--data", garden, "--generations", garden, "-o", "r"), "garden.jsonl")
    assert (tmp_path / "r").read_text() == "mine"
    assert people.server.total == 0


def test_two_processes_on_one_run_folder(command, process, garden, staff, tmp_path, rows):
    people = staff(latency=0.4)
    args = (
        "run", "-m", people.model, "--data", garden, "--run-dir", "r", "--concurrency", 2,
    )  # fmt: skip
    first = process(*args)
    while people.server.total < 2:
        assert first.poll() is None, first.communicate()[1]
        time.sleep(0.01)
    refused(command(*args), f"/r' is in use by process {first.pid}; wait for it")
    refused(command(*args, "--fresh"), f"is in use by process {first.pid}")
    out, err = first.communicate(timeout=60)
    assert (first.returncode, "Traceback" in err) == (0, False)
    assert "average" in out
    assert people.server.total == 20
    assert len(rows(tmp_path / "r/generations.jsonl")) == 20
    assert list(tmp_path.glob("r.old-*")) == []


NO_COVERAGE = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}


def test_files_that_may_not_grow(command, process, garden, staff, tmp_path):
    """A quota as portable stand-in for a full disk: no file beyond 100 KB."""
    if sys.platform == "win32":
        pytest.skip("needs ulimit")
    people = staff(
        answers={
            f"[{g}] level {n}": f"tea {g}{n} " * 1000
            for g in ("c1", "c2", "s1", "s2")
            for n in range(1, 6)
        }
    )
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "r", "--concurrency", 1)
    limited = ("bash", "-c", 'ulimit -f 100; exec "$@"', "bash")
    child = process(*args, wrapped=limited, **NO_COVERAGE)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (1, "")
    last = err.splitlines()[-1]
    found = re.search(
        r"^error: .*journal\.sqlite: .*run the same command again: (\d+) replies", last
    )
    assert found, err
    assert "Traceback" not in err
    kept = int(found[1])
    assert 0 < kept < 20
    before = people.server.total
    assert command(*args).code == 0
    assert people.server.total == before + 20 - kept


@pytest.fixture
def small_disk(process, tmp_path):
    """Runs a shell script that has a file system of its own, which vanishes with it."""
    if not shutil.which("unshare"):
        pytest.skip("needs unshare(1) to mount a small disk")
    (tmp_path / "disk").mkdir()

    def run(script, *args):
        wrapped = ("unshare", "--map-root-user", "--mount", "bash", "-c", script, "bash")
        child = process(*args, wrapped=wrapped, **NO_COVERAGE)
        out, err = child.communicate(timeout=120)
        if child.returncode == 77 or err.startswith("unshare"):
            pytest.skip(f"this system lets nobody mount a small disk: {err.strip()}")
        return child.returncode, out, err

    return run


def test_a_full_disk(small_disk, garden, staff, tmp_path, rows):
    answers = {
        f"[{group}] level {n}": f"tea {group}{n} " * 1000
        for group in ("c1", "c2", "s1", "s2")
        for n in range(1, 6)
    }
    people = staff(answers=answers)
    script = """
        mount -t tmpfs -o size=2m tmpfs disk || exit 77
        head -c 1950000 /dev/zero > disk/filler
        "$@" && exit 3
        echo "first: $?" >&2
        rm disk/filler
        "$@" || exit 4
        cp -r disk/r kept
    """
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "disk/r", "--concurrency", 1)
    code, _, err = small_disk(script, *args)
    assert code == 0, err
    first, second = err.split("first: 1\n")
    assert "Traceback" not in err
    last = first.splitlines()[-1]
    found = re.search(
        r"^error: .*no space left on device.*free some.* (\d+) replies are kept", last
    )
    assert found, err
    kept = int(found[1])
    assert 0 < kept < 20
    assert f"generate: {kept} of 20 had been answered before" in second
    assert len(rows(tmp_path / "kept/generations.jsonl")) == 20


def test_a_read_only_disk(small_disk, garden, staff, tmp_path):
    people = staff()
    script = 'mount -t tmpfs -o ro tmpfs disk || exit 77; exec "$@"'
    args = ("run", "-m", people.model, "--data", garden, "--run-dir", "disk/r")
    code, out, err = small_disk(script, *args)
    assert (code, out) == (1, "")
    assert err == (
        "error: cannot work in the run folder: the file system is read-only at "
        f"'{tmp_path / 'disk/r'}'; name another place\n"
    )
    assert people.server.total == 0


def test_a_run_folder_that_became_read_only(command, small_disk, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--run-dir")
    assert command(*args, "r").code == 0
    script = """
        mount --bind r disk && mount -o remount,ro,bind disk || exit 77
        exec "$@"
    """
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    code, out, err = small_disk(script, *args, "disk")
    assert (code, out) == (1, "")
    assert "read-only" in err
    assert "Traceback" not in err
    code, out, err = small_disk(script, "score", "--run-dir", "disk")
    assert (code, "read-only" in err) == (1, True)
    code, out, err = small_disk(script, "score", "--run-dir", "disk", "-o", "elsewhere", "--json")
    assert code == 0, err
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()} == before
    assert people.server.total == 20
