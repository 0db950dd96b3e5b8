"""Lion: adversarial distillation as a whole loop (arXiv 2305.12870).

    from pathlib import Path

    from lion_distill import GeneratorChoice, LionChoice, RefereeChoice, StudentChoice
    from lion_distill import distil, read_seeds, watched
    from truing_core.models import Sampling
    from truing_core.prompts import Prompts
    from truing_core.roles import ModelChoice

    teacher = ModelChoice("openai/gpt-4o-mini", Sampling(temperature=0.7))
    prompts = Prompts("lion_distill")
    choice = LionChoice(
        teacher,
        StudentChoice("Qwen/Qwen2.5-0.5B"),
        RefereeChoice("model", teacher, prompts),
        GeneratorChoice(teacher, prompts),
    )
    folder = Path("run")
    distil(folder, read_seeds("mini"), choice, watch=watched(folder))

What ``__all__`` names is the public interface; each name is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_distill.__about__ import __version__
from truing_core.public_names import public_names

if TYPE_CHECKING:
    from lion_distill.choices import (
        GeneratorChoice,
        LionChoice,
        PoolChoice,
        RefereeChoice,
        StopChoice,
        StudentChoice,
    )
    from lion_distill.discrimination.scores import read_scores
    from lion_distill.discrimination.split import split
    from lion_distill.loop import distil
    from lion_distill.novelty.index import NoveltyIndex
    from lion_distill.rows import Instruction, Review, Verdict
    from lion_distill.seeds import read_seeds
    from lion_distill.watching import watched

__all__ = [
    "GeneratorChoice",
    "Instruction",
    "LionChoice",
    "NoveltyIndex",
    "PoolChoice",
    "RefereeChoice",
    "Review",
    "StopChoice",
    "StudentChoice",
    "Verdict",
    "__version__",
    "distil",
    "read_scores",
    "read_seeds",
    "split",
    "watched",
]

_HOMES = {
    "choices": (
        "GeneratorChoice",
        "LionChoice",
        "PoolChoice",
        "RefereeChoice",
        "StopChoice",
        "StudentChoice",
    ),
    "discrimination.scores": ("read_scores",),
    "discrimination.split": ("split",),
    "loop": ("distil",),
    "novelty.index": ("NoveltyIndex",),
    "rows": ("Instruction", "Review", "Verdict"),
    "seeds": ("read_seeds",),
    "watching": ("watched",),
}
__getattr__, __dir__ = public_names(
    __name__, {name: home for home, names in _HOMES.items() for name in names}
)
