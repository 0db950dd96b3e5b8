"""The two models of an evaluation, loaded when they are needed: aligned, and as it was before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lte_edit.evaluation.choices import EvalChoice
from lte_edit.evaluation.methods.base import Model
from lte_edit.evaluation.subjects import Subject, base_of, checkpoint_of, dtype_of, load_subject
from truing_core.models.checkpoint import Checkpoint


@dataclass(frozen=True)
class Loading:
    """How weights are loaded.

    Attributes:
        dtype: See :func:`~lte_edit.evaluation.subjects.dtype_of`.
        device: As torch names it, or ``auto``.
        chat_template: A jinja2 file in place of the tokenizer's template.
    """

    dtype: str = "auto"
    device: str = "auto"
    chat_template: Path | None = None


class Models:
    """Finds both models at once, so that a wrong path is told early, and loads each once.

    Args:
        aligned: The model that learnt to obey edits: a spec, or loaded.
        unaligned: The model as it was before. By default the base of ``aligned`` where that is an
            adapter, else ``aligned`` itself.
        choice: Protocol and size of batches.
        loading: How weights are loaded.

    Raises:
        ModelError: There is no such model.
    """

    def __init__(
        self,
        aligned: str | Subject,
        unaligned: str | Subject | None,
        choice: EvalChoice,
        loading: Loading | None = None,
    ) -> None:
        self._choice, self._loading = choice, loading or Loading()
        found = _found(aligned)
        other = _found(unaligned) if unaligned is not None else None
        if other is None and isinstance(found, Checkpoint):
            other = base_of(found)
        self._sources: dict[Model, Checkpoint | Subject] = {
            "aligned": found,
            "unaligned": found if other is None else other,
        }
        self._loaded: dict[str, Subject] = {}

    @property
    def differ(self) -> bool:
        """Whether there are two."""
        return self.identity("aligned") != self.identity("unaligned")

    def identity(self, which: Model) -> str:
        """What makes two models say the same; known before anything is loaded."""
        source = self._sources[which]
        if isinstance(source, Subject):
            return source.identity
        return source.identity("hf", self._loading.chat_template)

    def get(self, which: Model) -> Subject:
        """The model, loaded at its first use."""
        source, identity = self._sources[which], self.identity(which)
        if isinstance(source, Subject):
            return source
        if identity not in self._loaded:
            self._loaded[identity] = load_subject(
                source,
                self._choice.protocol,
                dtype=self._loading.dtype,
                device=self._loading.device,
                chat_template=self._loading.chat_template,
                batch_tokens=self._choice.batch_tokens,
            )
        return self._loaded[identity]

    def config(self) -> dict[str, Any]:
        """What of it changes results, beside the models, which each method names."""
        # What "auto" comes to is another one on another machine.
        types = {self._dtype(source) for source in self._sources.values()}
        return {"dtype": ", ".join(sorted(types))}

    def _dtype(self, source: Checkpoint | Subject) -> str:
        if isinstance(source, Subject):
            return str(source.model.dtype).removeprefix("torch.")
        return dtype_of(self._loading.dtype, self._loading.device, self._choice.protocol)


def _found(model: str | Subject) -> Checkpoint | Subject:
    return model if isinstance(model, Subject) else checkpoint_of(model)
