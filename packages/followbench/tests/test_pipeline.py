"""Judging answers from a file: they become the run folder's own, and nobody's are lost."""

from __future__ import annotations

import json

import pytest

from followbench.choices import DataChoice, default_folder
from truing_core.errors import ModelError
from truing_core.models import LoadOptions, Sampling
from truing_core.roles import ModelChoice


def row(example_id, level, generation):
    return {
        "category": "content",
        "example_id": example_id,
        "level": level,
        "generation": generation,
        "note": "kept",
    }


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_answers_of_a_file_are_judged_and_scored(command, garden, staff, tmp_path, rows):
    people = staff()
    mine = write(tmp_path / "mine.jsonl", row("c1", 2, "tea"), row("c1", 3, "Silly tea"))
    judge = ("judge", "--judge", people.judge, "--data", garden, "--run-dir", "r")
    result = command(*judge, "--generations", mine)
    assert result.code == 0
    assert result.err.splitlines()[-1] == "2 judgements in r/judgements.jsonl"
    assert rows(tmp_path / "r/generations.jsonl") == rows(mine)
    scored = command("score", "--run-dir", "r", "--json")
    assert scored.json["coverage"]["judged"] == 2
    assert scored.json["categories"]["content"]["hsr"] == [None, 100, 100, None, None]
    assert people.server.total == 2

    more = write(tmp_path / "more.jsonl", *rows(mine), row("c1", 4, "Silly tea"))
    assert command(*judge, "--generations", more).code == 0
    assert people.server.total == 3
    assert command("judge", "--judge", people.judge, "--run-dir", "r").code == 0
    assert people.server.total == 3
    assert command(*judge, "--generations", "r/generations.jsonl").code == 0
    scored = command("score", "--run-dir", "r", "--json")
    assert scored.json["categories"]["content"]["ssr"] == [None, 100, 100, 75, None]


def test_other_answers_do_not_take_the_place_of_those_that_are_there(
    command, garden, staff, tmp_path
):
    people = staff()
    mine = write(tmp_path / "mine.jsonl", row("c1", 2, "tea"))
    judge = ("judge", "--judge", people.judge, "--data", garden, "--run-dir", "r")
    assert command(*judge, "--generations", mine).code == 0
    other = write(tmp_path / "other.jsonl", row("c1", 2, "coffee"))
    refused = command(*judge, "--generations", other)
    assert refused.code == 2
    assert f"holds other answers than '{other}'; judge those in another --run-dir" in refused.err
    assert (tmp_path / "r/generations.jsonl").read_bytes() == mine.read_bytes()

    args = ("-m", people.model, "--data", garden, "--run-dir", "generated")
    assert command("generate", *args).code == 0
    before = (tmp_path / "generated/generations.jsonl").read_bytes()
    manifest = (tmp_path / "generated/run.json").read_bytes()
    refused = command(*judge[:-1], "generated", "--generations", mine)
    assert refused.code == 2
    assert (tmp_path / "generated/run.json").read_bytes() == manifest
    assert (tmp_path / "generated/generations.jsonl").read_bytes() == before


def test_other_answers_get_neither_a_runs_judgements_nor_its_place(
    command, garden, staff, tmp_path
):
    people = staff()
    run = ("run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r")
    assert command(*run).code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    other = write(tmp_path / "other.jsonl", row("c1", 1, "tea"), row("c1", 2, "tea"))
    result = command("score", "--run-dir", "r", "--generations", other, "--json")
    assert result.json["constraints"] == "checks-only"
    coverage = result.json["coverage"]
    assert (coverage["generations"], coverage["judged"]) == (2, 0)
    assert result.err == (
        f"{other} holds other answers than r: that run's judgements and scores are left alone; "
        "-o DIR writes these scores\n"
    )
    assert command("score", "--run-dir", "r", "--generations", other, "-o", "out").code == 0
    written = json.loads((tmp_path / "out/scores.json").read_text("utf-8"))
    assert written["constraints"] == "checks-only"
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()} == before

    copied = tmp_path / "copied.jsonl"
    copied.write_bytes(before["generations.jsonl"])
    for own in (copied, "r/generations.jsonl"):
        result = command("score", "--run-dir", "r", "--generations", own, "--json")
        assert result.json == json.loads(before["scores.json"])
        assert "the scores are in r\n" in result.err


def test_scores_of_a_file_may_begin_a_folder(command, garden, tmp_path):
    mine = write(tmp_path / "mine.jsonl", row("c1", 1, "tea"), row("c1", 2, "tea"))
    score = ("score", "--data", garden, "--generations", mine, "--run-dir", "new", "--json")
    first = command(*score)
    assert (first.code, first.err) == (0, "the scores are in new\n")
    assert json.loads((tmp_path / "new/scores.json").read_text("utf-8")) == first.json
    assert command(*score).json == first.json


def test_a_model_does_not_replace_answers_from_elsewhere(command, garden, staff, tmp_path):
    """The judgements beside them are of those answers."""
    people = staff()
    mine = write(tmp_path / "mine.jsonl", row("c1", 2, "Silly tea"))
    judge = ("judge", "--judge", people.judge, "--data", garden, "--run-dir")
    assert command(*judge, "adopted", "--generations", mine).code == 0
    for name in ("placed", "found"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "generations.jsonl", row("c1", 2, "Silly tea"))
    assert command(*judge, "placed").code == 0
    asked = people.server.total
    for name, source in (("adopted", f", from '{mine}'"), ("placed", ""), ("found", "")):
        before = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for args in (("generate",), ("run", "--judge", people.judge)):
            refused = command(*args, "-m", people.model, "--data", garden, "--run-dir", name)
            assert refused.code == 2
            assert (
                f"'{name}' holds answers that no run made{source}; let the model answer in another "
                "--run-dir"
            ) in refused.err
        assert {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} == before
    assert people.server.total == asked
    fresh = ("generate", "-m", people.model, "--data", garden, "--run-dir", "adopted", "--fresh")
    assert command(*fresh).code == 0
    assert not (tmp_path / "adopted/judgements.jsonl").exists()
    [aside] = tmp_path.glob("adopted.old-*")
    assert (aside / "generations.jsonl").read_bytes() == mine.read_bytes()


@pytest.mark.parametrize("named", [False, True])
def test_judging_afresh_keeps_the_answers(command, garden, staff, tmp_path, named):
    people = staff()
    assert command("generate", "-m", people.model, "--data", garden, "--run-dir", "r").code == 0
    answers = (tmp_path / "r/generations.jsonl").read_bytes()
    judge = ("judge", "--judge", people.judge, "--run-dir", "r")
    assert command(*judge).code == 0
    asked = people.server.total
    source = ("--generations", "r/generations.jsonl") if named else ()
    assert command(*judge, *source, "--fresh").code == 0
    assert people.server.total == asked + 16
    assert (tmp_path / "r/generations.jsonl").read_bytes() == answers
    assert command("score", "--run-dir", "r", "--json").json["coverage"]["judged"] == 16


def test_a_failed_judge_is_told_and_asked_again(command, garden, staff, tmp_path, rows):
    people = staff()
    assert command("generate", "-m", people.model, "--data", garden, "--run-dir", "r").code == 0
    people.server.faults = lambda prompt, attempt: "400" if "[s1] level 5" in prompt else None
    judge = ("judge", "--judge", people.judge, "--run-dir", "r")
    told = command(*judge)
    assert told.code == 0
    assert "15 judgements in r/judgements.jsonl; 1 failed, run the same command again" in told.err
    failed = [row for row in rows(tmp_path / "r/judgements.jsonl") if row["error"]]
    assert [(row["example_id"], row["level"], row["judgement"]) for row in failed] == [
        ("s1", 5, None)
    ]
    coverage = command("score", "--run-dir", "r", "--json").json["coverage"]
    assert (coverage["judged"], coverage["missing"], coverage["failed"]) == (15, 1, 1)
    people.server.faults = None
    before = people.server.total
    assert command(*judge).code == 0
    assert people.server.total == before + 1


def test_unreadable_judgements_are_counted_where_they_are_made(command, garden, staff):
    people = staff(judgements={"[c1] level 2": "Well."})
    assert command("generate", "-m", people.model, "--data", garden, "--run-dir", "r").code == 0
    judge = ("judge", "--judge", people.judge, "--run-dir", "r")
    assert command(*judge).err.splitlines()[-1] == (
        "16 judgements in r/judgements.jsonl; 1 cannot be read"
    )
    assert command(*judge, "--json").json["unparsed"] == 1


def test_a_run_folder_without_a_manifest_needs_its_data_named(command, garden, tmp_path):
    (tmp_path / "r").mkdir()
    write(tmp_path / "r/generations.jsonl", row("c1", 1, "tea"))
    unnamed = command("score", "--run-dir", "r")
    assert unnamed.code == 1
    assert "none of the 1 rows answers an item of mini (en)" in unnamed.err
    named = command("score", "--run-dir", "r", "--data", garden, "--json")
    assert named.json["coverage"]["scored"] == 1


def test_an_empty_selection_is_refused(command, garden, staff, tmp_path):
    people = staff()
    args = ("run", "-m", people.model, "--data", garden, "--categories", "mixed")
    refused = command(*args)
    assert (refused.code, refused.out) == (1, "")
    assert "nothing to do: the data holds no item of the chosen categories" in refused.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("model", "data", "lang", "folder"),
    [
        ("demo", "mini", None, "demo-mini"),
        ("demo", "mini", "zh", "demo-mini-zh"),
        ("openai/gpt-4o", "official", "en", "openai-gpt-4o-official-en"),
        ("hf/org/some.model", "data/my bench.jsonl", None, "hf-org-some.model-my-bench.jsonl"),
    ],
)
def test_default_folders(model, data, lang, folder):
    found = default_folder(model, DataChoice(data, lang))
    assert found.parts == ("runs", folder)


def test_a_chat_template_counts_by_its_content(tmp_path):
    def config(path):
        return ModelChoice("hf/m", Sampling(), LoadOptions(chat_template=path)).config()

    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    one.write_text("{{ messages }}")
    same.write_text("{{ messages }}")
    other.write_text("{{ messages[0] }}")
    assert config(one) == config(same) != config(other)
    assert config(None)["chat_template"] is None
    with pytest.raises(ModelError, match="--chat-template takes a jinja2 file"):
        config(tmp_path / "nowhere")
