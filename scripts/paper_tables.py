"""Write docs/papers.md: what stands in a paper, and the command for it, from each README's table.

python scripts/paper_tables.py           # writes the page
python scripts/paper_tables.py --check   # says whether it is out of date
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from commands import tools
from generated import settle
from workspace import ROOT

PAPERS = {
    "bmc-dpo": ("BMC", "2408.07471"),
    "followbench": ("FollowBench", "2310.20410"),
    "lion-distill": ("Lion", "2305.12870"),
    "lte-edit": ("LTE", "2402.11905"),
    "webr-synth": ("WebR", "2504.15573"),
}
HEADINGS = ("## Paper → command", "## From the paper to a command")
HEAD = """# From the papers to commands

<!-- Written by scripts/paper_tables.py from the READMEs and tutorials. -->

What a paper describes, and what to type for it. Where the authors' released code does something
else, [fidelity](fidelity.md) says so.
"""


def page(texts: dict[str, list[str]]) -> str:
    """The page.

    Args:
        texts: By tool, where its table may stand; the first that has one counts.

    Raises:
        ValueError: A tool has no table, or no paper.
    """
    parts = [HEAD]
    for tool, places in texts.items():
        if tool not in PAPERS:
            raise ValueError(f"{tool} has no paper in {Path(__file__).name}")
        found = next((each for text in places if (each := table_of(text))), None)
        if found is None:
            raise ValueError(f"{tool}: neither README nor tutorial has '{HEADINGS[0]}' and a table")
        name, number = PAPERS[tool]
        parts.append(
            f"## {tool}\n\n{name}, [arXiv {number}](https://arxiv.org/abs/{number}); "
            f"[tutorial]({tool}.md), [commands](cli/{tool}.md).\n\n{found}"
        )
    return "\n".join(parts)


def table_of(text: str) -> str | None:
    """The table below one of the headings."""
    for heading in HEADINGS:
        after = text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
        if lines := re.findall(r"^\|.*\|$", after, re.MULTILINE):
            return "\n".join(lines) + "\n"
    return None


def main(arguments: list[str]) -> int:
    texts = {
        tool.name: [
            (tool.folder / "README.md").read_text("utf-8"),
            (ROOT / "docs" / f"{tool.name}.md").read_text("utf-8"),
        ]
        for tool in tools()
    }
    return settle({"papers.md": page(texts)}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
