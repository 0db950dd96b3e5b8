import pytest

from workspace import Package, chosen, packages


def test_finds_the_core_first(workspace_root):
    found = packages(workspace_root)
    assert [package.name for package in found] == ["the-core", "a-tool"]
    assert found[1].module == "a_tool"
    assert found[1].version == "1.2.0"


def test_refuses_a_folder_named_otherwise(workspace_root):
    (workspace_root / "packages/a-tool").rename(workspace_root / "packages/another")
    with pytest.raises(ValueError, match="must be called a-tool"):
        packages(workspace_root)


def test_refuses_a_missing_version(workspace_root):
    package = Package("a-tool", workspace_root / "packages/a-tool")
    (package.source / "__about__.py").write_text("version = 1\n")
    with pytest.raises(ValueError, match="no line __version__"):
        _ = package.version


def test_reads_this_repository():
    found = {package.name: package for package in packages()}
    assert next(iter(found)) == "truing-core"
    assert "followbench" in found
    assert all(package.source.is_dir() for package in found.values())


def test_chooses_by_name(workspace_root):
    assert [each.name for each in chosen([], workspace_root)] == ["the-core", "a-tool"]
    assert [each.name for each in chosen(["a-tool"], workspace_root)] == ["a-tool"]
    with pytest.raises(ValueError, match="'b-tool' is no package here: the-core, a-tool"):
        chosen(["a-tool", "b-tool"], workspace_root)
