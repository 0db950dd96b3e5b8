from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from truing_core.__about__ import __version__
from truing_core.errors import ResumeError
from truing_core.journal import request_key
from truing_core.models import ChatReply, ChatRequest
from truing_core.run import Run, check_config, rng

CONFIG = {"model": "openai/m", "sampling": {"temperature": 0.0, "max_tokens": 100}, "lang": "en"}


def start(folder: Path, config: Mapping[str, Any] = CONFIG, **options: Any) -> Run:
    return Run.open(folder, **{"tool": "tool", "version": "1.0", "config": config, **options})


def begin(folder: Path, config: Mapping[str, Any] = CONFIG) -> None:
    """A run of which something has come."""
    with start(folder, config) as run:
        run.stage_done("generate")


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return content


def test_a_new_run_records_what_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    with start(folder) as run:
        assert run.folder == folder
        assert run.config == CONFIG
        assert run.path("a", "b.json") == folder / "a" / "b.json"
    recorded = manifest(folder)
    assert recorded["tool"] == "tool"
    assert recorded["versions"] == {
        "tool": "1.0",
        "truing-core": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    assert recorded["config"] == CONFIG
    assert recorded["stages"] == {}
    assert recorded["facts"] == {}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", recorded["created"])


def test_the_same_config_goes_on(tmp_path: Path) -> None:
    with start(tmp_path) as run:
        run.stage_done("generate", rows=3)
        run.note(seed=7)
    created = manifest(tmp_path)["created"]
    same = {**CONFIG, "sampling": {"max_tokens": 100, "temperature": 0}}
    with start(tmp_path, same) as run:
        stage = run.stage("generate")
        assert stage is not None
        assert stage["rows"] == 3
        assert stage["done"] >= created
        assert run.stage("judge") is None
        assert run.facts == {"seed": 7}
    assert manifest(tmp_path)["created"] == created


def test_config_is_compared_as_json(tmp_path: Path) -> None:
    config = {"paths": (Path("a"), Path("b")), "nothing": None}
    with start(tmp_path, config) as run:
        assert run.config == {"paths": ["a", "b"], "nothing": None}
    with start(tmp_path, {"nothing": None, "paths": ["a", "b"]}):
        pass


def test_another_config_is_refused_with_every_difference(tmp_path: Path) -> None:
    begin(tmp_path)
    before = (tmp_path / "run.json").read_bytes()
    other = {"model": "hf/m", "sampling": {"temperature": 0.7, "max_tokens": 100}, "seed": 1}
    with pytest.raises(ResumeError) as caught:
        start(tmp_path, other)
    text = str(caught.value)
    assert 'model: "openai/m" → "hf/m"' in text
    assert "sampling.temperature: 0.0 → 0.7" in text
    assert 'lang: "en" → (not set)' in text
    assert "seed: (not set) → 1" in text
    assert "max_tokens" not in text
    assert "--fresh" in text
    assert (tmp_path / "run.json").read_bytes() == before
    with start(tmp_path):
        pass


def test_a_stage_may_extend_the_config_but_not_change_it(tmp_path: Path) -> None:
    begin(tmp_path, {"data": "mini", "model": {"spec": "hf/m"}})
    with start(tmp_path, {"data": "mini", "judge": {"spec": "openai/j"}}, extend=True) as run:
        assert run.config == {
            "data": "mini",
            "model": {"spec": "hf/m"},
            "judge": {"spec": "openai/j"},
        }
    assert manifest(tmp_path)["config"] == run.config
    before = (tmp_path / "run.json").read_bytes()
    for other in ({"data": "other"}, {"judge": {"spec": "demo"}}, {"model": {}}):
        with pytest.raises(ResumeError, match="another config"):
            start(tmp_path, other, extend=True)
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_run_that_came_to_nothing_holds_nobody_to_its_config(tmp_path: Path) -> None:
    with start(tmp_path, {"model": "tpyo"}) as run:
        run.note(model="tpyo")
        assert len(run.journal) == 0
    with start(tmp_path, {"model": "typo"}) as run:
        assert run.config == {"model": "typo"}
        assert run.facts == {}
        run.journal.put(
            request_key("m", ChatRequest("1", ({"role": "user", "content": "hi"},))),
            ChatReply("1", "hello"),
            model="m",
        )
    with pytest.raises(ResumeError, match='model: "typo" → "other"'):
        start(tmp_path, {"model": "other"})


def test_a_file_in_the_folder_holds_to_the_config(tmp_path: Path) -> None:
    with start(tmp_path, {"model": "a"}) as run:
        run.path("checkpoint").mkdir()
    with pytest.raises(ResumeError, match='model: "a" → "b"'):
        start(tmp_path, {"model": "b"})


def test_what_a_run_would_say_is_said_without_opening_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    check_config(folder, tool="tool", config=CONFIG)
    assert not folder.exists()
    with start(folder, {"model": "tpyo"}):
        check_config(folder, tool="tool", config={"model": "typo"})  # nothing came of it yet
    begin(folder, {"model": "typo"})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    check_config(folder, tool="tool", config={"model": "typo"})
    for tool, said in (("tool", r'another config \(model: "typo" → "b"\)'), ("t", "not of t;")):
        with pytest.raises(ResumeError, match=said):
            check_config(folder, tool=tool, config={"model": "b"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_true_is_not_one(tmp_path: Path) -> None:
    begin(tmp_path, {"cap": 1})
    with pytest.raises(ResumeError, match="cap: 1 → true"):
        start(tmp_path, {"cap": True})


def test_fresh_moves_the_old_run_aside(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    for turn in range(3):
        with start(folder, {"turn": turn}, fresh=True) as run:
            assert run.stage("generate") is None
            run.path("rows.jsonl").write_text(f"{turn}")
            run.stage_done("generate")
    aside = sorted(path for path in tmp_path.iterdir() if path != folder)
    assert len(aside) == 2
    assert all(re.fullmatch(r"run\.old-\d{8}-\d{6}(-2)?", path.name) for path in aside)
    assert sorted(manifest(path)["config"]["turn"] for path in aside) == [0, 1]
    assert sorted((path / "rows.jsonl").read_text() for path in aside) == ["0", "1"]
    assert manifest(folder)["config"] == {"turn": 2}


def test_fresh_never_moves_what_is_no_run(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("mine")
    with start(folder, fresh=True):
        pass
    assert (folder / "chapter.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_a_run_of_another_tool_is_left_alone(tmp_path: Path) -> None:
    with start(tmp_path, tool="other"):
        pass
    for fresh in (False, True):
        with pytest.raises(ResumeError, match="holds a run of other, not of tool"):
            start(tmp_path, fresh=fresh)
    assert manifest(tmp_path)["tool"] == "other"


@pytest.mark.parametrize("content", [b"", b'{"tool": "to', b"[]", b'{"tool": "tool"}', b"\xff\xfe"])
def test_a_damaged_manifest_is_refused_and_can_be_moved_aside(
    tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_bytes(content)
    with pytest.raises(ResumeError, match=r"run\.json' is damaged; --fresh moves"):
        start(folder)
    assert (folder / "run.json").read_bytes() == content
    with start(folder, fresh=True) as run:
        assert run.config == CONFIG
    [aside] = [path for path in tmp_path.iterdir() if path != folder]
    assert (aside / "run.json").read_bytes() == content


def test_a_journal_without_a_manifest_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"")
    with pytest.raises(ResumeError, match=r"holds a journal but no run\.json"):
        start(tmp_path)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(ResumeError, match="is a file; name a folder"):
        start(tmp_path / "run")
    with pytest.raises(ResumeError, match="cannot work in the run folder"):
        start(tmp_path / "run" / "below")


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder nobody may write to")
def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(ResumeError, match=r"no permission at|read-only at"):
        start(Path("/sys/kernel/truing-run"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o500)
    with pytest.raises(ResumeError, match="no permission at"):
        start(folder)


def test_one_run_folder_serves_one_process(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from truing_core.run import Run\n"
        "run = Run.open(sys.argv[1], tool='tool', version='1.0', config={'a': 1})\n"
        "run.note(started=True)\n"
        "print('open', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        for fresh in (False, True):
            with pytest.raises(ResumeError, match=f"is in use by process {process.pid};"):
                start(tmp_path, {"a": 1}, fresh=fresh)
        process.send_signal(signal.SIGKILL)
    with start(tmp_path, {"a": 1}) as run:  # the lock of a dead process is no obstacle
        assert run.facts == {"started": True}


def test_one_run_folder_is_opened_once_in_a_process(tmp_path: Path) -> None:
    with start(tmp_path), pytest.raises(ResumeError, match=f"in use by process {os.getpid()};"):
        start(tmp_path)
    with start(tmp_path) as run:
        run.close()
        with start(tmp_path):
            pass


def test_a_refused_run_gives_the_lock_back(tmp_path: Path) -> None:
    begin(tmp_path)
    for _ in range(2):
        with pytest.raises(ResumeError, match="another config"):
            start(tmp_path, {"other": 1})


def test_unknown_fields_of_a_later_version_are_kept(tmp_path: Path) -> None:
    with start(tmp_path):
        pass
    content = manifest(tmp_path)
    content["lineage"] = {"parent": "x"}
    (tmp_path / "run.json").write_text(json.dumps(content))
    with start(tmp_path) as run:
        run.note(a=1)
    assert manifest(tmp_path)["lineage"] == {"parent": "x"}


def test_earlier_versions_are_remembered(tmp_path: Path) -> None:
    for version in ("1.0", "1.0", "1.1"):
        with start(tmp_path, version=version):
            pass
    recorded = manifest(tmp_path)
    assert recorded["versions"]["tool"] == "1.1"
    assert [versions["tool"] for versions in recorded["earlier_versions"]] == ["1.0"]


def test_facts_merge_and_two_threads_lose_none(tmp_path: Path) -> None:
    with start(tmp_path) as run:

        def note(worker: int) -> None:
            for turn in range(25):
                run.note(**{f"fact-{worker}-{turn}": turn})

        threads = [threading.Thread(target=note, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run.note(**{"fact-0-0": "later"})
        facts = run.facts
    assert len(facts) == 100
    assert facts["fact-0-0"] == "later"
    assert manifest(tmp_path)["facts"] == facts


def test_facts_are_copies(tmp_path: Path) -> None:
    with start(tmp_path) as run:
        run.note(models={"judge": "x"})
        run.facts["models"]["judge"] = "y"
        assert run.facts == {"models": {"judge": "x"}}


def test_no_key_reaches_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SERVER_KEY", "wonderland-42")
    config = {"model": "m", "api_key": "looking-glass", "headers": {"Authorization": "walrus-12"}}
    with start(tmp_path, config) as run:
        run.note(error="401: bad key wonderland-42", api_key="looking-glass")
        run.stage_done("generate", hf_token="walrus-12")
        assert run.config["api_key"] == "***"
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert not any(key in content for key in (b"wonderland", b"looking-glass", b"walrus"))
    with start(tmp_path, config):  # blanked entries compare equal
        pass


def test_the_journal_lives_in_the_folder_and_closes_with_the_run(tmp_path: Path) -> None:
    request = ChatRequest("1", ({"role": "user", "content": "hi"},))
    key = request_key("m", request)
    with start(tmp_path) as run:
        assert not (tmp_path / "journal.sqlite").exists()
        run.journal.put(key, ChatReply("1", "hello"), model="m")
        assert run.journal is run.journal
    with start(tmp_path) as run:
        reply = run.journal.get(key)
        assert reply is not None
        assert (reply.text, reply.cached) == ("hello", True)


def test_rng_is_the_documented_derivation() -> None:
    from hashlib import sha256

    digest = sha256('[7,"组/1","shuffle"]'.encode()).hexdigest()
    expected = random.Random(int(digest, 16))
    drawn = rng(7, "组/1", "shuffle")
    assert [drawn.random() for _ in range(5)] == [expected.random() for _ in range(5)]


def test_rng_golden_values() -> None:
    assert rng(0, "", "").getrandbits(32) == 3_574_800_759
    assert rng(0, "content/1", "sample").getrandbits(32) == 1_125_607_306
    assert rng(1, "content/1", "sample").getrandbits(32) == 1_178_669_915
    assert rng(0, "content/1", "bootstrap").random() == 0.19096710709092812


def test_rng_separates_seed_row_and_purpose() -> None:
    draws = {
        rng(seed, row, purpose).random()
        for seed in range(5)
        for row in ("a", "b", "a,b", '"a"')
        for purpose in ("x", "y", "b,x")
    }
    assert len(draws) == 60


def test_rng_is_the_same_in_another_process() -> None:
    script = "from truing_core.run import rng; print(rng(3, 'row', 'why').random())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
    )
    assert float(done.stdout) == rng(3, "row", "why").random()
