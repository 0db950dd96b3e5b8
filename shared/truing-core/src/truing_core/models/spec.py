"""One string names a model: ``openai/gpt-4o-mini``, ``hf/org/name``, ``vllm/./folder``, ``demo``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlsplit

from truing_core.errors import UsageError

Backend = Literal["openai", "hf", "vllm", "demo"]
_FORMS = (
    "'openai/NAME', 'openai/NAME@http://HOST:PORT/v1', 'hf/HUB-ID-OR-FOLDER', "
    "'vllm/HUB-ID-OR-FOLDER' or 'demo'"
)


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
        name, at, url = rest.rpartition("@http")
        if not at:
            return cls("openai", rest, None, _api_key_env(query, text))
        base_url = f"http{url}".rstrip("/")
        try:
            parts = urlsplit(base_url)
            port_is_fine = parts.port is None or parts.port > 0
        except ValueError:
            parts, port_is_fine = urlsplit(""), False
        if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
            raise UsageError(f"'{base_url}' in '{text}' is no http(s) address")
        if parts.username or parts.password:
            raise UsageError(
                "a model spec must not hold credentials, since it is written to run.json; "
                "set the key in an environment variable and name it: "
                f"'openai/{name}@{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
                "?api_key_env=MY_KEY'"
            )
        if not name:
            raise UsageError(f"'{text}' names no model; expected 'openai/NAME@{base_url}'")
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


def _api_key_env(query: str, text: str) -> str:
    if not query:
        return "OPENAI_API_KEY"
    fields = parse_qs(query, keep_blank_values=True)
    value = fields.pop("api_key_env", [""])[0]
    if fields or not value.isidentifier():
        raise UsageError(f"'?{query}' in '{text}': only '?api_key_env=VARIABLE' is understood")
    return value
