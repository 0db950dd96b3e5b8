import pytest

import run_tutorial
from run_tutorial import main, run, steps

PAGE = """# Page

<!-- file: rows.jsonl -->
```json
{"a": 1}
{"a": 2}
```

<!-- run -->
```console
$ pip install nothing
$ cat rows.jsonl \\
    | wc -l > count
output
$ echo done
```

```console
$ false
```
"""


def test_marked_blocks_alone_are_steps_in_order():
    assert list(steps(PAGE)) == [
        ("file rows.jsonl", '{"a": 1}\n{"a": 2}\n'),
        ("run", "cat rows.jsonl  | wc -l > count"),
        ("run", "echo done"),
    ]


def test_they_run_in_one_folder(tmp_path, capsys):
    assert run(PAGE, tmp_path) == 2
    assert (tmp_path / "count").read_text().strip() == "2"
    assert "$ echo done\ndone\n(0." in capsys.readouterr().out


def test_the_first_failure_ends_it(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("$ echo done", "$ echo why >&2; exit 3\n$ touch after"))
    assert main([str(page), str(tmp_path / "here")]) == 1
    said = capsys.readouterr()
    assert "`echo why >&2; exit 3` ended with 3" in said.err
    assert "why" in said.out
    assert not (tmp_path / "here/after").exists()


def test_a_command_that_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr(run_tutorial, "LIMIT", 0.2)
    with pytest.raises(ValueError, match="did not end within"):
        run("<!-- run -->\n```console\n$ exec sleep 20\n```\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "amiss"),
    [
        ("Nothing.", "no command is marked"),
        ("<!-- run -->\n\nWords.\n", "before no block"),
        ("<!-- file: ../x -->\n```\na\n```\n", "names no plain file"),
    ],
)
def test_a_page_with_nothing_to_run_is_a_mistake(tmp_path, text, amiss):
    with pytest.raises(ValueError, match=amiss):
        run(text, tmp_path)
