"""What the package's own tests have, and Ray in processes of their own."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location(
    "webr_synth_tests_common", Path(__file__).parents[1] / "tests/conftest.py"
)
common = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(common)
oracle, command = common.oracle, common.command

KEY = "not-to-be-written-anywhere-8731"


@pytest.fixture
def key():
    """The key that :func:`hire` sets."""
    return KEY


@pytest.fixture
def ray_folder(monkeypatch):
    """Where Ray keeps its session: a short path, since sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    monkeypatch.setenv("RAY_TMPDIR", str(folder))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    # Ray makes one itself otherwise, and keeps it in the home folder.
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", uuid.uuid4().hex + uuid.uuid4().hex)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def hire(chat_server, oracle, monkeypatch):
    """A server that answers as the oracle does; gives its spec and the server."""

    def start(reply=oracle, **options):
        server = chat_server(reply=reply, **options)
        return f"openai/test-model@{server.url}", server

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return start


@pytest.fixture
def write_folder(tmp_path):
    """Writes documents, by their numbers, to a folder of Parquet files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(*files, group=50):
        folder = tmp_path / "docs"
        for place, numbers in enumerate(files):
            path = folder / f"{place % 2}/docs-{place:03}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [
                {"text": common.document(each), "url": f"http://example.org/{each}",
                 "language": "en"} for each in numbers
            ]  # fmt: skip
            pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
        return folder

    return write


@pytest.fixture
def process(tmp_path, ray_folder):
    """Starts ``webr-synth run …`` in a process of its own."""
    started = []

    def start(*args, **environment):
        child = subprocess.Popen(
            [sys.executable, "-m", "webr_synth", "run", *map(str, args)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env={**os.environ, **environment},
        )  # fmt: skip
        started.append(child)
        return child

    yield start
    for child in started:
        offspring = descendants(child.pid)
        child.kill()
        child.communicate()
        for pid in offspring:
            kill(pid)


def descendants(pid):
    """Processes that a process started, and those that these started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(after_name[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def workers_of(pid):
    """The processes that ask models for a run."""
    return [each for each in descendants(pid) if "BlockWorker" in command_of(each)]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def until(condition, child, seconds=90):
    """Waits for a condition while a process runs."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
