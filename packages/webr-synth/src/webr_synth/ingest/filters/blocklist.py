"""Pages of domains that nobody wants, such as a list of adult sites."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from truing_core.errors import InputError
from webr_synth.ingest.filters.draft import Draft, Filter
from webr_synth.ingest.settings import IngestSettings

_NOT_DOMAINS = {"0.0.0.0", "127.0.0.1", "::", "::1", "localhost"}


def make(settings: IngestSettings) -> Filter | None:
    """The filter, if there is a list."""
    if settings.blocklist is None:
        return None
    blocked = read_domains(settings.blocklist)

    def check(draft: Draft) -> str | None:
        return "blocked domain" if draft.url and is_blocked(draft.url, blocked) else None

    return check


def read_domains(path: Path) -> frozenset[str]:
    """The domains of a file: one a line, or as a hosts file has them; ``#`` begins a comment.

    Raises:
        InputError: The file cannot be read, or names none.
    """
    domains: set[str] = set()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                for word in line.split("#", 1)[0].split():
                    domains.add(_host(word) if "/" in word else word.lower().strip("*."))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from None
    domains -= _NOT_DOMAINS | {""}
    if not domains:
        raise InputError("the blocklist names no domain; write one a line", path=path)
    return frozenset(domains)


def is_blocked(url: str, blocked: frozenset[str]) -> bool:
    """Whether a URL's host, or a domain above it, is on the list."""
    labels = _host(url).split(".")[-20:]
    return any(".".join(labels[first:]) in blocked for first in range(len(labels)))


def _host(url: str) -> str:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return ""
    return (host or "").strip(".")
