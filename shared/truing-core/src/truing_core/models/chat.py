"""From messages to the token ids a local model reads, by its own chat template."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, ModelError
from truing_core.models.base import Message
from truing_core.models.checkpoint import Checkpoint, first_line, read_template

_PROBE = "Is anybody there?"


class TemplateRefusal(ValueError):
    """The template (or the tokenizer) will not take these messages."""


class ChatTokenizer:
    """A tokenizer together with the chat template that turns messages into a prompt.

    Args:
        checkpoint: The model's folder.
        chat_template: A jinja2 file that replaces the tokenizer's own template.

    Attributes:
        tokenizer: The tokenizer of transformers.

    Raises:
        ModelError: The tokenizer cannot be loaded, or there is no chat template.
        InputError: The template file is no jinja2.
    """

    def __init__(self, checkpoint: Checkpoint, chat_template: Path | None = None) -> None:
        from transformers import AutoTokenizer

        folder = checkpoint.tokenizer_folder
        inside = checkpoint.gguf and folder == checkpoint.folder
        source = {"gguf_file": checkpoint.gguf} if inside else {}
        try:
            with quiet():
                self.tokenizer: Any = AutoTokenizer.from_pretrained(
                    str(folder), trust_remote_code=False, **source
                )
        except Exception as error:  # transformers raises a dozen kinds here
            raise ModelError(
                f"the tokenizer of {checkpoint.name} cannot be loaded: {first_line(error)}"
            ) from error
        if chat_template is not None:
            self._override(chat_template)
        if not self.tokenizer.chat_template:
            raise ModelError(
                f"{checkpoint.name} has no chat template (it may be a base model); give one "
                "with --chat-template FILE, a jinja2 file over 'messages'"
            )

    def _override(self, path: Path) -> None:
        from jinja2 import TemplateSyntaxError

        try:
            template = read_template(path).decode("utf-8")
            probe: str = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": _PROBE}], chat_template=template, tokenize=False
            )
        except UnicodeDecodeError as error:
            raise InputError("the chat template is not UTF-8 text", path=path) from error
        except TemplateSyntaxError as error:
            problem = f"the chat template is no valid jinja2: {first_line(error)}"
            raise InputError(problem, path=path, row=error.lineno) from error
        except Exception as error:  # anything a template can do wrong while it runs
            problem = f"the chat template fails on a plain question: {first_line(error)}"
            raise InputError(problem, path=path) from error
        if _PROBE not in probe:
            raise InputError("the chat template leaves out what was asked", path=path)
        self.tokenizer.chat_template = template

    def encode(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The prompt's token ids, up to where the assistant's turn begins.

        Raises:
            TemplateRefusal: The template forbids these roles or this order, or a text is no
                valid Unicode.
        """
        if not messages:
            raise TemplateRefusal("there are no messages")
        try:
            text = self.tokenizer.apply_chat_template(
                list(messages), add_generation_prompt=True, tokenize=False
            )
            # The template has written the special tokens already.
            return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        except Exception as error:  # jinja2's, the template's own, or the tokenizer's
            raise TemplateRefusal(f"the chat template refuses it: {first_line(error)}") from error

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of a reply, without special tokens."""
        text: str = self.tokenizer.decode(
            list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps transformers' progress bars and advice off the terminal; errors still show.

    Under ``-v`` (the root logger at INFO or lower) and where ``TRANSFORMERS_VERBOSITY`` is set,
    nothing is hidden.
    """
    import os

    from transformers.utils import logging as noise

    if logging.getLogger().level in range(1, logging.WARNING) or os.getenv(
        "TRANSFORMERS_VERBOSITY"
    ):
        yield
        return
    verbosity, bars = noise.get_verbosity(), noise.is_progress_bar_enabled()
    noise.set_verbosity_error()
    noise.disable_progress_bar()
    try:
        yield
    finally:
        noise.set_verbosity(verbosity)
        if bars:
            noise.enable_progress_bar()
