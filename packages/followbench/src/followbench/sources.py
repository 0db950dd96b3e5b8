"""From ``--data mini|official|DIR|FILE`` to a benchmark."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import get_args

from followbench.data import CATEGORIES, LANGS, Benchmark, Group, Lang
from followbench.official import file_name, official_files, official_groups, read_official
from followbench.open_format import read_groups
from truing_core.errors import InputError, ModelError, UsageError
from truing_core.records import read_rows

logger = logging.getLogger(__name__)

HUB_ID = "YuxinJiang/FollowBench"
_SUFFIXES = (".jsonl", ".json", ".ndjson", ".parquet", ".jsonl.gz", ".json.gz")


def load_benchmark(data: str, lang: str | None = None) -> Benchmark:
    """Reads a benchmark.

    Args:
        data: ``mini`` (ships with this package), ``official`` (the authors' data set on the
            hub), a folder of the authors' six files or of files in our format, or one file.
        lang: ``en`` or ``zh``; ``None`` takes English for ``mini`` and ``official`` and asks
            the data itself otherwise.

    Raises:
        InputError: A file is malformed (file, row, field), or there is none.
        UsageError: The language is needed and cannot be told, or is not there.
    """
    if lang is not None and lang not in LANGS:
        raise UsageError(f"--lang is '{lang}'; expected {' or '.join(LANGS)}")
    language: Lang | None = lang
    if data == "mini":
        return _mini(language or "en")
    if data == "official":
        return Benchmark("official", language or "en", _from_hub(language or "en"))
    path = Path(data)
    if path.is_dir():
        return _from_folder(path, language)
    if not path.is_file():
        raise InputError(
            "no such file or folder; --data takes 'mini', 'official', a folder or a file",
            path=path,
        )
    return _in_language(path, _read_file(path, language), language)


def _mini(lang: Lang) -> Benchmark:
    resource = resources.files("followbench") / "mini" / f"{lang}.jsonl"
    with resources.as_file(resource) as path:
        return Benchmark("mini", lang, tuple(read_groups(read_rows(path), path.name)))


def _from_folder(folder: Path, lang: Lang | None) -> Benchmark:
    files = official_files(folder)
    if files:
        language = lang or _language_of(files[0])
        return Benchmark(_name(folder), language, _official(folder, files, language))
    inner = [name for name in LANGS if (folder / name).is_dir()]
    if inner:
        if lang is None and len(inner) > 1:
            raise UsageError(f"{folder} holds {' and '.join(inner)}; choose one with --lang")
        chosen = lang or inner[0]
        if chosen not in inner:
            raise InputError(f"there is no folder '{chosen}' in it, only '{inner[0]}'", path=folder)
        return _from_folder(folder / chosen, chosen)
    ours = sorted(path for path in folder.iterdir() if path.name.endswith(_SUFFIXES))
    if not ours:
        raise InputError(
            f"the folder holds no benchmark: neither the authors' files ({file_name('content')}, "
            "…) nor a .jsonl file in our format",
            path=folder,
        )
    groups = itertools.chain.from_iterable(_read_file(path, lang) for path in ours)
    return _in_language(folder, groups, lang)


def _official(folder: Path, files: Iterable[Path], lang: Lang) -> tuple[Group, ...]:
    groups = read_official(files, lang)
    present = {group.category for group in groups}
    if missing := [category for category in CATEGORIES if category not in present]:
        logger.warning("%s lacks %s: averages are over the others", folder, ", ".join(missing))
    return groups


def _read_file(path: Path, lang: Lang | None) -> Iterable[Group]:
    """One file of either format, told apart by its first row."""
    rows = read_rows(path)
    first = next(rows, None)
    if first is None:
        raise InputError("the file holds no rows", path=path)
    rows = itertools.chain([first], rows)
    if "levels" in first[1]:
        return read_groups(rows, path)
    if "level" in first[1] and "example_id" in first[1]:
        return official_groups(rows, lang or _language_of_text(str(first[1])), path)
    raise InputError(
        "neither a group of our format (with 'levels') nor an official row (with 'example_id' "
        "and 'level')",
        path=path,
        row=first[0],
    )


def _name(path: Path) -> str:
    """The last part of a path, and the one before it if that only names the language."""
    path = path.resolve()
    return f"{path.parent.name}/{path.name}" if path.name in LANGS else path.name


def _in_language(path: Path, groups: Iterable[Group], lang: Lang | None) -> Benchmark:
    read = tuple(groups)
    seen: dict[tuple[str, str], None] = {}
    for group in read:
        if group.key in seen:
            raise InputError(
                f"group '{group.id}' of {group.category} stands in two files", path=path
            )
        seen[group.key] = None
    present = [code for code in get_args(Lang) if any(group.lang == code for group in read)]
    if lang is None:
        if len(present) > 1:
            raise UsageError(f"{path} holds {' and '.join(present)}; choose one with --lang")
        lang = present[0]
    chosen = tuple(group for group in read if group.lang == lang)
    if not chosen:
        raise UsageError(f"{path} holds no group in '{lang}', only in '{present[0]}'")
    return Benchmark(_name(path), lang, chosen)


def _from_hub(lang: Lang) -> tuple[Group, ...]:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise InputError(
            "reading the official data set from the hub needs another package: "
            "pip install 'followbench[hub]'; or give the folder of the authors' files: --data DIR"
        ) from None
    try:
        folder = Path(snapshot_download(HUB_ID, repo_type="dataset", allow_patterns=["*.json"]))
    except Exception as error:
        raise ModelError(
            f"cannot fetch {HUB_ID} from the hub ({type(error).__name__}); check the connection, "
            "or clone the authors' repository and give its data folder: --data DIR"
        ) from error
    for candidate in sorted({path.parent for path in folder.rglob(file_name("content"))}):
        files = official_files(candidate)
        if files and _language_of(files[0]) == lang:
            return _official(candidate, files, lang)
    raise InputError(
        f"the hub's copy holds no '{lang}' files; clone the authors' repository and give "
        "its folder: --data DIR",
        path=HUB_ID,
    )


def _language_of(path: Path) -> Lang:
    sample = itertools.islice(read_rows(path), 50)
    return _language_of_text("".join(str(row.get("instruction", "")) for _, row in sample))


def _language_of_text(text: str) -> Lang:
    han = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return "zh" if han * 5 > len(text) else "en"
