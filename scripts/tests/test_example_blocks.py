import re

import pytest

from docs_commands import documents
from example_blocks import Step, replaced, steps

PAGE = """# Page

<!-- file: rows.jsonl -->
```json
{"a": 1}
```

## One

```console
$ export KEY=…
$ cat rows.jsonl \\
    | wc -l      # and so on …
a line it prints
$ echo done
```

```python
# made.py
print(1)
```

## Two

<!-- not run: it takes four GPUs -->
```console
$ big … thing
```

```json
{"shown": "only"}
```
"""


def test_a_page_is_files_commands_and_programs_in_order():
    assert list(steps(PAGE)) == [
        Step("section", 1, "# Page"),
        Step("file", 5, '{"a": 1}\n', "rows.jsonl"),
        Step("section", 8, "## One"),
        Step("command", 12, "cat rows.jsonl  | wc -l      # and so on …"),
        Step("command", 15, "echo done"),
        Step("file", 19, "# made.py\nprint(1)\n", "made.py"),
        Step("python", 19, "# made.py\nprint(1)\n"),
        Step("section", 23, "## Two"),
        Step("left out", 27, "it takes four GPUs"),
    ]


def test_what_stands_under_one_heading_alone():
    found = [step.kind for step in steps(PAGE, under="Two") if step.kind != "section"]
    assert found == ["left out"]
    assert not [step for step in steps(PAGE, under="Three") if step.kind != "section"]


def test_a_heading_in_a_block_is_none():
    [step] = steps("```text\n# c\n```\n\n```console\n$ true\n```\n")
    assert step == Step("command", 6, "true")


@pytest.mark.parametrize(
    ("text", "amiss"),
    [
        ("a\n\n<!-- not run: why -->\n\nWords.\n", "line 3: a mark without a block"),
        ("<!-- not run -->\n```console\n$ a\n```\n", "line 1: a mark without a block or words"),
        ("<!-- not run: why -->\n```json\n{}\n```\n", "needs no mark"),
        ("<!-- file: ../x -->\n```\na\n```\n", "'../x' is no plain file name"),
        ("```console\npip install a\n```\n", "line 2: a console block without a `\\$ ` line"),
        ("```console\n$ tool run …\n```\n", "`tool run …` holds a placeholder"),
        ("```console\n$ tool ... -o x\n```\n", "holds a placeholder"),
        ("- a\n\n  ```console\n  $ a\n  ```\n", "an indented example is not seen"),
    ],
)
def test_what_would_silently_not_run_is_a_mistake(text, amiss):
    with pytest.raises(ValueError, match=amiss):
        list(steps(text))


def test_the_longest_text_is_replaced_first():
    instead = {"--num 1000": "--num 2", "--num 10000": "--num 3"}
    assert replaced("a --num 10000 b --num 1000", instead) == "a --num 3 b --num 2"


def test_hardly_anything_in_the_documents_is_left_out():
    pages = [path for path in documents() if "packages" in path.parts]
    pages += [path for path in documents() if (path.parent.name, path.stem) in _tutorials(pages)]
    assert len(pages) == 10
    found = [step for page in pages for step in steps(page.read_text("utf-8"))]
    left_out = [step for step in found if step.kind == "left out"]
    assert len(left_out) <= 6
    assert all(re.search(r"^it takes|\bhub\b", step.content) for step in left_out)
    assert sum(step.kind == "command" for step in found) > 80


def _tutorials(readmes):
    return {("docs", path.parent.name) for path in readmes}
