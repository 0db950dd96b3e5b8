"""How many questions of which kind come from which source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from lte_edit.cases import Case, Probe, Scope
from truing_core.errors import InputError, UsageError
from truing_core.run import rng

SCOPES: tuple[Scope, ...] = ("in", "out", "free")
Caps = dict[Scope, int]
Asked = tuple[Case, Probe]

# Sizes of arXiv 2402.11905, appendix: sources by name, the first that fits. The 4,000 rows of
# ZsRE and those of WikiBio are halved between questions in and out of scope.
PAPER: dict[str, Caps] = {
    "*zsre*": {"in": 2000, "out": 2000},
    "*mquake*cf*": {"in": 2500, "out": 0},
    "*mquake*t*": {"in": 1500, "out": 0},
    "wiki*counterfact*": {"in": 1200, "out": 1200},
    "*recent*": {"in": 1200, "out": 1200},
    "*wikibio*": {"in": 125, "out": 125},
    "*counterfact*": {"in": 0, "out": 0, "free": 7500},
}


@dataclass(frozen=True)
class Mix:
    """Caps by source.

    Attributes:
        caps: Patterns of source names (``*`` for anything), and the most questions of each
            scope; a scope that is not named has no cap. The first pattern that fits counts; a
            source that none fits is taken whole.
    """

    caps: dict[str, Caps]

    def of(self, source: str) -> Caps:
        """The caps of a source."""
        for pattern, caps in self.caps.items():
            if fnmatch(source.lower(), pattern.lower()):
                return caps
        return {}

    def draw(self, cases: Sequence[Case], seed: int) -> list[Asked]:
        """The questions of the mix, in the order of the cases.

        Which ones are drawn depends on the seed and each source's own questions alone.
        """
        groups: dict[tuple[str, Scope], list[int]] = defaultdict(list)
        asked = [(case, probe) for case in cases for probe in case.probes]
        for place, (case, probe) in enumerate(asked):
            groups[case.source, probe.scope].append(place)
        kept: list[int] = []
        for (source, scope), places in groups.items():
            cap = self.of(source).get(scope)
            if cap is not None and cap < len(places):
                places = rng(seed, f"{source}/{scope}", "mix").sample(places, cap)
            kept.extend(places)
        return [asked[place] for place in sorted(kept)]


def load_mix(name: str) -> Mix:
    """``paper``, ``all``, or a YAML file of ``pattern: {in: N, out: N, free: N}``.

    Raises:
        UsageError: There is no such file.
        InputError: The file is no such mapping; names the pattern.
    """
    if name == "paper":
        return Mix(PAPER)
    if name == "all":
        return Mix({})
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"--mix is '{name}'; expected paper, all, or a YAML file")
    import yaml

    try:
        content: Any = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"is no YAML: {' '.join(str(error).split())}", path=name) from None
    if not isinstance(content, dict) or not content:
        raise InputError("expected a mapping of sources to caps", path=name)
    for pattern, caps in content.items():
        good = isinstance(caps, dict) and all(
            scope in SCOPES and isinstance(cap, int) and cap >= 0 for scope, cap in caps.items()
        )
        if not good:
            raise InputError(
                "expected in, out or free, each with a number", path=name, field=str(pattern)
            )
    return Mix({str(pattern): caps for pattern, caps in content.items()})
