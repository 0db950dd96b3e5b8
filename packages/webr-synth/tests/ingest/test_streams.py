from __future__ import annotations

import bz2
import gzip
import lzma
import random

import pytest

from webr_synth.ingest import streams
from webr_synth.ingest.streams import BombError, FaultyError, opened


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_read_as_what_they_hold(tmp_path, pack):
    path = tmp_path / "a"
    path.write_bytes(pack(b"line one\nline two\n"))
    with opened(path) as file:
        assert file.readline(100) == b"line one\n"
        assert file.read(100) == b"line two\n"
        assert file.read(100) == b""


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_are_stopped(tmp_path, pack, monkeypatch):
    monkeypatch.setattr(streams, "FREE_BYTES", 1_000_000)
    path = tmp_path / "a"
    path.write_bytes(pack(b"\0" * 3_000_000))
    with opened(path) as file, pytest.raises(BombError, match="unpacks to more than"):
        file.read()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_cut_and_damaged_files_say_so(tmp_path, pack):
    whole = pack(random.Random(0).randbytes(50_000))
    path = tmp_path / "a"
    for broken in (whole[: len(whole) // 2], whole[:2000] + b"\xff" * 30 + whole[2030:]):
        path.write_bytes(broken)
        with opened(path) as file, pytest.raises(FaultyError, match=r"cut off|damaged"):
            file.read()
