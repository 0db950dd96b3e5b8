"""Local inference with vLLM's engine in this process: continuous batching, enforced schemas."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from truing_core.errors import ModelError, UsageError
from truing_core.models.base import ChatReply, ChatRequest, Usage
from truing_core.models.batching import Row, prepare
from truing_core.models.chat import ChatTokenizer, quiet
from truing_core.models.checkpoint import find_checkpoint, first_line, need
from truing_core.models.load_options import LoadOptions
from truing_core.models.spec import ModelSpec
from truing_core.models.weights import free_memory

ARGUMENTS = "TRUING_VLLM_ARGS"
_OWN = ("model", "tokenizer")  # the spec names them
# Where and how fast it runs. Any other argument may shape replies, and is part of the identity.
_HARMLESS = frozenset({
    "tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size",
    "gpu_memory_utilization", "enforce_eager", "max_model_len", "max_num_seqs",
    "max_num_batched_tokens", "swap_space",
    "cpu_offload_gb", "kv_cache_memory_bytes", "block_size", "enable_prefix_caching",
    "enable_chunked_prefill", "disable_log_stats", "use_tqdm_on_load", "download_dir",
    "distributed_executor_backend", "disable_custom_all_reduce", "max_parallel_loading_workers",
    "compilation_config",
})  # fmt: skip
_UNDER_WAY = 512  # more than the engine runs at once, so that it never waits for us
_CPU_DEFAULTS = {"gpu_memory_utilization": 0.3, "enforce_eager": True}


class VLLMModel:
    """A chat model in this process, run by vLLM; the machine's vLLM build decides the device.

    As with :class:`~truing_core.models.hf.HFModel`, only what a request asks for shapes its
    reply, and the weights are read when the first request comes. A request's JSON schema is
    enforced.

    Args:
        spec: ``vllm/HUB-ID`` or ``vllm/FOLDER``.
        options: ``dtype`` and ``chat_template`` count here. Anything else of vLLM's engine
            can be set by the environment variable ``TRUING_VLLM_ARGS``, a JSON object such as
            ``{"tensor_parallel_size": 2, "max_model_len": 8192}``; what may shape replies is part
            of the identity.

    Raises:
        ModelError: vLLM is missing, or there is no such model, or none that it can load.
        UsageError: ``TRUING_VLLM_ARGS`` is not what it should be.
    """

    def __init__(self, spec: ModelSpec, options: LoadOptions) -> None:
        need(("vllm",), extra="vllm", what=f"'{spec}'")
        self._checkpoint = find_checkpoint(spec.name)
        if self._checkpoint.adapter is not None:
            raise ModelError(
                f"{spec.name} holds a LoRA adapter, which vLLM is not given here; merge it into "
                "its base model (peft: merge_and_unload, then save_pretrained) and name that folder"
            )
        if self._checkpoint.gguf:
            raise ModelError(f"vLLM reads no GGUF here; use hf/{spec.name}")
        self._options = options
        self._arguments = _arguments()
        self._engine: Any = None
        self._chat: ChatTokenizer | None = None
        self._closed = False

    @property
    def identity(self) -> str:
        known = self._checkpoint.identity("vllm", self._options.chat_template)
        shaping = {name: self._arguments[name] for name in {*self._arguments} - _HARMLESS}
        if not shaping:
            return known
        text = json.dumps(shaping, sort_keys=True)
        return f"{known}+args-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Keeps the engine supplied from ``requests`` and yields each reply as it finishes."""
        source = iter(requests)
        waiting: dict[str, Row] = {}
        exhausted = False
        try:
            while waiting or not exhausted:
                while not exhausted and len(waiting) < _UNDER_WAY:
                    request = next(source, None)
                    if request is None:
                        exhausted = True
                    elif isinstance(row := self._start(request), ChatReply):
                        yield row
                    else:
                        waiting[request.id] = row
                for output in self._step() if waiting else ():
                    if output.finished:
                        yield _reply(waiting.pop(output.request_id), output)
        finally:
            if waiting and self._engine is not None:  # the caller left early
                self._engine.abort_request(list(waiting))

    def close(self) -> None:
        self._closed = True
        if self._engine is not None:
            self._engine.engine_core.shutdown()
            self._engine = None
            free_memory()

    def _start(self, request: ChatRequest) -> Row | ChatReply:
        if self._closed:
            raise ModelError(f"{self.identity} is closed")
        if self._chat is None:
            self._chat = ChatTokenizer(self._checkpoint, self._options.chat_template)
        if self._engine is None:
            self._engine = self._load()
        row = prepare(request, self._chat, self._engine.model_config.max_model_len)
        if isinstance(row, ChatReply):
            return row
        try:
            prompt: Any = {"prompt_token_ids": list(row.prompt)}
            if renderer := getattr(
                self._engine, "renderer", None
            ):  # raw prompts are on their way out
                [prompt] = renderer.render_cmpl([prompt])
            self._engine.add_request(request.id, prompt, _sampling(row))
        except Exception as error:  # of no common base; most often a schema it cannot enforce
            if type(error).__name__ == "EngineDeadError":
                raise ModelError(f"vLLM stopped working: {first_line(error)}") from error
            return ChatReply(request.id, error=f"vLLM refuses it: {first_line(error)}")
        return row

    def _step(self) -> list[Any]:
        try:
            outputs: list[Any] = self._engine.step()
        except Exception as error:
            raise ModelError(
                f"vLLM stopped working: {first_line(error)}; -v shows its own words"
            ) from error
        return outputs

    def _load(self) -> Any:
        _before_import()
        try:
            with quiet(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from vllm import EngineArgs, LLMEngine
                from vllm.platforms import current_platform

                arguments = {
                    "model": str(self._checkpoint.folder),
                    "dtype": self._options.dtype,
                    "load_format": "safetensors",
                    "generation_config": "vllm",  # not the model's own sampling defaults
                    "disable_log_stats": True,
                    "use_tqdm_on_load": False,
                    **(_CPU_DEFAULTS if current_platform.is_cpu() else {}),
                    **self._arguments,
                }
                return LLMEngine.from_engine_args(EngineArgs(**arguments))
        except Exception as error:  # vLLM's start raises whatever its parts raise
            raise ModelError(
                f"vLLM cannot load {self._checkpoint.name}: {first_line(error)} "
                f"(engine settings can be given in {ARGUMENTS}, as JSON)"
            ) from error


def _before_import() -> None:
    """Sets what vLLM reads from the environment when it is imported, unless the user has."""
    talkative = logging.getLogger().level in range(1, logging.WARNING)
    # Its log goes to stdout otherwise, where results belong.
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "INFO" if talkative else "ERROR")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # With the engine in this process, none is left over when the process is killed.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")


def _arguments() -> dict[str, Any]:
    text = os.environ.get(ARGUMENTS, "{}")
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{ARGUMENTS} is no JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise UsageError(f'{ARGUMENTS} must be a JSON object, such as {{"max_model_len": 8192}}')
    if given := [name for name in _OWN if name in arguments]:
        raise UsageError(f"{ARGUMENTS} names the {' and the '.join(given)}; the spec does that")
    if arguments.get("trust_remote_code"):
        raise UsageError(f"{ARGUMENTS}: a model's own code is never run (trust_remote_code)")
    return arguments


def _sampling(row: Row) -> Any:
    from vllm import SamplingParams
    from vllm.platforms import current_platform
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    request, wanted = row.request, row.request.sampling
    # Several draws of one prompt must differ, although they share the request's seed.
    seed = None if wanted.seed is None else (wanted.seed + request.sample * 1_000_003) % 2**63
    if wanted.top_p < 1 and current_platform.is_cpu():
        seed = None  # its sampler for the CPU fails on a seed beside top-p, and ends the engine
    schema = request.schema
    return SamplingParams(
        temperature=wanted.temperature,
        top_p=wanted.top_p,
        max_tokens=row.reply_tokens,
        seed=seed,
        stop=list(wanted.stop),
        structured_outputs=StructuredOutputsParams(json=dict(schema)) if schema else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _reply(row: Row, output: Any) -> ChatReply:
    [best] = output.outputs
    usage = Usage(len(row.prompt), len(best.token_ids))
    if best.finish_reason not in ("stop", "length"):
        problem = f"vLLM gave up on it ({best.finish_reason})"
        return ChatReply(row.request.id, usage=usage, error=problem)
    return ChatReply(row.request.id, best.text, best.finish_reason, usage)
