"""Whatever is wrong with what the user gives: one clear sentence, code 1, and nothing lost."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = {"category": "content", "example_id": "c1", "level": 1, "generation": "tea"}


def line(**changes):
    return json.dumps({**GOOD, **changes}) + "\n"


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
def test_bad_generations(command, garden, tmp_path, name, refused):
    content, message = BAD_ROWS[name]
    path = tmp_path / "g.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    result = command("score", "--data", garden, "--generations", "g.jsonl", "--json")
    refused(result, "error: g.jsonl", message)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_judgements(command, garden, tmp_path, name, refused):
    content, message = BAD_ROWS[name]
    if not isinstance(content, bytes):
        content = content.encode()
    (tmp_path / "g.jsonl").write_text(line())
    (tmp_path / "j.jsonl").write_bytes(content.replace(b"generation", b"judgement"))
    args = ("--data", garden, "--generations", "g.jsonl", "--judgements", "j.jsonl")
    result = command("score", *args, "-o", "out")
    refused(result, "error: j.jsonl", message.replace("generation", "judgement"))
    assert not (tmp_path / "out").exists()


def test_duplicate_rows_are_named(command, garden, tmp_path, refused):
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
def test_bad_containers(command, garden, tmp_path, name, content, message, refused):
    (tmp_path / name).write_bytes(content)
    refused(command("score", "--data", garden, "--generations", name), name, message)


def test_a_folder_and_a_missing_file(command, garden, tmp_path, refused):
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


def test_answers_to_other_data_are_refused(command, garden, tmp_path, refused):
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
def test_bad_data_is_refused_before_anything_is_asked(
    command, staff, tmp_path, rows, message, refused
):
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
def test_data_that_is_no_text(command, tmp_path, content, message, refused):
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
