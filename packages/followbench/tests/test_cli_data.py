"""``data list|validate|convert`` and ``import-official``."""

from __future__ import annotations

import json
import shlex

import pytest

from followbench.sources import load_benchmark
from truing_core.records import write_rows


def test_list(command):
    result = command("data", "list")
    assert (result.code, result.err) == (0, "")
    en, zh, official = result.out.splitlines()
    assert en.startswith("mini      en      36 groups, 180 items, ")
    assert zh.startswith("mini      zh      36 groups, 180 items, ")
    assert en.endswith("% of constraints checkable without a judge")
    assert official.startswith("official  en, zh  ")


def test_validate(command, garden):
    result = command("data", "validate", garden.name)
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "garden.jsonl (en) is valid: 4 groups, 20 items, 60% of constraints checkable without a "
        "judge\n  content    2 groups\n  style      2 groups\n"
    )


def test_validate_checks_references(command):
    result = command("data", "validate", "mini")
    assert result.code == 0
    assert "36 reference answers checked" in result.out


def test_validate_as_json(command, garden):
    assert command("data", "validate", garden, "--json").json == {
        "name": "garden.jsonl",
        "lang": "en",
        "fingerprint": load_benchmark(str(garden)).fingerprint,
        "groups": 4,
        "items": 20,
        "categories": {"content": 2, "style": 2},
        "constraints": {"check": 12, "criterion": 8},
        "checkable": 0.6,
        "check_types": {"includes": 4, "words": 4, "excludes": 4},
        "references": 0,
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_converted_benchmark_is_the_same_benchmark(command, test_data, tmp_path, lang, suffix):
    folder = test_data / "followbench" / lang
    path = tmp_path / f"ours{suffix}"
    result = command("data", "convert", folder, "-o", path)
    before, after = load_benchmark(str(folder)), load_benchmark(str(path))
    assert (result.code, result.out) == (0, "")
    assert result.err == f"{len(before.groups)} groups in {path}\n"
    assert after.fingerprint == before.fingerprint
    assert [item.instruction for item in after.items] == [i.instruction for i in before.items]
    assert [item.judged for item in after.items] == [item.judged for item in before.items]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_mini_survives_conversion(command, tmp_path, lang):
    assert command("data", "convert", "mini", "--lang", lang, "-o", "mini.jsonl").code == 0
    before, after = load_benchmark("mini", lang), load_benchmark(str(tmp_path / "mini.jsonl"))
    assert after.groups == before.groups
    assert after.fingerprint == before.fingerprint


def outputs(folder, category, item, answer, judgement):
    """The authors' files for one item, with the prompts by which they are matched."""
    for kind, key, prompt, text in [
        ("api_output", "prompt_new", item.instruction, answer),
        ("gpt4_discriminative_eval_output", "prompt_new", "", judgement),
    ]:
        if text is None:
            continue
        if kind.startswith("gpt4"):
            steps = "".join(f"#Step {n}#\n{step}\n\n" for n, step in enumerate(item.path))
            prompt = f"{steps}#Answer#\n{answer}\n\n#Task#\nJudge."
        row = {key: prompt, "choices": [{"message": {"content": text}}]}
        path = folder / kind / f"m_{category}_constraint.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(path, [row])


def official_folder(tmp_path):
    rows = [
        {
            "example_id": 1,
            "category": "content",
            "source": "",
            "level": level,
            "instruction": "Write." + "".join(f" Mind {n}." for n in range(1, level + 1)),
            "target": "",
        }
        for level in range(6)
    ]
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "content_constraints.json").write_text(json.dumps(rows))
    return folder


@pytest.mark.parametrize("judged", [True, False])
def test_import_official(command, tmp_path, judged):
    data = official_folder(tmp_path)
    item = load_benchmark(str(data), "en").items[1]
    outputs(tmp_path / "theirs", "content", item, "Done.", "['YES', 'NO']" if judged else None)
    args = ("import-official", "theirs", "--data", "data", "--lang", "en", "-o", "out")
    assert command(*args, "--json").json == {
        "generations": 1, "judgements": int(judged), "unmatched": 0,
    }  # fmt: skip
    told = command(*args)
    assert (told.code, told.out) == (0, "")
    assert "1 generation" in told.err
    advice = shlex.split(told.err.rpartition("score them by: ")[2])
    assert advice[:2] == ["followbench", "score"]
    scored = command(*advice[1:], "--json")
    assert scored.code == 0
    assert scored.json["coverage"]["generations"] == 1
    assert scored.json["coverage"]["judged"] == int(judged)
    if judged:
        assert scored.json["categories"]["content"]["ssr"] == [None, 50, None, None, None]


def test_the_advice_after_an_import_names_the_language(command, tmp_path):
    """Both languages lie in one folder, and only one of them was imported."""
    (tmp_path / "both").mkdir()
    for lang in ("en", "zh"):
        official_folder(tmp_path).rename(tmp_path / "both" / lang)
    item = load_benchmark(str(tmp_path / "both"), "zh").items[1]
    outputs(tmp_path / "theirs", "content", item, "Done.", None)
    told = command("import-official", "theirs", "--data", "both", "--lang", "zh", "-o", "an out")
    advice = told.err.rpartition("score them by: ")[2].strip()
    assert advice == (
        "followbench score --data both --lang zh --generations 'an out/generations.jsonl'"
    )
    scored = command(*shlex.split(advice)[1:], "--json")
    assert (scored.code, scored.json["lang"]) == (0, "zh")
    assert scored.json["coverage"]["generations"] == 1


def test_import_official_shows_what_does_not_match(command, tmp_path):
    data = official_folder(tmp_path)
    item = load_benchmark(str(data), "en").items[0]
    outputs(tmp_path / "theirs", "content", item, "Done.", None)
    row = {"prompt_new": "Of another benchmark.", "choices": [{"message": {"content": "x"}}]}
    path = tmp_path / "theirs/api_output/m_content_constraint.jsonl"
    path.write_text(path.read_text() + json.dumps(row) + "\n")
    told = command("import-official", "theirs", "--data", "data", "--lang", "en", "-o", "out")
    assert told.code == 0
    assert "not matched: " in told.err
    assert "1 row" in told.err
