import io
import tarfile
import zipfile

import pytest

from distributions import files_of, main, problems, sdist_problems, wheel_problems
from workspace import packages

METADATA = """Metadata-Version: 2.4
Name: a-tool
Version: 1.2.0
Summary: A tool for trying
Project-URL: Source, https://example.org/it
Project-URL: Changelog, https://example.org/it/changes
License-Expression: Apache-2.0
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Requires-Python: >=3.11
Description-Content-Type: text/markdown

# A tool

[Its page](https://example.org) and [its use](#use).

## Use
"""
WHEEL = {
    "a_tool/__about__.py": "",
    "a_tool/data/rows.jsonl": "{}",
    "a_tool/py.typed": "",
    "a_tool-1.2.0.dist-info/METADATA": METADATA,
    "a_tool-1.2.0.dist-info/licenses/LICENSE": "Apache",
}
SDIST = [
    "CHANGELOG.md",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "pyproject.toml",
    "src/a_tool/__about__.py",
    "src/a_tool/data/rows.jsonl",
    "src/a_tool/py.typed",
    "tests/test_it.py",
]


@pytest.fixture
def tool(workspace_root):
    package = packages(workspace_root)[1]
    (package.source / "py.typed").touch()
    (package.source / "data").mkdir()
    (package.source / "data/rows.jsonl").write_text("{}")
    for cache in (".hypothesis", "__pycache__"):
        (package.source / cache).mkdir()
        (package.source / cache / "left.over").touch()
    return package


def wheel_with(tmp_path, files, name="it.whl"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sdist_with(tmp_path, names, name="it.tar.gz"):
    path = tmp_path / name
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"a_tool-1.2.0/{name}"), io.BytesIO())
    return path


def test_a_good_wheel(tool, tmp_path):
    assert wheel_problems(tool, wheel_with(tmp_path, WHEEL)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a_tool/data/rows.jsonl", "a_tool/data/rows.jsonl is missing"),
        ("a_tool-1.2.0.dist-info/licenses/LICENSE", "LICENSE is missing"),
    ],
)
def test_a_wheel_without(tool, tmp_path, name, problem):
    files = {key: content for key, content in WHEEL.items() if key != name}
    assert wheel_problems(tool, wheel_with(tmp_path, files)) == [problem]


def test_a_package_without_types(tool, tmp_path):
    (tool.source / "py.typed").unlink()
    files = {key: content for key, content in WHEEL.items() if not key.endswith("py.typed")}
    assert wheel_problems(tool, wheel_with(tmp_path, files)) == ["py.typed is missing"]


def test_a_wheel_with_tests(tool, tmp_path):
    wheel = wheel_with(tmp_path, WHEEL | {"tests/test_it.py": ""})
    assert wheel_problems(tool, wheel) == ["tests/test_it.py does not belong there"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Metadata-Version: 2.4", "Metadata-Version: 2.5", "metadata 2.5 is newer"),
        ("Version: 1.2.0", "Version: 1.1.0", "Version is 1.1.0, not 1.2.0"),
        ("Apache-2.0", "MIT", "License-Expression is MIT"),
        ("Summary: A tool for trying\n", "", "Summary must have 1 to 512"),
        ("Summary: A tool", f"Summary: {'A tool ' * 80}", "Summary must have 1 to 512"),
        ("Project-URL: Changelog,", "Project-URL: Changes,", "no Project-URL Changelog"),
        ("Source, https:", "Source, http:", "Project-URL Source is no https address: http:"),
        ("Classifier: Typing :: Typed\n", "", "'Typing :: Typed' is missing"),
        (METADATA.partition("\n\n")[2], "", "the description is empty"),
        ("# A tool", "A tool", "the description has no title"),
        ("(https://example.org)", "(docs/page.md)", "links to docs/page.md, which leads nowhere"),
        ("[its use](#use)", "![how](use.png)", "links to use.png, which leads nowhere"),
    ],
)
def test_metadata_of_a_wheel(tool, tmp_path, old, new, problem):
    assert old in METADATA
    files = WHEEL | {"a_tool-1.2.0.dist-info/METADATA": METADATA.replace(old, new)}
    found = wheel_problems(tool, wheel_with(tmp_path, files))
    assert len(found) == 1
    assert problem in found[0]


def test_source_distribution(tool, tmp_path):
    assert sdist_problems(tool, sdist_with(tmp_path, SDIST)) == []
    assert sdist_problems(tool, sdist_with(tmp_path, SDIST[1:])) == ["CHANGELOG.md is missing"]
    odd = sdist_with(tmp_path, [*SDIST, "notes.txt"])
    assert sdist_problems(tool, odd) == ["notes.txt does not belong there"]


def test_both_files_of_a_package(tool, tmp_path):
    wheel, sdist = files_of(tool, tmp_path)
    assert problems(tool, tmp_path) == [
        "a_tool-1.2.0-py3-none-any.whl: was not built",
        "a_tool-1.2.0.tar.gz: was not built",
    ]
    wheel_with(tmp_path, WHEEL, wheel.name)
    sdist_with(tmp_path, SDIST, sdist.name)
    assert problems(tool, tmp_path) == []
    sdist_with(tmp_path, SDIST[:-2], sdist.name)
    assert problems(tool, tmp_path) == ["a_tool-1.2.0.tar.gz: src/a_tool/py.typed is missing"]


def test_command(tmp_path, capsys):
    assert main([]) == 2
    assert main([str(tmp_path), "truing-core"]) == 1
    missing = capsys.readouterr().err.splitlines()[1:]
    assert len(missing) == 2
    assert all("truing_core-" in line and "was not built" in line for line in missing)
