"""Methods that train on the edits: fine-tuning of one matrix, and a LoRA adapter.

Both are small loops of AdamW with the loss on the target's tokens alone, until it is small
(FT-M of EasyEdit, arXiv 2308.07269).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch

from lte_edit.edits import Edit
from lte_edit.evaluation.methods.base import Edited, Lab, Model
from lte_edit.evaluation.texts import Scored
from truing_core.errors import ModelError

_IGNORED = -100


@dataclass(frozen=True)
class FineTuning:
    """``ft``: the last matrix of one layer's MLP is trained, and put back afterwards.

    Attributes:
        learning_rate: Of AdamW, without decay.
        steps: Most steps of a batch of edits.
        enough: The mean loss at which a batch is done.
        batch: Edits trained on together.
        layer: Which; by default the one two thirds up, as EasyEdit's 21 of Llama's 32.
    """

    learning_rate: float = 5e-4
    steps: int = 25
    enough: float = 1e-2
    batch: int = 8
    layer: int | None = None
    start: Model = "unaligned"
    retrieves: bool = False

    def config(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    @contextmanager
    def edit(self, lab: Lab, edits: Sequence[Edit], *, one_by_one: bool) -> Iterator[Edited]:
        """Trains, and puts the matrix back at the end."""
        model = lab.subject.model
        matrix = mlp_matrix(model, self.layer)
        before = matrix.detach().clone()
        try:
            train(model, [matrix], _groups(lab, edits, 1 if one_by_one else self.batch), self)
            yield Edited(weights=model)
        finally:
            with torch.no_grad():
                matrix.copy_(before)


@dataclass(frozen=True)
class LoraTuning:
    """``lora``: an adapter of PEFT on the attention's queries and values, taken out afterwards.

    Attributes:
        learning_rate: Of AdamW, without decay.
        steps: Most steps of a batch of edits.
        enough: The mean loss at which a batch is done.
        batch: Edits trained on together.
        rank: Of the adapter.
        alpha: Its scale is ``alpha / rank``.
        modules: Names of the layers that get it; by default PEFT's own for the architecture.
    """

    learning_rate: float = 1e-3
    steps: int = 70
    enough: float = 1e-2
    batch: int = 8
    rank: int = 8
    alpha: int = 32
    modules: tuple[str, ...] | None = None
    start: Model = "unaligned"
    retrieves: bool = False

    def config(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    @contextmanager
    def edit(self, lab: Lab, edits: Sequence[Edit], *, one_by_one: bool) -> Iterator[Edited]:
        """Trains an adapter, and takes it out at the end."""
        from peft import LoraConfig, get_peft_model

        modules = list(self.modules) if self.modules is not None else None
        settings = LoraConfig(
            r=self.rank, lora_alpha=self.alpha, target_modules=modules, task_type="CAUSAL_LM"
        )
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            torch.manual_seed(lab.choice.seed)
            # PEFT asks transformers by a name that its newer releases announce to drop.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            try:
                wrapped: Any = get_peft_model(lab.subject.model, settings)
            except ValueError as error:
                raise ModelError(
                    f"no LoRA adapter fits {lab.subject.identity}: {error}; name its layers"
                ) from error
        try:
            trained = [parameter for parameter in wrapped.parameters() if parameter.requires_grad]
            train(wrapped, trained, _groups(lab, edits, 1 if one_by_one else self.batch), self)
            yield Edited(weights=wrapped.eval())
        finally:
            wrapped.unload().requires_grad_(False)


def mlp_matrix(model: Any, layer: int | None = None) -> torch.nn.Parameter:
    """The matrix that an MLP writes its result by, whatever the architecture calls it.

    Args:
        model: Of transformers.
        layer: Which; by default two thirds up.

    Raises:
        ModelError: There is no such layer, or none with an MLP.
    """
    layers: dict[int, torch.nn.Parameter] = {}
    for name, parameter in model.named_parameters():
        found = re.search(r"\.(\d+)\.(?:\w+\.)*?(?:mlp|feed_forward|fc2)\b", name)
        if found and parameter.ndim == 2:
            layers[int(found[1])] = parameter  # the last one is the projection back
    if not layers:
        raise ModelError(f"{type(model).__name__} has no layers with an MLP that ft could train")
    if layer is None:
        layer = round(len(layers) * 21 / 32)
    if layer not in layers:
        raise ModelError(f"there is no layer {layer}; the model has {len(layers)}")
    return layers[layer]


def train(
    model: Any,
    parameters: Sequence[torch.nn.Parameter],
    groups: Sequence[Sequence[Scored]],
    settings: FineTuning | LoraTuning,
) -> None:
    """Steps on each group in turn, until its loss is small.

    Steps are taken in float32 and rounded to the model's type, which would lose small ones.
    """
    masters = [parameter.detach().float().clone() for parameter in parameters]
    optimizer = torch.optim.AdamW(masters, lr=settings.learning_rate, weight_decay=0.0)
    # Dropout stays off: an edit is to be learned as it stands.
    with torch.enable_grad():
        for parameter in parameters:
            parameter.requires_grad_(True)
        for group in groups:
            ids, mask, labels = _batch(group, next(model.parameters()).device)
            for _ in range(settings.steps):
                loss = model(
                    input_ids=ids, attention_mask=mask, labels=labels, use_cache=False
                ).loss
                if loss.item() < settings.enough:
                    break
                grads = torch.autograd.grad(loss, list(parameters))
                for master, grad in zip(masters, grads, strict=True):
                    master.grad = grad.float()
                optimizer.step()
                with torch.no_grad():
                    for parameter, master in zip(parameters, masters, strict=True):
                        parameter.copy_(master)
    for parameter in parameters:
        parameter.requires_grad_(False)


def _groups(lab: Lab, edits: Sequence[Edit], size: int) -> list[list[Scored]]:
    """The edits as rows, in groups; those without a token to learn are left out."""
    rows = [lab.subject.row(edit.prompt, edit.target) for edit in edits]
    limit = lab.subject.context
    rows = [row for row in rows if row.target and (limit is None or len(row.ids) <= limit)]
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _batch(
    rows: Sequence[Scored], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Token ids, mask and labels, padded on the right."""
    width = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    labels = torch.full((len(rows), width), _IGNORED)
    for line, row in enumerate(rows):
        size, stop = len(row.ids), len(row.ids) - row.end
        ids[line, :size] = torch.tensor(row.ids)
        mask[line, :size] = 1
        labels[line, stop - len(row.target) : stop] = torch.tensor(row.target)
    return ids.to(device), mask.to(device), labels.to(device)
