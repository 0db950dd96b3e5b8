"""Rows of a CSV file, as spreadsheet programs write them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from truing_core.errors import InputError


def csv_rows(path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their numbers as a spreadsheet shows them: the header is row 1.

    Args:
        path: UTF-8, with or without a byte-order mark; separated by commas.

    Raises:
        InputError: The file cannot be read, is no UTF-8, has no header, or a row has more cells
            than the header.
    """
    number = 1
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = next(rows, [])
            if not header:
                raise InputError("the file is empty; expected a header row", path=path)
            for number, cells in enumerate(rows, 2):
                if len(cells) > len(header):
                    raise InputError(
                        f"has more cells than the header's {len(header)}; put texts with commas "
                        "in double quotes",
                        path=path,
                        row=number,
                    )
                if cells:  # a blank line is none, but counts
                    yield number, dict(zip_longest(header, cells))
    except UnicodeDecodeError:
        raise InputError("is no UTF-8 text; save it as 'CSV UTF-8'", path=path) from None
    except csv.Error as error:
        raise InputError(f"no valid CSV: {error}", path=path, row=number + 1) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
