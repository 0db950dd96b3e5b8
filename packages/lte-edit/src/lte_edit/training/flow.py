"""``lte-edit train``: from arguments to an aligned model, through TRL's parser and trainer."""

from __future__ import annotations

from lte_edit.training.config import LTEConfig, LTEModelConfig
from truing_core.training.papers import Training
from truing_core.training.sft import Tool

TOOL = Tool("lte-edit", "LTE (arXiv 2402.11905)", record="lte_run.json", data="build-data")
TRAINING = Training(TOOL, LTEConfig, LTEModelConfig)
parse, train = TRAINING.parse, TRAINING.train
