"""Words of options, alone and in lists."""

from __future__ import annotations

import pytest

from truing_core.errors import UsageError
from truing_core.option_values import auto_or_one_of, one_of, words_of


def test_a_known_word_is_taken():
    assert one_of("--mode", "slow", ("fast", "slow")) == "slow"


@pytest.mark.parametrize(
    ("known", "expected"),
    [(("fast",), "fast"), (("fast", "slow"), "fast or slow"), (("a", "b", "c"), "a, b or c")],
)
def test_an_unknown_word_is_refused_with_those_there_are(known, expected):
    with pytest.raises(UsageError) as refused:
        one_of("--mode", "Slow", known)
    assert str(refused.value) == f"--mode is 'Slow'; expected {expected}"


def test_auto_is_none_and_told_of():
    assert auto_or_one_of("--task", "auto", ("qa", "math")) is None
    assert auto_or_one_of("--task", "math", ("qa", "math")) == "math"
    with pytest.raises(UsageError, match=r"^--task is 'x'; expected qa, math or auto$"):
        auto_or_one_of("--task", "x", ("qa", "math"))


def test_a_list_is_taken_in_its_order_each_word_once():
    assert words_of("--lang", " de, en,,de ") == ("de", "en")
    with pytest.raises(UsageError, match=r"^--lang names 'xx'; expected en, zh$"):
        words_of("--lang", "en,xx", ("en", "zh"))


@pytest.mark.parametrize(
    ("known", "expected"), [((), "names with commas between them"), (("en", "zh"), "en, zh")]
)
def test_a_list_of_nothing_is_a_slip(known, expected):
    with pytest.raises(UsageError, match=f"^--lang names nothing; expected {expected}$"):
        words_of("--lang", " ,", known)
