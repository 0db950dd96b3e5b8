"""What of the vLLM back end holds without vLLM; the rest is tested with real vLLM, in
packages/followbench/tests_vllm."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from truing_core.errors import ModelError, UsageError
from truing_core.models import LoadOptions, ModelSpec, load_model, vllm
from truing_core.models.vllm import _arguments

without_vllm = pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed here")


@without_vllm
def test_a_missing_engine_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(f"vllm/{tmp_path}")
    assert str(caught.value) == (
        f"'vllm/{tmp_path}' needs vllm, not installed here: pip install \"truing-core[vllm]\""
    )


def test_engine_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUING_VLLM_ARGS", raising=False)
    assert _arguments() == {}
    monkeypatch.setenv("TRUING_VLLM_ARGS", '{"max_model_len": 4096}')
    assert _arguments() == {"max_model_len": 4096}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{max_model_len: 1}", "is no JSON"),
        ("[1]", "must be a JSON object"),
        ('{"trust_remote_code": true}', "never run"),
        ('{"model": "a", "tokenizer": "b"}', "names the model and the tokenizer; the spec does"),
    ],
)
def test_engine_settings_that_are_none(
    text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUING_VLLM_ARGS", text)
    with pytest.raises(UsageError, match=problem):
        _arguments()


def test_engine_settings_that_shape_replies_are_part_of_the_identity(
    monkeypatch: pytest.MonkeyPatch, tiny_model_dir: Path
) -> None:
    monkeypatch.setattr(vllm, "need", lambda *_, **__: None)

    def identity(**arguments: object) -> str:
        monkeypatch.setenv("TRUING_VLLM_ARGS", json.dumps(arguments))
        return vllm.VLLMModel(ModelSpec.parse(f"vllm/{tiny_model_dir}"), LoadOptions()).identity

    plain = identity()
    assert identity(tensor_parallel_size=2, max_model_len=4096) == plain
    first, second = identity(quantization="fp8"), identity(quantization="awq", max_num_seqs=8)
    assert len({plain, first, second}) == 3
    assert first.startswith(f"{plain}+args-")
    assert identity(max_num_seqs=9, quantization="awq") == second
