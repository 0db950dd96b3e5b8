"""Writing files so that a reader never sees half of one, and saying so when a disk refuses."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from truing_core.errors import TruingError

_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM}


def disk_error(error: OSError, path: str | Path | None = None) -> TruingError:
    """Puts what the operating system said into a sentence that names the fix."""
    where = str(path if path is not None else error.filename or "")
    place = f" at '{where}'" if where else ""
    if error.errno in _NO_SPACE:
        return TruingError(
            f"no space left on device{place}; free some, then run the same command again"
        )
    if error.errno in _NO_RIGHT:
        return TruingError(f"no permission{place}; change its owner or mode, or name another place")
    if error.errno == errno.EROFS:
        return TruingError(f"the file system is read-only{place}; name another place")
    text = error.strerror or str(error) or type(error).__name__
    return TruingError(f"{where}: {text}" if where else text)


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Opens a file that takes its place only when the block ends well.

    Until then, and after any error, whatever stood at ``path`` stands unchanged. Missing parent
    folders are made; a link is followed; a device or pipe is written to directly.

    Raises:
        TruingError: The disk is full, or the place cannot be written.
    """
    # Asked of the path itself: /dev/stdout of a pipe leads to a name that is nowhere.
    if os.path.exists(path) and not os.path.isfile(path):
        if os.path.isdir(path):
            raise TruingError(f"'{path}' is a folder; name a file")
        with _sentences(path), open(path, "wb") as device:
            yield device
        return
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{_short(target.name)}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    with _sentences(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(target.parent)


def _short(name: str) -> str:
    """What of a name leaves room for a suffix; systems count bytes."""
    return os.fsencode(name)[:200].decode(errors="ignore")


@contextmanager
def _sentences(path: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise disk_error(error, path) from error


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself durable, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_text(path: str | Path, text: str) -> None:
    """Writes UTF-8 text atomically; lone surrogates become question marks.

    Raises:
        TruingError: The place cannot be written.
    """
    with atomic_file(path) as file:
        file.write(text.encode("utf-8", errors="replace"))


def write_json(path: str | Path, obj: Any) -> None:
    """Writes one JSON document atomically: indented, UTF-8, with a final newline.

    Raises:
        TruingError: The place cannot be written.
        ValueError: A number is NaN or infinite, which JSON cannot hold.
    """
    with atomic_file(path) as file:
        file.write(encode_json(obj, indent=2) + b"\n")


def encode_json(obj: Any, indent: int | None = None) -> bytes:
    """JSON as UTF-8 bytes; a text with lone surrogates falls back to ASCII escapes.

    Dates, paths, pydantic models and NumPy values are written as their plain equivalents.

    Raises:
        ValueError: A number is NaN or infinite.
        TypeError: Something has no equivalent in JSON.
    """
    options: dict[str, Any] = {"indent": indent, "allow_nan": False, "default": _plain}
    try:
        return json.dumps(obj, ensure_ascii=False, **options).encode()
    except UnicodeEncodeError:
        return json.dumps(obj, **options).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    for method in ("isoformat", "tolist"):
        if callable(convert := getattr(value, method, None)):
            return convert()
    if callable(dump := getattr(value, "model_dump", None)):
        return dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no equivalent in JSON")
