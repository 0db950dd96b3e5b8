"""Edit memories of an evaluation: one real memory, a namespace for each set of edits.

Texts are embedded once, however many settings and methods need them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory
from lte_edit.memory.embedding import texts_of
from lte_edit.memory.results import Hit

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder, Vectors


class RememberingEncoder:
    """An encoder that embeds no text twice.

    Args:
        encoder: Which embeds.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.identity, self.dimension = encoder.identity, encoder.dimension
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As :meth:`lte_edit.encoder.Encoder.encode`."""
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        found = [self._known[text] for text in texts]
        return np.array(found, dtype=np.float32).reshape(len(texts), self.dimension)


class Memories:
    """Sets of edits, each in a namespace of its own of one temporary file.

    Args:
        encoder: Embeds edits and questions.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = RememberingEncoder(encoder)
        self._folder = tempfile.TemporaryDirectory(prefix="lte-eval-")
        self._memory = EditMemory.open(Path(self._folder.name) / "edits.sqlite", self._encoder)
        self._namespaces: dict[tuple[object, ...], str] = {}

    def close(self) -> None:
        """Forgets everything."""
        self._memory.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, edits: Iterable[Edit], questions: Iterable[str]) -> None:
        """Embeds all in one go, which is faster than record by record."""
        texts = [text for edit in edits for text in texts_of(edit)]
        self._encoder.encode([*texts, *questions])

    def namespace(self, edits: Sequence[Edit], *, one_by_one: bool = False) -> str:
        """The namespace in which these edits were made, in this order.

        Args:
            edits: Later ones supersede earlier ones about the same.
            one_by_one: Whether each is a change of its own.
        """
        key = (one_by_one, *((edit.id, edit.descriptor) for edit in edits))
        if key not in self._namespaces:
            name = f"n{len(self._namespaces)}"
            # Files may have one id twice, and a memory knows an id once.
            own = [
                edit.model_copy(update={"namespace": name, "id": f"{name}.{number}"})
                for number, edit in enumerate(edits)
            ]
            for part in [[edit] for edit in own] if one_by_one else [own]:
                self._memory.add(part)
            self._namespaces[key] = name
        return self._namespaces[key]

    def search(
        self, questions: Sequence[str], k: int, *, namespace: str, threshold: float | None
    ) -> list[list[Hit]]:
        """As :meth:`EditMemory.search <lte_edit.memory.EditMemory.search>`."""
        return self._memory.search(questions, k, namespace=namespace, threshold=threshold)
