"""Refusals in nine languages: whole answers that decline, not stories that say "I can't"."""

from __future__ import annotations

import re

from truing_core.words import word_count

_LONGEST = 150
_HEAD = 400

_DO = (
    r"(?:assist|help (?:you\b|with\b|in (?:that|this|creat)"
    r"|rewrit|creat|writ|generat)|fulfil\w*|comply|provide|create|generate|produce|complete"
    r"|continue with"
    r"|answer (?:that|this|your)|support (?:that|this|the)|engage|share|discuss|rewrite|translate"
    r"|do (?:that|this)\b|process (?:that|this|your)|write (?:that|this|a (?:request|response)"
    r"|content|about (?:that|this))"
    r"|access|respond to (?:that|this|your)|participate|offer|facilitate|summari[sz]e"
    r"|in good conscience)"
)
_CANNOT = (
    r"(?:can\s?not|can['’]?t|could(?: not|n['’]t)|won['’]t|will not"
    r"|(?:am|['’]m) (?:not able|unable) to)(?: be able to)?"
)
# Who is sorry declines by these as well; "I can't make it on Sunday" is an answer still.
_SAY = (
    r"(?:help\b(?! (?:but|feeling|thinking|noticing|wondering|laughing|smiling)\b)|do it\b|answer"
    r"|respond|reply|comment|write|tell|explain|describe|depict|suggest|recommend|advise|guide"
    r"|reveal|disclose|predict|verify|confirm|speculate|browse|perform|execute|honou?r"
    r"|accommodate|proceed|continue|endorse|promote|encourage|condone|support|pretend|role-?play"
    r"|give (?:you |out )?(?:that|this|any|advice|instructions|information|details)|do so\b"
    r"|(?:see|view|open|load) (?:(?:any|the|an?|this|that|these|those|your|attached) )*(?:image"
    r"|picture|photo|screenshot|video|audio|file|attachment|document|link|url|web\s?(?:site|page))"
    r"|(?:accept|allow) (?:(?:this|that|such|your|an?) )*(?:request|prompt|task|instruction)"
    r"|(?:accept|allow) (?:this|that|it)\s*(?:[.!,]|$))"
)
_END = r"[\s*_\"”]*(?:[.!,;…]|\n\s*\n|$)"  # "Sorry, I can't."

_REFUSALS = {
    "en": rf"(?:(?:i['’]?m|i am|we are|we['’]re) (?:very |so |truly |really )?sorry,?|sorry,?"
    rf"|(?:my )?apologies,?"
    rf"|i apologi[sz]e,?|i regret(?: that)?|unfortunately,?)\s*(?:but|,|—|-"
    rf"|that)?\s*(?:as an ai\b[^.]*,\s*(?:i|we)\s*{_CANNOT}"
    rf"|(?:i|we)\s*{_CANNOT}(?:{_END}|\s+(?:\w+ly )?(?:{_DO}|{_SAY})))"
    rf"|(?:i|we)\s*{_CANNOT}\s+(?:\w+ly )?{_DO}|(?:i|we) must (?:respectfully )?decline(?: to\b"
    r"|,? (?:this|that|your|the) (?:request|task|question|prompt)|\s*(?:[.,!]|$))"
    r"|as an? (?:ai(?: (?:language )?model| assistant)|artificial intelligence"
    r"|(?:large )?language model)\b"
    r"|as an ai,"
    r"|(?:the|this) (?:request|prompt|text|content|task)\b.{0,60}\b(?:violates|against my"
    r"|not something i can)",
    "de": r"(?:es )?tut mir (?:sehr )?leid,? (?:aber )?(?:ich kann|das kann ich|dabei kann ich"
    r"|ich darf)"
    r"|leider kann ich\b.{0,80}\bnicht|ich kann (?:dir|ihnen|dabei|das|diese[nrs]?"
    r"|bei)\b.{0,80}\bnicht\b"
    r"|als (?:ki[- ](?:modell|assistent\w*|sprachmodell)|sprachmodell|ki,)",
    "fr": r"(?:je suis )?(?:désolée?|navrée?),? (?:mais )?(?:je|il m['’]est)\b.{0,20}\b(?:ne|n['’]"
    r"|impossible)"
    r"|je (?:ne peux|ne suis) pas (?:vous |t['’])?(?:en mesure|aider|répondre|fournir|créer|générer"
    r"|satisfaire)"
    r"|en tant qu(?:['’]ia\b|['’]intelligence artificielle|e modèle de lang)"
    r"|malheureusement,? je ne (?:peux|suis)",
    "es": r"lo siento,? (?:mucho,? )?(?:pero )?(?:no puedo|como)|lamentablemente,? no puedo"
    r"|no puedo (?:ayudar|cumplir|proporcionar|generar|crear|responder a (?:esa|esta)|asistir)"
    r"|como (?:modelo de lenguaje|inteligencia artificial|asistente de ia|ia),?",
    "it": r"mi (?:dispiace|spiace),? (?:ma )?(?:non posso|non sono in grado)|purtroppo,? non posso"
    r"|non posso (?:aiutar|fornir|creare|generare|soddisfare|rispondere a quest)"
    r"|(?:in quanto|come) (?:modello linguistico|intelligenza artificiale|ia),?",
    "pt": r"(?:desculpe?|sinto muito|lamento),? (?:mas )?(?:eu )?(?:não posso|não consigo)"
    r"|infelizmente,? não posso"
    r"|não posso (?:ajudar|fornecer|cumprir|criar|gerar|responder a (?:essa|esta)|atender)"
    r"|como (?:um )?(?:modelo de linguagem|uma? (?:ia|inteligência artificial)|assistente de ia)",
    "zh": r"(?:很|非常|十分)?(?:抱歉|对不起|遗憾)[，,。！!]?\s*(?:但)?(?:是)?(?:我|作为)?.{0,12}"
    r"(?:无法|不能|不可以|没有办法)"
    r"|我(?:无法|不能|没办法)(?:提供|协助|帮助|回答|完成|满足|生成|为您|为你|处理|撰写)"
    r"|作为(?:一个|一名|一款)?(?:ai|人工智能|语言模型|大型语言模型)",
    "ja": r"(?:大変|誠に)?(?:申し訳(?:ありません|ございません|ない)|すみません|ごめんなさい)"
    r"[、。,]?.{0,60}"
    r"(?:できません|できかねます|お手伝い|お答え|対応)|(?:その|この|ご)?(?:要求|依頼|リクエスト|質問)には.{0,12}"
    r"(?:応じ|お応え|お答え|対応)|(?:ai|言語モデル|人工知能)(?:として|アシスタント|なので|である)",
    "ru": r"(?:извините|простите|к сожалению|мне (?:очень )?жаль|сожалею"
    r"|прошу прощения),?\s*(?:но )?(?:я )?"
    r"(?:не могу|не буду|не в состоянии|не имею)|я не могу (?:помочь|предоставить|выполнить"
    r"|ответить на (?:этот|ваш)"
    r"|создать|сгенерировать|написать (?:это|такой))|как (?:языковая модель|искусственный интеллект"
    r"|ии)\b",
}
_REFUSAL = re.compile(rf"[\W_]*(?:{'|'.join(_REFUSALS.values())})", re.IGNORECASE | re.DOTALL)

_NOTHING_SEEN = re.compile(
    r"[\W_]*(?:(?:i['’]?m sorry|sorry|unfortunately|it (?:seems|looks like"
    r"|appears)(?: that)?),?\s*(?:but )?)?"
    r"(?:(?:i|there)(?: do(?:es)?n['’]t| do(?:es)? not|['’]s no| is no)\s*(?:see|have"
    r"|find)?\s*(?:any |the |a |access to )*"
    r"(?:text|document|passage|article|content)"
    r"|you (?:haven['’]t|have not|did not|didn['’]t) (?:provide|share|include|paste)"
    r"|(?:please|could you|can you)(?: please)? (?:provide|share|paste"
    r"|send)(?: me(?: with)?)? (?:the|your) "
    r"(?:text|document|passage|article|content)\b.{0,40}\byou)",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Whether a text as a whole declines what was asked.

    It begins with a refusal, in one of nine languages, and says little else: from 150 words on,
    it is taken for a text that begins so.
    """
    if _REFUSAL.match(text[:_HEAD]) is None:
        return False
    return word_count(text[: 20 * _LONGEST]) <= _LONGEST


def sees_nothing(text: str) -> bool:
    """Whether a response asks for the text it was to work on, in English."""
    if _NOTHING_SEEN.match(text[:_HEAD]) is None:
        return False
    return word_count(text[: 20 * _LONGEST]) <= _LONGEST // 2
