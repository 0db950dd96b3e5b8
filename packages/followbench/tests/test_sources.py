from __future__ import annotations

import json

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
