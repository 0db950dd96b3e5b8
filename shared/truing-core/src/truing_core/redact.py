"""Keeps keys out of everything that is written: logs, error lines, manifests.

Two guards. :func:`redact` blanks the *values* of secret-looking environment variables and of
well-known key shapes in any text; :func:`guarded` blanks config entries by *name* as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_SECRET_FIELD = re.compile(
    r"(?:^|[_.-])(?:api_?key|(?:access|secret|private|auth|signing|license)_?key|"
    r"(?:(?:hf|hub|huggingface|github|gh|auth|access|api|bearer|refresh|session|secret|id)_?)token|"
    r"secret|password|passwd|passphrase|authorization|bearer|credentials?)$|^(?:token|key)$"
)
_SECRET_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$")
_KEY_SHAPE = re.compile(r"\b(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,})")
_SHORTEST_SECRET = 8
# What people set where a server wants a key and looks at none.
_PLACEHOLDERS = frozenset({
    "sk-no-key-required", "no-key-required", "no-key-needed", "no-api-key", "not-needed",
    "not-required", "lm-studio", "llama.cpp", "placeholder", "dummy-key", "fake-key", "anything",
    "undefined",
})  # fmt: skip


def is_secret_name(name: str) -> bool:
    """Whether a config entry of this name holds a secret.

    ``api_key`` and ``hf-token`` do; ``api_key_env`` (a variable's name), ``max_tokens`` and
    ``pad_token`` do not.
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return _SECRET_FIELD.search(snake) is not None


def is_secret(value: str) -> bool:
    """Whether a key is one: not too short to be told from a word, and no known placeholder."""
    return len(value) >= _SHORTEST_SECRET and value.lower() not in _PLACEHOLDERS


def redact(text: str) -> str:
    """Blanks every secret of the environment, and what is shaped like an API key."""
    found = {
        value
        for name, value in os.environ.items()
        if is_secret(value) and value in text and _SECRET_VARIABLE.search(name.upper())
    }
    for value in sorted(found, key=len, reverse=True):  # one may stand in another
        text = text.replace(value, HIDDEN)
    return _KEY_SHAPE.sub(HIDDEN, text)


def guarded(value: Any, name: str = "") -> Any:
    """A copy of a JSON-like value in which no secret stands.

    Args:
        value: Mappings, sequences and scalars, nested at will.
        name: The entry's own name, which decides whether its value may be shown.
    """
    if isinstance(value, Mapping):
        return {str(key): guarded(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [guarded(item, name) for item in value]
    if value not in (None, "", False, True) and is_secret_name(name):
        return HIDDEN
    return redact(value) if isinstance(value, str) else value
