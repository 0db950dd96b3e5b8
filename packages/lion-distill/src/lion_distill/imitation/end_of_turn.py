"""Where a student's answers end: a base model's tokenizer may not know how its template ends them.

Qwen2.5's base models end a text with ``<|endoftext|>`` and come with a chat template that ends a
turn with ``<|im_end|>``. Trained with the one as its end and the other in its answers, a student
would never stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SAID = "Said."


def end_of_turn(wanted: Mapping[str, Any]) -> str | None:
    """The token that ends an answer in the chat template, if it is another than the tokenizer's.

    Args:
        wanted: TRL's settings of a training.

    Returns:
        ``None``, too, where the user names one, where a tokenizer gives the template and TRL takes
        its end, too, where the template ends an answer with no token of its own, or cannot be read
        here; then the training says what is wrong.
    """
    template = wanted.get("chat_template_path")
    if wanted.get("eos_token") or (template is not None and not Path(template).is_file()):
        return None
    from jinja2 import TemplateError
    from transformers import AutoTokenizer

    from truing_core.training.folders import base_model

    revision = str(wanted.get("model_revision") or "main")
    try:
        name = base_model(str(wanted["model_name_or_path"]))
        tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": "Say."}, {"role": "assistant", "content": _SAID}],
            tokenize=False,
            chat_template=None if template is None else Path(template).read_text("utf-8"),
        )
    except (OSError, ValueError, TemplateError):
        return None
    after = str(text).rpartition(_SAID)[2].lstrip()
    tokens = [str(each) for each in tokenizer.added_tokens_decoder.values() if each.special]
    found = max((each for each in tokens if after.startswith(each)), key=len, default=None)
    return None if found == tokenizer.eos_token else found
