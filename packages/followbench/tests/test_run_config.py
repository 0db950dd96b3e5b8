"""The same folder with another config, a mistyped model, a budget."""

from __future__ import annotations

ITEMS, JUDGED = 20, 16  # of the garden


def test_another_config_is_refused_with_its_differences(command, garden, staff, tmp_path):
    people = staff()
    base = ("run", "-m", people.model, "--data", garden, "--run-dir", "r")
    assert command(*base, "--judge", people.judge).code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    asked = people.server.total
    refused = command(*base, "--judge", people.model, "--max-tokens", 7, "--categories", "style")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.count("\n") == 1
    assert "generate.max_tokens: 1024 → 7" in refused.err
    assert f'judge.model: "{people.judge}" → "{people.model}"' in refused.err
    assert 'data.categories: null → ["style"]' in refused.err
    assert "--fresh" in refused.err
    assert people.server.total == asked
    after = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    assert after == before


def test_what_changes_no_result_is_no_other_config(command, garden, staff, tmp_path):
    people = staff()
    base = ("run", "-m", people.model, "--run-dir", "r")
    assert command(*base, "--data", garden).code == 0
    asked = people.server.total
    other = ("--concurrency", 2, "--checks", "released", "--seed", 5, "--price", "1,2")
    assert command(*base, "--data", "garden.jsonl", *other).code == 0
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    assert command(*base, "--data", garden.rename(moved / garden.name)).code == 0
    assert people.server.total == asked


def test_changed_data_is_another_config(command, write_garden, staff):
    people = staff()
    base = ("run", "-m", people.model, "--data", write_garden(), "--run-dir", "r")
    assert command(*base).code == 0
    write_garden(c1="content", c2="content", s1="style")
    refused = command(*base)
    assert refused.code == 1
    assert "data.fingerprint" in refused.err
    rescored = command("score", "--run-dir", "r")
    assert rescored.code == 0
    assert "garden.jsonl has changed since the run was made on it" in rescored.err
    assert "5 rows of items that were not chosen" in rescored.out


def test_a_mistyped_model_does_not_bind_the_folder(command, garden, staff, tmp_path):
    people = staff(models=["model"])
    typo = people.model.replace("/model@", "/mdoel@")
    first = command("run", "-m", typo, "--data", garden, "--run-dir", "r")
    assert first.code == 1
    assert "mdoel" in first.err
    assert command("run", "-m", people.model, "--data", garden, "--run-dir", "r").code == 0
    assert "mdoel" not in (tmp_path / "r/run.json").read_text("utf-8")


def test_max_requests_stops_and_goes_on_later(command, garden, staff, tmp_path, rows):
    people = staff()
    args = (
        "run", "-m", people.model, "--judge", people.judge, "--data", garden, "--run-dir", "r",
    )  # fmt: skip
    stopped = command(*args, "--max-requests", 7)
    assert (stopped.code, stopped.out) == (1, "")
    assert stopped.err.splitlines()[-1] == (
        "error: limit reached: 7 of 7 requests are made; what came back is kept, run again with a "
        "higher limit to go on"
    )
    assert people.server.total == 7
    assert len(rows(tmp_path / "r/generations.jsonl")) == 7
    # The limit spans both stages and all calls: 20 answers and 5 judgements.
    assert command(*args, "--max-requests", 25).code == 1
    assert len(rows(tmp_path / "r/generations.jsonl")) == ITEMS
    assert len(rows(tmp_path / "r/judgements.jsonl")) == 5
    assert not (tmp_path / "r/scores.json").exists()
    assert command(*args, "--max-requests", 25).code == 1
    assert people.server.total == 25
    assert command(*args, "--max-requests", 36).code == 0
    assert people.server.total == ITEMS + JUDGED


def test_max_cost_stops(command, garden, staff):
    people = staff()
    result = command(
        "run", "-m", people.model, "--data", garden, "--price", "0,1000000", "--max-cost", 10,
        "--concurrency", 1,
    )  # fmt: skip
    assert result.code == 1
    assert "of 10.0000 are spent" in result.err
    assert 3 <= people.server.total <= 6  # four words at 1.0 each
