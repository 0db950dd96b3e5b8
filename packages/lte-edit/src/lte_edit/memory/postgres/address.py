"""Where a database is: a URL for libpq, and the same without its secrets for all that is said."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from truing_core.errors import UsageError

# libpq takes what stands before the first @ for user and password, as long as no / comes earlier.
# A password with a bare @, / or : would so become part of a host name and of libpq's complaints,
# which is why such a URL does not get so far.
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^:/?@,\[\]]*)(?::\d*)?"
_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?)://"
    r"(?:(?P<user>[^:@/]*)(?::[^@/]*)?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?P<database>/[^?@]*)?"
    r"(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_SECRET = re.compile("password|secret|scram", re.IGNORECASE)
_PATIENCE = 10  # seconds


@dataclass(frozen=True)
class Address:
    """A database as libpq is told of it, and as people are.

    Attributes:
        place: The URL without passwords.
        options: What :func:`psycopg.connect` takes; not for eyes.
    """

    place: str
    options: dict[str, Any] = field(repr=False)

    def without_password(self, text: str) -> str:
        """A text of others in which the password does not stand, should it have come there."""
        password = str(self.options.get("password") or "")
        return text.replace(password, "***") if len(password) > 2 else text


def parse(url: str) -> Address:
    """Reads a URL as libpq does; what it leaves out comes from libpq's variables and files.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=…``; all parts are optional.

    Raises:
        UsageError: libpq would not take it; the message does not repeat it.
    """
    match = _URL.fullmatch(url)
    if match is None:
        _refuse()
    try:
        given = conninfo_to_dict(url)
    except (psycopg.Error, UnicodeError):  # a terminal passes on bytes that are no UTF-8
        _refuse()
    options: dict[str, Any] = {"fallback_application_name": "lte-edit"}
    if "PGCONNECT_TIMEOUT" not in os.environ:
        # Nobody wants to wait for minutes; whoever does can say so.
        options["connect_timeout"] = _PATIENCE
    options |= given | {"client_encoding": "UTF8"}
    user = "" if match["user"] is None else f"{match['user']}@"
    place = f"{match['scheme']}://{user}{match['hosts']}{match['database'] or ''}"
    query = [each for each in (match["query"] or "").split("&") if each and not _is_secret(each)]
    return Address(f"{place}?{'&'.join(query)}" if query else place, options)


def _is_secret(option: str) -> bool:
    # Names may be encoded, too.
    return _SECRET.search(unquote(option.partition("=")[0])) is not None


def _refuse() -> NoReturn:
    raise UsageError(
        "the memory's URL cannot be read; expected postgresql://USER@HOST/DATABASE, with @ as %40, "
        ": as %3A and / as %2F in names and passwords, and options that libpq knows"
    ) from None
