"""``score``: the JSON contract key by key, with values computed by hand, in both modes."""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from followbench.__about__ import __version__
from followbench.data import CATEGORIES
from followbench.sources import load_benchmark
from followbench.verdicts import Unread, parse_judgement

SUMMARY = {
    "checks", "lang", "data", "model", "judge", "constraints", "coverage", "categories", "average",
    "followbench",
}  # fmt: skip
COVERAGE = {
    "items", "generations", "judged", "unparsed", "missing", "scored", "constraints",
    "constraints_decided", "failed", "unknown_rows",
}  # fmt: skip
LACKING = "warning: {} lacks style, format, mixed: averages are over the others\n"
THIRD = pytest.approx(100 / 3)
TWO_THIRDS = pytest.approx(200 / 3)


def yes(n):
    return f"The answer is fine.\n{['YES'] * n}"


def official_row(category, example_id, level, source, target=""):
    return {
        "example_id": example_id,
        "category": category,
        "source": source,
        "level": level,
        "instruction": f"{category} {example_id}, level {level}",
        "target": target,
    }


@pytest.fixture
def official(tmp_path):
    """A folder as the authors publish it: three judged examples, one sum, one template."""
    folder = tmp_path / "official"
    folder.mkdir()
    files = {
        "content": [official_row("content", n, level, "") for n in (1, 2, 3) for level in range(6)],
        "situation": [
            official_row("situation", 8, level, "gsm_8k", f"${10 + level}") for level in range(6)
        ],
        "example": [
            official_row("example", 1, level, "aeslc", "{instruction}\n[Subject: {answer}]")
            for level in range(1, 6)
        ],
    }
    for category, rows in files.items():
        (folder / f"{category}_constraints.json").write_text(json.dumps(rows))
    return folder


GENERATIONS = {
    **{("content", n, level): "Some text." for n in (1, 2, 3) for level in range(1, 6)},
    **{("situation", 8, level): f"$99, no: ${10 + level} in all." for level in (1, 2, 4)},
    ("situation", 8, 3): "$13 or rather $14",
    ("situation", 8, 5): "All in all $15.00.",
    ("example", 1, 1): "[Subject: Lunch]",
    ("example", 1, 2): "[Subject: Lunch]\n",  # white space: fixed only
    ("example", 1, 3): "[Subject: Lunch\nand dinner]",  # two lines: fixed only
    ("example", 1, 4): "Subject: Lunch",
    ("example", 1, 5): "[Subject: Tea]",
}
del GENERATIONS["content", 2, 3]
JUDGEMENTS = {
    ("content", 1, 1): "YES",
    ("content", 1, 2): "['YES', 'NO']",
    ("content", 1, 3): yes(3),
    ("content", 1, 4): "I cannot tell.",
    ("content", 2, 1): "NO",
    ("content", 2, 2): yes(2),
    ("content", 2, 3): yes(3),  # there is no generation
    ("content", 2, 4): "['YES', 'YES', 'YES', 'NO']",
    ("content", 2, 5): yes(5),
    ("content", 3, 1): "YES",
    ("content", 3, 2): yes(2),
    ("content", 3, 3): "['YES', 'YES']",  # three are wanted
    ("content", 3, 4): yes(4),
    ("content", 3, 5): yes(5),
    ("style", 99, 1): "YES",  # of another benchmark
}


def write(path, field, texts, **more):
    rows = [
        {"category": category, "example_id": example_id, "level": level, field: text, **more}
        for (category, example_id, level), text in texts.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def files(tmp_path):
    return (
        "--generations",
        write(tmp_path / "g.jsonl", "generation", GENERATIONS, model="m-1"),
        "--judgements",
        write(tmp_path / "j.jsonl", "judgement", JUDGEMENTS, judge="j-1"),
    )


def test_fixed(command, official, files, tmp_path):
    result = command("score", "--data", official, "--lang", "en", *files, "--json")
    assert (result.code, result.err) == (0, LACKING.format(official))
    summary = result.json
    assert summary.keys() == SUMMARY
    assert (summary["checks"], summary["lang"], summary["constraints"]) == ("fixed", "en", "all")
    assert summary["data"] == {
        "name": "official",
        "fingerprint": load_benchmark(str(official)).fingerprint,
    }
    assert summary["model"] == "m-1"
    assert summary["judge"] == {"model": "j-1", "templates": {}}
    assert summary["followbench"] == __version__
    assert summary["coverage"] == {
        "items": 25,
        "generations": 24,
        "judged": 11,
        "unparsed": 2,
        "missing": 2,  # no generation for content 2 level 3, no judgement for content 1 level 5
        "scored": 21,
        "constraints": 3 * 15 + 10,
        "constraints_decided": 1 + 2 + 3 + (1 + 2 + 4 + 5) + (1 + 2 + 4 + 5) + 10,
        "failed": 0,
        "unknown_rows": 1,
    }
    assert list(summary["categories"]) == ["content", "situation", "example"]
    content = summary["categories"]["content"]
    assert content.keys() == {"groups", "n", "csl_groups", "hsr", "ssr", "csl", "intervals"}
    assert (content["groups"], content["n"], content["csl_groups"]) == (3, [3, 3, 1, 2, 2], 0)
    assert content["hsr"] == [TWO_THIRDS, TWO_THIRDS, 100, 50, 100]
    assert content["ssr"] == [TWO_THIRDS, pytest.approx(250 / 3), 100, 87.5, 100]
    assert content["csl"] is None
    assert content["intervals"].keys() == {"hsr", "ssr", "csl"}
    assert content["intervals"]["hsr"][0] == [0, 100]
    assert content["intervals"]["csl"] is None
    situation = summary["categories"]["situation"]
    assert situation["hsr"] == situation["ssr"] == [100, 100, 0, 100, 100]
    assert (situation["csl"], situation["csl_groups"]) == (2, 1)
    assert situation["intervals"] == {"hsr": [None] * 5, "ssr": [None] * 5, "csl": None}
    example = summary["categories"]["example"]
    assert example["hsr"] == example["ssr"] == [100, 100, 100, 0, 100]
    assert example["csl"] == 3
    average = summary["average"]
    assert average.keys() == {"hsr", "ssr", "csl", "intervals"}
    assert average["hsr"] == [
        pytest.approx(800 / 9), pytest.approx(800 / 9), TWO_THIRDS, 50, 100,
    ]  # fmt: skip
    assert average["ssr"] == [
        pytest.approx(800 / 9), pytest.approx((250 / 3 + 200) / 3), TWO_THIRDS,
        pytest.approx(187.5 / 3), 100,
    ]  # fmt: skip
    assert average["csl"] == 2.5
    assert list(tmp_path.glob("runs")) == []


def test_released(command, official, files):
    summary = command("score", "--data", official, *files, "--checks", "released", "--json").json
    assert summary["checks"] == "released"
    assert summary["coverage"]["unparsed"] == 2
    content = summary["categories"]["content"]
    assert (content["n"], content["csl_groups"]) == ([3, 3, 2, 3, 2], 1)
    assert content["hsr"] == [TWO_THIRDS, TWO_THIRDS, 0, 0, 100]
    assert content["ssr"] == [TWO_THIRDS, pytest.approx(250 / 3), 0, 25, 100]
    assert content["csl"] == 2  # example 3: the unread third level ends the run
    example = summary["categories"]["example"]
    assert example["hsr"] == example["ssr"] == [100, 0, 0, 0, 100]
    assert example["csl"] == 1
    situation = summary["categories"]["situation"]
    assert situation["hsr"] == [100, 100, 0, 100, 100]
    assert summary["average"]["csl"] == pytest.approx((2 + 2 + 1) / 3)
    assert summary["average"]["hsr"][2] == 0


def test_the_hand_made_unread_ones_are_unread():
    for mode in ("fixed", "released"):
        assert isinstance(parse_judgement(JUDGEMENTS["content", 1, 4], 4, mode), Unread)
        assert isinstance(parse_judgement(JUDGEMENTS["content", 3, 3], 3, mode), Unread)


def test_without_judgements_official_paths_are_missing(command, official, files):
    summary = command("score", "--data", official, *files[:2], "--json").json
    assert summary["constraints"] == "checks-only"
    assert summary["judge"] is None
    content = summary["categories"]["content"]
    assert content["hsr"] == content["ssr"] == [None] * 5
    assert (content["csl"], content["n"]) == (None, [0] * 5)
    coverage = summary["coverage"]
    assert (coverage["judged"], coverage["missing"], coverage["scored"]) == (0, 15, 10)
    # The average is over the categories that have a score.
    assert summary["average"]["hsr"] == [100, 100, 50, 50, 100]


def test_the_table_shows_what_is_missing(command, official, files):
    result = command("score", "--data", official, *files)
    assert (result.code, result.err) == (0, LACKING.format(official))
    assert "m-1 on official (en)" in result.out
    numbers = r"content +3 +66\.7 +66\.7 +100\.0 +50\.0 +100\.0 +87\.5 +–\s"
    assert re.search(numbers, result.out)
    assert (
        "checks: fixed; 21 of 25 items scored; judge: 11 read, 2 unreadable, 2 missing; 1 row of "
        "items that were not chosen\n"
    ) in result.out
    alone = command("score", "--data", official, *files[:2])
    assert re.search(r"content +3( +–){7}\s", alone.out)


def test_score_files(command, official, files, tmp_path, rows):
    result = command("score", "--data", official, *files, "-o", "out", "--json")
    assert result.err == LACKING.format(official) + "the scores are in out\n"
    out = tmp_path / "out"
    assert json.loads((out / "scores.json").read_text("utf-8")) == result.json
    with open(out / "scores.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 4 * 11
    assert table[0] == {
        "category": "content",
        "metric": "hsr",
        "level": "1",
        "value": repr(result.json["categories"]["content"]["hsr"][0]),
        "low": "0.0",
        "high": "100.0",
    }
    assert table[10] == {
        "category": "content", "metric": "csl", "level": "", "value": "", "low": "", "high": "",
    }  # fmt: skip
    assert table[-1]["category"] == "average"
    assert float(table[-1]["value"]) == 2.5
    items = rows(out / "items.jsonl")
    assert pq.read_table(out / "items.parquet").num_rows == len(items) == 25
    assert items[1] == {
        "category": "content",
        "example_id": "1",
        "level": 2,
        "fingerprint": load_benchmark(str(official)).items[1].fingerprint,
        "status": "scored",
        "hard": 0.0,
        "soft": 0.5,
        "reason": "",
        "instruction": "content 1, level 2",
        "path": ["content 1, level 0", "content 1, level 1", "content 1, level 2"],
        "generation": "Some text.",
        "judgement": "['YES', 'NO']",
        "constraints": [
            {
                "kind": "path",
                "text": "constraint 1 of the path",
                "ok": True,
                "message": "the judge's verdict",
            },
            {
                "kind": "path",
                "text": "constraint 2 of the path",
                "ok": False,
                "message": "the judge's verdict",
            },
        ],
    }
    assert [row["status"] for row in items[:10]] == [
        "scored", "scored", "scored", "unread", "no_judgement",
        "scored", "scored", "no_generation", "scored", "scored",
    ]  # fmt: skip
    rule = next(row for row in items if row["category"] == "situation" and row["level"] == 3)
    assert rule["constraints"][0]["text"] == "official rule gsm_8k"
    assert rule["constraints"][0]["ok"] is False
    assert "$13" in rule["constraints"][0]["message"]
    assert "amount 14" in rule["constraints"][0]["message"]


@pytest.mark.parametrize("suffix", [".json", ".parquet", ".jsonl.gz"])
def test_answers_in_other_formats(command, official, files, tmp_path, rows, suffix):
    from truing_core.records import write_rows

    other = tmp_path / f"g{suffix}"
    write_rows(other, rows(tmp_path / "g.jsonl"))
    expected = command("score", "--data", official, *files, "--json").json
    found = command("score", "--data", official, "--generations", other, *files[2:], "--json").json
    assert found == expected


def test_the_seed_moves_intervals_alone(command, official, files):
    one, two = (
        command("score", "--data", official, *files, "--json", "--seed", seed).json
        for seed in (0, 1)
    )
    for summary in (one, two):
        for block in (*summary["categories"].values(), summary["average"]):
            del block["intervals"]
    assert one == two


def gold(target, rule):
    if rule == "example":
        text = target.replace("{instruction}\n", "").replace("{answer}", "Something")
        return text.replace("{{", "{").replace("}}", "}")
    return ast.literal_eval(target)[0] if rule == "CONLL2003" else target


@pytest.fixture(params=["en", "zh"])
def real(request, test_data, tmp_path):
    """The official benchmark, its gold answers, and a judge that is always content."""
    folder = test_data / "followbench" / request.param
    if not folder.is_dir():
        pytest.skip(f"no official benchmark in {folder}")
    items = load_benchmark(str(folder)).items
    generations = {item.key: "Some text." for item in items if item.judged}
    judgements = {item.key: yes(item.judged) for item in items if item.judged}
    for item in items:
        target = item.constraints[-1].target
        if not item.judged and target:
            generations[item.key] = gold(target, item.constraints[-1].rule)
    return items, generations, judgements, folder


@pytest.mark.parametrize("checks", ["fixed", "released"])
def test_gold_answers_of_the_real_benchmark_score_full_marks(command, real, tmp_path, checks):
    items, generations, judgements, folder = real
    # Rules without a target (a summary of five conditions, two formats) have no gold answer.
    assert len(items) - len(generations) == {820: 35, 790: 30}[len(items)]
    summary = command(
        "score", "--data", folder, "--checks", checks, "--json",
        "--generations", write(tmp_path / "g.jsonl", "generation", generations),
        "--judgements", write(tmp_path / "j.jsonl", "judgement", judgements),
    ).json  # fmt: skip
    assert list(summary["categories"]) == list(CATEGORIES)
    for block in (*summary["categories"].values(), summary["average"]):
        assert block["hsr"] == block["ssr"] == [100] * 5
        assert block["csl"] == 5
    coverage = summary["coverage"]
    assert coverage["items"] == len(items)
    assert coverage["generations"] == coverage["scored"] == len(generations)
    assert (coverage["judged"], coverage["unparsed"]) == (len(judgements), 0)
    assert coverage["missing"] == len(items) - len(generations)


def test_unread_judgements_of_the_real_benchmark(command, real, tmp_path):
    _, generations, judgements, folder = real
    judgements = {
        key: "No verdict." if key[0] == "style" and key[2] == 3 else text
        for key, text in judgements.items()
    }
    args = (
        "score", "--data", folder, "--json",
        "--generations", write(tmp_path / "g.jsonl", "generation", generations),
        "--judgements", write(tmp_path / "j.jsonl", "judgement", judgements),
    )  # fmt: skip
    fixed, released = (command(*args, "--checks", mode).json for mode in ("fixed", "released"))
    groups = fixed["categories"]["style"]["groups"]
    assert fixed["coverage"]["unparsed"] == released["coverage"]["unparsed"] == groups
    style = fixed["categories"]["style"]
    assert style["hsr"] == style["ssr"] == [100, 100, None, 100, 100]
    assert (style["csl"], style["csl_groups"]) == (None, 0)
    assert fixed["average"]["hsr"] == [100] * 5
    style = released["categories"]["style"]
    assert style["hsr"] == style["ssr"] == [100, 100, -100, 100, 100]
    assert (style["csl"], style["csl_groups"]) == (2, groups)
    assert released["average"]["hsr"][2] == pytest.approx((5 * 100 - 100) / 6)
    assert released["average"]["csl"] == pytest.approx((5 * 5 + 2) / 6)


def test_an_item_of_another_kind_of_id_matches(command, official, tmp_path):
    texts = {("situation", str(8), level): f"${10 + level}" for level in range(1, 6)}
    path: Path = write(tmp_path / "g.jsonl", "generation", texts)
    summary = command("score", "--data", official, "--generations", path, "--json").json
    assert summary["categories"]["situation"]["csl"] == 5
