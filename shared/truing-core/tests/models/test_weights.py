import json
import shutil
from pathlib import Path

import pytest

from truing_core.errors import ModelError, UsageError
from truing_core.models.checkpoint import find_checkpoint
from truing_core.models.weights import load_weights, out_of_memory, pick_device, pick_dtype

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'hf')")


@pytest.fixture
def copy(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "copy"))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_weights(find_checkpoint(str(folder)), device="cpu")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change_config(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))


def test_weights_are_loaded_as_asked_and_ready_to_infer(copy: Path) -> None:
    model = load_weights(find_checkpoint(str(copy)), dtype="bfloat16", device="cpu")
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}
    assert not model.training


def test_a_cut_file(copy: Path) -> None:
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100_000])
    assert refusal(copy).startswith("copy cannot be loaded: ")


def test_weights_that_fill_only_part_of_the_model(copy: Path) -> None:
    change_config(copy, num_hidden_layers=3)
    assert "lack 9 tensors of its architecture (the first: model.layers.2." in refusal(copy)


def test_weights_of_another_shape(copy: Path) -> None:
    change_config(copy, intermediate_size=96)
    assert refusal(copy).startswith("copy cannot be loaded: ")


def test_an_unknown_architecture(copy: Path) -> None:
    change_config(copy, model_type="tomorrows", architectures=["TomorrowsForCausalLM"])
    assert "does not know its architecture" in refusal(copy)


def test_foreign_code_is_never_run(copy: Path, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    (copy / "modeling_own.py").write_text(f"open({str(trace)!r}, 'w')\nclass Own: pass\n")
    own = {"AutoConfig": "modeling_own.Own", "AutoModelForCausalLM": "modeling_own.Own"}
    change_config(copy, model_type="own", auto_map=own)
    assert "brings its own Python code, which is never run here" in refusal(copy)
    assert not trace.exists()


def test_a_model_of_another_kind(copy: Path) -> None:
    change_config(copy, model_type="whisper", architectures=["WhisperForConditionalGeneration"])
    assert "copy" in refusal(copy)


def test_devices_and_dtypes() -> None:
    cpu = torch.device("cpu")
    assert pick_device("cpu") == cpu
    assert pick_device("auto").type in {"cpu", "cuda", "mps"}
    assert pick_dtype("float16", cpu) == torch.float16
    assert pick_dtype("auto", cpu) in {torch.bfloat16, torch.float32}
    assert pick_dtype("auto", torch.device("mps")) == torch.float16
    with pytest.raises(UsageError, match="there is no device 'toaster'"):
        pick_device("toaster")
    with pytest.raises(UsageError, match="'half' is no dtype"):
        pick_dtype("half", cpu)


def test_out_of_memory_by_whatever_name() -> None:
    def allocate() -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    with pytest.raises(RuntimeError) as caught:
        allocate()
    assert out_of_memory(caught.value)
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB"))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes cannot be multiplied"))
    assert not out_of_memory(OSError("out of memory"))


def test_an_adapter_is_merged(tiny_model_dir: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="needs the extra train")
    base = load_weights(find_checkpoint(str(tiny_model_dir)), dtype="float32", device="cpu")
    adapted = peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules=["q_proj"]))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.5)
    adapted.save_pretrained(tmp_path / "adapter")
    ids = torch.arange(5, 15)[None]
    with torch.inference_mode():
        wanted = adapted(ids).logits
        found = find_checkpoint(str(tmp_path / "adapter"))
        merged = load_weights(found, dtype="float32", device="cpu")
        assert not any("lora" in name for name, _ in merged.named_parameters())
        torch.testing.assert_close(merged(ids).logits, wanted)
        with adapted.disable_adapter():
            assert not torch.allclose(merged(ids).logits, adapted(ids).logits)
