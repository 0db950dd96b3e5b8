import pytest

import paper_tables
from paper_tables import page, table_of

README = """# Tool

## Paper → command

| a | b |
|---|---|
| τ | `--tau` |

More.

## Next

| no |
"""


def test_takes_the_table_below_the_heading_alone():
    assert table_of(README) == "| a | b |\n|---|---|\n| τ | `--tau` |\n"
    assert table_of(README.replace("Paper → command", "Other")) is None
    assert table_of("## Paper → command\n\nNo table.\n\n## Next\n\n| no |\n") is None


def test_a_tool_needs_a_table_and_a_paper():
    assert "## lte-edit\n\nLTE, [arXiv 2402.11905](" in page({"lte-edit": ["# None", README]})
    with pytest.raises(ValueError, match="lte-edit: neither README nor tutorial has"):
        page({"lte-edit": ["# None"]})
    with pytest.raises(ValueError, match="a-tool has no paper"):
        page({"a-tool": [README]})


def test_the_page_is_up_to_date(capsys):
    assert paper_tables.main(["--check"]) == 0, capsys.readouterr().err
