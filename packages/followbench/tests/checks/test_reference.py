"""docs/checks.md is what the code says, and its examples do what they claim."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from followbench.checks import parse_check, run_check
from followbench.checks.reference import BEGIN, END, reference, renewed
from followbench.checks.registry import BUILT_IN

PAGE = Path(__file__).parents[4] / "docs" / "checks.md"

IFEVAL = """
keywords:existence keywords:frequency keywords:forbidden_words keywords:letter_frequency
language:response_language length_constraints:number_sentences
length_constraints:number_paragraphs length_constraints:number_words
length_constraints:nth_paragraph_first_word detectable_content:number_placeholders
detectable_content:postscript detectable_format:number_bullet_lists
detectable_format:constrained_response detectable_format:number_highlighted_sections
detectable_format:multiple_sections detectable_format:json_format detectable_format:title
combination:two_responses combination:repeat_prompt startend:end_checker startend:quotation
change_case:capital_word_frequency change_case:english_capital change_case:english_lowercase
punctuation:no_comma
"""

PARAGRAPHS = "Wind blew.\n***\nRain fell.\n***\nSnow lay."
CAPITALS = "IT HAS BEEN RAINING ALL DAY AND NOBODY WANTS TO LEAVE THE HOUSE."
FOLLOWED = {
    "keywords:existence": ("Rain and wind.", "Rain only."),
    "keywords:frequency": ("Rain, rain, rain.", "Rain, rain, train."),
    "keywords:forbidden_words": ("Snow.", "Wind."),
    "keywords:letter_frequency": ("Rare terriers roar.", "Rare dogs bark."),
    "language:response_language": (
        "Il pleut depuis ce matin sur la ville.",
        "It has been raining since this morning.",
    ),
    "length_constraints:number_sentences": ("One. Two.", "A b. C d. E f. G h. I j. K l."),
    "length_constraints:number_paragraphs": (PARAGRAPHS, "One.\n\nTwo.\n\nThree."),
    "length_constraints:number_words": ("rain " * 300, "rain " * 299),
    "length_constraints:nth_paragraph_first_word": (
        "Wind.\n\nRain fell.\n\nSnow.",
        "Rain.\n\nWind blew.\n\nSnow.",
    ),
    "detectable_content:number_placeholders": ("[a] [b] [c]", "[a] [b]"),
    "detectable_content:postscript": ("Hi.\n\nP.S. Rain.", "Hi."),
    "detectable_format:number_bullet_lists": ("* a\n* b\n* c\n* d", "* a\n* b\n* c"),
    "detectable_format:constrained_response": ("My answer is maybe.", "Perhaps."),
    "detectable_format:number_highlighted_sections": ("*a* **b** *c*", "*a* b *c*"),
    "detectable_format:multiple_sections": (
        "Section 1\nSection 2\nSection 3\nSection 4",
        "Section 1\nSection 2",
    ),
    "detectable_format:json_format": ('```json\n{"a": 1}\n```', "a: 1"),
    "detectable_format:title": ("<<Rain>>\nIt fell.", "Rain\nIt fell."),
    "combination:two_responses": ("Rain.\n******\nWind.", "Rain.\n******\nRain."),
    "combination:repeat_prompt": ("The whole request, word for word. Yes.", "Yes."),
    "startend:end_checker": (
        "Rain. Is there anything else I can help with?",
        "Is there anything else I can help with? Rain.",
    ),
    "startend:quotation": ('"Rain."', '"Rain." Wind.'),
    "change_case:capital_word_frequency": ("RAIN fell.", "RAIN FELL ON THE ROOF."),
    "change_case:english_capital": (CAPITALS, CAPITALS.title()),
    "change_case:english_lowercase": (CAPITALS.lower(), CAPITALS),
    "punctuation:no_comma": ("Rain; wind.", "Rain, wind."),
}


def table(heading):
    """The rows of the table under a heading: instruction id → specification."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_]+:[a-z_-]+)` \| `(.*)` \|$", section, re.MULTILINE)
    assert len(rows) == len([line for line in section.splitlines() if line.startswith("| `")])
    return {name: json.loads(spec) for name, spec in rows}


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    advice = "run python -m followbench.checks.reference docs/checks.md"
    assert renewed(page) == page, advice


def test_every_type_is_in_the_reference():
    assert re.findall(r"^#### `(\w+)`$", reference(), re.MULTILINE) == list(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_example_of_a_type(name):
    example = BUILT_IN[name].example
    assert example is not None
    assert example.spec["type"] == name
    check = parse_check(example.spec)
    assert check.run(example.passes, example.lang).ok
    assert not check.run(example.fails, example.lang).ok
    for key in ("passes", "fails"):
        assert json.dumps(getattr(example, key), ensure_ascii=False) in reference()


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="the page needs the marks"):
        renewed("# Checks")


def test_the_command_renews_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    command = [sys.executable, "-m", "followbench.checks.reference", str(page)]
    subprocess.run(command, check=True, timeout=60)
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\n{reference()}\n\n{END}\nafter\n"


def test_every_instruction_of_ifeval_has_its_check():
    assert sorted(table("For users of IFEval")) == sorted(IFEVAL.split()) == sorted(FOLLOWED)


@pytest.mark.parametrize("name", FOLLOWED)
def test_an_instruction_of_ifeval(name):
    followed, broken = FOLLOWED[name]
    spec = table("For users of IFEval")[name]
    assert run_check(spec, followed).ok, run_check(spec, followed).message
    assert not run_check(spec, broken).ok


IFBENCH = {
    "count:conjunctions": ("This and that or those but not yet.", "This and that or those."),
    "count:numbers": ("1.5 2 3 4 5", "1 2 3 4"),
    "count:pronouns": ("I you he she it we they I", "I you he"),
    "count:punctuation": ("a. b, c! d? e; f:", "a. b, c! d? e;"),
    "count:keywords_multiple": ("Rain, wind, wind.", "Rain, rain, wind."),
    "sentence:increment": ("One. One two three.", "One. One two."),
    "words:keywords_specific_position": ("One. Two. More rain fell.", "One. Two. Rain fell."),
    "words:words_position": ("More rain, then rain fell.", "More rain fell then."),
    "words:consonants": ("black rings stand", "black cat"),
    "words:prime_lengths": ("the train is on", "rain fell"),
    "format:list": ("!?!? a\n!?!? b\n!?!? c", "- a\n- b\n- c"),
    "format:sub-bullets": ("* a\n  * b\n* c\n  * d", "* a\n* b\n* c"),
    "format:parentheses": ("a (b (c (d (e (f))))) g", "a (b) (c) (d) (e) (f)"),
    "format:emoji": ("Rain. ☔ Sun! 😊", "Rain. ☔ Sun!"),
    "format:newline": ("rain\nfell", "rain fell"),
    "format:no_whitespace": ("rain", "rain fell"),
    "format:options": ("Maybe.", "Perhaps."),
    "repeat:repeat_change": (
        "Write rest of the request, word for word",
        "rest of the request, word for word",
    ),
    "format:output_template": (
        "My Answer: a My Conclusion: b Future Outlook: c",
        "My Answer: a Future Outlook: c",
    ),
}


def test_the_instructions_of_ifbench_parse():
    specs = table("For users of IFBench")
    assert len(specs) == 29
    assert all(parse_check(spec) for spec in specs.values())
    assert set(IFBENCH) <= set(specs)


@pytest.mark.parametrize("name", IFBENCH)
def test_an_instruction_of_ifbench(name):
    followed, broken = IFBENCH[name]
    spec = table("For users of IFBench")[name]
    assert run_check(spec, followed).ok, run_check(spec, followed).message
    assert not run_check(spec, broken).ok


def test_the_code_in_the_introduction_is_right():
    page = PAGE.read_text(encoding="utf-8")
    outcome = run_check({"type": "words", "max": 5}, "It has been raining since this morning.")
    assert f"message='{outcome.message}'" in page
