"""The alignment phase: supervised fine-tuning on parallel data (LTE, section 3.1)."""

from lte_edit.training.flow import parse, train

__all__ = ["parse", "train"]
