"""``BMCTrainer``: TRL's DPO trainer, with token weights.

TRL computes the loss from ``outputs.log_probs`` of its fused LM head, summed over each
completion. BMC multiplies them by λ on their way out of the model, and the reference's by the
same λ; all else, from loss types to metrics, stays TRL's. Objectives that TRL's trainer lacks
are added to a loss that then is empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import is_peft_model
from torch import Tensor
from trl import DPOTrainer

from bmc_dpo.checking import check_supported, check_vocabularies, usable_tokenizer
from bmc_dpo.collator import CHOSEN_MASK, REJECTED_MASK, ROW, BMCDataCollator
from bmc_dpo.config import BMCConfig
from bmc_dpo.metrics import batch_metrics, reward_metrics
from bmc_dpo.objectives import objective_loss
from bmc_dpo.preparation import add_masks, number_rows, refuse_masks, report, select_winner
from bmc_dpo.reference import reference_logps, with_reference_logps
from bmc_dpo.stopwords import stopword_ids
from bmc_dpo.weighting import WeightedPolicy
from truing_core.errors import ResumeError, TruingError
from truing_core.training.folders import add_to_card
from truing_core.training.machine import writing

CHECKPOINT_FILE = "bmc.json"
_OWN_INPUTS = ("diff_mask", "row_ids", "ref_logps")
_CITATION = """\
@inproceedings{jiang2025bridging,
    title     = {Bridging and Modeling Correlations in Pairwise Data for Direct Preference
                 Optimization},
    author    = {Yuxin Jiang and Bo Huang and Yufei Wang and others},
    year      = 2025,
    booktitle = {International Conference on Learning Representations},
}"""


class BMCTrainer(DPOTrainer):  # type: ignore[misc]
    """Trains on (bridged) preference pairs with BMC (arXiv 2408.07471, section 3).

    Takes what :class:`trl.DPOTrainer` takes: models by name or object, a separate reference or
    none, PEFT configurations, plain and conversational data, streamed data, several evaluation
    sets. Data may carry the columns ``chosen_diff_mask`` and ``rejected_diff_mask`` (0 or 1 for
    each completion token); otherwise they are computed when the data is prepared. The mode
    ``released`` takes none, since it aligns rows as they are batched.

    Args:
        model: As TRL's.
        ref_model: As TRL's; not for the objectives simpo and orpo, which compare with none.
        args: A :class:`BMCConfig`.
        data_collator: A :class:`~bmc_dpo.collator.BMCDataCollator`; by default one that fits.
        train_dataset: As TRL's.
        eval_dataset: As TRL's.
        processing_class: A tokenizer; by default the model's.
        **options: The rest of TRL's arguments.

    Raises:
        UsageError: The arguments do not go together; the message says what to set instead.
        InputError: The data cannot be trained on; the message names the row.
    """

    _tag_names = ["trl", "dpo", "bmc"]  # noqa: RUF012 (as upstream)
    _name = "BMC"
    _paper = {  # noqa: RUF012
        "title": "Bridging and Modeling Correlations in Pairwise Data for Direct Preference "
        "Optimization",
        "id": "2408.07471",
        "citation": _CITATION,
    }

    args: BMCConfig
    loss_types: list[str]
    loss_weights: list[float]
    _precompute_engine: Any

    def __init__(
        self,
        model: Any,
        ref_model: Any = None,
        args: BMCConfig | None = None,
        data_collator: BMCDataCollator | None = None,
        train_dataset: Any = None,
        eval_dataset: Any = None,
        processing_class: Any = None,
        **options: Any,
    ) -> None:
        args = args or BMCConfig("bmc-output")
        check_supported(args, ref_model, data_collator, train_dataset, processing_class)
        check_vocabularies(model, ref_model)
        tokenizer = usable_tokenizer(model, processing_class, args)
        self._ignore_ids = stopword_ids(tokenizer) if args.ignore_stopwords else frozenset()
        collator = data_collator or BMCDataCollator(
            pad_token_id=tokenizer.pad_token_id,
            max_length=args.max_length,
            truncation_mode=args.truncation_mode,
            pad_to_multiple_of=args.pad_to_multiple_of,
            align_rows=_aligns_rows(args),
            diff_algorithm=args.diff_algorithm,  # type: ignore[arg-type]
            ignore_ids=self._ignore_ids,
        )
        wanted = args.precompute_ref_log_probs
        peft = options.get("peft_config") or (not isinstance(model, str) and is_peft_model(model))
        if args.reference_free and not peft:
            # As if they were there already, TRL loads no reference; see _precompute_ref_logps.
            args.precompute_ref_log_probs = True
        try:
            super().__init__(
                model,
                ref_model=ref_model,
                args=args,
                data_collator=collator,
                train_dataset=train_dataset,
                eval_dataset=eval_dataset,
                processing_class=tokenizer,
                **options,
            )
        finally:
            args.precompute_ref_log_probs = wanted
        if args.reference_free:
            self.precompute_ref_logps = False
        if args.objective in ("rdpo", "simpo", "orpo"):
            self.loss_types, self.loss_weights = [], []

    # Data.

    def _prepare_dataset(
        self, dataset: Any, processing_class: Any, args: Any, dataset_name: str
    ) -> Any:
        if _aligns_rows(args):
            refuse_masks(dataset, dataset_name)
        dataset = select_winner(dataset, args.bridged, dataset_name)
        dataset = number_rows(dataset, dataset_name, args.dataset_num_proc)
        rows = len(dataset) if hasattr(dataset, "__len__") else None
        dataset = super()._prepare_dataset(dataset, processing_class, args, dataset_name)
        if not _aligns_rows(args):
            dataset = add_masks(
                dataset,
                dataset_name,
                algorithm=args.diff_algorithm,
                ignore_ids=self._ignore_ids,
                num_proc=args.dataset_num_proc,
            )
        report(dataset, rows, dataset_name, args.max_length)
        return dataset

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        own = [CHOSEN_MASK, REJECTED_MASK, ROW]
        self._signature_columns += [name for name in own if name not in self._signature_columns]

    def _precompute_ref_logps(self, dataset: Any, name: str, batch_size: int) -> Any:
        if self.args.reference_free:
            return dataset
        return with_reference_logps(self, dataset, name, batch_size)

    def precompute_model(self) -> Any:
        """The model that reference log-probabilities are computed with, placed on its device."""
        if self.ref_model is None and self.is_deepspeed_enabled:
            if self._precompute_engine is None:
                from trl.models import prepare_deepspeed

                self._precompute_engine = prepare_deepspeed(self.model, self.accelerator)
            return self._precompute_engine
        return self.ref_model or self.model

    def upstream_inputs(self, batch: Any) -> dict[str, Any]:
        """A batch without what only BMC knows, on the trainer's device."""
        inputs = self._prepare_inputs(batch)
        return {name: value for name, value in inputs.items() if name not in _OWN_INPUTS}

    # The loss.

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        own = {name: inputs[name] for name in _OWN_INPUTS if name in inputs}
        inputs = {name: value for name, value in inputs.items() if name not in own}
        ref_logps = None
        if not self.args.reference_free:
            ref_logps = own.get("ref_logps")
            if ref_logps is None:
                reference = self.ref_model or self.model
                ref_logps = reference_logps(self, reference, inputs)
        policy = WeightedPolicy(
            model,
            diff_mask=own["diff_mask"][:, 1:] if self.args.weighted else None,
            completion_mask=inputs["completion_mask"][:, 1:],
            ref_logps=ref_logps,
            delta=self.args.delta,
            own_reference_weights=self.args.bmc_mode == "released",
            inputs=inputs,
        )
        with self._reference_at_hand():
            result = super()._compute_loss(policy, inputs, return_outputs)
        loss, outputs = result if return_outputs else (result, None)
        rewards = None
        if not self.loss_types:
            own_loss, rewards = objective_loss(self.args, policy)
            loss = loss + own_loss.mean()
        self._log(policy, rewards)
        if not torch.isfinite(loss):
            rows = ", ".join(str(row + 1) for row in own["row_ids"].tolist())
            raise TruingError(
                f"the loss is {loss.item()} at step {self.state.global_step}, on rows {rows} of "
                "the data; look at those rows, lower learning_rate, or train in float32. "
                f"Checkpoints written before are in {self.args.output_dir}"
            )
        return (loss, outputs) if return_outputs else loss

    @contextmanager
    def _reference_at_hand(self) -> Iterator[None]:
        """Has TRL take the reference's sums from the inputs, where the policy's call puts them."""
        before, self.precompute_ref_logps = self.precompute_ref_logps, True
        try:
            yield
        finally:
            self.precompute_ref_logps = before

    # Metrics.

    def _log(self, policy: WeightedPolicy, rewards: tuple[Tensor, Tensor] | None) -> None:
        """Adds BMC's metrics; log-probabilities are shown as they are, not weighted."""
        metrics = self._metrics["train" if self.model.training else "eval"]
        gather = self.accelerator.gather
        found = batch_metrics(policy, self.args.beta, gather)
        if rewards is not None:
            found |= reward_metrics(*rewards, self.args.beta, gather)
        for name, value in found.items():
            if name.startswith("bmc/"):
                metrics[name].append(value)
            else:  # TRL has logged it already, of weighted sums or of no loss at all
                metrics[name][-1] = value

    # Checkpoints.

    def train(self, resume_from_checkpoint: Any = None, *args: Any, **options: Any) -> Any:
        """As TRL's; a checkpoint that was made with another loss is refused.

        Raises:
            ResumeError: ``resume_from_checkpoint`` was trained with other values of BMC's fields.
        """
        if resume_from_checkpoint:
            self._check_checkpoint(resume_from_checkpoint)
        return super().train(resume_from_checkpoint, *args, **options)

    def _check_checkpoint(self, checkpoint: Any) -> None:
        if checkpoint is True:
            from transformers.trainer_utils import get_last_checkpoint

            checkpoint = get_last_checkpoint(self.args.output_dir)
        file = Path(str(checkpoint)) / CHECKPOINT_FILE
        if checkpoint is None or not file.is_file():
            return
        before = json.loads(file.read_text("utf-8"))
        differences = [
            f"{name}: {before[name]} → {value}"
            for name, value in self.args.decisive().items()
            if name in before and before[name] != value
        ]
        if differences:
            raise ResumeError(
                f"'{checkpoint}' was trained with another config ({'; '.join(differences)}); use "
                "the old values, or another output_dir"
            )

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        with writing(self.args.output_dir):
            super()._save_checkpoint(model, trial)
            if self.is_world_process_zero():
                folder = Path(self._get_output_dir(trial)) / f"checkpoint-{self.state.global_step}"
                text = json.dumps(self.args.decisive(), indent=2) + "\n"
                (folder / CHECKPOINT_FILE).write_text(text, "utf-8")

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """As upstream's; a disk that refuses is a sentence, and earlier checkpoints stand."""
        with writing(self.args.output_dir):
            super().save_model(output_dir, _internal_call)

    def create_model_card(
        self,
        model_name: str | None = None,
        dataset_name: str | None = None,
        tags: str | list[str] | None = None,
    ) -> None:
        """As TRL's, with the values that decide what was optimised."""
        super().create_model_card(model_name, dataset_name, tags)
        add_to_card(self, "BMC", self.args.decisive())


def _aligns_rows(args: BMCConfig) -> bool:
    """Whether masks are made of whole padded rows, as they are known in the collator only."""
    return args.bmc_mode == "released" and args.weighted
