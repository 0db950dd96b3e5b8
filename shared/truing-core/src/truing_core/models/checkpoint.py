"""From a model's name to a folder that can be loaded, with plain words when it cannot.

Nothing here imports torch: a wrong path is reported before seconds are spent on an engine.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from truing_core.errors import ModelError

_ADAPTER, _ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
TRAINED = "trained.json"
"""A file by which a tool tells apart what it trained; it counts as part of the model."""
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_DESCRIBING = ("config.json", "generation_config.json", *_TOKENIZER, TRAINED)
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")
_OF_A_TRAINER = ("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth")
_TOP_LEVEL_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.tiktoken"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder that was found fit to load.

    Attributes:
        name: What the user called it; of a path only the last part.
        folder: Where it is.
        gguf: The file in it to load, if the weights are GGUF.
        fingerprint: 12 hex digits of the configuration and of samples of the weights: two
            trainings into one folder name differ in it, copies of one folder do not.
        adapter: Folder of a LoRA adapter that is merged into the weights when they are loaded.
    """

    name: str
    folder: Path
    gguf: str | None
    fingerprint: str
    adapter: Path | None = None

    @property
    def tokenizer_folder(self) -> Path:
        """Where the tokenizer is: beside the adapter if it was saved there."""
        if self.adapter is not None and (self.adapter / "tokenizer_config.json").is_file():
            return self.adapter
        return self.folder

    def identity(self, backend: str, chat_template: Path | None = None) -> str:
        """What journals know the model by; an overriding chat template is part of it."""
        text = f"{backend}/{self.name}#{self.fingerprint}"
        if chat_template is not None:
            text += f"+template-{hashlib.sha256(read_template(chat_template)).hexdigest()[:12]}"
        return text


def need(modules: tuple[str, ...], *, extra: str, what: str) -> None:
    """Checks that an engine is installed, without importing it.

    Raises:
        ModelError: A module is missing; the message names the extra.
    """
    specs = {module: find_spec(module) for module in modules}
    # A mere folder of that name on the path counts as a (namespace) package, without an origin.
    missing = [module for module, spec in specs.items() if spec is None or not spec.origin]
    if missing:
        raise ModelError(
            f"{what} needs {' and '.join(missing)}, not installed here: "
            f'pip install "truing-core[{extra}]"'
        )


def read_template(path: Path) -> bytes:
    """The bytes of a chat template file.

    Raises:
        ModelError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"the chat template {path} cannot be read ({error.strerror}); "
            "--chat-template takes a jinja2 file"
        ) from error


def find_checkpoint(name: str) -> Checkpoint:
    """Finds the model ``name`` stands for: a folder, a GGUF file, or a hub id.

    The folder may hold a LoRA adapter; then its base model is found, too.

    Raises:
        ModelError: There is no such model, or it cannot be loaded safely; the message says
            what to do.
    """
    path = Path(os.path.expanduser(name))  # which, other than Path's, leaves an unknown ~user
    if path.is_file() and path.suffix == ".gguf":
        return _checkpoint(path.stem, path.parent, path.name)
    if path.is_dir():
        if _is_adapter(path):
            return _with_adapter(path.resolve().name, path)
        return _checkpoint(path.resolve().name, path, _weights(path, name))
    if path.exists():
        raise ModelError(f"{name} is a file; expected a model folder or a .gguf file")
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise ModelError(f"there is no model folder {name}; check the path")
    folder = _from_hub(name)
    if _is_adapter(folder):
        return _with_adapter(name, folder)
    return _checkpoint(name, folder, _weights(folder, name))


def _is_adapter(folder: Path) -> bool:
    return (folder / _ADAPTER).is_file() and not (folder / "config.json").is_file()


def _with_adapter(name: str, folder: Path) -> Checkpoint:
    """The base model that an adapter names, and the adapter."""
    if not (folder / _ADAPTER_WEIGHTS).is_file():
        raise ModelError(
            f"the adapter {name} holds no {_ADAPTER_WEIGHTS}; copy or download the folder again, "
            "or save it anew with safe_serialization"
        )
    base = _json(folder / _ADAPTER, name).get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise ModelError(f"{_ADAPTER} of {name} names no base_model_name_or_path")
    try:
        found = find_checkpoint(base)
    except ModelError as error:
        raise ModelError(f"the base model of the adapter {name}: {error}") from error
    if found.adapter is not None:
        raise ModelError(f"the base model of the adapter {name} is an adapter itself; merge that")
    need(("peft",), extra="train", what=f"the adapter {name}")
    digest = hashlib.sha256(found.fingerprint.encode() + (folder / _ADAPTER).read_bytes())
    _sample(folder / _ADAPTER_WEIGHTS, digest)
    if (made := replace(found, name=name, adapter=folder)).tokenizer_folder == folder:
        _describe(folder, _TOKENIZER, digest)
    return replace(made, fingerprint=digest.hexdigest()[:12])


def _weights(folder: Path, name: str) -> str | None:
    """Checks a folder; returns the name of its GGUF file if that is what it holds."""
    ggufs = sorted(folder.glob("*.gguf"))
    if not (folder / "config.json").is_file():
        if len(ggufs) == 1:
            return ggufs[0].name
        raise ModelError(_no_config(folder, name, len(ggufs)))
    _json(folder / "config.json", name)
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = set(_json(index, name).get("weight_map", {}).values())
        absent = sorted(shard for shard in shards if not (folder / shard).is_file())
        if absent:
            raise ModelError(
                f"{name} lacks {len(absent)} of its {len(shards)} weight files "
                f"(the first: {absent[0]}); copy or download the folder again"
            )
    elif not any(folder.glob("*.safetensors")):
        if len(ggufs) == 1:
            return ggufs[0].name
        pickles = sorted(
            file.name
            for file in folder.iterdir()
            if file.suffix in _PICKLES and file.name not in _OF_A_TRAINER
        )
        if pickles:
            raise ModelError(
                f"{name} holds its weights only as pickle ({pickles[0]}), which can run code "
                "when loaded; if you trust it, convert it once: AutoModelForCausalLM"
                ".from_pretrained(FOLDER, use_safetensors=False).save_pretrained(NEW_FOLDER), "
                "then copy the tokenizer's files"
            )
        raise ModelError(
            f"{name} holds no weights (*.safetensors); copy or download the folder again"
        )
    return None


def _no_config(folder: Path, name: str, ggufs: int) -> str:
    if ggufs > 1:
        return f"{name} holds {ggufs} .gguf files; name one of them"
    steps = [path for path in folder.glob("checkpoint-*") if (path / "config.json").is_file()]
    if steps:
        newest = max(steps, key=lambda path: int(path.name[11:]) if path.name[11:].isdigit() else 0)
        return f"{name} holds no config.json; did you mean {Path(name) / newest.name}?"
    return (
        f"{name} holds no config.json; expected a model folder as save_pretrained or a hub "
        "download writes it"
    )


def _json(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path.name} of {name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path.name} of {name} is no JSON object")
    return content


def _checkpoint(name: str, folder: Path, gguf: str | None) -> Checkpoint:
    weights = [folder / gguf] if gguf else sorted(folder.glob("*.safetensors"))
    digest = hashlib.sha256()
    if not gguf:
        _describe(folder, _DESCRIBING, digest)
    for file in weights:
        _sample(file, digest)
    return Checkpoint(name, folder, gguf, digest.hexdigest()[:12])


def _describe(folder: Path, files: tuple[str, ...], digest: hashlib._Hash) -> None:
    for name in files:
        if (folder / name).is_file():
            digest.update(name.encode() + (folder / name).read_bytes())


def _sample(file: Path, digest: hashlib._Hash, pieces: int = 64, size: int = 4096) -> None:
    """Digests the length, the head and evenly spaced pieces: a 10 GB file in milliseconds."""
    length = file.stat().st_size
    digest.update(f"{file.name}:{length}".encode())
    with file.open("rb") as stream:
        for piece in range(pieces):
            stream.seek(piece * max(length - size, 0) // (pieces - 1))
            digest.update(stream.read(size))


def _from_hub(repo_id: str) -> Path:
    need(("huggingface_hub",), extra="hf", what=f"the hub id {repo_id}")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
    )

    try:
        # Subfolders hold other formats of the same weights (onnx, original).
        return Path(
            snapshot_download(
                repo_id, allow_patterns=_TOP_LEVEL_FILES, ignore_patterns=["*/*", "consolidated*"]
            )
        )
    except GatedRepoError as error:
        raise ModelError(
            f"the hub gates {repo_id}: ask for access on its page, then log in "
            "(hf auth login, or set HF_TOKEN)"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"'{repo_id}' is neither a folder here nor a model the hub shows you; check the "
            "name, and log in if it is private (hf auth login, or set HF_TOKEN)"
        ) from error
    except Exception as error:  # the hub client lets its HTTP library's own errors through
        raise ModelError(
            f"'{repo_id}' is no folder here, is not in the local hub cache, and could not be "
            f"downloaded ({type(error).__name__}: {first_line(error)}); name a folder, or "
            "try again with the hub in reach"
        ) from error


def first_line(error: BaseException) -> str:
    """What a long library message begins with."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
