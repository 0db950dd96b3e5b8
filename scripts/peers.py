"""The environments of benchmarks' peers, one each, as benchmarks/peers.toml describes them.

python scripts/peers.py            # makes those that are missing, and says which cannot be made
python scripts/peers.py dispatch   # those of one benchmark
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from workspace import ROOT

PEERS = ROOT / "benchmarks" / "peers.toml"
ENVIRONMENTS = ROOT / ".nox" / "peers"
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
INSTALLERS = ("uv", "pip")
DEFAULTS = {"python": THIS_PYTHON, "installer": "uv", "without": ()}
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


class NotInstalled(Exception):
    """A peer's environment cannot be made; says why, in one line."""


@dataclass(frozen=True)
class Peer:
    """A package that is measured beside ours.

    Attributes:
        environment: The name of its environment.
        name: The name by which a benchmark knows it.
        package: The distribution whose version counts.
        requirements: What is installed, with exact versions.
        benchmarks: Those that measure it.
        python: The version of Python it runs on.
        installer: `"uv"`, or `"pip"` where torch comes along.
        without: What is taken out again, since it spoils the rest.
    """

    environment: str
    name: str
    package: str
    requirements: tuple[str, ...]
    benchmarks: tuple[str, ...]
    python: str = THIS_PYTHON
    installer: str = "uv"
    without: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.environment

    @property
    def interpreter(self) -> Path:
        return self.folder / BIN / f"python{EXE}"

    @property
    def recipe(self) -> str:
        """What the environment is made from, as JSON: another recipe is another environment."""
        made_by = asdict(self)
        parts = ("requirements", "python", "installer", "without")
        return json.dumps({part: made_by[part] for part in parts}, indent=2) + "\n"

    def option(self) -> str:
        """What tells the benchmark where to find it."""
        return f"--peer={self.name}={self.interpreter}"


def load(file: Path = PEERS) -> list[Peer]:
    """The peers of a file.

    Raises:
        ValueError: An entry lacks a field, or has one that means nothing.
    """
    peers = []
    for name, entry in tomllib.loads(file.read_text("utf-8")).items():
        fields = {"peer": name, "package": name, **DEFAULTS, **entry}
        wanted = {"peer", "package", "requirements", "for", *DEFAULTS}
        if wrong := (fields.keys() - wanted) or (wanted - fields.keys()):
            trouble = "lacks" if wrong <= wanted else "does not know"
            raise ValueError(f"{file.name}: [{name}] {trouble} '{min(wrong)}'")
        if fields["installer"] not in INSTALLERS:
            raise ValueError(f"{file.name}: [{name}] installer is one of {', '.join(INSTALLERS)}")
        peers.append(
            Peer(
                environment=name,
                name=fields["peer"],
                package=fields["package"],
                requirements=tuple(fields["requirements"]),
                benchmarks=tuple(fields["for"]),
                python=fields["python"],
                installer=fields["installer"],
                without=tuple(fields["without"]),
            )
        )
    return peers


def prepare(peer: Peer) -> bool:
    """Makes the environment, unless it stands and was made from the same recipe.

    Returns:
        Whether it had to be made.

    Raises:
        NotInstalled: The interpreter or a requirement is not to be had.
    """
    stamp = peer.folder / "recipe.json"
    if stamp.is_file() and stamp.read_text("utf-8") == peer.recipe:
        return False
    _run(uv("venv", "--quiet", "--clear", "--python", peer.python, str(peer.folder)))
    _run(installing(peer))
    if peer.without:
        _run(uv("pip", "uninstall", "--quiet", "--python", str(peer.interpreter), *peer.without))
    stamp.write_text(peer.recipe, "utf-8")
    return True


def installing(peer: Peer) -> list[str]:
    """The command that installs a peer's requirements."""
    wanted = [part for each in peer.requirements for part in shlex.split(each)]
    python = str(peer.interpreter)
    if peer.installer == "pip":
        return [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *wanted]
    return uv("pip", "install", "--quiet", "--python", python, *wanted)


def uv(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "uv", *arguments]


def reason(output: str) -> str:
    """Why an installer gave up, as one line of what it said."""
    lines = [line.strip(" │╰─▶×") for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("hint:", "[notice]"))]
    errors = [line for line in lines if line.lower().startswith(("error", "because"))]
    last = (errors or lines or ["no word of why"])[-1]
    return last.removeprefix("ERROR: ").removeprefix("error: ").rstrip(".")


def _run(command: list[str]) -> None:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    except OSError as error:
        raise NotInstalled(str(error)) from None
    if done.returncode:
        raise NotInstalled(reason(done.stderr or done.stdout))


def ready(peers: Iterable[Peer]) -> tuple[list[Peer], dict[str, str]]:
    """Makes what is missing, and goes on where one cannot be made.

    Returns:
        The peers that are installed, and why others are not, by name.
    """
    installed, failed = [], {}
    for peer in peers:
        try:
            if prepare(peer):
                print(f"{peer.environment}: installed {peer.package}", flush=True)
        except NotInstalled as error:
            failed[peer.name] = str(error)
        else:
            installed.append(peer)
    if failed:
        told = "; ".join(f"{name} ({why})" for name, why in failed.items())
        print(f"not installed: {told}", file=sys.stderr, flush=True)
    return installed, failed


def main(arguments: list[str]) -> int:
    peers = load()
    known = sorted({benchmark for peer in peers for benchmark in peer.benchmarks})
    if unknown := [name for name in arguments if name not in known]:
        print(f"'{unknown[0]}' measures no peer; these do: {', '.join(known)}", file=sys.stderr)
        return 2
    wanted = set(arguments or known)
    _, failed = ready(peer for peer in peers if wanted & set(peer.benchmarks))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
