from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webr_synth.ingest.charset import decoded

RUSSIAN = "Старый мост через реку построили жители деревни за одно лето. " * 5
JAPANESE = "川に架かる古い橋は、村の人々によって一夏で造られました。" * 5
FRENCH = "L'été dernier, la forêt était très sèche et le château fermé. " * 5


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso2022_jp"),
        (FRENCH, "cp1252"),
        (FRENCH, "utf-8"),
    ],
)
@pytest.mark.parametrize("how", ["label", "meta"])
def test_what_is_said_is_believed_if_it_can_be(text, charset, how):
    name = {"iso2022_jp": "iso-2022-jp"}.get(charset, charset)
    if how == "label":
        assert decoded(text.encode(charset), name) == text
    else:
        page = f'<html><head><meta charset="{name}"></head><body>{text}'
        assert decoded(page.encode(charset)) == page


@pytest.mark.parametrize("wrong", ["iso-8859-1", "ascii", "cp1251", "nonsense", "zip", "", None])
def test_utf8_is_seen_whatever_the_label(wrong):
    assert decoded(FRENCH.encode(), wrong) == FRENCH


def test_a_wrong_label_is_not_believed():
    assert decoded(RUSSIAN.encode("cp1251"), "utf-8") == RUSSIAN
    assert decoded(JAPANESE.encode("shift_jis"), "utf-8") == JAPANESE


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
def test_marks_win(charset):
    assert decoded(FRENCH.encode(charset), "iso-8859-1") == FRENCH
    if charset == "utf-16":
        big = codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be")
        assert decoded(big, "utf-8") == FRENCH


def test_a_character_cut_in_two_at_the_end_spoils_nothing():
    assert decoded("abc é".encode()[:-1]) == "abc "


def test_one_fault_among_thousands_does_not_change_the_charset():
    data = (FRENCH * 20).encode() + b"\xff" + b"end"
    text = decoded(data, "utf-8")
    assert text is not None
    assert text.startswith(FRENCH)
    assert text.count("�") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4 some text",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff\xe0",
        bytes(range(32)) * 40,
        b"a\0" * 50,
        b"\x7fELF",
    ],
)
def test_what_was_never_text_is_none(data):
    assert decoded(data, "utf-8") is None


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=20)))
def test_any_bytes_and_any_label_give_text_or_none(data, label):
    text = decoded(data, label)
    assert text is None or isinstance(text, str)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Co", "Cn"]), min_size=1))
def test_utf8_round_trip(text):
    found = decoded(text.encode())
    assert found is None or found == text.removeprefix("\ufeff")
