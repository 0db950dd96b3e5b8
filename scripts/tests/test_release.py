from datetime import date

import pytest

from release import main, notes, problems, released

TODAY = date(2026, 3, 1)


def test_tag_names_package_and_version(workspace_root):
    package = released("a-tool-v1.2.0", workspace_root)
    assert package.folder == workspace_root / "packages/a-tool"
    assert problems(package, today=TODAY) == []


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("v1.2.0", "is no release tag"),
        ("a-tool-1.2.0", "is no release tag"),
        ("a-tool-v1.2", "is no release tag"),
        ("a-tool-v1.2.0-dirty", "is no release tag"),
        ("other-v1.2.0", "'other' is no package here: the-core, a-tool"),
        ("a-tool-v1.3.0", "the tag says 1.3.0, a-tool is 1.2.0"),
    ],
)
def test_refuses_a_tag(workspace_root, tag, problem):
    with pytest.raises(ValueError, match=problem):
        released(tag, workspace_root)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[1.2.0]", "[1.1.0]", "neither released nor described"),
        ("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n\n- More.\n", "move them to 1.2.0"),
        ("2026-03-01", "2026-03-02", "after today"),
        ("### Added", "### New", "'New' is none of"),
        ("## [1.2.0] - 2026-03-01\n\n", "", "no section '## [1.2.0]"),
    ],
)
def test_change_log_must_be_ready(workspace_root, old, new, problem):
    package = released("a-tool-v1.2.0", workspace_root)
    text = package.changelog.read_text()
    assert old in text
    package.changelog.write_text(text.replace(old, new))
    found = problems(package, today=TODAY)
    assert len(found) == 1
    assert problem in found[0]


def test_notes(workspace_root):
    package = released("a-tool-v1.2.0", workspace_root)
    assert notes(package) == "### Added\n\n- A thing."
    package.changelog.write_text("# Changelog\n\n## [Unreleased]\n")
    with pytest.raises(ValueError, match=r"of a-tool has no section 1\.2\.0"):
        notes(package)


def test_command(capsys):
    assert main([]) == 2
    assert main(["truing-core-v99.0.0"]) == 1
    assert "the tag says 99.0.0" in capsys.readouterr().err
