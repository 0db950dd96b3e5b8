"""The policy and the reference a user names, as scorers over one tokenizer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bmc_dpo.inspection.measuring import Scorer, scorer
from truing_core.errors import ModelError, UsageError
from truing_core.models import ModelSpec

_ADAPTER = "adapter_config.json"


@dataclass(frozen=True)
class Scorers:
    """What pairs are looked at with."""

    tokenizer: Any
    policy: Scorer | None = None
    reference: Scorer | None = None


def load_scorers(model: str, reference: str | None, *, dtype: str, device: str) -> Scorers:
    """Loads the policy, and the reference if one is named.

    A folder with a PEFT adapter is loaded over its base model, which then is the reference.

    Args:
        model: ``hf/FOLDER-OR-HUB-ID``, a folder, or ``demo``.
        reference: Likewise.
        dtype: As ``--dtype``.
        device: As ``--device``.

    Raises:
        UsageError: A spec names a server, which shows no log-probabilities of given text.
        ModelError: A model cannot be loaded, or the two have different tokens.
    """
    name = _local(model)
    adapter = Path(name) / _ADAPTER
    if adapter.is_file():
        base = json.loads(adapter.read_text("utf-8")).get("base_model_name_or_path")
        tokenizer, loaded = _load(str(base), dtype, device)
        from peft import PeftModel

        wrapped = PeftModel.from_pretrained(loaded, name).eval()
        policy = scorer(wrapped)
        if reference is None:
            return Scorers(tokenizer, policy, _disabled(wrapped))
    else:
        tokenizer, loaded = _load(name, dtype, device)
        policy = scorer(loaded)
    if reference is None:
        return Scorers(tokenizer, policy)
    other, its_model = _load(_local(reference), dtype, device)
    if other.get_vocab() != tokenizer.get_vocab():
        raise ModelError(
            f"{reference} has another vocabulary than {model}; a reference shares its tokens"
        )
    return Scorers(tokenizer, policy, scorer(its_model))


def _local(spec: str) -> str:
    if (Path(spec) / _ADAPTER).is_file() or Path(spec).is_dir():
        return spec
    parsed = ModelSpec.parse(spec)
    if parsed.backend == "demo":
        from truing_core.models.demo import demo_folder

        return str(demo_folder())
    if parsed.backend == "openai":
        raise UsageError(
            f"'{spec}' is a server, which does not tell the log-probabilities of a given text; "
            "name the model as hf/FOLDER-OR-HUB-ID"
        )
    return parsed.name


def _load(name: str, dtype: str, device: str) -> tuple[Any, Any]:
    from transformers import AutoTokenizer

    from truing_core.models.checkpoint import find_checkpoint
    from truing_core.models.weights import load_weights

    checkpoint = find_checkpoint(name)
    model = load_weights(checkpoint, dtype=dtype, device=device)
    tokenizer = AutoTokenizer.from_pretrained(str(checkpoint.folder), trust_remote_code=False)
    return tokenizer, model


def _disabled(model: Any) -> Scorer:
    inner = scorer(model)

    def score(ids: list[int], start: int) -> list[float]:
        with model.disable_adapter():
            return inner(ids, start)

    return score
