"""What an interpreter of its own tells of the modules it has loaded."""

from __future__ import annotations

import pytest

from truing_core.testing.starting import started


def test_what_it_printed_and_what_it_loaded(tmp_path):
    found = started("import sys, wave\nprint(sys.argv[1:])\nopen('x', 'w')", "a", 1, cwd=tmp_path)
    assert found.out == "['a', '1']\n"
    assert "wave" in found.modules
    assert "torch" not in found.modules
    assert (tmp_path / "x").exists()


def test_exit_with_0_is_a_good_end():
    assert "wave" in started("import wave\nraise SystemExit(0)").modules


@pytest.mark.parametrize("code", ["raise SystemExit(2)", "import nothing_of_the_kind"])
def test_a_bad_end_is_an_error(code):
    with pytest.raises(AssertionError, match=r"\["):
        started(code)
