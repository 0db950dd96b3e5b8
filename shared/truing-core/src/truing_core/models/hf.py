"""Local inference with transformers: batches of like lengths, which finished rows leave."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from truing_core.errors import ModelError, UsageError
from truing_core.models.base import ChatReply, ChatRequest, Message, Usage
from truing_core.models.batching import BatchPool, Row, prepare
from truing_core.models.chat import ChatTokenizer, quiet
from truing_core.models.checkpoint import Checkpoint, find_checkpoint, need
from truing_core.models.decoding import SeededDraw, StopStrings, ending
from truing_core.models.load_options import LoadOptions
from truing_core.models.spec import ModelSpec
from truing_core.models.streaming import TextStream
from truing_core.models.weights import DTYPES, free_memory, load_weights, out_of_memory

log = logging.getLogger(__name__)

_SLICE = 32  # tokens between two looks at which rows have ended
_GREEDY = 1e-5  # a lower temperature would overflow, and is greedy anyway


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
        if options.dtype not in DTYPES:
            raise UsageError(f"'{options.dtype}' is no dtype; use {', '.join(DTYPES)}")
        need(("torch", "transformers"), extra="hf", what=f"'{spec}'")
        self._options = options
        self._checkpoint = find_checkpoint(spec.name)
        if self._checkpoint.gguf:
            need(("gguf",), extra="hf", what=f"the GGUF file {self._checkpoint.gguf}")
        self._identity = identity or self._checkpoint.identity("hf", options.chat_template)
        self._engine: _Engine | None = None
        self._closed = False

    @property
    def identity(self) -> str:
        return self._identity

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers in batches; each reply comes within 32 tokens of its end.

        A request that the chat template refuses, that leaves no room in the context, or that
        does not fit into memory even alone is answered with an error.
        """
        source = iter(requests)
        pool = BatchPool(self._options.batch_tokens)
        exhausted = False
        while pool or not exhausted:
            while not (exhausted or pool.full):
                request = next(source, None)
                if request is None:
                    exhausted = True
                elif isinstance(row := self._loaded().prepare(request), ChatReply):
                    yield row
                else:
                    pool.add(row)
            if batch := pool.take():
                yield from self._answer(batch, pool)

    def stream(self, request: ChatRequest, on_text: Callable[[str], object]) -> ChatReply:
        """Answers one request, and tells of its text while it is written.

        Args:
            request: As for :meth:`complete`; the reply is the same.
            on_text: Is called with each new piece, in this thread. If it raises, the reply is
                given up and the exception comes out of here.

        Returns:
            The whole reply; its text is all pieces put together.
        """
        row = self._loaded().prepare(request)
        if isinstance(row, ChatReply):
            return row
        try:
            return self._loaded().stream(row, on_text)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
        free_memory()
        return _no_memory(row)

    def room(self, messages: Sequence[Message]) -> int | None:
        """How many tokens of the context a conversation leaves for its reply.

        Returns:
            ``None`` if the context has no known end; less than 1 if the conversation does not fit.

        Raises:
            TemplateRefusal: The chat template forbids these roles or this order.
        """
        return self._loaded().room(messages)

    def close(self) -> None:
        self._closed = True
        if self._engine is not None:
            self._engine = None
            free_memory()

    def _loaded(self) -> _Engine:
        if self._closed:
            raise ModelError(f"{self._identity} is closed")
        if self._engine is None:
            self._engine = _Engine(self._checkpoint, self._options)
        return self._engine

    def _answer(self, batch: list[Row], pool: BatchPool) -> Iterator[ChatReply]:
        """Answers a batch, in ever smaller parts if memory demands it."""
        parts = [batch]
        while parts:
            left = {row.request.id: row for row in parts.pop()}
            try:
                for reply in self._loaded().generate(list(left.values())):
                    del left[reply.id]
                    yield reply
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            if not left:
                continue
            # Only here, with the exception gone, are the tensors of its frames free.
            free_memory()
            rows = list(left.values())
            if len(rows) == 1:
                yield _no_memory(rows[0])
                continue
            pool.shrink(rows)
            log.warning("out of memory with a batch of %d; going on with half of it", len(rows))
            parts += [rows[len(rows) // 2 :], rows[: len(rows) // 2]]


class _Engine:
    """The loaded tokenizer and weights."""

    def __init__(self, checkpoint: Checkpoint, options: LoadOptions) -> None:
        self._chat = ChatTokenizer(checkpoint, options.chat_template)
        self._model = load_weights(checkpoint, dtype=options.dtype, device=options.device)
        config = self._model.config.get_text_config()
        self._context: int | None = getattr(config, "max_position_embeddings", None)
        ends = self._model.generation_config.eos_token_id
        known = (*(ends if isinstance(ends, list) else [ends]), self._chat.tokenizer.eos_token_id)
        self._ends = frozenset(end for end in known if end is not None)
        pad = self._chat.tokenizer.pad_token_id
        self._pad: int = pad if pad is not None else min(self._ends, default=0)

    def prepare(self, request: ChatRequest) -> Row | ChatReply:
        """Tokenizes a request, or says why it cannot be answered."""
        return prepare(request, self._chat, self._context)

    def room(self, messages: Sequence[Message]) -> int | None:
        """As :meth:`HFModel.room`."""
        if self._context is None:
            return None
        return self._context - len(self._chat.encode(messages))

    def generate(self, rows: list[Row]) -> Iterator[ChatReply]:
        """Answers rows of one group, each as soon as the slice it ends in is done."""
        import torch

        sampling = rows[0].request.sampling
        width = max(len(row.prompt) for row in rows)
        pads = [width - len(row.prompt) for row in rows]
        device = self._model.device
        ids = torch.tensor(
            [[self._pad] * pad + [*row.prompt] for pad, row in zip(pads, rows, strict=True)],
            device=device,
        )
        seen = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads], device=device)
        draw = SeededDraw([row.request for row in rows], width)
        stop = StopStrings(sampling.stop, self._chat.decode, width)
        waiting: list[Row | None] = [*rows]  # None: answered, but its place is still in the batch
        cache: Any = None
        while any(waiting):
            before = ids.shape[1]
            # No row goes beyond its limit, where models with learned positions have none left.
            left = min(row.reply_tokens for row in waiting if row) - (before - width)
            with torch.inference_mode(), quiet():
                output = self._model.generate(
                    input_ids=ids,
                    attention_mask=seen,
                    past_key_values=cache,
                    generation_config=self._settings(min(_SLICE, left)),
                    logits_processor=[draw] if sampling.temperature >= _GREEDY else [],
                    stopping_criteria=[stop] if sampling.stop else [],
                )
            ids, cache = output.sequences, output.past_key_values
            seen = torch.cat([seen, torch.ones_like(ids[:, before:])], dim=1)
            for place, tokens in enumerate(ids[:, width:].tolist()):
                row = waiting[place]
                end = row and ending(
                    tokens,
                    end_tokens=self._ends,
                    stop=sampling.stop,
                    limit=row.reply_tokens,
                    decode=self._chat.decode,
                )
                if row and end:
                    text, used, reason = end
                    yield ChatReply(row.request.id, text, reason, Usage(len(row.prompt), used))
                    waiting[place] = None
            going = [place for place, row in enumerate(waiting) if row]
            if 0 < len(going) < len(waiting) and hasattr(cache, "reorder_cache"):
                keep = torch.tensor(going, device=device)
                ids, seen = ids[keep], seen[keep]
                cache.reorder_cache(keep)  # every kind of layer can select rows by it
                draw.keep(going)
                waiting = [waiting[place] for place in going]

    def stream(self, row: Row, on_text: Callable[[str], object]) -> ChatReply:
        """Answers one row, token by token."""
        import torch

        sampling = row.request.sampling
        ids = torch.tensor([row.prompt], device=self._model.device)
        draw = SeededDraw([row.request], len(row.prompt))
        stop = StopStrings(sampling.stop, self._chat.decode, len(row.prompt))
        text = TextStream(on_text, self._chat.decode, sampling.stop)
        with torch.inference_mode(), quiet():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                generation_config=self._settings(row.reply_tokens),
                logits_processor=[draw] if sampling.temperature >= _GREEDY else [],
                stopping_criteria=[stop] if sampling.stop else [],
                streamer=text,
            )
        end = ending(
            output.sequences[0, len(row.prompt) :].tolist(),
            end_tokens=self._ends,
            stop=sampling.stop,
            limit=row.reply_tokens,
            decode=self._chat.decode,
        )
        assert end is not None  # generate ends at nothing else
        whole, used, reason = end
        text.finish(whole)
        return ChatReply(row.request.id, whole, reason, Usage(len(row.prompt), used))

    def _settings(self, tokens: int) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            do_sample=False,  # where something is drawn, SeededDraw draws it
            max_new_tokens=tokens,
            eos_token_id=sorted(self._ends) or None,
            pad_token_id=self._pad,
            return_dict_in_generate=True,
            use_cache=True,
        )


def _no_memory(row: Row) -> ChatReply:
    return ChatReply(
        row.request.id,
        error=f"out of memory, alone, with a prompt of {len(row.prompt)} tokens and up to "
        f"{row.reply_tokens} for the reply; ask for fewer, or take a smaller model or another "
        "device",
    )
