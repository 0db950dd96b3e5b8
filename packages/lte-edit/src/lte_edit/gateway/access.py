"""Who asks, what they may do, and in which namespace."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.keys import ROLES, KeyRing, Role
from truing_core.errors import InputError

log = logging.getLogger(__name__)

NAMESPACE_HEADER = "X-LTE-Namespace"


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request.

    Attributes:
        name: The id of the key, or ``local``.
        role: What they may do.
        namespaces: Where; ``None`` is everywhere. The first one is where no other is named.
    """

    name: str
    role: Role
    namespaces: tuple[str, ...] | None = None

    def need(self, role: Role) -> None:
        """Refuses what the role does not allow.

        Raises:
            ApiError: 403.
        """
        if ROLES.index(self.role) < ROLES.index(role):
            raise ApiError(
                403, f"this key has the role {self.role}; this needs {role}", code="role"
            )

    def sees(self, namespace: str) -> bool:
        """Whether its edits may be looked at."""
        return self.namespaces is None or namespace in self.namespaces

    def chosen(self, named: str | None, default: str) -> str:
        """The namespace of a request.

        Args:
            named: What the request names, if anything.
            default: Where callers are that may go everywhere.

        Raises:
            ApiError: 403: it is not one of this caller's.
        """
        if named is None:
            return default if self.namespaces is None else self.namespaces[0]
        if not self.sees(named):
            raise ApiError(
                403, f"this key has no access to the namespace '{named:.80}'",
                code="namespace", param=NAMESPACE_HEADER,
            )  # fmt: skip
        return named


class Access:
    """The door.

    Args:
        ring: The keys; without them only this machine's own programs are let in.
    """

    def __init__(self, ring: KeyRing | None = None) -> None:
        self.ring = ring

    def caller(self, headers: Headers) -> Caller:
        """Who sends these headers.

        Raises:
            ApiError: Nobody who may.
        """
        if self.ring is None:
            self._check_local(headers)
            return Caller("local", "admin")
        try:
            self.ring.refresh()
        except (OSError, InputError) as error:
            log.error("the key file cannot be read: %s", error)
            raise ApiError(
                503, "the gateway cannot read its key file; its log says why", code="keys"
            ) from None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = self.ring.key_of(token.strip() if scheme.lower() == "bearer" else "")
        if key is None:
            raise ApiError(
                401, "expected a key of this gateway, as 'Authorization: Bearer sk-lte-…'",
                code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return Caller(key.id, key.role, None if key.role == "admin" else key.namespaces)

    def _check_local(self, headers: Headers) -> None:
        """A page in a browser may name any host and send forms anywhere; neither reaches us."""
        for header, value in (
            ("Host", "//" + headers.get("host", "")),
            ("Origin", headers.get("origin", "//localhost")),
        ):
            if not is_loopback(_host(value)):
                raise ApiError(
                    403,
                    f"a gateway without keys answers to loopback names only, and the {header} "
                    "header names another; make keys by 'lte-edit keys add' and serve with --keys",
                    code="not_local",
                )


@lru_cache(256)  # asked for every request
def is_loopback(host: str) -> bool:
    """Whether a host, as one binds to it, is this machine to itself only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
