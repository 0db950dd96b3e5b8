"""A cluster that runs already: keys get to its workers and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from truing_core.records import read_rows

pytestmark = pytest.mark.timeout(280)


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def ray_cluster(ray_folder, tmp_path):
    """A head that knows no key; gives its address."""
    port = free_port()
    keyless = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    head = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("ray")), "start", "--head", "--block",
            f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=3", "--num-gpus=0",
            "--object-store-memory=200000000", "--include-dashboard=false",
            "--disable-usage-stats", f"--temp-dir={ray_folder}",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=keyless, cwd=tmp_path,
    )  # fmt: skip
    yield f"127.0.0.1:{port}"
    head.terminate()
    head.wait(60)


def files_with(text, *folders):
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_a_key_reaches_workers_and_no_file(
    process, hire, oracle, write_folder, tmp_path, ray_cluster, ray_folder, key
):
    spec, server = hire(api_key=key)
    docs = write_folder(range(60))
    args = (
        docs, "-m", spec, "-n", 48, "-o", "o.parquet", "--executor", "ray",
        "--ray-address", ray_cluster, "--workers", 2, "--block-documents", 12,
    )  # fmt: skip
    wait_for(ray_cluster)
    child = process(*args, "--run-dir", "run")
    _, err = child.communicate(timeout=150)
    assert child.returncode == 0, err
    rows = list(read_rows(tmp_path / "o.parquet"))
    assert len(rows) == 48
    assert server.keys_seen == {key}
    assert oracle.mixed == []

    wrong = "sk-wrong-but-secret-all-the-same"
    child = process(*args, "--run-dir", "run-2", OPENAI_API_KEY=wrong)
    _, wrong_err = child.communicate(timeout=150)
    assert child.returncode == 1
    said = [line for line in wrong_err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    assert "OPENAI_API_KEY" in said[0]
    assert "Traceback" not in wrong_err

    many = process(*args, "--run-dir", "run-3", "--workers", 4)
    _, many_err = many.communicate(timeout=150)
    assert many.returncode == 0, many_err
    assert "the cluster has room for 3 of 4 workers; the others wait for more" in many_err
    assert list(read_rows(tmp_path / "o.parquet")) == rows
    for secret in (key, wrong):
        assert secret not in err + wrong_err + many_err
        assert files_with(secret, tmp_path, ray_folder) == []
    assert files_with("BlockWorker", ray_folder)  # so that this looks where Ray writes


def test_no_cluster_is_one_sentence(process, hire, write_folder):
    spec, _ = hire()
    child = process(
        write_folder(range(8)), "-m", spec, "-n", 6, "-o", "o.jsonl", "--executor", "ray",
        "--ray-address", f"127.0.0.1:{free_port()}", RAY_gcs_rpc_server_connect_timeout_s="1",
        RAY_NUM_REDIS_GET_RETRIES="1",
    )  # fmt: skip
    _, err = child.communicate(timeout=150)
    assert child.returncode == 1
    assert "error: no Ray cluster at '127.0.0.1:" in err
    assert "Traceback" not in err


def wait_for(address):
    import socket
    import time

    host, port = address.split(":")
    for _ in range(600):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the head did not start")
