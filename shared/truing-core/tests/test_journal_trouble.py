"""A journal that is damaged, locked, or has no room left."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from truing_core.errors import InputError, TruingError
from truing_core.journal import SCHEMA_VERSION, Journal
from truing_core.models import (
    ChatReply,
)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        yield journal


class TestTrouble:
    def test_no_sqlite_file(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("these are my notes, and they are longer than any header " * 20)
        with pytest.raises(InputError, match=r"notes.txt: this is no SQLite file"):
            Journal(path)
        assert path.read_text().startswith("these are my notes")

    def test_somebody_else_s_database(self, tmp_path):
        with sqlite3.connect(tmp_path / "db") as other:
            other.execute("CREATE TABLE mine (x)")
        other.close()
        with pytest.raises(InputError, match="this SQLite file is no journal"):
            Journal(tmp_path / "db")

    def test_a_newer_format(self, tmp_path):
        Journal(tmp_path / "j").close()
        with sqlite3.connect(tmp_path / "j") as other:
            other.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
        other.close()
        with pytest.raises(InputError, match=r"has format 2, newer than the 1 .* upgrade"):
            Journal(tmp_path / "j")

    def test_a_damaged_file(self, tmp_path):
        with Journal(tmp_path / "j") as journal:
            for number in range(200):
                journal.put(f"{number}", ChatReply("1", "x" * 500), model="m")
        blob = bytearray((tmp_path / "j").read_bytes())
        blob[4096:] = os.urandom(len(blob) - 4096)
        (tmp_path / "j").write_bytes(blob)
        with Journal(tmp_path / "j") as journal, pytest.raises(InputError, match="is damaged"):
            journal.get("7")

    def test_a_folder_that_is_not_there_or_is_in_the_way(self, tmp_path):
        with pytest.raises(TruingError, match="cannot be opened; check that the folder exists"):
            Journal(tmp_path / "nowhere" / "j")
        with pytest.raises(TruingError, match="cannot be opened"):
            Journal(tmp_path)

    def test_another_process_that_writes(self, journal):
        journal._db.execute("PRAGMA busy_timeout=50")
        other = sqlite3.connect(journal.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TruingError, match="another process is writing this journal"):
            journal.put("k", ChatReply("1", "x"), model="m")
        other.execute("COMMIT")
        other.close()
        journal.put("k", ChatReply("1", "x"), model="m")

    def test_a_read_only_file(self, tmp_path):
        Journal(tmp_path / "j").close()
        # A read-only connection gives what a read-only file gives, to root as well.
        journal = Journal(tmp_path / "j")
        journal._db.execute("PRAGMA query_only=ON")
        with pytest.raises(TruingError, match="the journal is read-only; make it and its folder"):
            journal.put("k", ChatReply("1", "x"), model="m")
        journal.close()

    @pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
    def test_a_read_only_file_of_somebody_without_rights(self):
        folder = Path(tempfile.mkdtemp())
        try:
            Journal(folder / "j").close()
            folder.chmod(0o555)
            (folder / "j").chmod(0o444)
            script = """
                import os, sys
                from truing_core.errors import TruingError
                from truing_core.journal import Journal
                from truing_core.models import ChatReply
                if os.geteuid() == 0:
                    os.setuid(65534)
                try:
                    Journal(sys.argv[1]).put("k", ChatReply("1", "x"), model="m")
                except TruingError as error:
                    print(error)
            """
            done = run(script, str(folder / "j"))
            assert "writable" in done.stdout, done.stderr
            assert done.stdout.count("\n") == 1
        finally:
            shutil.rmtree(folder)

    def test_a_full_disk(self, journal):
        for number in range(5):
            journal.put(f"{number}", ChatReply("1", "x"), model="m")
        (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
        journal._db.execute(f"PRAGMA max_page_count={pages + 1}")
        with pytest.raises(TruingError) as caught:
            journal.put("big", ChatReply("1", "x" * 100_000), model="m")
        assert str(caught.value) == (
            f"{journal.path}: no space left on device while journaling; free some, then run the "
            "same command again: 5 replies are kept"
        )
        journal._db.execute("PRAGMA max_page_count=1000000")
        journal.put("big", ChatReply("1", "x" * 100_000), model="m")
        assert len(journal) == 6

    @pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
    def test_a_disk_quota(self, tmp_path):
        """RLIMIT_FSIZE makes real writes fail, whoever runs the test."""
        script = """
            import resource, sys
            from truing_core.errors import TruingError
            from truing_core.journal import Journal
            from truing_core.models import ChatReply
            journal = Journal(sys.argv[1])
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
            kept = 0
            try:
                for number in range(1000):
                    journal.put(f"{number}", ChatReply("1", "x" * 2000), model="m")
                    kept += 1
            except TruingError as error:
                print(str(error))
            print(kept)
        """
        done = run(script, str(tmp_path / "j"))
        sentence, kept = done.stdout.splitlines()
        assert "the disk fails while journaling" in sentence
        assert sentence.endswith(f"{kept} replies are kept")
        with Journal(tmp_path / "j") as journal:
            assert len(journal) == int(kept) > 10

    @pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="needs root to mount a small disk"
    )
    def test_a_disk_that_is_really_full(self, tmp_path):
        mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(tmp_path)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("this container may not mount")
        try:
            journal, kept = Journal(tmp_path / "j"), 0

            def fill():
                nonlocal kept
                for number in range(1000):
                    journal.put(f"{number}", ChatReply("1", "x" * 2000), model="m")
                    kept += 1

            with pytest.raises(TruingError, match=r"no space left on device .* replies are kept"):
                fill()
            assert kept > 5
            assert all(journal.get(f"{number}").ok for number in range(kept))
            journal.close()
        finally:
            subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def run(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
