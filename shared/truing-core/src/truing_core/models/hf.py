"""Local inference with transformers: batches of like lengths, from which finished rows leave."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from truing_core.errors import ModelError, UsageError
from truing_core.models.base import ChatReply, ChatRequest, Usage
from truing_core.models.batching import BatchPool, Row
from truing_core.models.checkpoint import Checkpoint, find_checkpoint, first_line, need
from truing_core.models.load import LoadOptions
from truing_core.models.spec import ModelSpec

if TYPE_CHECKING:
    import torch

    from truing_core.models.chat import ChatTokenizer

log = logging.getLogger(__name__)

_SLICE = 32  # tokens between two looks at which rows have ended


class HFModel:
    """A chat model in this process, run by transformers.

    What a request asks for is all that shapes its reply: defaults a model brings for sampling
    (top-k, repetition penalty) are not applied. Each row has its own seed and its own end, so
    a reply does not depend on the rows beside it, up to the rounding of batched arithmetic.
    JSON schemas are not enforced.

    The weights are read when the first request comes; a run whose replies are all journaled
    never reads them.

    Args:
        spec: ``hf/HUB-ID``, ``hf/FOLDER`` or ``hf/FILE.gguf``.
        options: ``batch_tokens``, ``dtype``, ``device`` and ``chat_template`` count here.
        identity: Overrides what journals know the model by.

    Raises:
        ModelError: torch or transformers is missing, or there is no such model.
        UsageError: ``dtype`` is not one of the known ones.
    """

    def __init__(
        self, spec: ModelSpec, options: LoadOptions, *, identity: str | None = None
    ) -> None:
        need(("torch", "transformers"), extra="hf", what=f"'{spec}'")
        if options.dtype not in ("auto", "float32", "bfloat16", "float16"):
            raise UsageError(
                f"'{options.dtype}' is no dtype; use auto, float32, bfloat16 or float16"
            )
        self._options = options
        self._checkpoint = find_checkpoint(spec.name)
        if self._checkpoint.gguf:
            need(("gguf",), extra="hf", what=f"the GGUF file {self._checkpoint.gguf}")
        self._identity = identity or self._checkpoint.identity("hf", options.chat_template)
        self._engine: _Engine | None = None

    @property
    def identity(self) -> str:
        return self._identity

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers in batches; replies come as rows finish, 32 tokens apart at most.

        A request that the chat template refuses, that leaves no room in the context, or that
        does not fit into memory even alone is answered with an error.
        """
        source = iter(requests)
        pool = BatchPool(self._options.batch_tokens)
        exhausted = False
        while not exhausted or pool:
            while not exhausted and not pool.full:
                request = next(source, None)
                if request is None:
                    exhausted = True
                elif isinstance(row := self._loaded().prepare(request), ChatReply):
                    yield row
                else:
                    pool.add(row)
            if batch := pool.take():
                yield from self._answer(batch, pool)

    def close(self) -> None:
        if self._engine is not None:
            self._engine = None
            _free_memory()

    def _loaded(self) -> _Engine:
        if self._engine is None:
            self._engine = _Engine(self._checkpoint, self._options)
        return self._engine

    def _answer(self, batch: list[Row], pool: BatchPool) -> Iterator[ChatReply]:
        """Answers a batch, in ever smaller parts if memory demands it."""
        parts = [batch]
        while parts:
            rows = {row.request.id: row for row in parts.pop()}
            too_large = False
            try:
                for reply in self._loaded().generate(list(rows.values())):
                    del rows[reply.id]
                    yield reply
            except (RuntimeError, MemoryError) as error:
                if not _out_of_memory(error):
                    raise
                too_large = True
            if not too_large:
                continue
            # Only here, with the exception gone, are the tensors of its frames free.
            _free_memory()
            left = list(rows.values())
            if len(left) == 1:
                yield _too_large_alone(left[0])
                continue
            pool.shrink(left)
            log.warning("out of memory with a batch of %d; going on with half of it", len(left))
            parts += [left[len(left) // 2 :], left[: len(left) // 2]]


@dataclass
class _Active:
    """A row under way: its place in the batch is its index among the active ones."""

    row: Row
    tokens: list[int] = field(default_factory=list)


class _Engine:
    """The loaded tokenizer and weights."""

    def __init__(self, checkpoint: Checkpoint, options: LoadOptions) -> None:
        from truing_core.models.chat import ChatTokenizer

        self._chat: ChatTokenizer = ChatTokenizer(checkpoint, options.chat_template)
        self._model = load_weights(checkpoint, dtype=options.dtype, device=options.device)
        config = self._model.config.get_text_config()
        self._context: int | None = getattr(config, "max_position_embeddings", None)
        ends = self._model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        self._ends = frozenset(
            end for end in (*ends, self._chat.tokenizer.eos_token_id) if end is not None
        )
        pad = self._chat.tokenizer.pad_token_id
        self._pad: int = pad if pad is not None else min(self._ends, default=0)

    def prepare(self, request: ChatRequest) -> Row | ChatReply:
        """Tokenizes a request, or says why it cannot be answered."""
        from truing_core.models.chat import TemplateRefusal

        limit = request.sampling.max_tokens
        if limit < 1:
            return ChatReply(request.id, error=f"max_tokens is {limit}; at least 1 is needed")
        try:
            prompt = self._chat.encode(request.messages)
        except TemplateRefusal as refusal:
            return ChatReply(request.id, error=str(refusal))
        room = limit if self._context is None else self._context - len(prompt)
        if room < 1:
            return ChatReply(request.id, error=too_long(len(prompt), self._context))
        return Row(request, prompt, min(limit, room))

    def generate(self, rows: list[Row]) -> Iterator[ChatReply]:
        """Answers rows of one group, each as soon as the slice it ends in is done."""
        import torch

        from truing_core.models.chat import quiet
        from truing_core.models.decoding import SeededDraw, StopStrings, ending

        sampling, limit = rows[0].request.sampling, rows[0].reply_tokens
        width = max(len(row.prompt) for row in rows)
        device = self._model.device
        ids = torch.tensor(
            [[self._pad] * (width - len(row.prompt)) + list(row.prompt) for row in rows]
        ).to(device)
        seen = torch.tensor(
            [[0] * (width - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
        ).to(device)
        draw = SeededDraw([row.request for row in rows], width)
        stop = (
            [StopStrings(sampling.stop, self._chat.decode, width)] if sampling.stop else []
        )
        active = [_Active(row) for row in rows]
        cache = None
        while active:
            with torch.inference_mode(), quiet():
                output = self._model.generate(
                    input_ids=ids,
                    attention_mask=seen,
                    past_key_values=cache,
                    generation_config=self._generation_config(
                        min(_SLICE, limit - (ids.shape[1] - width))
                    ),
                    logits_processor=[draw] if sampling.temperature > 0 else [],
                    stopping_criteria=stop,
                )
            new = output.sequences[:, ids.shape[1] :]
            going: list[int] = []
            for place, (item, tokens) in enumerate(zip(active, new.tolist(), strict=True)):
                item.tokens += tokens
                end = ending(
                    item.tokens,
                    end_tokens=self._ends,
                    stop=sampling.stop,
                    limit=limit,
                    decode=self._chat.decode,
                )
                if end is None:
                    going.append(place)
                    continue
                text, used, reason = end
                usage = Usage(len(item.row.prompt), used)
                yield ChatReply(item.row.request.id, text, reason, usage)
            keep = torch.tensor(going, dtype=torch.long, device=device)
            cache = output.past_key_values
            ids = output.sequences[keep]
            seen = torch.cat([seen, torch.ones_like(new)], dim=1)[keep]
            draw.keep(going)
            active = [active[place] for place in going]
            if active and len(active) < len(new):
                cache.batch_select_indices(keep)

    def _generation_config(self, tokens: int) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            do_sample=False,
            max_new_tokens=tokens,
            eos_token_id=sorted(self._ends) or None,
            pad_token_id=self._pad,
            return_dict_in_generate=True,
            use_cache=True,
        )
