import json
import logging
import shutil
from pathlib import Path

import pytest

from truing_core.errors import InputError, ModelError
from truing_core.models.base import Message
from truing_core.models.chat import ChatTokenizer, TemplateRefusal, quiet
from truing_core.models.checkpoint import find_checkpoint


def user(text: str) -> Message:
    return {"role": "user", "content": text}


@pytest.fixture
def bare(tiny_model_dir: Path, tmp_path: Path) -> Path:
    """The tiny model without its chat template."""
    folder = tmp_path / "bare"
    shutil.copytree(tiny_model_dir, folder)
    (folder / "chat_template.jinja").unlink()
    return folder


def test_a_prompt_is_the_template_up_to_the_assistants_turn(tiny_model_dir: Path) -> None:
    chat = ChatTokenizer(find_checkpoint(str(tiny_model_dir)))
    tokens = chat.encode([{"role": "system", "content": "Be kind."}, user("你好, you")])
    whole = chat.tokenizer.decode(tokens, skip_special_tokens=False)
    assert whole == (
        "<|im_start|>system\nBe kind.<|im_end|>\n"
        "<|im_start|>user\n你好, you<|im_end|>\n<|im_start|>assistant\n"
    )
    assert tokens.count(chat.tokenizer.convert_tokens_to_ids("<|im_start|>")) == 3


def test_a_reply_is_decoded_without_special_tokens(tiny_model_dir: Path) -> None:
    chat = ChatTokenizer(find_checkpoint(str(tiny_model_dir)))
    text = "  spaces , kept .\n\n"
    tokens = chat.tokenizer(text + "<|im_end|>", add_special_tokens=False)["input_ids"]
    assert chat.decode(tokens) == text


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "there are no messages"),
        ([user("lone \ud800 surrogate")], "the chat template refuses it"),
        ([{"role": "user"}], "the chat template refuses it"),
    ],
)
def test_messages_that_cannot_be_a_prompt(
    tiny_model_dir: Path, messages: list[Message], reason: str
) -> None:
    chat = ChatTokenizer(find_checkpoint(str(tiny_model_dir)))
    with pytest.raises(TemplateRefusal, match=reason):
        chat.encode(messages)


def test_a_tokenizer_without_a_template_says_what_to_give(bare: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ChatTokenizer(find_checkpoint(str(bare)))
    assert "bare has no chat template" in str(caught.value)
    assert "--chat-template FILE" in str(caught.value)
    template = tmp_path / "own.jinja"
    template.write_text("{% for m in messages %}[{{ m.content }}]{% endfor %}", "utf-8")
    chat = ChatTokenizer(find_checkpoint(str(bare)), template)
    assert chat.tokenizer.decode(chat.encode([user("a"), user("诗")])) == "[a][诗]"


@pytest.mark.parametrize(
    ("content", "problem", "row"),
    [
        (b"line\n{% for %}", "is no valid jinja2", 2),
        (b"{{ nothing.at.all }}", "fails on a plain question", None),
        (b"{{ 1 / 0 }}", "fails on a plain question", None),
        (b"\xff\xfe", "is not UTF-8 text", None),
        (b" \n", "leaves out what was asked", None),
        (b"{{ messages[0].role }}", "leaves out what was asked", None),
    ],
)
def test_a_template_file_that_is_none(
    bare: Path, tmp_path: Path, content: bytes, problem: str, row: int | None
) -> None:
    template = tmp_path / "bad.jinja"
    template.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        ChatTokenizer(find_checkpoint(str(bare)), template)
    assert (caught.value.path, caught.value.row) == (template, row)


def test_a_template_can_refuse_roles(bare: Path, tmp_path: Path) -> None:
    template = tmp_path / "strict.jinja"
    template.write_text(
        "{% for m in messages %}{% if m.role == 'system' %}"
        "{{ raise_exception('System role not supported') }}{% endif %}{{ m.content }}{% endfor %}"
    )
    chat = ChatTokenizer(find_checkpoint(str(bare)), template)
    with pytest.raises(TemplateRefusal, match="refuses it: System role not supported"):
        chat.encode([{"role": "system", "content": "x"}, user("y")])


def test_a_broken_tokenizer(tiny_model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(tiny_model_dir, folder)
    (folder / "tokenizer.json").write_text(json.dumps({"model": "?"}))
    with pytest.raises(ModelError, match="the tokenizer of broken cannot be loaded"):
        ChatTokenizer(find_checkpoint(str(folder)))


def test_quiet_hides_advice_but_no_errors_and_puts_things_back(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed (extra 'hf')")
    from transformers.utils import logging as noise

    monkeypatch.delenv("TRANSFORMERS_VERBOSITY", raising=False)
    log = noise.get_logger("transformers.a_test")
    before = (noise.get_verbosity(), noise.is_progress_bar_enabled())
    with quiet():
        log.warning("advice")
        log.error("trouble")
        assert not noise.is_progress_bar_enabled()
    assert (noise.get_verbosity(), noise.is_progress_bar_enabled()) == before
    log.warning("afterwards")
    assert [record.message for record in caplog.records] == ["trouble", "afterwards"]


def test_quiet_is_off_for_those_who_want_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed (extra 'hf')")
    from transformers.utils import logging as noise

    before = noise.get_verbosity()
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "warning")
    with quiet():
        assert noise.get_verbosity() == before
    monkeypatch.delenv("TRANSFORMERS_VERBOSITY")
    monkeypatch.setattr(logging.getLogger(), "level", logging.INFO)
    with quiet():
        assert noise.get_verbosity() == before
