"""Panics of parsers written in Rust, which Python sees as no :class:`Exception`."""

from __future__ import annotations

_PANIC = "PanicException"


def is_panic(error: BaseException) -> bool:
    """Whether a parser has given up in the middle; it can be called again."""
    return type(error).__name__ == _PANIC


def reraise_unless_panic(error: BaseException) -> None:
    """Lets through what is no fault of an input: Ctrl-C, the end of a process or of a generator.

    Raises:
        BaseException: The error, if it is neither an :class:`Exception` nor a panic.
    """
    if not isinstance(error, Exception) and not is_panic(error):
        raise error
