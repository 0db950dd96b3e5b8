"""What the trainer is fed: the chat template's text, with the loss on answers alone."""

from __future__ import annotations

import pytest

from lte_edit.training import parse
from lte_edit.training.flow import TOOL
from truing_core.training.sft import make_trainer


@pytest.fixture
def trainer(tiny_model_dir, lines, tmp_path):
    data, config, model, _ = parse(
        [
            "--model_name_or_path",
            str(tiny_model_dir),
            "--dataset_name",
            str(lines),
            "--output_dir",
            str(tmp_path / "out"),
            "--report_to",
            "none",
        ]
    )
    return make_trainer(TOOL, data, config, model)


def test_only_answers_have_labels(trainer, rows):
    tokenizer = trainer.processing_class
    for row, fed in zip(rows, trainer.train_dataset, strict=True):
        whole = tokenizer.apply_chat_template(row["messages"], tokenize=False)
        assert tokenizer.decode(fed["input_ids"]) == whole
        learned = [label for label in fed["labels"] if label != -100]
        assert tokenizer.decode(learned) == f"{row['messages'][1]['content']}<|im_end|>\n"
        assert fed["labels"][-len(learned) :] == learned
