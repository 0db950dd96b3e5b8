"""What the machine lacks, as sentences; what it has, in the configuration."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from truing_core.errors import InputError, TruingError
from truing_core.training.machine import sentences, suit, writing


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (MemoryError(), TruingError, "out of memory: buy more"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), TruingError, "memory: buy more"),
        (OSError(28, "No space left on device", "/x"), TruingError, "no space left on device"),
        (OSError("nobody/nothing is not a local folder\nand more"), InputError, "folder and more"),
        (InputError("said already"), InputError, "said already"),
        (RuntimeError("a fault of ours"), RuntimeError, "a fault of ours"),
    ],
)
def test_what_goes_wrong(error, kind, said):
    with pytest.raises(kind, match=said), sentences("buy more"):
        raise error


def test_what_trainers_print_is_talk(capsys):
    with sentences(""):
        print("{'loss': 1}", file=sys.stdout)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "{'loss': 1}\n")


def test_weights_that_cannot_be_written(tmp_path):
    pytest.importorskip("torch", reason="needs the extra train")
    from safetensors import SafetensorError

    with (
        pytest.raises(TruingError, match="earlier checkpoints stand: free some space"),
        writing(tmp_path),
    ):
        raise SafetensorError("No space left")
    with pytest.raises(TruingError, match="no space left on device"), writing(tmp_path):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("accelerator", "before", "after"),
    [(False, None, (True, False)), (False, True, (True, True)), (True, None, (False, None))],
)
def test_without_accelerator_it_is_float32_on_the_cpu(monkeypatch, accelerator, before, after):
    torch = pytest.importorskip("torch", reason="needs the extra train")
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: accelerator)
    config = SimpleNamespace(
        bf16=before, fp16=False, use_cpu=False,
        activation_checkpointing=None, gradient_checkpointing=True,
    )  # fmt: skip
    suit(config)
    assert (config.use_cpu, config.bf16) == after
    assert config.activation_checkpointing is True
