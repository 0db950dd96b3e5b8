import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "demo")]


@pytest.fixture
def workspace_root(tmp_path):
    """A workspace of a core and one tool, version 1.2.0, released."""
    for area, name in (("shared", "the-core"), ("packages", "a-tool")):
        source = tmp_path / area / name / "src" / name.replace("-", "_")
        source.mkdir(parents=True)
        (source / "__about__.py").write_text('__version__ = "1.2.0"\n')
        (source.parents[1] / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
        (source.parents[1] / "CHANGELOG.md").write_text(
            "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-03-01\n\n### Added\n\n- A thing.\n"
        )
    return tmp_path
