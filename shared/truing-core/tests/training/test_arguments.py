"""Flags and files of a ``train`` command."""

from __future__ import annotations

import pytest

from truing_core.errors import UsageError
from truing_core.training.arguments import CommandArguments, DataArguments, parse

pytest.importorskip("trl", reason="needs the extra train")


def read(*arguments):
    return parse("tool train", (DataArguments, CommandArguments), list(map(str, arguments)))


def test_flags_win_over_the_file(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("dataset_name: a.jsonl\nlimit: 3\n", "utf-8")
    data, command = read("--config", file, "--limit", 5, "--dry-run", "true")
    assert (data.dataset_name, data.limit, command.dry_run) == ("a.jsonl", 5, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "--config is no valid YAML"), ("speed: 3", "speed"), (None, "there is no file")],
)
def test_bad_files(tmp_path, text, said):
    file = tmp_path / "c.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=said):
        read("--config", file)
