"""API keys: shown once, kept as salted hashes in a file that only its owner may read.

A key is ``sk-lte-ID-SECRET``. The secret has 256 random bits, so one round of SHA-256 is enough;
the prefix lets the logs' own guard know a key when it sees one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lte_edit.edits import Namespace, complaint
from truing_core.errors import InputError, UsageError
from truing_core.files import atomic_file, encode_json

Role = Literal["read", "edit", "admin"]
ROLES: tuple[Role, ...] = ("read", "edit", "admin")

_VERSION = 1
_TOKEN = re.compile(r"sk-lte-(?P<id>[0-9a-f]{12})-(?P<secret>[A-Za-z0-9_-]{20,100})", re.ASCII)


class Key(BaseModel):
    """What the file keeps of a key.

    Attributes:
        id: Stands in the key itself, and in logs.
        role: What it may do.
        namespaces: Where; empty for ``admin``, who may everywhere.
        salt: Hexadecimal.
        digest: SHA-256 of salt and secret, hexadecimal.
        created: When.
        note: Whose it is, perhaps.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    role: Role
    namespaces: tuple[Namespace, ...]
    salt: str
    digest: str
    created: datetime
    note: str | None = None

    def proves(self, secret: str) -> bool:
        """Whether a secret is this key's; takes the same time whatever it is."""
        return hmac.compare_digest(_digest(self.salt, secret), self.digest)


_NOBODY = Key(
    id="0" * 12, role="read", namespaces=(), salt="0" * 32, digest="0" * 64,
    created=datetime.min.replace(tzinfo=UTC),
)  # fmt: skip


class KeyFile:
    """The file of keys, as commands change it.

    Args:
        path: Where; made with the first key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Key]:
        """All keys, the oldest first; none where there is no file.

        Raises:
            InputError: The file is not one of ours.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return []
        return parse(text, self.path)

    def add(self, role: Role, namespaces: Sequence[str] = (), note: str | None = None) -> str:
        """Makes a key.

        Args:
            role: What it may do.
            namespaces: Where; at least one, but for ``admin``.
            note: Whose it is, perhaps.

        Returns:
            The key, which nobody can find out again.

        Raises:
            UsageError: An admin was given namespaces, or another role none; or there can be no
                such namespace.
        """
        for each in namespaces:
            check_namespace(each)
        if role == "admin" and namespaces:
            raise UsageError("an admin's key is good for all namespaces; leave --namespace out")
        if role != "admin" and not namespaces:
            raise UsageError(f"the role {role} needs a namespace; give --namespace NAME")
        with self._changing() as keys:
            known = {key.id for key in keys}
            while (name := secrets.token_hex(6)) in known:
                pass
            secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
            keys.append(
                Key(
                    id=name, role=role, namespaces=tuple(dict.fromkeys(namespaces)), salt=salt,
                    digest=_digest(salt, secret), created=datetime.now(UTC), note=note,
                )
            )  # fmt: skip
        return f"sk-lte-{name}-{secret}"

    def remove(self, name: str) -> Key:
        """Takes a key out; a gateway that is running refuses it from its next request on.

        Raises:
            InputError: There is no key of this id.
        """
        with self._changing() as keys:
            for key in keys:
                if key.id == name:
                    keys.remove(key)
                    return key
            raise InputError(f"there is no key '{name}'; 'keys list' shows their ids",
                             path=self.path)  # fmt: skip

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """The keys, to be changed; nobody else changes them meanwhile."""
        from filelock import FileLock

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            keys = self.read()
            yield keys
            content = {"version": _VERSION, "keys": [key.model_dump(mode="json") for key in keys]}
            with atomic_file(self.path) as file:
                os.chmod(file.name, 0o600)  # before anything stands in it
                file.write(encode_json(content, indent=2) + b"\n")


class KeyRing:
    """The keys of a file, as a gateway asks for them; the file may change at any time.

    Args:
        path: The file.

    Raises:
        InputError: It is not one of ours.
        OSError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: object = None
        self._keys: dict[str, Key] = {}
        self.refresh()

    def __len__(self) -> int:
        return len(self._keys)

    def refresh(self) -> None:
        """Reads the file again if it is another one than before.

        Raises:
            InputError: It is not one of ours; nobody gets in until it is mended.
            OSError: It cannot be read; likewise.
        """
        try:
            found = os.stat(self.path)
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            self._seen, self._keys = None, {}
            raise
        if seen == self._seen:
            return
        self._seen, self._keys = None, {}
        self._keys = {key.id: key for key in parse(self.path.read_bytes(), self.path)}
        self._seen = seen

    def key_of(self, token: str) -> Key | None:
        """The key that a token is, if it is one; as slow for ids that nobody has."""
        found = _TOKEN.fullmatch(token)
        key = self._keys.get(found["id"]) if found else None
        fits = (key or _NOBODY).proves(found["secret"] if found else "")
        return key if fits else None


def check_namespace(name: str) -> None:
    """Refuses what can be no namespace's name.

    Raises:
        UsageError: It is none.
    """
    try:
        TypeAdapter(Namespace).validate_python(name)
    except ValidationError as error:
        raise UsageError(f"the namespace {complaint(error)[1]}") from None


def parse(content: bytes, path: Path) -> list[Key]:
    """The keys in a file's content.

    Raises:
        InputError: It is not one of ours; the file is left as it is.
    """
    try:
        read = json.loads(content)
        version, keys = read["version"], read["keys"]
        if version == _VERSION:
            return [Key.model_validate(entry) for entry in keys]
    except (ValueError, TypeError, LookupError, RecursionError):
        problem = "this is no key file of lte-edit; 'keys add' makes one in another place"
        raise InputError(problem, path=path) from None
    raise InputError(f"the key file has version {version}; expected {_VERSION}", path=path)


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}{secret}".encode(errors="replace")).hexdigest()
