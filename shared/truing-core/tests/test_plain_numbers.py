"""Plain numbers: signs, currencies and units, and what is more than a number."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.plain_numbers import last_number, plain_number


@given(st.integers(-(10**9), 10**9), st.sampled_from(["{}", "{} apples", "${}", "= {}."]))
def test_integers_are_read_through_their_dress(number, dress):
    assert plain_number(dress.format(f"{number:,}")) == Fraction(number)
    assert plain_number(dress.format(number)) == Fraction(number)


UNITS = """
20 cm²;20cm²;20 in³;20 kg/m³;20kg/m³;20 m/s;20 m/s²;20m/s²;20m²;20KB;20 GB;20L;20mL;20kWh;20bpm
20mph;20 mg/L;20°C;20ºC;20 C;20 N;20 N·m;20 J/kg;20kΩ;20 μm;20µg;20AM;20 p.m;20th;20USD;20 €;20€
20zł;20 sq. m;20 square m;$20/h;20/day;20 miles/h;20 apples;20apples;20years;20 in total;20 a day
20 i.e. twenty;20 o'clock;20 A levels;20 яблок;20кг;20руб;20人;20元;20年;20 人
20千克;20分钟;20歳;20명
"""
NO_NUMBERS = """
1 or 2;x - 2;\\sqrt{2};;5/0;x^2;3-5;3 - 5;3\u20135;a - 5;- x;5x;5 x;5 x.;5xy;5 - x;5/x;5*x
5 \u00b7 x;5 f(x);5sinx;5 sin t
5A;5N;5n;5K;5k;5M;5π;5α;5 β;5х;5 s²;5x²;2²;5!;5½;5million;5dozen;5млн
5万;5亿;5年半;5개반;5만;5人以上;5多人;5割;B12;B-12;B\u201312;AB 5x
"""
MINUS_FIVE = """
-5;- 5;\u22125;\u2212 5;\u20135;\u2013 5;\u20115;\uff0d5;= - 5;-$5;- $5;-$ 5;$-5;$ -5;-€5
\u2212€5;\u2013£5
-US$5;-R$5;-EUR 5;(-$5);(- 5);**- 5**;"- 5";$- 5$;minus 5;negative $5;**negative 5**;- 5 °C
-5 apples;Loss: - 5;Loss: -$5;Total -5;Total -$5;Total \u20135
"""


def _cases(table: str) -> list[str]:
    return [case for line in table.strip().splitlines() for case in line.split(";")]


@pytest.mark.parametrize("text", _cases(UNITS))
def test_units_are_a_dress(text):
    assert plain_number(text) == 20
    assert plain_number(f"-{text}") == -20


@pytest.mark.parametrize("text", _cases(NO_NUMBERS))
def test_what_is_no_plain_number(text):
    assert plain_number(text) is None


@pytest.mark.parametrize("text", _cases(MINUS_FIVE))
def test_a_dash_before_a_number_or_its_currency_is_its_sign(text):
    assert plain_number(text) == -5
    assert plain_number(text.replace("5", "5.5")) == Fraction("-5.5")


@pytest.mark.parametrize(
    "text",
    [
        "Total - 5",
        "Total \u2013 5 apples",
        "total cost - $5",
        "Items:\n- 5",
        "Items\n- 5 apples",
        "+5",
        "£5",
        "5 -",
        "5 - good",
        "(b): 5",
        "wind-up: 5",
    ],
)
def test_a_dash_between_words_and_a_bullet_are_no_sign(text):
    assert plain_number(text) == 5


@given(
    st.integers(0, 10**9),
    st.sampled_from("-\u2010\u2011\u2212\u2013\ufe63\uff0d"),
    st.sampled_from(["", " "]),
    st.sampled_from(["", "$", "€", "₹", "HK$"]),
    st.sampled_from(["", " km/h", "L", "人", " cm²"]),
)
def test_no_dress_hides_a_sign(number, dash, gap, currency, unit):
    assert plain_number(f"{dash}{gap}{currency}{number}{unit}") == -number
    assert plain_number(f"{currency}{dash}{gap}{number}{unit}") == -number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("- 5", "- 5"),
        (" \u2013 $5.", "\u2013 $5"),
        ("It fell to \u22125.", "\u22125"),
        ("The balance is -$5.", "-$5"),
        ("So x = - 5", "- 5"),
        ("x = -$ 1,200 in all", "-$ 1,200"),
        ("It takes 3-5 days", "5"),
        ("It takes 3\u20135 days", "5"),
        ("from $3\u2013$5", "5"),
        ("Total - 5", "5"),
        ("Items:\n- 4 pears\n- 5 apples", "5"),
        ("None", None),
    ],
)
def test_the_last_number_with_its_sign(text, number):
    assert last_number(text) == number
