"""What BMC adds to TRL's DPO configuration; the help texts are its documentation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from transformers import TrainingArguments
from trl import DPOConfig

from bmc_dpo.alignment import ALGORITHMS
from truing_core.errors import UsageError
from truing_core.training.decisive import decisive
from truing_core.training.machine import suit

MODES = ("paper", "released")
OBJECTIVES = ("dpo", "ipo", "rdpo", "simpo", "orpo")
VARIANTS = ("bmc", "bc", "mc", "plain")
_REFERENCE_FREE = ("simpo", "orpo")
# Of TRL's fields and ours: how a model is loaded and rows are padded, not what is optimised.
_LOADING = frozenset({"model_init_kwargs", "trust_remote_code", "pad_token", "pad_to_multiple_of"})


@dataclass
class BMCConfig(DPOConfig):  # type: ignore[misc]
    """Configuration of :class:`~bmc_dpo.BMCTrainer`: TRL's, and the fields of BMC.

    Defaults follow the paper's instruction-following setting (table of section 4.1): β 0.01,
    δ 1.5, learning rate 5e-7, cosine, a tenth of warm-up, one epoch, 2,048 tokens. On a machine
    without an accelerator it chooses float32 on the CPU, where TRL's own would refuse.

    Raises:
        UsageError: A field has a value that cannot be, or two do not go together.
    """

    learning_rate: float = field(
        default=5e-7, metadata={"help": "The initial learning rate for AdamW."}
    )
    lr_scheduler_type: str = field(
        default="cosine", metadata={"help": "The learning rate scheduler."}
    )
    warmup_steps: float = field(
        default=0.1, metadata={"help": "Warm-up: a number of steps, or a share of them below 1."}
    )
    num_train_epochs: float = field(default=1.0, metadata={"help": "Passes over the data."})
    max_length: int | None = field(
        default=2048,
        metadata={"help": "Longest prompt and completion together, in tokens; longer are cut."},
    )
    beta: float = field(
        default=None,  # type: ignore[assignment]  # __post_init__ puts the objective's
        metadata={
            "help": "β: how strongly the policy is held to the reference; the weight of the odds "
            "ratio with orpo, the scale of the mean log-probability with simpo. By default 0.01, "
            "and 2.0 with simpo."
        },
    )
    delta: float = field(
        default=1.5,
        metadata={
            "help": "δ: the most that is added to the weight of a token that differs. The paper: "
            "3.0 for QA, 2.5 for math, 1.5 to 2.0 for instruction following; 0 is plain DPO."
        },
    )
    bmc_mode: str = field(
        default="paper",
        metadata={
            "help": "'paper': policy and reference share the policy's weights, completions are "
            "aligned. 'released': as the authors' code computes it, with weights from the "
            "reference's own confidence and difflib over the padded rows.",
            "choices": list(MODES),
        },
    )
    diff_algorithm: str | None = field(
        default=None,
        metadata={
            "help": "How the two sides are aligned; by default what the mode says: 'levenshtein' "
            "for paper, 'difflib' for released.",
            "choices": list(ALGORITHMS),
        },
    )
    ignore_stopwords: bool | None = field(
        default=None,
        metadata={
            "help": "Never weight English stopwords that are one token without a leading space; "
            "by default what the mode says: no for paper, yes for released."
        },
    )
    objective: str = field(
        default="dpo",
        metadata={
            "help": "What the weights are put into: dpo (any of TRL's loss types), ipo, rdpo "
            "(length penalty), simpo, orpo (the last two without a reference).",
            "choices": list(OBJECTIVES),
        },
    )
    variant: str = field(
        default="bmc",
        metadata={
            "help": "'bmc': bridged pairs and weights. Ablations: 'bc' (bridged pairs, no "
            "weights), 'mc' (weights on the original pairs, from column chosen_original), "
            "'plain' (the original pairs, no weights).",
            "choices": list(VARIANTS),
        },
    )
    rdpo_alpha: float | None = field(
        default=None,
        metadata={"help": "α of rdpo, what a token costs; by default β (released code)."},
    )
    simpo_gamma: float = field(
        default=0.5, metadata={"help": "γ of simpo, the target margin of the rewards."}
    )

    bf16: bool | None = field(
        default=None,
        metadata={"help": "Mixed precision in bfloat16; by default yes with an accelerator."},
    )

    def __post_init__(self) -> None:
        self._check()
        suit(self)
        if self.beta is None:
            self.beta = 2.0 if self.objective == "simpo" else 0.01
        if self.diff_algorithm is None:
            self.diff_algorithm = "difflib" if self.bmc_mode == "released" else "levenshtein"
        if self.ignore_stopwords is None:
            self.ignore_stopwords = self.bmc_mode == "released"
        if self.objective == "ipo":
            self.loss_type = ["ipo"]
        super().__post_init__()

    @property
    def weighted(self) -> bool:
        """Whether tokens get weights of their own."""
        return self.variant in ("bmc", "mc") and self.delta > 0

    @property
    def bridged(self) -> bool:
        """Whether the bridged winners are trained on, not the original ones."""
        return self.variant in ("bmc", "bc")

    @property
    def reference_free(self) -> bool:
        """Whether the objective compares with no reference."""
        return self.objective in _REFERENCE_FREE

    def decisive(self) -> dict[str, Any]:
        """The values a checkpoint can only go on with: all that TRL's DPO and BMC optimise by."""
        upstream = {each.name for each in fields(TrainingArguments)} | _LOADING
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        counted = decisive(values)
        return {name: counted[name] for name in values if name in counted and name not in upstream}

    def _check(self) -> None:
        for name, allowed in (
            ("bmc_mode", MODES),
            ("objective", OBJECTIVES),
            ("variant", VARIANTS),
            ("diff_algorithm", (None, *ALGORITHMS)),
        ):
            if getattr(self, name) not in allowed:
                names = ", ".join(value for value in allowed if value is not None)
                raise UsageError(f"{name} is '{getattr(self, name)}'; expected one of {names}")
        if math.isnan(self.delta) or self.delta < 0:
            raise UsageError(f"delta is {self.delta}; expected a number from 0 up")
        given: Any = self.loss_type
        types = [given] if isinstance(given, str) else list(given)
        if self.objective != "dpo" and types not in (["sigmoid"], [self.objective]):
            raise UsageError(
                f"objective {self.objective} has its own loss; leave loss_type "
                f"({', '.join(types)}) out, or use objective dpo"
            )
        if self.ld_alpha is not None:
            raise UsageError(
                "ld_alpha gives tokens other weights than BMC; leave it out, or use TRL's "
                "DPOTrainer"
            )
        if self.weighted and self.use_weighting:
            raise UsageError(
                "use_weighting (WPO) needs the log-probabilities that BMC weights; set one of "
                "them: use_weighting false, or variant bc"
            )
        if self.weighted and "sft" in types:
            raise UsageError(
                "loss type 'sft' would be weighted like the rest; leave it out, or use objective "
                "orpo, or variant bc"
            )
        if self.padding_free:
            raise UsageError("padding_free is out of order in TRL's DPO; set padding_free false")
