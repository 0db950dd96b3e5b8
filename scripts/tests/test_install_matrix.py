import pytest

import install_matrix
from install_matrix import brings, page

PROJECTS = {
    "truing-core": {
        "classifiers": [f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)],
        "dependencies": ["rich>=13.9"],
        "optional-dependencies": {
            "hf": ["torch>=2.6", "gguf>=0.17"],
            "train": ["truing-core[hf]", "torch>=2.13"],
            "vllm": ["vllm>=0.11; platform_system == 'Linux'"],
        },
    },
    "a-tool": {
        "classifiers": [f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)],
        "dependencies": ["truing-core[hf]>=0.1,<0.2", "numpy>=2.0", "Rich>=14"],
        "optional-dependencies": {
            "train": ["truing-core[train]", "numpy>=2"],
            "vllm": ["truing-core[vllm]"],
            "none": ["gguf"],
        },
    },
}
SENTENCES = {
    "truing-core": {"": "The core.", "hf": "H.", "train": "T.", "vllm": "V."},
    "a-tool": {"": "All | most.", "train": "Trains.", "vllm": "Fast.", "none": "Nothing."},
}
TEXT = """# Install

**Python** 3.11, 3.12 or 3.13. By hand.

<!-- extras:a-tool -->
old
<!-- /extras -->

<!-- extras:truing-core -->
<!-- /extras -->
"""


@pytest.mark.parametrize(
    ("package", "extra", "brought"),
    [
        ("truing-core", "", ["rich ≥ 13.9"]),
        ("truing-core", "train", ["gguf ≥ 0.17", "torch ≥ 2.13"]),
        ("a-tool", "", ["truing-core", "gguf ≥ 0.17", "numpy ≥ 2.0", "Rich ≥ 14", "torch ≥ 2.6"]),
        ("a-tool", "vllm", ["vllm ≥ 0.11 (Linux only)"]),
        ("a-tool", "none", []),
    ],
)
def test_an_extra_brings_what_it_asks_for(package, extra, brought):
    assert brings(package, extra, PROJECTS) == brought


def test_tables_are_made_anew_and_words_by_hand_stay():
    text = page(TEXT, PROJECTS, SENTENCES)
    assert text.startswith("# Install\n\n**Python** 3.11, 3.12 or 3.13. By hand.\n")
    assert "old" not in text
    assert '| `pip install "a-tool[vllm]"` | Fast. | vllm ≥ 0.11 (Linux only) |' in text
    assert "| `pip install a-tool` | All \\| most. | truing-core, " in text
    assert '| `pip install "a-tool[none]"` | Nothing. | nothing else |' in text
    assert page(text, PROJECTS, SENTENCES) == text


def test_refuses_what_does_not_match():
    with pytest.raises(ValueError, match="a-tool has other extras than pyproject: fast, vllm"):
        page(TEXT, PROJECTS, {**SENTENCES, "a-tool": {"": "", "train": "", "none": "", "fast": ""}})
    with pytest.raises(ValueError, match="has tables of"):
        page(TEXT.replace("extras:a-tool", "extras:b-tool"), PROJECTS, SENTENCES)
    with pytest.raises(ValueError, match="does not say"):
        page(TEXT.replace("3.13", "3.14"), PROJECTS, SENTENCES)


def test_the_page_is_up_to_date(capsys):
    assert install_matrix.main(["--check"]) == 0, capsys.readouterr().err
