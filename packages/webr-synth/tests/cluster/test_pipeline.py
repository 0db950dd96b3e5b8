"""Blocks made in this process, in whatever order: the same rows, and what a kill leaves."""

import json
import random
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truing_core.errors import InputError, ModelError, ResumeError, UsageError
from truing_core.models import LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.records import read_rows
from truing_core.roles import ModelChoice
from webr_synth.cluster import blocks, pipeline
from webr_synth.cluster.blocks import BlockStore
from webr_synth.cluster.corpus import Corpus
from webr_synth.cluster.engine import BlockWorker, ClusterChoice, Settings
from webr_synth.cluster.making import PackedChoice
from webr_synth.cluster.planning import plan_on_cluster
from webr_synth.synthesis.choices import DedupChoice, SynthChoice
from webr_synth.synthesis.perspectives import apportion


class InOrder:
    """Stands for Ray: one worker, which takes blocks in an order of its own."""

    seed = 0
    most = 10_000

    def __init__(self, where):
        self.where = where

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def make(self, todo, folder, corpus, choice):
        todo = list(todo)
        random.Random(self.seed).shuffle(todo)
        worker = BlockWorker(
            folder, corpus, PackedChoice.of(choice), Settings.of(choice.model.spec), "driver"
        )
        for block in todo:
            type(self).most -= 1
            if self.most < 0:
                raise KeyboardInterrupt
            pieces = json.dumps([[p.file, p.start, p.stop] for p in block.pieces])
            said = worker({"block": [block.number], "pieces": [pieces]})
            if said["kind"][0]:
                raise ModelError(said["text"][0])
            yield block.number


@pytest.fixture(autouse=True)
def without_ray(monkeypatch):
    monkeypatch.setattr(pipeline, "Cluster", InOrder)
    monkeypatch.setattr(pipeline, "need_ray", lambda: None)
    monkeypatch.setattr(InOrder, "seed", 0)
    monkeypatch.setattr(InOrder, "most", 10_000)
    monkeypatch.setenv("OPENAI_API_KEY", "not-needed")


@pytest.fixture
def docs(tmp_path, document_text):
    def write(numbers, name="docs/0.parquet"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        rows = [{"text": document_text(each), "language": "en"} for each in numbers]
        pq.write_table(pa.Table.from_pylist(rows), path)
        return Corpus.open(str(path.parent))

    return write


@pytest.fixture
def make(tmp_path, chat_server, oracle):
    """Runs the pipeline; gives the summary and the rows."""
    servers = {}

    def choose(num, reply=oracle, faults=None, **options):
        if reply not in servers:
            servers[reply] = chat_server(reply=reply, faults=faults)
        model = ModelChoice(
            f"openai/test-model@{servers[reply].url}", Sampling(0.6, 0.9, 256),
            LoadOptions(concurrency=8, max_retries=0),
        )  # fmt: skip
        return SynthChoice(model, Prompts("webr_synth"), num, **options)

    def run(corpus, num, place="run", reply=oracle, block=12, faults=None, output=None, **options):
        choice = choose(num, reply, faults, **options)
        output = output or tmp_path / f"{place}-out"
        from contextlib import nullcontext

        summary = pipeline.synthesise_on_cluster(
            tmp_path / place, corpus, output, choice, ClusterChoice(),
            block_documents=block, watch=lambda total, done: nullcontext(lambda count: None),
        )  # fmt: skip
        files = sorted(output.iterdir()) if output.is_dir() else [output]
        return summary, [[row for _, row in read_rows(path)] for path in files], servers[reply]

    run.choose = choose
    return run


def test_the_order_in_which_blocks_are_made_changes_nothing(docs, make, monkeypatch):
    corpus = docs(range(90))
    found = []
    for seed in (0, 1):
        monkeypatch.setattr(InOrder, "seed", seed)
        summary, shards, _ = make(corpus, 60, f"run-{seed}", shard_rows=25)
        assert [len(rows) for rows in shards] == [25, 25, 10]
        assert summary["written"] == 60
        assert summary["documents"] == {"seen": 60, "used": 60, "cut": 0}
        found.append(shards)
    assert found[0] == found[1]
    for until, rows in ((25, found[0][0]), (50, found[0][0] + found[0][1])):
        shares = Counter(row["perspective"] for row in rows)
        assert shares == apportion(until, {"wi_whole": 2, "wi_part": 2, "wr_whole": 1,
                                           "wr_part": 1})  # fmt: skip
    order = [row["perspective"] for row in found[0][0]]
    assert order != sorted(order)


def test_what_is_done_stays_and_what_is_journaled_is_not_asked_again(docs, make, monkeypatch):
    corpus = docs(range(60))
    monkeypatch.setattr(InOrder, "most", 2)
    with pytest.raises(KeyboardInterrupt):
        make(corpus, 60)
    monkeypatch.setattr(InOrder, "most", 10_000)
    summary, _, server = make(corpus, 60)
    assert summary["written"] == 60
    assert max(server.asked.values()) == 1
    asked = server.total
    assert asked == 3 * 60 + 20
    assert make(corpus, 60)[0] == summary
    assert server.total == asked


def test_a_plan_counts_what_is_left(docs, make, tmp_path, monkeypatch):
    corpus = docs(range(60))

    def left(num=48, block=12, **options):
        choice = make.choose(num)
        found = plan_on_cluster(tmp_path / "run", corpus, choice, block_documents=block, **options)
        return (
            {stage: each.requests for stage, each in found.stages.items()}, found.wanted, found.rows
        )  # fmt: skip

    whole = {"author": 48, "request": 48, "response": 48, "refine": 16}
    assert left() == (whole, 48, 48)
    monkeypatch.setattr(InOrder, "seed", 0)  # block 2 is made before block 0
    monkeypatch.setattr(InOrder, "most", 2)
    with pytest.raises(KeyboardInterrupt):
        make(corpus, 48)
    made = sorted(path.name for path in (tmp_path / "run/blocks").glob("*.json"))
    assert made == ["block-0000000.json", "block-0000002.json"]
    half = {"author": 24, "request": 24, "response": 24, "refine": 8}
    assert left() == (half, 24, 24)
    # Another run's state says nothing: the run itself would be refused.
    with pytest.raises(ResumeError, match=r"a run of another config \(synthesis\.num: 48 → 15"):
        left(15)
    with pytest.raises(ResumeError, match=r"cluster\.block_documents: 12 → 18"):
        left(block=18)
    assert left(15, fresh=True)[1:] == (15, 15)
    monkeypatch.setattr(InOrder, "most", 10_000)
    _, _, server = make(corpus, 48)
    assert server.total == 3 * 48 + 16
    assert left() == ({}, 0, 0)


def test_a_plan_where_each_block_has_a_failure(docs, make, tmp_path):
    down = {"item-00003", "item-00014"}

    def faults(prompt, attempt):
        return "500" if down and any(name in prompt for name in down) else None

    corpus = docs(range(24))
    summary, _, _ = make(corpus, 24, faults=faults)
    assert (summary["written"], summary["failed"]) == (22, 2)
    found = plan_on_cluster(tmp_path / "run", corpus, make.choose(24), block_documents=12)
    # Both blocks are made again; that their journals hold the rest is not looked up.
    assert (found.stages["author"].requests, found.wanted, found.rows) == (24, 24, 24)


def test_rows_that_are_wanted_elsewhere_are_selected_again(docs, make, tmp_path, capsys):
    down = {"item-00003"}

    def faults(prompt, attempt):
        return "500" if any(name in prompt for name in down) else None

    corpus = docs(range(72))
    summary, first, server = make(corpus, 48, faults=faults, shard_rows=20)
    assert (summary["written"], summary["short"], summary["failed"]) == (48, "", 1)
    down.clear()
    asked = server.total
    summary, second, _ = make(corpus, 48, output=tmp_path / "other", shard_rows=20)
    assert (summary["written"], server.total) == (48, asked)
    assert f"not all rows of the run are in {tmp_path / 'other'}" in capsys.readouterr().err
    assert [len(rows) for rows in second] == [20, 20, 8]
    assert second == first
    assert make(corpus, 48, output=tmp_path / "other", shard_rows=20)[0] == summary
    assert "not all rows" not in capsys.readouterr().err


def test_failed_requests_alone_are_asked_again(docs, make, oracle):
    down = {"item-00003", "item-00040"}

    def faults(prompt, attempt):
        return "500" if down and any(name in prompt for name in down) else None

    corpus = docs(range(48))
    summary, _, server = make(corpus, 48, faults=faults)
    assert (summary["written"], summary["failed"]) == (46, 2)
    assert "by 1 of" in summary["short"]
    down.clear()
    asked = server.total
    summary, [rows], _ = make(corpus, 48)
    assert (summary["written"], summary["short"], summary["failed"]) == (48, "", 0)
    assert len({row["doc_id"] for row in rows}) == 48
    assert server.total - asked <= 2 * 4


def test_documents_that_come_twice_give_one_row(docs, make):
    docs(range(20), "docs/0.parquet")
    corpus = docs(range(10, 40), "docs/1.parquet")
    summary, [rows], _ = make(corpus, 48, dedup=DedupChoice(None))
    assert summary["written"] == len({row["doc_id"] for row in rows}) == 40
    assert "ran" not in summary["short"]
    assert sum(each["written"] for each in summary["perspectives"].values()) == 40


def test_an_earlier_runs_requests(docs, make, tmp_path):
    corpus = docs(range(40))
    dedup = DedupChoice(index=tmp_path / "seen.index")
    first = make(corpus, 12, "a", dedup=dedup)[1]
    summary, second, _ = make(corpus, 12, "b", dedup=dedup)
    assert summary["duplicates"] == 12
    ids = [{row["doc_id"] for rows in shards for row in rows} for shards in (first, second)]
    assert len(ids[0]) == len(ids[1]) == 12
    assert not ids[0] & ids[1]


def test_one_file(docs, make, tmp_path):
    _, [rows], _ = make(docs(range(30)), 24, output=tmp_path / "o.jsonl", shard_rows=10)
    assert len(rows) == 24


def test_another_config_or_place_is_refused(docs, make, tmp_path):
    corpus = docs(range(30))
    make(corpus, 6)
    with pytest.raises(ResumeError, match=r"synthesis\.num: 6 → 7"):
        make(corpus, 7)
    with pytest.raises(ResumeError, match=r"cluster\.block_documents: 12 → 18"):
        make(corpus, 6, block=18)
    more = docs(range(30, 40), "docs/1.parquet")
    with pytest.raises(ResumeError, match=r"data\.files: 1 → 2; data\.rows: 30 → 40"):
        make(more, 6)
    for place in ({"output": tmp_path / "docs/out"}, {"place": "docs/run", "output": tmp_path}):
        with pytest.raises(UsageError, match="is among the documents"):
            make(corpus, 6, **place)


def test_nothing_comes_of_it(docs, make):
    with pytest.raises(InputError, match=r"of 18 documents none gave a row; stopped by author"):
        make(docs(range(18)), 6, reply=lambda body: "")
    with pytest.raises(ModelError, match="all 12 requests failed"):
        make(docs(range(18)), 6, "b", reply=lambda body: "x", faults=lambda *_: "400")


def test_workers_that_ask_different_models(docs, make, tmp_path):
    corpus = docs(range(24))
    summary, _, _ = make(corpus, 12)
    assert summary["written"] == 12
    path = tmp_path / "run/blocks/block-0000000.json"
    stored = json.loads(path.read_bytes())
    path.write_text(json.dumps({**stored, "model": "another"}))
    state = tmp_path / "run/state.json"
    state.unlink()
    (tmp_path / "run/blocks/block-0000000.json").rename(tmp_path / "run/blocks/block-0000001.json")
    with pytest.raises(ModelError, match=r"different models \(another, openai/test-model"):
        make(corpus, 12)


def test_damaged_records_and_blocks_say_what_to_remove(docs, make, tmp_path):
    corpus = docs(range(24))
    make(corpus, 12)
    (tmp_path / "run/state.json").unlink()
    block = tmp_path / "run/blocks/block-0000000"
    block.with_suffix(".parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"0000000\.parquet: the block cannot be read.*remove it"):
        make(corpus, 12)
    block.with_suffix(".json").write_text("{}")
    with pytest.raises(ResumeError, match=r"block-0000000\.json' is damaged; remove it"):
        make(corpus, 12)
    block.with_suffix(".json").unlink()
    assert make(corpus, 12)[0]["written"] == 12


def test_a_journal_is_one_workers_alone(tmp_path, monkeypatch):
    from truing_core.errors import TruingError

    monkeypatch.setattr(blocks, "PATIENCE_S", 0.0)
    store = BlockStore(tmp_path)
    with store.journal(3) as journal:
        assert len(journal) == 0
        with (
            pytest.raises(TruingError, match="another process is writing this journal"),
            store.journal(3),
        ):
            pass
        # No memory is shared between processes, which network file systems cannot do.
        assert not (tmp_path / "block-0000003.sqlite-shm").exists()
    with store.journal(3) as journal:
        assert len(journal) == 0


def test_a_block_that_kills_its_workers_is_given_up(docs, tmp_path):
    store = BlockStore(tmp_path)
    assert [store.began(1, "a") for _ in range(3)] == [1, 2, 3]
    assert store.began(1, "b") == 1
    corpus = docs(range(6))
    choice = SynthChoice(
        ModelChoice("openai/m@http://127.0.0.1:9/v1", Sampling()), Prompts("webr_synth"), 6
    )
    worker = BlockWorker(tmp_path, corpus, PackedChoice.of(choice), Settings({}), "a")
    for _ in range(2):
        store.began(1, "a")
    said = worker({"block": [1], "pieces": ["[]"]})
    assert said["kind"] == ["TruingError"]
    assert "the worker of block 1 died 5 times" in said["text"][0]


def test_other_templates_on_a_worker(tmp_path):
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "author.j2").write_text("{{ document }} {{ language }} {{ mark }}")
    choice = SynthChoice(ModelChoice("demo", Sampling()), Prompts("webr_synth", override=folder), 6)
    packed = PackedChoice.of(choice)
    assert packed.unpacked().prompts.hashes() == choice.prompts.hashes()
    (folder / "author.j2").write_text("other {{ document }} {{ language }} {{ mark }}")
    with pytest.raises(ModelError, match="a worker has other templates"):
        packed.unpacked()


def test_keys_are_not_shown(monkeypatch):
    monkeypatch.setenv("MY_KEY", "hush-hush-hush")
    monkeypatch.setenv("OPENAI_API_KEY", "another-secret")
    settings = Settings.of("openai/m@http://127.0.0.1:9/v1?api_key_env=MY_KEY")
    assert settings.values["MY_KEY"] == "hush-hush-hush"
    assert "OPENAI_API_KEY" not in settings.values
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("num", "size"), [(1, 6), (6, 6), (13, 18), (60, 24), (100_000, 1566), (10**7, 4098)]
)
def test_the_default_block(num, size):
    choice = SynthChoice(ModelChoice("demo", Sampling()), Prompts("webr_synth"), num)
    assert pipeline.block_size(choice) == size
    assert pipeline.block_size(choice, 7) == 12
