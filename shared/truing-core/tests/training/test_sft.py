"""The trainer of answers: what it is fed, and what it refuses."""

from __future__ import annotations

import json
import shutil

import pytest

from truing_core.errors import InputError, UsageError

pytest.importorskip("trl", reason="needs the extra train")

from transformers import AutoConfig, AutoTokenizer
from trl import ModelConfig

from truing_core.training.arguments import CommandArguments, DataArguments
from truing_core.training.sft import (
    AnswersConfig,
    Tool,
    make_trainer,
    train_answers,
)

TOOL = Tool("truing-core", "A method", record="run.json", data="some command")


def said(role, content):
    return {"role": role, "content": content}


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rows.jsonl"
    talk = [
        said("user", "Who?"),
        said("assistant", "Ada."),
        said("user", "Sure?"),
        said("assistant", "Yes."),
    ]
    path.write_text(json.dumps({"messages": talk, "url": None}) + "\n", "utf-8")
    return DataArguments(dataset_name=str(path))


@pytest.fixture
def config(tmp_path):
    return AnswersConfig(str(tmp_path / "out"), report_to="none", max_steps=1)


def test_only_answers_have_labels(data, config, tiny_model_dir):
    trainer = make_trainer(TOOL, data, config, ModelConfig(str(tiny_model_dir)))
    tokenizer = trainer.processing_class
    learned = [
        tokenizer.decode([label for label in fed["labels"] if label != -100])
        for fed in trainer.train_dataset
    ]
    assert learned == ["Ada.<|im_end|>\n", "Yes.<|im_end|>\n"]
    fed = tokenizer.decode(trainer.train_dataset[1]["input_ids"])
    assert fed.startswith("<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\nAda.")


def test_what_was_trained_is_on_record(data, config, tiny_model_dir, tmp_path):
    model = ModelConfig(str(tiny_model_dir))
    result = train_answers(TOOL, data, config, model, CommandArguments())
    assert (result["answers"], result["steps"], result["method"]) == (2, 1, "full")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["tool"], record["answers"]) == ("truing-core", 2)
    assert "### A method" in (tmp_path / "out" / "README.md").read_text()


def test_what_cannot_be(data, config, tmp_path, tiny_model_dir):
    with pytest.raises(UsageError, match="assistant_only_loss is always so"):
        AnswersConfig(str(tmp_path), assistant_only_loss=True)
    with pytest.raises(UsageError, match="what some command wrote"):
        make_trainer(TOOL, DataArguments(), config, ModelConfig(str(tiny_model_dir)))
    with pytest.raises(UsageError, match="model_name_or_path is missing"):
        make_trainer(TOOL, data, config, ModelConfig())
    other = tmp_path / "other.jsonl"
    other.write_text('{"text": "a"}\n', "utf-8")
    with pytest.raises(InputError, match=r"other\.jsonl: has no column 'messages'"):
        make_trainer(
            TOOL, DataArguments(dataset_name=str(other)), config, ModelConfig(str(tiny_model_dir))
        )


def test_a_model_without_a_chat_template(data, config, tiny_model_dir, tmp_path):
    bare = shutil.copytree(tiny_model_dir, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match=r"bare: has no chat template \(it may be a base model\)"):
        make_trainer(TOOL, data, config, ModelConfig(str(bare)))


def test_a_tokenizer_that_is_too_large_for_its_model(data, config, tiny_model_dir, tmp_path):
    other = shutil.copytree(tiny_model_dir, tmp_path / "other")
    tokenizer = AutoTokenizer.from_pretrained(other)
    rows = AutoConfig.from_pretrained(other).vocab_size
    tokenizer.add_tokens([f"<{each}>" for each in range(1 + rows - len(tokenizer))])
    tokenizer.save_pretrained(other)
    wanted = f"other: its tokenizer has {rows + 1:,} tokens, its model embeddings for {rows:,}"
    with pytest.raises(InputError, match=wanted):
        make_trainer(TOOL, data, config, ModelConfig(str(other)))
