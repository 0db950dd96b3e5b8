from __future__ import annotations

import pytest

from truing_core.errors import InputError
from webr_synth.ingest.filters.blocklist import is_blocked, read_domains


def test_lists_of_domains_and_hosts_files(tmp_path):
    path = tmp_path / "list"
    path.write_text(
        "# title\nBad.example  # why\n0.0.0.0 ads.example\n*.wild.example\nhttp://u.example/x\n"
    )
    assert read_domains(path) == {"bad.example", "ads.example", "wild.example", "u.example"}


@pytest.mark.parametrize(
    ("url", "blocked"),
    [
        ("http://bad.example/x", True),
        ("https://user@WWW.Bad.Example:8080/x", True),
        ("bad.example/x", True),
        ("http://notbad.example/bad.example", False),
        ("http://example/", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_hosts_and_what_lies_below_them(url, blocked):
    assert is_blocked(url, frozenset({"bad.example"})) is blocked


def test_lists_that_cannot_be_used(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_domains(tmp_path / "none")
    (tmp_path / "empty").write_text("# nothing\n127.0.0.1 localhost\n")
    with pytest.raises(InputError, match="names no domain"):
        read_domains(tmp_path / "empty")
