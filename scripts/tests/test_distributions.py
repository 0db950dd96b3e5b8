import io
import tarfile
import zipfile

import pytest

from distributions import sdist_problems, wheel_problems
from workspace import packages

METADATA = """Metadata-Version: 2.4
Name: a-tool
Version: 1.2.0
License-Expression: Apache-2.0
Requires-Python: >=3.11
Description-Content-Type: text/markdown

# A tool
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


def wheel_with(tmp_path, files):
    path = tmp_path / "it.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sdist_with(tmp_path, names):
    path = tmp_path / "it.tar.gz"
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
        ("# A tool\n", "", "the description is empty"),
    ],
)
def test_metadata_of_a_wheel(tool, tmp_path, old, new, problem):
    files = WHEEL | {"a_tool-1.2.0.dist-info/METADATA": METADATA.replace(old, new)}
    found = wheel_problems(tool, wheel_with(tmp_path, files))
    assert len(found) == 1
    assert problem in found[0]


def test_source_distribution(tool, tmp_path):
    assert sdist_problems(tool, sdist_with(tmp_path, SDIST)) == []
    assert sdist_problems(tool, sdist_with(tmp_path, SDIST[1:])) == ["CHANGELOG.md is missing"]
    odd = sdist_with(tmp_path, [*SDIST, "notes.txt"])
    assert sdist_problems(tool, odd) == ["notes.txt does not belong there"]
