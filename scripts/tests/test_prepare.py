import subprocess
from datetime import date

import pytest

from prepare import git, prepare, second_tree

TODAY = date(2026, 4, 5)
WHEEL = "a_tool-1.3.0-py3-none-any.whl"
FIXED = "## [Unreleased]\n\n### Fixed\n\n- A fault.\n"


@pytest.fixture
def repository(workspace_root, monkeypatch):
    """The workspace in git, with one change of a-tool since 1.2.0."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A Tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    changes = workspace_root / "packages/a-tool/CHANGELOG.md"
    changes.write_text(changes.read_text().replace("## [Unreleased]\n", FIXED))
    (workspace_root / ".gitignore").write_text("dist/\n")
    git(workspace_root, "init", "--quiet", "--initial-branch", "main")
    git(workspace_root, "add", ".")
    git(workspace_root, "commit", "--quiet", "--message", "All there is")
    git(workspace_root, "tag", "a-tool-v1.2.0")
    return workspace_root


def build(tree, package, dist):
    """Stand in for the build, which takes a network: two files, named as it names them."""
    assert package.folder == tree / "packages/a-tool"
    dist.mkdir()
    (dist / WHEEL).write_text(package.version)
    (dist / "the_core-1.2.0-py3-none-any.whl").touch()
    return ["tried"]


def state(root):
    """All of a repository that a release may change."""
    files = {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }
    return files, git(root, "show-ref"), git(root, "worktree", "list"), git(root, "status")


def test_a_release(repository):
    done = prepare("a-tool", "1.3.0", root=repository, today=TODAY, prove=build)
    assert done.tag == "a-tool-v1.3.0"
    assert done.commit == git(repository, "rev-parse", "main").strip()
    assert git(repository, "rev-parse", "a-tool-v1.3.0^{commit}").strip() == done.commit
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "log", "-1", "--format=%s").strip() == "a-tool: release 1.3.0"
    changed = git(repository, "diff", "--name-only", "HEAD~1").split()
    assert changed == ["packages/a-tool/CHANGELOG.md", "packages/a-tool/src/a_tool/__about__.py"]
    about = repository / "packages/a-tool/src/a_tool/__about__.py"
    assert about.read_text() == '__version__ = "1.3.0"\n'
    message = git(repository, "tag", "--list", "--format=%(contents)", "a-tool-v1.3.0").strip()
    assert message == "a-tool 1.3.0\n\n### Fixed\n\n- A fault."
    assert [path.as_posix() for path in done.files] == [f"dist/{WHEEL}"]
    assert [path.name for path in (repository / "dist").iterdir()] == [WHEEL]
    assert (done.remarks, (repository / "dist" / WHEEL).read_text()) == (["tried"], "1.3.0")
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_dry_run_shows_all_and_changes_nothing(repository):
    before = state(repository)
    done = prepare("a-tool", "1.3.0", root=repository, today=TODAY, prove=build, dry_run=True)
    assert state(repository) == before
    assert done.commit is None
    assert '+__version__ = "1.3.0"' in done.changes.splitlines()
    assert "+## [1.3.0] - 2026-04-05" in done.changes.splitlines()
    assert [path.as_posix() for path in done.files] == [f"dist/{WHEEL}"]


def test_a_version_that_is_written_already_is_only_tagged(repository):
    head = git(repository, "rev-parse", "HEAD").strip()
    done = prepare("the-core", "1.2.0", root=repository, today=TODAY, prove=lambda *_: [])
    assert (done.changes, done.commit) == ("", head)
    assert git(repository, "rev-parse", "the-core-v1.2.0^{commit}").strip() == head


def fails(tree, package, dist):
    build(tree, package, dist)
    raise subprocess.CalledProcessError(1, "the smoke script")


def moves_on(tree, package, dist):
    """While the release is tried, somebody commits."""
    [root] = [
        line.split()[1] for line in git(tree, "worktree", "list", "--porcelain").splitlines()[:1]
    ]
    git(tree.parent, "-C", root, "commit", "--quiet", "--allow-empty", "--message", "Else")
    return build(tree, package, dist)


@pytest.mark.parametrize(
    ("arguments", "prove", "problem"),
    [
        (("b-tool", "1.3.0"), build, "'b-tool' is no package here: the-core, a-tool"),
        (("a-tool", "1.2.0"), build, "a-tool 1.2.0 is tagged already"),
        (("a-tool", "1.3"), build, "'1.3' is no version"),
        (("the-core", "1.3.0"), build, "there is no change"),
        (("a-tool", "1.3.0"), fails, "the smoke script"),
    ],
)
def test_what_fails_leaves_all_as_it_was(repository, arguments, prove, problem):
    before = state(repository)
    with pytest.raises((ValueError, subprocess.CalledProcessError), match=problem):
        prepare(*arguments, root=repository, today=TODAY, prove=prove)
    assert state(repository) == before


def test_a_date_before_the_last_release(repository):
    before = state(repository)
    with pytest.raises(ValueError, match=r"1\.2\.0 must stand above 1\.3\.0"):
        prepare("a-tool", "1.3.0", root=repository, today=date(2026, 2, 1), prove=build)
    assert state(repository) == before


def test_a_branch_that_moves_on_meanwhile(repository):
    with pytest.raises(ValueError, match="moved on meanwhile"):
        prepare("a-tool", "1.3.0", root=repository, today=TODAY, prove=moves_on)
    assert git(repository, "tag", "--list").split() == ["a-tool-v1.2.0"]
    assert git(repository, "log", "--format=%s").splitlines() == ["Else", "All there is"]
    assert git(repository, "status", "--porcelain") == ""


def test_a_tree_that_is_not_clean(repository):
    (repository / "new.txt").touch()
    with pytest.raises(ValueError, match=r"not clean: new\.txt and 0 more"):
        prepare("a-tool", "1.3.0", root=repository, today=TODAY, prove=build)


def test_no_branch(repository):
    git(repository, "checkout", "--quiet", "--detach")
    with pytest.raises(ValueError, match="no branch is checked out"):
        prepare("a-tool", "1.3.0", root=repository, today=TODAY, prove=build)


def test_the_second_tree_goes_away(repository):
    trees = []

    def interrupted():
        with second_tree(repository) as tree:
            (tree / "left.over").touch()
            trees.append(tree)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not trees[0].exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
