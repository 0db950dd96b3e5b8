import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from truing_core.errors import ModelError
from truing_core.models.checkpoint import TRAINED, find_checkpoint, first_line, need


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 4000)
    return folder


def refusal(name: Path | str) -> str:
    with pytest.raises(ModelError) as caught:
        find_checkpoint(str(name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_known_by_its_last_name_and_its_content(model: Path) -> None:
    checkpoint = find_checkpoint(f"{model}/")
    assert checkpoint.name == "model"
    assert checkpoint.gguf is None
    assert checkpoint.identity("hf") == f"hf/model#{checkpoint.fingerprint}"
    assert len(checkpoint.fingerprint) == 12


def test_a_copy_has_the_same_fingerprint_and_other_times_do_not_matter(
    model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "elsewhere" / "model"
    copy.mkdir(parents=True)
    for file in model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
        os.utime(copy / file.name, (1, 1))
    assert find_checkpoint(str(copy)).fingerprint == find_checkpoint(str(model)).fingerprint


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", b'{"model_type": "mistral"}'),
        ("tokenizer.json", b'{"other": 1}'),
        ("generation_config.json", b'{"eos_token_id": [1, 2]}'),
        ("model.safetensors", bytes(range(256)) * 4001),
        ("model.safetensors", bytes(reversed(range(256))) * 4000),  # same size
    ],
)
def test_another_training_has_another_fingerprint(model: Path, file: str, change: bytes) -> None:
    before = find_checkpoint(str(model)).fingerprint
    (model / file).write_bytes(change)
    assert find_checkpoint(str(model)).fingerprint != before


def test_an_overriding_chat_template_is_part_of_the_identity(model: Path, tmp_path: Path) -> None:
    checkpoint = find_checkpoint(str(model))
    template = tmp_path / "template.jinja"
    template.write_text("{{ messages }}")
    first = checkpoint.identity("hf", template)
    assert first.startswith(checkpoint.identity("hf") + "+template-")
    template.write_text("{{ messages[0] }}")
    assert checkpoint.identity("hf", template) != first
    with pytest.raises(ModelError, match=r"chat template .*gone cannot be read .*--chat-template"):
        checkpoint.identity("hf", tmp_path / "gone")


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    assert "there is no model folder" in refusal(tmp_path / "gone")
    assert "there is no model folder ./gone" in refusal("./gone")
    assert "there is no model folder ~/gone/far" in refusal("~/gone/far")
    assert "there is no model folder ~nobody-at-all/gone" in refusal("~nobody-at-all/gone")
    (tmp_path / "file").write_text("")
    assert "is a file" in refusal(tmp_path / "file")


def test_a_folder_without_a_configuration(model: Path) -> None:
    (model / "config.json").unlink()
    assert "holds no config.json; expected a model folder" in refusal(model)
    for step in ("checkpoint-900", "checkpoint-1000", "checkpoint-last"):
        (model / step).mkdir()
        (model / step / "config.json").write_text("{}")
    assert "did you mean" in refusal(model)
    assert "checkpoint-1000?" in refusal(model)


def adapter_of(base: str | None, folder: Path) -> Path:
    folder.mkdir()
    named = {} if base is None else {"base_model_name_or_path": base}
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **named}))
    (folder / "adapter_model.safetensors").write_bytes(bytes(5000))
    return folder


def test_an_adapter_brings_its_base_model(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="needs the extra train")
    base = find_checkpoint(str(model))
    adapter = adapter_of(str(model), tmp_path / "adapter")
    found = find_checkpoint(str(adapter))
    assert (found.name, found.folder, found.adapter) == ("adapter", base.folder, adapter)
    assert found.tokenizer_folder == base.folder
    (adapter / "tokenizer_config.json").write_text("{}")
    assert found.tokenizer_folder == adapter
    told = [found.fingerprint]
    for name in ("tokenizer_config.json", "tokenizer.json", "chat_template.jinja"):
        (adapter / name).write_text('{"other": 1}')
        told.append(find_checkpoint(str(adapter)).fingerprint)
    assert len({*told}) == 4, "it answers by its own tokenizer and template"
    (adapter / "adapter_model.safetensors").write_bytes(bytes(4999) + b"1")
    again = find_checkpoint(str(adapter))
    assert len({base.fingerprint, found.fingerprint, again.fingerprint}) == 3


def test_adapters_that_cannot_be_used(model: Path, tmp_path: Path) -> None:
    assert "names no base_model_name_or_path" in refusal(adapter_of(None, tmp_path / "a"))
    lost = adapter_of(str(tmp_path / "gone"), tmp_path / "b")
    assert "the base model of the adapter" in refusal(lost)
    assert "there is no model folder" in refusal(lost)
    (lost / "adapter_model.safetensors").unlink()
    assert "holds no adapter_model.safetensors" in refusal(lost)


def test_an_adapter_of_an_adapter(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="needs the extra train")
    first = adapter_of(str(model), tmp_path / "a")
    assert "is an adapter itself" in refusal(adapter_of(str(first), tmp_path / "b"))


def test_a_broken_configuration(model: Path) -> None:
    (model / "config.json").write_text("{")
    assert "config.json of" in refusal(model)
    assert "cannot be read" in refusal(model)
    (model / "config.json").write_text("[]")
    assert "is no JSON object" in refusal(model)


def test_a_folder_without_weights(model: Path) -> None:
    (model / "model.safetensors").unlink()
    assert "holds no weights" in refusal(model)


def test_what_a_trainer_leaves_is_no_weights(model: Path) -> None:
    (model / "model.safetensors").unlink()
    for name in ("training_args.bin", "optimizer.pt", "rng_state.pth"):
        (model / name).write_bytes(b"pickle")
    assert "holds no weights" in refusal(model)


def test_a_stamp_of_a_training_counts(model: Path) -> None:
    before = find_checkpoint(str(model)).fingerprint
    (model / TRAINED).write_text('{"training": "a"}')
    first = find_checkpoint(str(model)).fingerprint
    (model / TRAINED).write_text('{"training": "b"}')
    assert len({before, first, find_checkpoint(str(model)).fingerprint}) == 3


def test_pickled_weights_are_refused_with_the_way_to_convert(model: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    words = refusal(model)
    assert "only as pickle (pytorch_model.bin)" in words
    assert "use_safetensors=False" in words


def test_a_missing_shard_is_named(model: Path) -> None:
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-2.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "lacks 1 of its 2 weight files (the first: model-2.safetensors)" in refusal(model)


def test_gguf_by_file_or_by_the_folder_that_holds_one(tmp_path: Path) -> None:
    (tmp_path / "small.Q4.gguf").write_bytes(b"GGUF")
    by_file = find_checkpoint(str(tmp_path / "small.Q4.gguf"))
    assert (by_file.name, by_file.folder, by_file.gguf) == ("small.Q4", tmp_path, "small.Q4.gguf")
    assert find_checkpoint(str(tmp_path)).gguf == "small.Q4.gguf"
    (tmp_path / "large.gguf").write_bytes(b"GGUF")
    assert "holds 2 .gguf files; name one of them" in refusal(tmp_path)


def test_gguf_beside_a_configuration(model: Path) -> None:
    (model / "model.safetensors").rename(model / "model.gguf")
    assert find_checkpoint(str(model)).gguf == "model.gguf"


def test_need_names_the_extra() -> None:
    need(("json",), extra="hf", what="x")
    with pytest.raises(ModelError) as caught:
        need(("json", "no_such_engine"), extra="vllm", what="'vllm/x'")
    assert str(caught.value) == (
        "'vllm/x' needs no_such_engine, not installed here: pip install \"truing-core[vllm]\""
    )


def test_a_folder_named_like_an_engine_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "engine_of_dreams").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="needs engine_of_dreams"):
        need(("engine_of_dreams",), extra="hf", what="x")


def test_first_line() -> None:
    assert first_line(ValueError("\n one thing.\nand more")) == "one thing"
    assert first_line(ValueError()) == "ValueError"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as its client needs to find one model, and to be turned away."""

    files: dict[str, bytes]
    asked: list[str]
    commit = "c0ffee" + "0" * 34

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        if "/gated" in path:
            return self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        if "/org/model" not in path:
            return self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        if path.startswith("/api/models/org/model/tree"):
            tree = [
                {"type": "file", "path": name, "size": len(content), "oid": f"{len(content):040x}"}
                for name, content in self.files.items()
            ]
            return self.answer(200, json.dumps(tree).encode(), {})
        if path.startswith("/api/models/org/model"):
            siblings = [{"rfilename": name} for name in self.files]
            info = {"id": "org/model", "sha": self.commit, "siblings": siblings}
            return self.answer(200, json.dumps(info).encode(), {})
        content = self.files[path.split("/", 5)[-1]]
        tags = {"ETag": f'"{len(content):040x}"', "X-Repo-Commit": self.commit}
        return self.answer(200, content, tags)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(model: Path) -> Iterator[ThreadingHTTPServer]:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed (extra 'hf')")
    Hub.files = {file.name: file.read_bytes() for file in model.iterdir()}
    Hub.files |= {"onnx/model.onnx": b"o", "original/consolidated.safetensors": b"c"}
    Hub.files |= {"pytorch_model.bin": b"pickle", "README.md": b"#"}
    Hub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def look_up(name: str, cache: Path, **environment: str) -> str:
    """The hub client reads its environment when imported, hence a process of its own."""
    code = (
        "import sys\n"
        "from truing_core.errors import ModelError\n"
        "from truing_core.models.checkpoint import find_checkpoint\n"
        "try:\n    found = find_checkpoint(sys.argv[1])\n"
        "    print(found.name, *sorted(file.name for file in found.folder.iterdir()))\n"
        "except ModelError as error:\n    print(error)\n"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", code, name],
        env={**kept, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_a_hub_id_brings_only_what_is_loaded(hub: ThreadingHTTPServer, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{hub.server_port}"
    found = look_up("org/model", tmp_path / "hf", HF_ENDPOINT=endpoint)
    assert found == "org/model config.json model.safetensors tokenizer.json"
    assert not any(path.endswith((".bin", ".onnx", ".md")) for path in Hub.asked)
    offline = look_up("org/model", tmp_path / "hf", HF_HUB_OFFLINE="1")
    assert offline == found  # from the cache


def test_what_the_hub_refuses(hub: ThreadingHTTPServer, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{hub.server_port}"
    unknown = look_up("org/unknown", tmp_path / "hf", HF_ENDPOINT=endpoint)
    assert unknown.startswith("'org/unknown' is neither a folder here nor a model the hub shows")
    gated = look_up("org/gated", tmp_path / "hf", HF_ENDPOINT=endpoint)
    assert gated.startswith("the hub gates org/gated: ask for access")


def test_a_hub_that_is_out_of_reach(hub: ThreadingHTTPServer, tmp_path: Path) -> None:
    for environment in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        words = look_up("org/model", tmp_path / "hf", **environment)
        assert words.startswith("'org/model' is no folder here, is not in the local hub cache")
        assert "\n" not in words
    assert "neither a folder here nor a model" in look_up(
        "no such name", tmp_path / "hf", HF_HUB_OFFLINE="1"
    )
