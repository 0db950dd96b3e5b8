"""A model under test: its weights, its tokenizer, and what it was found to say already."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lte_edit.evaluation.argmax import BATCH_TOKENS, argmax_tokens
from lte_edit.evaluation.generating import Wanted, greedy_answers
from lte_edit.evaluation.texts import Protocol, Scored, asked, scored
from truing_core.errors import ModelError
from truing_core.models.chat import ChatTokenizer, quiet
from truing_core.models.checkpoint import Checkpoint, find_checkpoint, first_line
from truing_core.models.spec import ModelSpec

OnRows = Callable[[int], None]


def no_rows(_: int) -> None:
    """Tells nobody."""


class Subject:
    """A loaded model.

    What unchanged weights say is remembered: bare answers are the same for every method and
    setting.

    Args:
        model: A causal language model of transformers, in evaluation mode; it is frozen.
        tokenizer: Its tokenizer; with a chat template for the protocol ``paper``.
        identity: What makes two models say the same.
        protocol: Whose texts it is asked by.
        batch_tokens: Most tokens of a batch.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        identity: str = "model",
        protocol: Protocol = "paper",
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        self.model, self.tokenizer, self.identity = model, tokenizer, identity
        self.protocol, self._batch_tokens = protocol, batch_tokens
        model.requires_grad_(False)
        config = model.config.get_text_config()
        self.context: int | None = getattr(config, "max_position_embeddings", None)
        ends = model.generation_config.eos_token_id
        known = {*(ends if isinstance(ends, list) else [ends]), tokenizer.eos_token_id}
        self._ends = sorted(end for end in known if end is not None)
        pad = tokenizer.pad_token_id
        self._pad: int = pad if pad is not None else min(self._ends, default=0)
        self._predicted: dict[Scored, tuple[int, ...]] = {}
        self._written: dict[Wanted, tuple[int, ...]] = {}

    def row(self, question: str, target: str) -> Scored:
        """A question and its target, as the protocol has it.

        Raises:
            ModelError: The chat template refuses a plain question.
        """
        try:
            return scored(self.tokenizer, question, target, self.protocol)
        except Exception as error:  # jinja2's, the template's own, or the tokenizer's
            raise self._refused(error) from error

    def asked(self, question: str) -> tuple[int, ...]:
        """A question up to where its answer begins.

        Raises:
            ModelError: The chat template refuses a plain question.
        """
        try:
            return asked(self.tokenizer, question, self.protocol)
        except Exception as error:
            raise self._refused(error) from error

    def _refused(self, error: Exception) -> ModelError:
        return ModelError(
            f"{self.identity}: the chat template refuses a question: {first_line(error)}"
        )

    def predict(
        self, rows: Sequence[Scored], weights: Any = None, on_rows: OnRows = no_rows
    ) -> list[tuple[int, ...]]:
        """Arg-max tokens at the targets.

        Args:
            rows: What is scored.
            weights: The model as changed by an edit; by default as loaded.
            on_rows: Is told how many rows more are done.
        """
        known = self._predicted if weights is None else {}
        new = list(dict.fromkeys(row for row in rows if row not in known))
        on_rows(len(rows) - len(new))
        found = argmax_tokens(
            self.model if weights is None else weights,
            new,
            pad_id=self._pad,
            batch_tokens=self._batch_tokens,
            on_rows=on_rows,
        )
        known.update(zip(new, found, strict=True))
        return [known[row] for row in rows]

    def write(
        self, rows: Sequence[Wanted], weights: Any = None, on_rows: OnRows = no_rows
    ) -> list[tuple[int, ...]]:
        """Greedy answers; arguments as of :meth:`predict`."""
        known = self._written if weights is None else {}
        new = list(dict.fromkeys(row for row in rows if row not in known))
        on_rows(len(rows) - len(new))
        found = greedy_answers(
            self.model if weights is None else weights,
            new,
            ends=self._ends,
            pad_id=self._pad,
            batch_tokens=self._batch_tokens,
            on_rows=on_rows,
        )
        known.update(zip(new, found, strict=True))
        return [known[row] for row in rows]

    def text(self, tokens: Sequence[int], *, special: bool = False) -> str:
        """Tokens as text; special ones are left out unless asked for."""
        found: str = self.tokenizer.decode(
            list(tokens), skip_special_tokens=not special, clean_up_tokenization_spaces=False
        )
        return found

    def same_tokens(self, other: Subject) -> bool:
        """Whether token ids mean the same to both."""
        if other is self:
            return True
        return bool(self.tokenizer.get_vocab() == other.tokenizer.get_vocab())


def checkpoint_of(spec: str) -> Checkpoint:
    """The folder a model spec names: ``demo``, ``hf/…``, a folder, or a hub id.

    Raises:
        ModelError: There is none, or its weights are not here: scoring needs them.
    """
    if spec == "demo":
        from truing_core.models.demo import demo_folder

        return replace(find_checkpoint(str(demo_folder())), name="demo")
    name = spec
    if not os.path.isdir(os.path.expanduser(spec)):
        backend, _, rest = spec.partition("/")
        if backend in ("openai", "vllm") and rest:
            raise ModelError(
                f"'{spec}' is asked over an API, but scoring by token needs the weights here: "
                "use hf/FOLDER-OR-HUB-ID, a folder, or demo"
            )
        name = ModelSpec.parse(spec).name if backend == "hf" and rest else spec
    return find_checkpoint(name)


def base_of(checkpoint: Checkpoint) -> Checkpoint | None:
    """The model an adapter was trained on; ``None`` if it is no adapter."""
    if checkpoint.adapter is None:
        return None
    return find_checkpoint(str(checkpoint.folder))


def load_subject(
    checkpoint: Checkpoint,
    protocol: Protocol = "paper",
    *,
    dtype: str = "auto",
    device: str = "auto",
    chat_template: Path | None = None,
    batch_tokens: int = BATCH_TOKENS,
) -> Subject:
    """Loads weights and tokenizer; an adapter is merged.

    Args:
        checkpoint: What to load.
        protocol: Whose texts it is asked by; ``released`` needs no chat template.
        dtype: See :func:`dtype_of`.
        device: As torch names it; ``auto`` is the GPU where there is one.
        chat_template: A jinja2 file in place of the tokenizer's.
        batch_tokens: Most tokens of a batch.

    Raises:
        ModelError: It cannot be loaded, or has no chat template under ``paper``.
    """
    from truing_core.models.weights import load_weights

    # A missing template is told before seconds are spent on weights.
    if protocol == "paper":
        tokenizer = ChatTokenizer(checkpoint, chat_template).tokenizer
    else:
        tokenizer = _tokenizer(checkpoint)
    model = load_weights(checkpoint, dtype=dtype_of(dtype, device, protocol), device=device)
    identity = checkpoint.identity("hf", chat_template)
    return Subject(model, tokenizer, identity, protocol, batch_tokens)


def dtype_of(dtype: str, device: str, protocol: Protocol) -> str:
    """The name of the type that weights are loaded in.

    Args:
        dtype: As torch names it. ``auto`` is 16 bits on a GPU, and float32 on a CPU and under
            ``released``, where the authors' code computes in it.
        device: As torch names it, or ``auto``.
        protocol: Whose texts are asked.

    Raises:
        UsageError: The device or the type is not to be had here.
    """
    from truing_core.models.weights import pick_device, pick_dtype

    place = pick_device(device)
    if dtype == "auto" and (place.type == "cpu" or protocol == "released"):
        return "float32"
    return str(pick_dtype(dtype, place)).removeprefix("torch.")


def _tokenizer(checkpoint: Checkpoint) -> Any:
    """The tokenizer alone: what the released code feeds needs no chat template."""
    from transformers import AutoTokenizer

    folder = checkpoint.tokenizer_folder
    source = {"gguf_file": checkpoint.gguf} if checkpoint.gguf else {}
    try:
        with quiet():
            return AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, **source)
    except Exception as error:  # transformers raises a dozen kinds here
        raise ModelError(
            f"the tokenizer of {checkpoint.name} cannot be loaded: {first_line(error)}"
        ) from error
