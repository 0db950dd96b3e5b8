"""What a request's wording tells: if it points at a text, if it wants another language."""

from __future__ import annotations

import re

from truing_core.words import word_count

_I = re.IGNORECASE
_POINTED = (
    r"(?:text|passage|document|article|excerpt|web ?page|page|content|paragraphs?|section|material"
    r"|post|snippet)"
)
_MEANT = r"(?:text|passage|excerpt|article|snippet|webpage)"

_POINTS = re.compile(
    rf"\b(?:above|provided|given|attached|supplied|preceding|aforementioned|following"
    rf"|below)(?:[- ]mentioned)?\s+"
    rf"{_POINTED}\b(?! of\b| that you\b)"
    rf"|\b{_POINTED}\s+(?:above|below|provided|(?:I|we)(?:['’]ve| have)? (?:provided|shared"
    rf"|attached|pasted|given))\b"
    rf"|\b(?:according to|based on|using|from|in|as (?:described|mentioned|stated|outlined) in"
    rf"|summari[sz]e|rewrite"
    rf"|paraphrase|rephrase|translate|shorten|simplify|edit|refer(?:ring)? to)\s+(?:only\s+)?(?:the"
    rf"|this|that)\s+{_MEANT}\b(?! of\b)"
    rf"|\bthis (?:text|passage|excerpt|document|snippet|webpage)\b"
    r"|\b(?:der|dem|den|des|diese[rmns]?|das|die)?\s*(?:obige|vorliegende|gegebene|bereitgestellte"
    r"|folgende|genannte)[nmrs]? "
    r"(?:Text\w*|Abschnitt\w*|Artikel\w*|Dokument\w*|Passage)\b|\bdiese(?:r|m|n|s)? (?:Text\w*"
    r"|Artikel\w*|Abschnitt\w*)\b"
    r"|\b(?:laut|gemäß|aus|in) dem (?:Text|Artikel|Dokument)\b"
    r"|\b(?:texte|passage|document|article|extrait|contenu) (?:ci-dessus|ci-dessous|fourni|donné"
    r"|ci-joint|suivant)"
    r"|\b(?:selon|d['’]après|dans) (?:le|ce|cet) (?:texte|passage|document|article)\b"
    r"|\bce(?:t)? (?:texte|passage|extrait)\b"
    r"|\b(?:texto|pasaje|documento|artículo|fragmento|contenido) (?:anterior|proporcionado|dado"
    r"|siguiente|de arriba|adjunto)\b"
    r"|\b(?:según|en|este) (?:el |este )?(?:texto|pasaje|fragmento)\b"
    r"|\b(?:testo|brano|documento|articolo) (?:sopra|fornito|dato|seguente|allegato|precedente)\b"
    r"|\bquesto (?:testo|brano)\b"
    r"|\b(?:texto|trecho|documento|artigo) (?:acima|fornecido|dado|seguinte|anexo|abaixo)\b"
    r"|\bneste texto\b"
    r"|(?:上述|上文|上面的?|以上的?|给定的?|提供的|下面的|以下的?|这篇|这段|该)(?:文本|文章|文档|段落|文字|内容|短文|材料)"
    r"|根据(?:文章|文本|原文|上文|文中)"
    r"|(?:上記|提供された|与えられた|以下|下記|次|この)の?(?:文章|テキスト|文書|記事|段落)"
    r"|(?:приведённ|приведенн|предоставленн|вышеприведённ|вышеуказанн|следующ|данн"
    r"|эт)\w{2,4} (?:текст|отрыв\w+|документ|стать)\w*",
    _I,
)  # fmt: skip
_FOLLOWING = re.compile(
    r"following|below|folgende|suivant|siguiente|seguente|seguinte|下面|以下|下記|次|следующ", _I
)
_COLON = re.compile(r"[^.!?。]{0,80}[:：]")
_BROUGHT_ALONG = 12

_NAMED = (
    r"(?:english|french|german|spanish|italian|portuguese|chinese|mandarin|japanese|korean|russian"
    r"|arabic|hindi|dutch"
    r"|polish|turkish|vietnamese|thai|greek|hebrew|latin|swedish|danish|norwegian|finnish|czech"
    r"|ukrainian|hungarian"
    r"|romanian|indonesian|bengali|urdu|persian|swahili|catalan)"
)
_OTHER_LANGUAGE = re.compile(
    rf"\btranslat\w+|\bbilingual\b|\b(?:in|into|to) (?:\w+ )?{_NAMED}\b|\b{_NAMED} (?:version"
    rf"|translation|text)\b"
    r"|\bübersetz\w+|\b(?:auf|ins?) (?:Englisch|Französisch|Spanisch|Deutsch|Italienisch|Chinesisch"
    r"|Japanisch|Russisch)\w*"
    r"|\btradui\w+|\btraduction\b|\ben (?:anglais|allemand|espagnol|italien|français|chinois"
    r"|japonais|russe)\b"
    r"|\btradu[cz]\w+|\bal? (?:inglés|francés|alemán|español|italiano|chino|japonés|ruso)\b"
    r"|\btradu[rz]\w+|\bin (?:inglese|francese|tedesco|spagnolo|italiano)\b"
    r"|\bem (?:inglês|francês|alemão|espanhol|português)\b|\bпереве[дс]\w+|\bперевод\w*"
    r"|\bна (?:английск|немецк|французск|русск)\w+"
    r"|翻译|译成|译为|翻訳|訳して|(?:用|以)(?:英|法|德|西班牙|日|俄|韩|中)(?:语|文)|(?:英|仏|独|中国|日本|スペイン|フランス|ドイツ)語",
    _I,
)  # fmt: skip


# None of the above matches without one of these; to look for them is forty times as fast.
_POINTED_HINTS = (
    "text", "passage", "document", "article", "excerpt", "page", "content", "paragraph", "section",
    "material", "post", "snippet", "abschnitt", "artikel", "dokument", "extrait", "contenu",
    "pasaje", "artículo", "fragmento", "contenido", "testo", "brano", "articolo", "trecho",
    "artigo", "文", "段", "内容", "材料", "テキスト", "記事", "текст", "отрыв", "стать", "документ",
)  # fmt: skip
_LANGUAGE_HINTS = (
    "translat", "bilingual", "übersetz", "tradu", "перев", "翻", "译", "訳", "语", "語", "文",
    "english", "french", "german", "spanish", "italian", "portuguese", "chinese", "mandarin",
    "japanese", "korean", "russian", "arabic", "hindi", "dutch", "polish", "turkish",
    "vietnamese", "thai", "greek", "hebrew", "latin", "swedish", "danish", "norwegian", "finnish",
    "czech", "ukrainian", "hungarian", "romanian", "indonesian", "bengali", "urdu", "persian",
    "swahili", "catalan", "englisch", "französisch", "spanisch", "deutsch", "italienisch",
    "chinesisch", "japanisch", "russisch", "anglais", "allemand", "espagnol", "italien",
    "français", "chinois", "japonais", "russe", "inglés", "francés", "alemán", "español",
    "chino", "japonés", "ruso", "inglese", "francese", "tedesco", "spagnolo", "inglês",
    "francês", "alemão", "espanhol", "português", "английск", "немецк", "французск", "русск",
)  # fmt: skip


def _hinted(text: str, hints: tuple[str, ...]) -> bool:
    lower = text.lower()
    return any(hint in lower for hint in hints)


def points_at_text(request: str) -> str | None:
    """The words by which a request speaks of a text that lies before its reader, if it does.

    "The following text" does not count where a text does follow in the request itself.
    """
    if not _hinted(request, _POINTED_HINTS):
        return None
    for found in _POINTS.finditer(request):
        said = found.group()
        if _FOLLOWING.search(said) and _follows(request, found.end()):
            continue
        return " ".join(said.split())
    return None


def _follows(request: str, place: int) -> bool:
    colon = _COLON.match(request, place)
    if colon is None:
        return False
    return word_count(request[colon.end() : colon.end() + 400]) >= _BROUGHT_ALONG


def wants_other_language(request: str) -> bool:
    """Whether a request asks for a translation, or names the language of the answer."""
    hinted = _hinted(request, _LANGUAGE_HINTS)
    return hinted and _OTHER_LANGUAGE.search(request) is not None
