"""Tasks that words alone cannot do: pictures to make, sound to hear, links to open.

A rule stands for what is certain. "Draw a cat" needs a pencil; "draw a conclusion" does not, and
"describe how a video codec works" is about a medium without needing one. So each rule looks for a
demand, at the beginning of a sentence, and for a medium that is its object and no part of another
word's phrase ("video game", "image caption").
"""

from __future__ import annotations

import re

_I = re.IGNORECASE

_START = (
    r"(?:(?:\A|[\n.!?:;])[\s\"'“„*#\d)(-]{0,8}+|\b(?:and )?then )(?:please |kindly |now |next, )?"
    r"(?:(?:can|could|would|will) you (?:please )?"
    r"|(?:i want you|i need you|i would like you|i['’]d like you|your task is|you are asked) to )?"
)
_MEDIUM = (
    r"(?:images?|pictures?|photos?|photographs?|drawings?|sketch(?:es)?|paintings?|illustrations?"
    r"|videos?|animations?|gifs?|audios?|(?:audio|voice|sound|video) (?:clips?|files?|recordings?"
    r"|tracks?|messages?)|image files?|recordings?|screenshots?|collages?)"
)
_ARTICLE = r"(?:(?:me|us) )?(?:an?|the|this|that|these|those|some|your|\d+|two|three|four|several) "
# What may follow a noun that is the end of its phrase.
_ENDED = (
    r"(?=\s*(?:\Z|[,;:!?)\"”\]]|\.(?:\s|\Z)|\n)|\s+(?:of|showing|depicting|illustrating|explaining"
    r"|featuring|representing|demonstrating|with|without|that|which|where|in|for|from|on|about|to"
    r"|using|based|and|or|so|as|by|below|above)\b)"
)
_WHOLE = (
    r"(?=\s*(?:\Z|[,;:!?)\"”\]]|\.(?:\s|\Z)|\n)|\s+(?:and|to|below|above|in (?:detail|one|two|a)"
    r"|carefully|using|then|for)\b)"
)

_MAKES = re.compile(
    _START + r"(?:create|generate|make|produce|render|design|edit|crop|resize|retouch|enhance"
    r"|colou?ri[sz]e|animate|sketch|send|upload|attach|find|show|add|take|shoot|film|record) "
    + _ARTICLE
    + rf"(?:[\w-]+ ){{0,3}}?{_MEDIUM}(?! of (?:what|how|life)\b)"
    + _ENDED,
    _I,
)
_DRAWS = re.compile(
    _START + r"draw " + _ARTICLE + r"(?!(?:\w+ ){0,3}?(?:conclusions?|comparisons?|parallels?"
    r"|distinctions?|inferences?|lessons?|analog(?:y|ies)|connections?|contrasts?|attention|blood"
    r"|cards?|breath|salary|will|contracts?|plan|link|links|line between|map of (?:the|his|her)"
    r" (?:argument|characters)|moral|implications?|insights?|picture of (?:what|how|life))\b)\w+",
    _I,
)
# Drawn in letters, or by a program.
_WRITTEN = re.compile(
    r"\b(?:ascii|unicode|emojis?|svg|latex|tikz|mermaid|plantuml|graphviz|html|css|javascript"
    r"|canvas|python|matplotlib|turtle|ggplot\d?|matlab|r code|code|script|program|function|command"
    r"|ffmpeg|imagemagick|text[- ](?:based|only)|(?:in|with|using) words|dall[-·]?e|midjourney"
    r"|stable diffusion|prompt)\b",
    _I,
)
_LOOK = (
    r"(?:look (?:closely )?at|watch|listen to|view|observe|examine|inspect|describe|caption"
    r"|transcribe|analy[sz]e|interpret|summari[sz]e|translate|identify|name|count|classify|label)"
)
_GIVEN = r"(?:attached|following|given|provided|uploaded|accompanying|enclosed|linked|shown|above)"
_LOOKS = re.compile(
    _START
    + rf"(?:{_LOOK} |(?:(?:based on|using|in|from|given|according to) ))(?:[^\n.!?:;]{{0,60}}? )??"
    rf"(?:(?:the|this|these|an?) {_GIVEN} (?:\w+ )?{_MEDIUM}{_ENDED}"
    rf"|(?:the|this|these) {_MEDIUM} (?:attached|given|provided|uploaded|enclosed|shown|above"
    r"|below)\b)"
    + "|"
    + _START
    + rf"{_LOOK} (?:the|this|these) {_MEDIUM}{_WHOLE}"
    + rf"|\b(?:what|who|where|how many|which)\b[^\n.!?]{{0,60}} (?:in|on|from) (?:the|this|these"
    rf"|the following|the attached) {_MEDIUM}\s*[?.]"
    + "|"
    + _START
    + r"(?:describe|explain|identify|count|name|list)\b[^\n.!?:]{0,60} (?:in|on|from) (?:the|this"
    rf"|these) (?:{_GIVEN} )?{_MEDIUM}(?=\s*(?:\Z|[.!?\n]))",
    _I,
)

_URL = r"(?:https?://|www\.)[^\s<>\"')\]]+"
_LINK = rf"(?:links?|urls?|websites?|web ?sites?|web ?pages?|pages? at|sites?|{_URL})"
_FOLLOWS = re.compile(
    _START + rf"(?:(?:go to|visit|open|browse|click(?: on)?|follow|access|navigate to|check out)"
    rf" (?:(?:the|this|that|these) )(?:\w+ ){{0,2}}?{_LINK}(?!['’]s)\b"
    rf"|(?:go to|visit|open|browse|click(?: on)?|follow|access|navigate to|check out|read|watch"
    rf"|summari[sz]e|download|listen to)(?: [^\s]+){{0,8}}? {_URL}"
    rf"|(?:read|watch|summari[sz]e) (?:[^\n.!?]{{0,60}} )?(?:this|the following|the given"
    rf"|the provided|the attached) (?:link|url|web ?page|website)s?\b(?!['’]s)"
    r"|search (?:the )?(?:web|internet|online)\b|browse the (?:web|internet)\b"
    r"|look up [^\n.!?]{1,60} (?:online|on the (?:web|internet))\b)",
    _I,
)
_FILES = re.compile(
    _START
    + r"(?:open|upload|download|attach) "
    + _ARTICLE
    + r"(?:[\w-]+ ){0,3}?(?:files?|spreadsheets?|pdfs?|attachments?|documents?|slides?)"
    + _ENDED,
    _I,
)
_ABOUT_ADDRESS = re.compile(
    r"\b(?:urls?|uris?|links?|domains?|hostnames?|web ?site(?:s|['’]s)? (?:name|address)"
    r"|addresses|address|protocol|path|query|parameters?|file ?names?|extensions?|rename|format)\b",
    _I,
)
_ONLY_LINK = re.compile(rf"\s*(?:<?{_URL}>?[\s,;]*){{1,20}}", _I)
_ONLY_FILE = re.compile(
    r"\s*[\[<(\"']?[\w .-]{0,60}\w\.(?:jpe?g|png|gif|bmp|webp|svg|tiff?|mp3|mp4|wav|ogg|flac|avi"
    r"|mov|mkv|pdf|docx?|pptx?|xlsx?|csv|zip)[\]>)\"']?\s*",
    _I,
)
_STANDS_FOR = re.compile(
    r"\s*[\[<({]{1,2}\s*(?:insert|your|paste|add|enter|provide|attach|upload|link|image|picture"
    r"|photo|video|audio|file|text|article|input|document|passage)\b[^\]>)}\n]{0,80}[\]>)}]{1,2}\s*",
    _I,
)
_ELSEWHERE = re.compile(
    _START + r"(?:zeichne|male|fotografiere) (?:mir )?(?:eine?n?|das|den|die) (?!fazit|schluss)\w"
    + "|"
    + _START
    + r"(?:erstelle|erzeuge|generiere|beschreibe) (?:mir )?(?:das|dieses|ein) (?:Bild|Foto|Video)\b"
    r"(?! (?:der|des|davon))|" + _START
    + r"(?:dessine[zr]?|dibuj[ae]|disegna|desenhe) (?:moi |me )?(?:une?|una?|la|le|el|il|um)\b"
    + "|" + _START
    + r"(?:crée[zr]?|génère[zr]?|décri(?:s|vez)|crea|genera|describe|gere|crie|descreva) (?:une?"
    r"|una|la|uma|l['’]|a) ?(?:image|photo|vidéo|imagen|foto|immagine|imagem)\b(?! (?:de|di) (?:soi"
    r"|la vie|marque|marca))"
    + r"|(?:\A|[\n。！？!?.])\s*请?(?:帮我)?(?:画(?:一|出|个)(?!个?(?:结论|句号))"
    r"|(?:生成|制作|创建|设计)(?:一)?"
    r"[张幅段个]?(?:图片|图像|视频|照片|音频)|描述(?:这|下面的|以下)[张幅]?(?:图片|图像|照片)"
    r"|(?:观看|听)(?:这|下面的|以下)[段个]?(?:视频|音频|录音))"
    r"|絵を(?:描いて|かいて)|(?:画像|動画|写真)を(?:生成|作成|作って|撮って)",
    _I,
)  # fmt: skip
_SPACE = re.compile(r"\s{2,}")
_LOOKED_AT = 4000
_BROUGHT_ALONG = 3


def beyond_text(instruction: str, input: str = "") -> str | None:
    """The words that ask for more than text, if there are any.

    Args:
        instruction: What is to be done.
        input: What it is to be done to. A picture or a page that is told of here, in words, is
            there to work on.
    """
    if len(input) < 400 and (_ONLY_LINK.fullmatch(input) or _ONLY_FILE.fullmatch(input)):
        return None if _ABOUT_ADDRESS.search(instruction) else input.strip()
    if len(input) < 400 and _STANDS_FOR.fullmatch(input):
        return input.strip()
    instruction = _SPACE.sub(_one, instruction[:_LOOKED_AT])
    written = _WRITTEN.search(instruction) is not None
    if not written:
        for rule in (_MAKES, _DRAWS, _FILES, _ELSEWHERE):
            if found := rule.search(instruction):
                return _shown(found)
    if (found := _FOLLOWS.search(instruction)) and not (written or _brings(input)):
        return _shown(found)
    if (found := _LOOKS.search(instruction)) and not _brings(input):
        after = instruction[found.end() :].lstrip(" .")
        if not (after[:1] in (":", "：", "\n") and _brings(after)):
            return _shown(found)
    return None


def _brings(text: str) -> bool:
    """Whether a text has words of its own, beside links and placeholders."""
    words = re.findall(r"[^\W\d_]{2,}|[\u3040-\u9fff]", re.sub(_URL, " ", text[:_LOOKED_AT]))
    return len(words) >= _BROUGHT_ALONG


def _one(space: re.Match[str]) -> str:
    return "\n" if "\n" in space.group() else " "


def _shown(found: re.Match[str]) -> str:
    return " ".join(found.group().split()).strip(" .!?:;\"'“„")
