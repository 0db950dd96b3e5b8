from __future__ import annotations

import datetime
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from truing_core.errors import TruingError
from truing_core.files import atomic_file, disk_error, encode_json, write_json, write_text

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """What a full disk looks like to a writer, for real: the system refuses more bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_text_and_json_are_utf8_with_final_newline(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "naïve 模型\n")
    assert (tmp_path / "a.txt").read_bytes() == "naïve 模型\n".encode()
    write_json(tmp_path / "a.json", {"模型": [1, None]})
    assert (tmp_path / "a.json").read_text("utf-8") == (
        '{\n  "模型": [\n    1,\n    null\n  ]\n}\n'
    )


def test_missing_parents_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "x" / "y" / "a.txt", "a")
    assert [path.name for path in (tmp_path / "x" / "y").iterdir()] == ["a.txt"]


def test_an_error_inside_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_half_way() -> None:
        with atomic_file(target) as file:
            file.write(b"new" * 100_000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@posix
def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with (
        largest_file(100_000),
        pytest.raises(TruingError, match=r"no space left on device at '.*a\.txt'; free some"),
    ):
        write_text(target, "new" * 1_000_000)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_is_written_to_directly() -> None:
    with pytest.raises(TruingError, match="no space left on device at '/dev/full'"):
        write_text("/dev/full", "x")
    write_text("/dev/null", "x")
    assert Path("/dev/null").is_char_device()


@posix
def test_a_pipe_is_written_to_directly() -> None:
    script = "from truing_core.files import write_text; write_text('/dev/stdout', 'through')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"through", b"")


def test_a_long_name_of_wide_characters(tmp_path: Path) -> None:
    path = tmp_path / ("模" * 84)  # 252 of 255 bytes
    write_text(path, "x")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_permissions_follow_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "a.txt", "a")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == mode


@posix
def test_a_link_keeps_pointing_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "a.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text() == "new"


def test_folders_and_files_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(TruingError, match="is a folder; name a file"):
        write_text(tmp_path, "a")
    write_text(tmp_path / "a", "a")
    with pytest.raises(TruingError, match=r"a/b\.txt"):
        write_text(tmp_path / "a" / "b.txt", "b")


def test_a_reader_never_sees_half(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    documents = [{"value": [turn] * 50_000} for turn in range(2)]
    write_json(target, documents[0])
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            turn = 1 - turn
            write_json(target, documents[turn])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(60):
            assert json.loads(target.read_bytes()) in documents
    finally:
        stop.set()
        writer.join()


@posix
def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")
    script = (
        "import sys, time\n"
        "from truing_core.files import atomic_file\n"
        "with atomic_file(sys.argv[1]) as file:\n"
        "    file.write(b'new' * 100_000)\n"
        "    file.flush()\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.kill()
    assert target.read_text() == "old"
    write_text(target, "new")
    assert target.read_text() == "new"


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.ENOSPC, "no space left on device at 'f'; free some"),
        (errno.EDQUOT, "no space left on device at 'f'; free some"),
        (errno.EACCES, "no permission at 'f'; change its owner or mode"),
        (errno.EROFS, "the file system is read-only at 'f'"),
        (errno.EIO, "f: Input/output error"),
    ],
)
def test_disk_errors_are_sentences(number: int, part: str) -> None:
    error = disk_error(OSError(number, os.strerror(number), "f"))
    assert part in str(error)
    assert error.exit_code == 1


def test_disk_error_without_errno() -> None:
    assert str(disk_error(OSError("odd trouble"))) == "odd trouble"


class Point(BaseModel):
    x: int


def test_json_equivalents() -> None:
    np = pytest.importorskip("numpy")
    day = datetime.date(2026, 11, 21)
    value = {"day": day, "path": Path("a") / "b", "point": Point(x=1), "vector": np.arange(3)}
    assert json.loads(encode_json(value)) == {
        "day": "2026-11-21",
        "path": str(Path("a") / "b"),
        "point": {"x": 1},
        "vector": [0, 1, 2],
    }
    assert encode_json(np.float64(0.5)) == b"0.5"


def test_json_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        encode_json({"a": float("nan")})
    with pytest.raises(TypeError, match="object has no equivalent in JSON"):
        encode_json({"a": object()})


def test_lone_surrogates_survive_in_json_and_do_not_break_text(tmp_path: Path) -> None:
    assert json.loads(encode_json({"a": "x\ud83d"})) == {"a": "x\ud83d"}
    write_text(tmp_path / "a.txt", "x\ud83d")
    assert (tmp_path / "a.txt").read_text() == "x?"
