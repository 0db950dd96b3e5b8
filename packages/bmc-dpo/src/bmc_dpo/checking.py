"""What BMC cannot do, refused before anything is loaded, with what to set instead."""

from __future__ import annotations

from typing import Any

from bmc_dpo.collator import BMCDataCollator
from bmc_dpo.config import BMCConfig
from truing_core.errors import InputError, UsageError


def check_supported(
    args: Any, ref_model: Any, data_collator: Any, train_dataset: Any, processing_class: Any
) -> None:
    """Checks a trainer's arguments against each other.

    Raises:
        UsageError: They do not go together.
    """
    if not isinstance(args, BMCConfig):
        raise UsageError(f"args is a {type(args).__name__}; BMCTrainer takes a BMCConfig")
    if data_collator is not None and not isinstance(data_collator, BMCDataCollator):
        raise UsageError(
            f"data_collator is a {type(data_collator).__name__}, which drops the masks of "
            "differing tokens; pass a bmc_dpo.collator.BMCDataCollator, or none"
        )
    if args.reference_free and ref_model is not None:
        raise UsageError(f"objective {args.objective} compares with no reference; drop ref_model")
    if args.reference_free and args.precompute_ref_log_probs:
        raise UsageError(
            f"objective {args.objective} compares with no reference; set precompute_ref_log_probs "
            "false"
        )
    if args.reference_free and args.sync_ref_model:
        raise UsageError(
            f"objective {args.objective} compares with no reference; set sync_ref_model false"
        )
    if args.use_liger_kernel and (args.liger_kernel_config or {}).get("fused_linear_cross_entropy"):
        raise UsageError(
            "Liger's fused cross-entropy never shows the log-probability of a token, which BMC "
            "weights; set fused_linear_cross_entropy false in liger_kernel_config"
        )
    if hasattr(processing_class, "tokenizer"):
        raise UsageError(
            "processing_class is a processor of images or sound; BMC trains on text: pass its "
            "tokenizer, or use TRL's DPOTrainer"
        )
    if train_dataset is None:
        raise UsageError("train_dataset is missing; pass preference data")
    images = {"image", "images"} & set(train_dataset.column_names or ())
    if images:
        raise UsageError(
            f"the data has a column '{images.pop()}'; BMC trains on text: drop the column, or use "
            "TRL's DPOTrainer"
        )


def check_vocabularies(model: Any, ref_model: Any) -> None:
    """Checks that policy and reference number the same tokens.

    Raises:
        UsageError: Their vocabularies have different sizes.
    """
    if ref_model is None or isinstance(model, str):
        return
    sizes = [each.config.get_text_config().vocab_size for each in (model, ref_model)]
    if sizes[0] != sizes[1]:
        raise UsageError(
            f"the model has {sizes[0]:,} tokens and the reference {sizes[1]:,}; the reference must "
            "share the model's tokenizer"
        )


def usable_tokenizer(model: Any, tokenizer: Any, args: BMCConfig) -> Any:
    """The tokenizer, given or the model's, with a padding token.

    Raises:
        InputError: It knows no end of text, so that completions could not be ended; or the model
            that is named cannot be loaded.
        UsageError: The tokenizer of a model object cannot be loaded.
    """
    if tokenizer is None:
        from transformers import AutoTokenizer

        name = model if isinstance(model, str) else model.config._name_or_path
        revision = (
            (args.model_init_kwargs or {}).get("revision") if isinstance(model, str) else None
        )
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                name, revision=revision or "main", trust_remote_code=args.trust_remote_code
            )
        except (OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            if isinstance(model, str):
                raise InputError(
                    f"the model '{name}' cannot be loaded ({reason}); expected a folder, or a hub "
                    "id that can be reached"
                ) from None
            raise UsageError(
                f"no tokenizer is to be had for '{name}' ({reason}); pass processing_class"
            ) from None
    if tokenizer.eos_token is None:
        raise InputError(
            "the tokenizer has no eos_token, so completions cannot be ended; set "
            "tokenizer.eos_token to the token that ends a reply"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
