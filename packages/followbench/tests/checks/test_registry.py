"""Parsing specifications: readable errors, and checks registered by other packages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from followbench.checks import Check, check_types, parse_check, run_check
from followbench.checks.registry import BUILT_IN, _registered
from truing_core.errors import InputError, TruingError

DOCS = Path(__file__).parents[4] / "docs" / "checks.md"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"type": "word", "max": 3}, "unknown check 'word'; did you mean 'words'"),
        ({"type": "zzz"}, "unknown check 'zzz'; known are words, sentences, "),
        ({"max": 3}, "a check needs a 'type', such as 'words'"),
        ({"type": ["words"]}, "a check needs a 'type', such as 'words'"),
        (["words"], "a check is an object with a 'type', not ['words']"),
        (
            {"type": "words", "maximum": 3},
            "check 'words' has no parameter 'maximum'; did you mean 'max'?",
        ),
        (
            {"type": "equals", "text": "a", "xyz": 1},
            "check 'equals' has no parameter 'xyz'; known are negate, text, any_of, ignore_case"
            " and ignore_punctuation",
        ),
        ({"type": "words"}, "check 'words': one of 'min', 'max', 'exactly' is needed"),
        (
            {"type": "words", "max": "3"},
            "check 'words': 'max' should be a valid integer, not '3'",
        ),
        ({"type": "words", "min": 3, "max": 2}, "check 'words': min 3 is more than max 2"),
        ({"type": "includes"}, "check 'includes' needs 'keywords'"),
        (
            {"type": "includes", "keywords": []},
            "check 'includes': 'keywords' is empty",
        ),
        ({"type": "includes", "keywords": ["a", " "]}, "check 'includes': 'keywords.1' is empty"),
        (
            {"type": "includes", "keywords": ["a"], "at_least": 2},
            "check 'includes': at_least 2 of 1 keywords",
        ),
        (
            {"type": "sentence_words", "max": 3, "sentence": 0},
            "'sentence' counts from 1, or from -1 at the end; 0 is no position",
        ),
        (
            {"type": "case", "mode": "snake"},
            "check 'case': 'mode' should be 'lower', 'upper', 'title' or 'sentence', not 'snake'",
        ),
        (
            {"type": "all_of", "checks": [{"type": "wrods"}]},
            "unknown check 'wrods'; did you mean 'words'?",
        ),
        (
            {"type": "words", "max": 3, "negate": "no"},
            "'negate' should be a valid boolean, not 'no'",
        ),
    ],
)
def test_bad_specifications(spec, problem):
    with pytest.raises(InputError) as error:
        parse_check(spec)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_a_specification_nested_too_deeply():
    spec = {"type": "words", "max": 3}
    for _ in range(3000):
        spec = {"type": "any_of", "checks": [spec]}
    with pytest.raises(InputError, match="nested too deeply"):
        parse_check(spec)


def test_the_types_are_those_of_the_vocabulary():
    vocabulary = (
        "words sentences paragraphs lines characters sentence_words paragraph_sentences"
        " paragraph_words includes excludes keyword_count keyword_position letter_count"
        " unique_words word_lengths starts_with ends_with line_starts paragraph_starts"
        " sentence_starts wrapped_in case capital_words no_punctuation punctuation_count"
        " sentence_endings bullet_list numbered_list table headings json code_block sections"
        " highlights placeholders separator postscript title language number choice equals regex"
        " template all_of any_of"
    )
    beyond = {
        "line_words",
        "sentence_growth",
        "distinct_words",
        "word_initials",
        "emojis",
        "number_count",
    }
    assert set(BUILT_IN) == set(vocabulary.split()) | beyond
    assert list(check_types())[: len(BUILT_IN)] == list(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_type_is_documented(name):
    cls = BUILT_IN[name]
    assert cls.__doc__
    assert cls.model_config["extra"] == "forbid"
    parameters = {key: field for key, field in cls.model_fields.items() if key != "type"}
    assert all(field.description for field in parameters.values())


def test_a_parsed_check_survives_a_round_trip():
    spec = {"type": "any_of", "checks": [{"type": "words", "max": 3}, {"type": "json"}]}
    parsed = parse_check(spec)
    assert parsed.model_dump(exclude_defaults=True) == {"checks": [{"max": 3}, {}]}
    assert parse_check(parsed.model_dump(exclude_none=True)) == parsed


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution that registers checks, by its dist-info folder on ``sys.path``."""

    def install(module: str, code: str, *points: str) -> None:
        folder = tmp_path / f"{module}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = "\n".join(points)
        (folder / "entry_points.txt").write_text(f"[followbench.checks]\n{lines}\n")
        (tmp_path / f"{module}.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module, raising=False)
        _registered.cache_clear()

    yield install
    _registered.cache_clear()


def test_the_check_of_the_documentation_can_be_registered(installed):
    page = DOCS.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(# my_checks\.py\n.*?)```", page, re.DOTALL)
    (point,) = re.findall(r'"followbench\.checks"\]\n(.*?)\n', page)
    assert "rhyme" not in check_types()
    installed("my_checks", code, point.replace('"', ""))

    assert issubclass(check_types()["rhyme"], Check)
    assert run_check({"type": "rhyme"}, "My cat\nsat on a hat.").ok
    outcome = run_check({"type": "rhyme", "letters": 3}, "My cat\nsat on a hat.")
    assert (outcome.ok, outcome.message) == (False, "lines end 'cat' and 'hat', a rhyme wanted")
    assert run_check({"type": "rhyme", "letters": 3, "negate": True}, "A cat\nhas a hat").ok
    with pytest.raises(InputError, match="check 'rhyme' has no parameter 'leters'; did you mean"):
        parse_check({"type": "rhyme", "leters": 3})
    with pytest.raises(InputError, match="unknown check 'rhime'; did you mean 'rhyme'"):
        parse_check({"type": "rhime"})
    nested = {"type": "any_of", "checks": [{"type": "rhyme"}, {"type": "words", "max": 1}]}
    assert run_check(nested, "My cat\nhas a hat").ok


@pytest.mark.parametrize(
    ("point", "problem"),
    [
        ("words = broken:Fine", "check 'words' (broken:Fine): a check of this name exists already"),
        ("mine = broken:Missing", "check 'mine' (broken:Missing) cannot be loaded: "),
        ("mine = broken:number", "check 'mine' (broken:number) is no subclass of"),
    ],
)
def test_registrations_that_are_refused(installed, point, problem):
    code = "from followbench.checks import Check\nclass Fine(Check): pass\nnumber = 3\n"
    installed("broken", code, point)
    with pytest.raises(TruingError, match=re.escape(problem)):
        check_types()
    assert run_check({"type": "words", "max": 1}, "Rain").ok, "built-in types keep working"


def test_a_registered_check_that_breaks_is_named(installed):
    code = (
        "from followbench.checks import Check\n"
        "class Bad(Check):\n    def test(self, text, lang): return 1 // 0\n"
    )
    code += (
        "from truing_core.errors import TruingError\n"
        "class Picky(Check):\n"
        "    def test(self, text, lang): raise TruingError('no dictionary; install one')\n"
    )
    installed("bad_checks", code, "bad = bad_checks:Bad", "picky = bad_checks:Picky")
    with pytest.raises(TruingError, match="check 'bad' broke on a text: ZeroDivisionError"):
        run_check({"type": "bad"}, "Rain")
    with pytest.raises(TruingError, match="no dictionary; install one"):
        run_check({"type": "picky"}, "Rain")
