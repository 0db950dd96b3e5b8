"""WebR: instruction-tuning data from raw web documents (arXiv 2504.15573).

    from pathlib import Path

    from truing_core.models import Sampling
    from truing_core.prompts import Prompts
    from truing_core.roles import ModelChoice
    from webr_synth import Source, SynthChoice, synthesise

    model = ModelChoice("openai/gpt-4o-mini", Sampling(temperature=1.0, max_tokens=1024))
    choice = SynthChoice(model, Prompts("webr_synth"), num=1000)
    summary = synthesise(Path("run"), Source(Path("docs.parquet")), Path("rows.parquet"), choice)

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from webr_synth.__about__ import __version__

if TYPE_CHECKING:
    from webr_synth.dedup import NearDuplicates
    from webr_synth.documents import Document
    from webr_synth.rows import SynthRow
    from webr_synth.synthesis.choices import DedupChoice, SynthChoice
    from webr_synth.synthesis.pipeline import Source, synthesise

__all__ = [
    "DedupChoice",
    "Document",
    "NearDuplicates",
    "Source",
    "SynthChoice",
    "SynthRow",
    "__version__",
    "synthesise",
]

_HOME_OF = {
    "DedupChoice": "synthesis.choices",
    "Document": "documents",
    "NearDuplicates": "dedup",
    "Source": "synthesis.pipeline",
    "SynthChoice": "synthesis.choices",
    "SynthRow": "rows",
    "synthesise": "synthesis.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'webr_synth' has no attribute '{name}'")
    value = getattr(import_module(f"webr_synth.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
