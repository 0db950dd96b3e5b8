"""One string names a model: ``openai/gpt-4o-mini``, ``hf/org/name``, ``vllm/DIR``, ``demo``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlsplit

from truing_core.errors import UsageError

Backend = Literal["openai", "hf", "vllm", "demo"]
_FORMS = (
    "'openai/NAME', 'openai/NAME@http://HOST:PORT/v1', 'hf/HUB-ID-OR-FOLDER', "
    "'vllm/HUB-ID-OR-FOLDER' or 'demo'"
)
_FORGOTTEN_SCHEME = re.compile(r"://|@(?:localhost\b|[\w.-]+:\d)")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A parsed model spec.

    Attributes:
        backend: Which engine answers.
        name: The model's name for that engine: a served name, a hub id or a folder.
        base_url: Address of an OpenAI-compatible server; ``None`` means OpenAI's own (or
            ``OPENAI_BASE_URL``).
        api_key_env: Environment variable that holds the key. Keys themselves never stand in
            a spec, since specs are written to manifests.
    """

    backend: Backend
    name: str
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"

    @classmethod
    def parse(cls, text: str) -> ModelSpec:
        """Reads ``BACKEND/NAME[@BASE_URL][?api_key_env=VARIABLE]``.

        Raises:
            UsageError: The text is none of the forms; the message lists them.
        """
        text = text.strip()
        if text == "demo":
            return cls("demo", "demo")
        backend, slash, rest = text.partition("/")
        if not slash or backend not in get_args(Backend) or backend == "demo" or not rest:
            raise UsageError(f"'{text}' is no model spec; expected {_FORMS}")
        if backend != "openai":
            return cls(backend, rest)  # type: ignore[arg-type]
        rest, _, query = rest.partition("?")
        start = re.search("@(?=https?://)", rest, re.IGNORECASE)
        name = rest[: start.start()] if start else rest
        if not name:
            raise UsageError(f"'{_bare(text)}' names no model; expected {_FORMS}")
        if start is None:
            if _FORGOTTEN_SCHEME.search(name):
                raise UsageError(
                    f"'{_bare(text)}': the address after '@' must start with http:// or https://"
                )
            return cls("openai", name, None, _api_key_env(query, text))
        base_url = rest[start.end() :].rstrip("/")
        try:
            parts = urlsplit(base_url)
            port_is_fine = parts.port is None or parts.port > 0
        except ValueError:
            parts, port_is_fine = urlsplit(""), False
        if not parts.hostname or not port_is_fine:
            raise UsageError(f"'{_bare(base_url)}' in '{_bare(text)}' is no http(s) address")
        if parts.username or parts.password:
            raise UsageError(
                "a model spec must not hold credentials, since it is written to run.json; "
                "set the key in an environment variable and name it: "
                f"'openai/{name}@{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
                "?api_key_env=MY_KEY'"
            )
        return cls("openai", name, base_url, _api_key_env(query, text))

    def __str__(self) -> str:
        if self.backend == "demo":
            return "demo"
        text = f"{self.backend}/{self.name}"
        if self.base_url:
            text += f"@{self.base_url}"
        if self.api_key_env != "OPENAI_API_KEY":
            text += f"?api_key_env={self.api_key_env}"
        return text


def _bare(text: str) -> str:
    """The text without credentials, to be shown."""
    return re.sub("(?<=://).*@", "", text)


def _api_key_env(query: str, text: str) -> str:
    if not query:
        return "OPENAI_API_KEY"
    fields = parse_qs(query, keep_blank_values=True)
    value = fields.pop("api_key_env", [""])[0]
    if fields or not value.isidentifier():
        shown = _bare(text.partition("?")[0])  # what follows may be a key
        raise UsageError(
            f"after '{shown}', only '?api_key_env=VARIABLE' is understood: the name of an "
            "environment variable, never the key itself"
        )
    return value
