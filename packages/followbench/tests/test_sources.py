from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from followbench.sources import load_benchmark
from truing_core.errors import InputError, UsageError


def group(id="g", lang="en", category="content"):
    levels = [{"instruction": f"L{n}", "check": {"type": "words", "max": n}} for n in range(1, 6)]
    return {"id": id, "category": category, "lang": lang, "instruction": "I", "levels": levels}


def write(path, *groups):
    path.write_text("".join(json.dumps(row) + "\n" for row in groups))
    return str(path)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_mini_ships_with_the_package(lang):
    benchmark = load_benchmark("mini", lang)
    assert benchmark.lang == lang
    assert {g.category for g in benchmark.groups} == {
        "content", "situation", "style", "format", "example", "mixed",
    }  # fmt: skip


def test_mini_is_english_unless_told():
    assert load_benchmark("mini").lang == "en"


def test_a_file_in_our_format(tmp_path):
    benchmark = load_benchmark(write(tmp_path / "b.jsonl", group("a"), group("b")))
    assert [g.id for g in benchmark.groups] == ["a", "b"]


def test_a_folder_of_files_in_our_format(tmp_path):
    write(tmp_path / "one.jsonl", group("a"))
    write(tmp_path / "two.jsonl", group("b"))
    assert [g.id for g in load_benchmark(str(tmp_path)).groups] == ["a", "b"]


def test_a_group_in_two_files_is_refused(tmp_path):
    write(tmp_path / "one.jsonl", group("a"))
    write(tmp_path / "two.jsonl", group("a"))
    with pytest.raises(InputError, match="'a' of content stands in two files"):
        load_benchmark(str(tmp_path))


def test_two_languages_want_a_choice(tmp_path):
    path = write(tmp_path / "b.jsonl", group("a"), group("b", lang="zh"))
    with pytest.raises(UsageError, match="holds en and zh; choose one with --lang"):
        load_benchmark(path)
    assert [g.id for g in load_benchmark(path, "zh").groups] == ["b"]


def test_a_language_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="holds no group in 'zh'"):
        load_benchmark(write(tmp_path / "b.jsonl", group()), "zh")


def test_folders_en_and_zh_want_a_choice(tmp_path):
    for lang in ("en", "zh"):
        (tmp_path / lang).mkdir()
        write(tmp_path / lang / "b.jsonl", group(lang=lang))
    with pytest.raises(UsageError, match="choose one with --lang"):
        load_benchmark(str(tmp_path))
    assert load_benchmark(str(tmp_path), "zh").lang == "zh"


def test_missing_and_empty_and_foreign(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        load_benchmark(str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="holds no benchmark"):
        load_benchmark(str(tmp_path))
    path = write(tmp_path / "x.jsonl", {"question": "?"})
    with pytest.raises(InputError, match="row 1: neither a group of our format"):
        load_benchmark(path)


def test_an_unknown_language():
    with pytest.raises(UsageError, match="--lang is 'fr'"):
        load_benchmark("mini", "fr")


def test_select_takes_the_first_groups_of_each_category(tmp_path):
    path = write(
        tmp_path / "b.jsonl", group("a"), group("b"), group("c"), group("d", category="style")
    )
    benchmark = load_benchmark(path)
    assert [g.id for g in benchmark.select(limit=2).groups] == ["a", "b", "d"]
    assert [g.id for g in benchmark.select(["style"]).groups] == ["d"]


def test_the_fingerprint_follows_the_content(tmp_path):
    one = load_benchmark(write(tmp_path / "1.jsonl", group("a")))
    same = load_benchmark(write(tmp_path / "2.jsonl", group("a")))
    other = group("a")
    other["levels"][4]["check"]["max"] = 99
    changed = load_benchmark(write(tmp_path / "3.jsonl", other))
    assert one.fingerprint == same.fingerprint != changed.fingerprint


def ruled(rule="xsum"):
    levels = [{"instruction": f"L{n}", "rule": rule, "target": ""} for n in range(1, 6)]
    return {**group(), "cumulative": False, "levels": levels}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ruled(), ruled("samsum")),
        (group(), {**group(), "cumulative": False}),
        (group(), group(lang="zh")),
        (group(), {**group(), "instruction": "J"}),
    ],
)
def test_the_fingerprint_follows_whatever_decides(tmp_path, one, other):
    prints = [
        load_benchmark(write(tmp_path / f"{name}.jsonl", row)).fingerprint
        for name, row in (("a", one), ("b", other), ("c", one))
    ]
    assert prints[0] == prints[2] != prints[1]


def test_an_items_fingerprint_is_its_own(tmp_path):
    """An item keeps its own when others of its benchmark are changed or not chosen."""
    rows = [group("a"), group("b")]
    before = load_benchmark(write(tmp_path / "1.jsonl", *rows)).items
    rows[1]["levels"][2]["check"]["max"] = 99
    after = load_benchmark(write(tmp_path / "2.jsonl", *rows))
    same = [
        one.fingerprint == two.fingerprint for one, two in zip(before, after.items, strict=True)
    ]
    assert same == [True] * 7 + [False] * 3
    assert after.select(limit=1).items[4].fingerprint == before[4].fingerprint
    assert len({item.fingerprint for item in before}) == 10


HUB = """
import json, sys
from followbench.sources import load_benchmark
from truing_core.errors import TruingError
try:
    benchmark = load_benchmark("official", sys.argv[1])
    print(json.dumps([benchmark.name, benchmark.lang, len(benchmark.items)]))
except TruingError as error:
    print(json.dumps(f"{type(error).__name__}: {error}"))
"""


needs_hub = pytest.mark.skipif(
    find_spec("huggingface_hub") is None, reason="needs the extra followbench[hub]"
)


@pytest.fixture
def hub(tmp_path):
    """Loads the official data in a process that has a hub cache and no network."""

    def load(lang, *setup):
        done = subprocess.run(
            [sys.executable, "-c", "\n".join([*setup, HUB]), lang],
            env={**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return load


def cached(tmp_path, *langs):
    """A hub cache as a download leaves it."""
    repo = tmp_path / "hf/hub/datasets--YuxinJiang--FollowBench"
    revision = "0123456789abcdef0123456789abcdef01234567"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs/main").write_text(revision)
    for lang in langs:
        text = {"en": "Write about tea.", "zh": "写一写茶。"}[lang]
        rows = [
            {"example_id": 1, "category": "content", "level": n, "instruction": text * (n + 1)}
            for n in range(6)
        ]
        folder = repo / "snapshots" / revision / f"data_{lang}"
        folder.mkdir(parents=True)
        (folder / "content_constraints.json").write_text(json.dumps(rows))


@needs_hub
def test_the_official_data_comes_from_the_hub(hub, tmp_path):
    cached(tmp_path, "en", "zh")
    assert hub("en") == ["official", "en", 5]
    assert hub("zh") == ["official", "zh", 5]


@needs_hub
def test_a_language_that_the_hub_lacks(hub, tmp_path):
    cached(tmp_path, "en")
    assert "InputError: YuxinJiang/FollowBench: the hub's copy holds no 'zh' files" in hub("zh")


@needs_hub
def test_a_hub_out_of_reach(hub):
    error = hub("en")
    assert error.startswith("ModelError: cannot fetch YuxinJiang/FollowBench from the hub (")
    assert error.endswith("clone the authors' repository and give its data folder: --data DIR")


def test_the_hub_needs_an_extra(hub):
    error = hub("en", "import sys", "sys.modules['huggingface_hub'] = None")
    assert error.startswith("InputError: ")
    assert "pip install 'followbench[hub]'" in error


def test_folders_of_one_language(tmp_path):
    (tmp_path / "zh").mkdir()
    write(tmp_path / "zh" / "b.jsonl", group(lang="zh"))
    benchmark = load_benchmark(str(tmp_path))
    assert (benchmark.lang, benchmark.name) == ("zh", f"{tmp_path.name}/zh")
    with pytest.raises(InputError, match="there is no folder 'en' in it, only 'zh'"):
        load_benchmark(str(tmp_path), "en")


def test_one_official_file_is_a_benchmark(tmp_path):
    rows = [
        {"example_id": 1, "category": "content", "level": n, "instruction": f"Level {n}"}
        for n in range(6)
    ]
    (tmp_path / "content_constraints.json").write_text(json.dumps(rows))
    benchmark = load_benchmark(str(tmp_path / "content_constraints.json"))
    assert (benchmark.lang, len(benchmark.items)) == ("en", 5)
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(InputError, match="the file holds no rows"):
        load_benchmark(str(tmp_path / "none.json"))
