"""A base model whose chat template ends a turn otherwise than its tokenizer ends a text."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
import yaml

from lion_distill.imitation import imitate, student_folder
from lion_distill.imitation.end_of_turn import end_of_turn

pytest.importorskip("trl", reason="needs the training stack")

from transformers import AutoTokenizer, GenerationConfig


@pytest.fixture
def base(tiny_model_dir, tmp_path):
    """The tiny model as a base model: texts end with <|endoftext|>, turns with <|im_end|>."""
    folder = shutil.copytree(tiny_model_dir, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token = "<|endoftext|>"
    tokenizer.save_pretrained(folder)
    return folder


def test_where_it_is_another(base, tiny_model_dir, tmp_path):
    wanted = {"model_name_or_path": str(base)}
    assert end_of_turn(wanted) == "<|im_end|>"
    assert end_of_turn({"model_name_or_path": str(tiny_model_dir)}) is None
    assert end_of_turn({**wanted, "eos_token": "<|im_start|>"}) is None
    assert end_of_turn({**wanted, "chat_template_path": "owner/chat"}) is None
    assert end_of_turn({"model_name_or_path": "no-such-owner/model"}) is None
    template = tmp_path / "t.jinja"
    template.write_text("{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}")
    assert end_of_turn({**wanted, "chat_template_path": str(template)}) is None
    template.write_text("{% for m in messages %}{{ m.content }}\n{% endfor %}")
    assert end_of_turn({**wanted, "chat_template_path": str(template)}) is None
    template.write_text("{{ raise_exception('no') }}")
    assert end_of_turn({**wanted, "chat_template_path": str(template)}) is None


def test_the_student_learns_to_stop_there(at, responses, student, base):
    imitate(at, replace(student(max_steps=1), base=str(base)))
    assert yaml.safe_load(at.training.read_text("utf-8"))["eos_token"] == "<|im_end|>"
    folder = student_folder(at)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.eos_token == "<|im_end|>"
    ends = GenerationConfig.from_pretrained(folder).eos_token_id
    assert tokenizer.eos_token_id in (ends if isinstance(ends, list) else [ends])
