"""Lists and tables: counts and messages."""

from __future__ import annotations

import pytest

from followbench.checks import parse_check
from truing_core.errors import InputError

TABLE = "| City | **Rain** |\n|---|---|\n| Bergen | 90 |\n| Rome | 31 |"


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "bullet_list"}, "- a", True, "1 bulleted item, at least 1 wanted"),
        ({"type": "bullet_list"}, "a", False, "0 bulleted items, at least 1 wanted"),
        ({"type": "bullet_list", "negate": True}, "- a", False,
         "1 bulleted item, fewer than 1 wanted"),
        ({"type": "bullet_list", "exactly": 2, "marker": "*"}, "* a\n- b", False,
         "1 item with '*', exactly 2 wanted"),
        ({"type": "bullet_list", "exactly": 1}, "- a\n  - b", True,
         "1 bulleted item, exactly 1 wanted"),
        ({"type": "bullet_list", "exactly": 1, "nested": True}, "- a\n  - b", False,
         "2 bulleted items, exactly 1 wanted"),
        ({"type": "numbered_list", "max": 2}, "1. a\n2. b\n3. c", False,
         "3 numbered items, at most 2 wanted"),
        ({"type": "numbered_list", "min": 3, "nested": True}, "1. a\n   1. b\n2. c", True,
         "3 numbered items, at least 3 wanted"),
        ({"type": "table"}, TABLE, True,
         "a table of 2 columns and 2 body rows, at least 1 body row wanted"),
        ({"type": "table"}, "none", False, "no table, at least 1 body row wanted"),
        ({"type": "table", "columns": 3}, TABLE, False,
         "a table of 2 columns and 2 body rows, 3 columns and at least 1 body row wanted"),
        ({"type": "table", "exactly": 2, "header": ["city", "rain"]}, TABLE, True,
         "a table of 2 columns and 2 body rows with header 'City' and '**Rain**',"
         " exactly 2 body rows and header 'city' and 'rain' wanted"),
        ({"type": "table", "header": ["Rain", "City"]}, TABLE, False,
         "a table of 2 columns and 2 body rows with header 'City' and '**Rain**',"
         " at least 1 body row and header 'Rain' and 'City' wanted"),
        ({"type": "table", "columns": 2, "negate": True}, TABLE, False,
         "a table of 2 columns and 2 body rows,"
         " no such table (2 columns and at least 1 body row) wanted"),
        ({"type": "table", "exactly": 1}, f"{TABLE}\n\n|a|\n|-|\n|b|", True,
         "a table of 1 column and 1 body row, exactly 1 body row wanted"),
    ],
)  # fmt: skip
def test_messages(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


def test_a_header_that_cannot_fit():
    with pytest.raises(InputError, match="check 'table': 1 header cells for 2 columns"):
        parse_check({"type": "table", "columns": 2, "header": ["a"]})
