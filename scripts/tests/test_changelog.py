from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changelog import KINDS, check, main, move, read, write

GOOD = """# Changelog

What changed.

## [Unreleased]

### Added

- One thing
  that takes two lines.

## [1.1.0] - 2026-02-01

### Changed

- Two.
- Three.

### Fixed

- Four.

## [1.0.0] - 2026-01-01 [YANKED]

### Added

- Five.

[1.1.0]: https://example.org/1.1.0
"""


def test_reads_releases_and_entries():
    releases, problems = read(GOOD)
    assert problems == []
    assert [release.version for release in releases] == ["Unreleased", "1.1.0", "1.0.0"]
    assert releases[0].kinds == {"Added": ["One thing\nthat takes two lines."]}
    assert releases[1].kinds == {"Changed": ["Two.", "Three."], "Fixed": ["Four."]}
    assert releases[1].date == "2026-02-01"


def test_good_one_has_no_problems():
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# Changelog", "# Change Log", "line 1: must be '# Changelog'"),
        ("## [Unreleased]", "## Unreleased", "line 5: must be '## [version] - YYYY-MM-DD'"),
        ("## [Unreleased]\n\n### Added\n\n- One thing\n  that takes two lines.\n\n", "", "[Unrel"),
        ("### Changed", "### Improved", "'Improved' is none of Added"),
        ("### Fixed", "### Changed", "a second 'Changed' in 1.1.0"),
        ("- Five.\n", "", "'Added' of 1.0.0 has no entry"),
        ("- Four.", "Four.", "must be an entry"),
        ("### Changed\n\n", "", "an entry outside a section"),
        ("2026-02-01", "1 Feb 2026", "must be '## [version] - YYYY-MM-DD'"),
        ("2026-02-01", "2026-02-31", "1.1.0 needs its date"),
        (" - 2026-02-01", "", "1.1.0 needs its date"),
        ("[1.1.0] -", "[one] -", "'one' is no version"),
        ("[1.1.0] -", "[0.9.0] -", "1.0.0 must stand above 0.9.0"),
        ("2026-02-01", "2025-02-01", "1.0.0 must stand above 1.1.0"),
        ("### Added\n\n- Five.\n", "", "1.0.0 says nothing"),
        ("### Fixed", "#### Fixed", "has no place here"),
    ],
)
def test_names_the_problem(old, new, problem):
    assert old in GOOD
    assert any(problem in found for found in check(GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("1.1.0", None),
        ("1.2.0", None),
        ("1.0.0", "still at 1.0.0, older than the release 1.1.0"),
        ("1.0.5", "version 1.0.5 is older than the release 1.1.0"),
    ],
)
def test_keeps_up_with_the_version(version, problem):
    found = check(GOOD, version=version)
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


def test_a_version_that_nothing_describes():
    text = "# Changelog\n\n## [Unreleased]\n"
    assert check(text) == []
    assert check(text, version="0.1.0") == [
        "version 0.1.0 is neither released nor described under Unreleased"
    ]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(KINDS),
            st.lists(st.from_regex(r"[a-z][a-z ]*[a-z]", fullmatch=True), min_size=1, max_size=3),
            min_size=1,
        ),
        max_size=4,
    )
)
def test_reads_back_what_was_written(releases):
    lines = ["# Changelog", "", "## [Unreleased]", ""]
    for number, kinds in reversed(list(enumerate(releases, start=1))):
        lines += [f"## [{number}.0.0] - 2026-01-{number:02}", ""]
        for kind, entries in kinds.items():
            lines += [f"### {kind}", "", *(f"- {entry}" for entry in entries), ""]
    text = "\n".join(lines)
    assert check(text) == []
    assert [release.kinds for release in read(text)[0]] == [{}, *reversed(releases)]


def test_moves_what_is_unreleased():
    moved = move(GOOD, "1.2.0", date(2026, 3, 4))
    assert check(moved, version="1.2.0") == []
    before, after = read(GOOD)[0], read(moved)[0]
    assert (after[0].version, after[0].kinds) == ("Unreleased", {})
    assert (after[1].version, after[1].date) == ("1.2.0", "2026-03-04")
    assert [each.kinds for each in after[1:]] == [each.kinds for each in before]
    with pytest.raises(ValueError, match="no line"):
        move("# Changelog\n", "1.2.0", date(2026, 3, 4))


def test_writes_entries():
    releases = read(GOOD)[0]
    assert write(releases[0]) == "### Added\n\n- One thing\n  that takes two lines."
    assert write(releases[1]) == "### Changed\n\n- Two.\n- Three.\n\n### Fixed\n\n- Four."


def test_command_names_file_and_line(tmp_path, capsys):
    (tmp_path / "good.md").write_text(GOOD)
    (tmp_path / "bad.md").write_text(GOOD.replace("### Fixed", "### Mended"))
    assert main([str(tmp_path / "good.md")]) == 0
    assert main([str(tmp_path / "good.md"), str(tmp_path / "bad.md")]) == 1
    assert f"{tmp_path / 'bad.md'}: line 19: 'Mended' is none of" in capsys.readouterr().err
