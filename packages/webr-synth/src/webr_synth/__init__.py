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

from typing import TYPE_CHECKING

from truing_core.public_names import public_names
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

__getattr__, __dir__ = public_names(
    __name__,
    {
        "DedupChoice": "synthesis.choices",
        "Document": "documents",
        "NearDuplicates": "dedup",
        "Source": "synthesis.pipeline",
        "SynthChoice": "synthesis.choices",
        "SynthRow": "rows",
        "synthesise": "synthesis.pipeline",
    },
)
