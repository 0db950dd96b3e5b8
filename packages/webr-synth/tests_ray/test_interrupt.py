"""Ctrl-C ends workers and command alike, and says so by its exit code."""

import signal

import pytest

pytestmark = pytest.mark.timeout(200)


def test_ctrl_c(process, hire, write_folder, tmp_path, pytestconfig, interruptible):
    helpers = next(
        module
        for module in pytestconfig.pluginmanager.get_plugins()
        if str(getattr(module, "__file__", "")).endswith("tests_ray/conftest.py")
    )
    spec, server = hire(latency=0.05)
    child = process(
        write_folder(range(200)), "-m", spec, "-n", 200, "-o", "o.parquet", "--run-dir", "run",
        "--executor", "ray", "--concurrency", 4, "--block-documents", 48,
    )  # fmt: skip
    helpers.until(lambda: server.total > 60, child)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert list((tmp_path / "run/blocks").glob("*.sqlite"))
