from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from truing_core.errors import InputError
from webr_synth.ingest import pool
from webr_synth.ingest.raw import Passed, RawRecord, Trouble
from webr_synth.ingest.settings import IngestSettings

ENDLESS = "<html><body>" + "<div>" * 100_000 + "text"  # some extractors never come back


@pytest.fixture(scope="module")
def settings() -> IngestSettings:
    return IngestSettings(
        extractor="resiliparse", workers=2, time_limit=30.0, without=("gopher", "c4", "length")
    )


def records(prose, count: int) -> list:
    return [RawRecord(f"a:{n}", "text", prose(n, 3)) for n in range(count)]


def test_results_come_in_order_whatever_the_number_of_workers(settings, prose, monkeypatch):
    monkeypatch.setattr(pool, "BATCH_RECORDS", 3)
    items = records(prose, 40)
    items[5] = Trouble("a:5", "no valid JSON")
    items[6:9] = [Passed(f"a:{n}", "not text") for n in range(6, 9)]
    here = list(pool.work_here(items, settings))
    assert [item for item, _ in here] == items
    for workers in (1, 2, 3):
        there = list(pool.work_in_processes(items, replace(settings, workers=workers)))
        assert there == here


def test_no_more_is_read_than_the_window_holds(settings, prose, monkeypatch):
    monkeypatch.setattr(pool, "BATCH_RECORDS", 2)
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield RawRecord(f"a:{read}", "text", prose(read % 50, 3))

    results = pool.work_in_processes(endless(), settings)
    for _ in range(20):
        next(results)
    assert read <= 20 + 2 * (3 * settings.workers + 3)
    results.close()


def test_a_page_that_takes_for_ever_costs_its_time_limit_and_no_more(settings, prose):
    items = records(prose, 6)
    items[2] = RawRecord("a:2", "html", ENDLESS)
    started = time.monotonic()
    results = list(pool.work_in_processes(items, replace(settings, time_limit=1.5, workers=1)))
    assert time.monotonic() - started < 30
    stages = [outcome.stage for _, outcome in results]
    assert stages == ["kept", "kept", "bad", "kept", "kept", "kept"]
    assert results[2][1].name == "too slow"
    assert "1.5 s" in results[2][1].detail


def test_a_worker_that_dies_takes_one_record_with_it(settings, prose, monkeypatch):
    results = pool.work_in_processes(records(prose, 400), replace(settings, workers=1))
    first = next(results)
    assert first[1].stage == "kept"
    victims = [child for child in pool.multiprocessing.active_children() if child.is_alive()]
    os.kill(victims[0].pid, signal.SIGKILL)
    stages = [first[1].stage, *(outcome.stage for _, outcome in results)]
    assert len(stages) == 400
    assert stages.count("bad") <= 1
    assert stages.count("kept") >= 399


def test_no_process_is_left_behind(settings, prose):
    list(pool.work_in_processes(records(prose, 4), settings))
    assert not pool.multiprocessing.active_children()


def test_what_a_worker_cannot_start_with_is_said_as_it_is(settings, prose, tmp_path):
    broken = replace(settings, blocklist=tmp_path / "none.txt")
    with pytest.raises(InputError, match=r"none\.txt: cannot be read"):
        list(pool.work_in_processes(records(prose, 2), broken))
