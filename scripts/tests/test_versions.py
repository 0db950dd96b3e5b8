from datetime import date

import pytest

from changelog import check
from versions import move_to, problems
from workspace import packages

NEW = "## [Unreleased]\n\n### Fixed\n\n- A fault.\n  It was bad.\n"


@pytest.fixture
def tool(workspace_root):
    """A tool whose 1.2.0 is in the change log, with an entry under Unreleased."""
    package = packages(workspace_root)[1]
    text = package.changelog.read_text()
    package.changelog.write_text(text.replace("## [Unreleased]\n", NEW))
    return package


@pytest.mark.parametrize("version", ["1.2.1", "1.3.0", "2.0.0", "1.3.0rc1", "1.10.0"])
def test_may_be_next(tool, version):
    assert problems(tool, version, ["a-tool-v1.1.0", "a-tool-v1.2.0"]) == []


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("1.3", "'1.3' is no version"),
        ("v1.3.0", "'v1.3.0' is no version"),
        ("1.3.0-rc1", "'1.3.0-rc1' is no version"),
        ("1.03.0", "'1.03.0' is no version"),
        ("1.3.0.dev1", "'1.3.0.dev1' is no version"),
        ("1.2.0", "the change log is at 1.2.0 already"),
        ("1.2.0rc1", "a-tool is at 1.2.0 already"),
        ("1.1.9", "a-tool is at 1.2.0 already"),
    ],
)
def test_may_not_be_next(tool, version, problem):
    found = problems(tool, version, ["a-tool-v1.1.0"])
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize("version", ["1.9.0", "1.10.0", "1.10.0rc1"])
def test_is_above_every_tag(tool, version):
    # 1.10.0 is above 1.9.0, which comes later in the alphabet.
    found = problems(tool, version, ["a-tool-v1.9.0", "a-tool-v1.10.0"])
    assert found == ["a-tool 1.10.0 is tagged already: choose a higher one"]


def test_nothing_to_release(workspace_root):
    package = packages(workspace_root)[1]
    found = problems(package, "1.2.1", [])
    assert found == ["CHANGELOG.md says nothing under Unreleased: there is no change"]


def test_what_the_change_log_has_may_be_tagged_once(workspace_root, tool):
    package = packages(workspace_root)[0]
    assert problems(package, "1.2.0", []) == []
    assert problems(package, "1.2.0", ["the-core-v1.2.0"]) == [
        "the-core 1.2.0 is tagged already: choose a higher one"
    ]


def test_change_log_must_be_readable(tool):
    text = tool.changelog.read_text()
    tool.changelog.write_text(text.replace("### Fixed", "### Mended"))
    [found] = problems(tool, "1.3.0", [])
    assert found.startswith("CHANGELOG.md: line 5: 'Mended' is none of")


def test_moves_to_a_version(tool):
    move_to(tool, "1.3.0", date(2026, 4, 5))
    assert tool.version == "1.3.0"
    text = tool.changelog.read_text()
    assert text == (
        "# Changelog\n\n## [Unreleased]\n\n## [1.3.0] - 2026-04-05\n\n### Fixed\n\n- A fault.\n"
        "  It was bad.\n\n## [1.2.0] - 2026-03-01\n\n### Added\n\n- A thing.\n"
    )
    assert check(text, version="1.3.0") == []


def test_a_section_that_stands_stays(workspace_root):
    package = packages(workspace_root)[0]
    before = package.changelog.read_text()
    move_to(package, "1.2.0", date(2026, 4, 5))
    assert package.changelog.read_text() == before
    assert package.version == "1.2.0"
