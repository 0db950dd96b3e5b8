"""Per-token log-probabilities of the reference, in passing or beforehand and on disk.

λ follows the policy, so a sum over the completion, which TRL stores, would not do: each token's
own value is needed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from accelerate.utils import broadcast_object_list
from datasets import Dataset, IterableDataset, concatenate_datasets
from datasets.fingerprint import Hasher
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from bmc_dpo.collator import REF_CHOSEN, REF_REJECTED
from truing_core.errors import UsageError

_RECIPE = "bmc-dpo per-token 2"  # counts the ways of storing them


def reference_logps(trainer: Any, model: Any, inputs: dict[str, Any]) -> Tensor:
    """The reference's log-probability of each token, as TRL computes it, but not summed up.

    TRL's method chooses the adapters and contexts; the call in its middle is listened to.

    Args:
        trainer: The :class:`~bmc_dpo.BMCTrainer` whose reference is meant.
        model: The reference, or the policy whose adapter is disabled.
        inputs: A batch of TRL's collator.

    Returns:
        (2B × (L − 1)), zero where no completion token is predicted.
    """
    heard: list[Tensor] = []

    def listen(**kwargs: Any) -> Any:
        outputs = model(**kwargs)
        heard.append(outputs.log_probs)
        return outputs

    trainer.compute_ref_log_probs(listen, inputs)
    [logps] = heard
    return logps[:, -(inputs["completion_mask"].size(1) - 1) :]


def with_reference_logps(trainer: Any, dataset: Any, name: str, batch_size: int) -> Dataset:
    """A data set with a column of reference log-probabilities for each side.

    They are kept in the cache of ``datasets``, under a name that depends on the data, the
    reference's weights and the truncation, and found there by later runs.

    Raises:
        UsageError: The data set is streamed.
    """
    if isinstance(dataset, IterableDataset):
        raise UsageError(
            "precompute_ref_log_probs goes through the data once, which a streamed data set does "
            "not allow; set precompute_ref_log_probs false, or do not stream"
        )
    cache = _cache_file(trainer, dataset)
    if not os.path.exists(cache):
        _compute(trainer, dataset, name, batch_size, cache)
    return concatenate_datasets([dataset, Dataset.from_file(cache)], axis=1)


def _cache_file(trainer: Any, dataset: Dataset) -> str:
    parts = (
        dataset._fingerprint,
        trainer._precompute_model_hash,
        trainer.args.max_length,
        trainer.args.truncation_mode,
        _RECIPE,
    )
    # Under distributed training these may depend on the rank, as does the cache folder of data
    # that is in memory only; all go by the first one's.
    place = [str(dataset._get_cache_file_path(Hasher.hash(parts)))]
    broadcast_object_list(place, from_process=0)
    return place[0]


def _compute(trainer: Any, dataset: Dataset, name: str, batch_size: int, cache: str) -> None:
    model = trainer.precompute_model()
    loader = trainer.accelerator.prepare(
        DataLoader(
            dataset,
            batch_size=batch_size,
            collate_fn=trainer.data_collator,
            num_workers=trainer.args.dataloader_num_workers,
            pin_memory=trainer.args.dataloader_pin_memory,
            shuffle=False,
        )
    )
    # Four bytes a token, and on the process that writes them only.
    sides: dict[str, list[NDArray[np.float32]]] = {REF_CHOSEN: [], REF_REJECTED: []}
    shown = trainer.accelerator.is_main_process and not os.environ.get("TQDM_DISABLE")
    for batch in tqdm(loader, desc=f"Reference log probs of {name} data", disable=not shown):
        inputs = trainer.upstream_inputs(batch)
        logps = reference_logps(trainer, model, inputs).float()
        # NaN marks positions without a value, so that padding between processes drops out.
        logps = logps.masked_fill(inputs["completion_mask"][:, 1:] == 0, float("nan"))
        for column, part in zip(sides, logps.chunk(2), strict=True):
            wide = trainer.accelerator.pad_across_processes(
                part,
                dim=1,
                pad_index=float("nan"),
            )
            gathered = trainer.accelerator.gather_for_metrics(wide)
            if trainer.accelerator.is_main_process:
                sides[column] += [row[~row.isnan()].numpy() for row in gathered.cpu()]
    if trainer.accelerator.is_main_process:
        dataset.map(
            _columns,
            fn_kwargs={"sides": sides},
            with_indices=True,
            batched=True,
            remove_columns=dataset.column_names,
            new_fingerprint=Hasher.hash(cache),
            cache_file_name=cache,
            desc=f"Keeping reference log probs of {name} data",
        )
    trainer.accelerator.wait_for_everyone()


def _columns(
    batch: dict[str, Any], indices: list[int], sides: dict[str, list[NDArray[np.float32]]]
) -> dict[str, list[NDArray[np.float32]]]:
    return {column: [values[index] for index in indices] for column, values in sides.items()}
