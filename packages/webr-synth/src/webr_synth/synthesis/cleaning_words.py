"""The wordings of wrappers: how models announce, label and close what they were asked for."""

from __future__ import annotations

import re

_I = re.IGNORECASE

AGREEING = re.compile(
    r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|got it|no problem|alright"
    r"|understood"
    r"|gladly|happy to help|gerne?|natürlich|selbstverständlich|klar|bien sûr|certainement"
    r"|d['’]accord|avec plaisir|claro(?: que sí)?|por supuesto|desde luego|certo|certamente"
    r"|com certeza)(?=\s*[!,.:;—–-])"
    r"|(?:当然(?:可以)?|好的|没问题|はい|もちろん(?:です)?|承知(?:いた)?しました|かしこまりました)"
    r"(?=\s*[!！,，、.。:：])",
    _I,
)
"""A line that begins so agrees to a task: no text of its own does."""

HELPING = re.compile(
    r"\b(?:happy|glad|pleased) to (?:help|assist|do|rewrite|write|create|provide)\b"
    r"|\bI(?:['’]ve| have|['’]ll| will| can| would|['’]d)\b.*\b(?:help|rewr\w+|revis\w+|refin\w+"
    r"|craft\w*"
    r"|creat\w+|generat\w+|provide\w*|draft\w*|prepar\w+|adapt\w*|transform\w*)\b"
    r"|\bich (?:helfe|habe .*(?:geschrieben|überarbeitet|erstellt))\b|\bj['’]ai (?:réécrit|rédigé"
    r"|créé)\b"
    r"|\bhe (?:reescrito|escrito|creado)\b|我(?:已|会|来|将)(?:经|为|帮|把|改|重|写)"
    r"|(?:書き直|作成|翻訳|要約)(?:いた)?し(?:ます|ました)",
    _I,
)
"""What such a line goes on with when it ends without a colon."""

ANNOUNCING = re.compile(
    r"here(?:['’]s| is| are)\b|below (?:is|are)\b|the following (?:is|are)\b"
    r"|hier (?:ist|sind|kommt|folgt)\b|nachfolgend\b|voici\b|ci-dessous\b"
    r"|aquí (?:tienes|tiene|está|están|va)\b|a continuación\b|ecco\b|aqui (?:está|estão|vai)\b"
    r"|以下[是为]|下面是|这[是里]|以下[はがに]|こちら[はが]|вот\b|ниже\b",
    _I,
)
"""How a text is handed over, and how many an ordinary text begins: what is handed over decides."""

OWN = re.compile(
    r"(?:here(?:['’]s| is| are)|hier (?:ist|sind)|voici|aquí (?:está|tienes)) (?:my|our|mein\w*"
    r"|unser\w*"
    r"|mon|ma|mes|notre|nos|mi|mis|nuestr\w+)\b",
    _I,
)
"""Someone's own text, as users hand it over."""

MADE = re.compile(
    r"\b(?:rewrit\w+|rewrote|revis(?:ed|ion)|refined|rephras\w+|reword\w+|rework\w+|paraphras\w+"
    r"|improved|updated|polished|edited|condensed|shortened|simplified|transformed|restructured"
    r"|reformatted|version|response|answer|reply|requested|as you (?:asked|wanted)|you asked"
    r"|(?:summary|translation) of (?:the|your|this)|translated|based on (?:the|your)"
    r"|(?:the|your) (?:text|passage|summary|translation|output))\b"
    r"|\b(?:überarbeitet|umgeschrieb|umformuliert|gekürzt|vereinfacht|übersetzt)\w*|\bFassung\b"
    r"|\bAntwort\b"
    r"|\bÜbersetzung\b|\bréécri\w+|\breformul\w+|\bréponse\b|\btexte\b|\btraduction\b"
    r"|\bversión\b|\breescrit\w+|\brespuesta\b|\btexto\b|\btraducción\b|\bversione\b|\briscritt\w+"
    r"|\brisposta\b|\bversão\b|\breescrit\w+|\bresposta\b|改写|重写|版本|回答|译文|翻译|润色|文本"
    r"|書き直|書き換え|リライト|文章|回答|翻訳|переписан\w*|верси\w+|ответ\w*|перевод\w*",
    _I,
)
"""What a response is called by the model that made it to order."""

REQUEST = re.compile(
    r"\b(?:requests?|instructions?|prompts?|query|queries|question|tasks?)\b"
    r"|\b(?:Anfrage|Anweisung|Aufgabe|Aufforderung|Frage)\b|\b(?:demande|requête|consigne"
    r"|question)\b"
    r"|\b(?:solicitud|petición|instrucción|pregunta)\b|\b(?:richiesta|istruzione)\b"
    r"|\b(?:pedido|solicitação|instrução)\b|请求|指令|问题|提示|任务|依頼|指示|質問|リクエスト"
    r"|\b(?:запрос|инструкц\w+|вопрос)\b",
    _I,
)
AUTHOR = re.compile(
    r"\b(?:author|profile|persona|writer|description)\b|\b(?:Autor\w*|Profil|Beschreibung)\b"
    r"|\b(?:auteur\w*|autrice|profil)\b|\b(?:autora?|perfil|descripción)\b|\b(?:autore|profilo)\b"
    r"|作者|简介|画像|著者|筆者|プロフィール|\b(?:автор\w*|профил\w+)\b",
    _I,
)


def _labels(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(names), _I)


REQUEST_LABELS = _labels(
    r"(?:(?:the|my|user(?:['’]s)?|rewrit(?:e|ing)|final|writing|suggested|potential|generated"
    r"|possible|"
    r"sample|example) )*(?:request|instructions?|prompt|query|question|task)",
    "anfrage|anweisung|aufforderung|demande|requête|consigne|solicitud|petición|instrucción",
    "richiesta|istruzione|pedido|solicitação|instrução|(?:用户)?(?:请求|指令)|提示词?|依頼文?|指示|リクエスト|запрос",
)
AUTHOR_LABELS = _labels(
    r"(?:(?:the|possible|likely|potential|inferred) )*(?:author(?:['’]s)?(?: (?:profile|persona"
    r"|description))?"
    r"|profile|persona|writer(?: profile)?)",
    "autor(?:in)?(?:enprofil)?|profil|auteur(?:e|rice)?|profil de l['’]auteur|autora?"
    "|perfil(?: del? autora?)?",
    "autore|profilo(?: dell['’]autore)?|作者(?:简介|画像)?|著者(?:プロフィール)?|筆者",
    "автор|профиль(?: автора)?",
)
RESPONSE_LABELS = _labels(
    r"(?:(?:the|my|your|final|full|here) )*(?:(?:rewritten|revised|refined|improved|rephrased"
    r"|reworded|"
    r"reworked|updated|polished|edited) (?:text|version|response|answer|passage|article|document"
    r"|content|"
    r"draft|reply|paragraph)|response|rewrite|rewritten|final answer)",
    "überarbeitete(?:r|s)? (?:fassung|text|version|antwort)|umgeschriebener text|antwort",
    "(?:texte|réponse|version) (?:réécrite?|révisée?|reformulée?)|réponse",
    "(?:texto|respuesta|versión) (?:reescrit|revisad)[oa]|respuesta|risposta|resposta",
    "改写后的?(?:文本|文章|内容)?|修改后的?(?:文本|文章|内容)?|重写后的?(?:文本|文章|内容)?|回复|最终答案",
    "書き直し(?:た文章)?|リライト|改善後の回答",
)

OTHER_LABEL = re.compile(
    r"(?:^|(?<=\n))[#*_ \t]{0,5}(?:input|output|context|response|answer|question|explanation"
    r"|examples?"
    r"|document|text|passage|request|instructions?|prompt|query|user|assistant|[qa]|antwort|frage"
    r"|eingabe"
    r"|ausgabe|réponse|question|respuesta|pregunta|回答|回复|输入|输出|答案|入力|出力)"
    r"[*_]{0,3}[ \t]?[:：]",
    _I,
)
"""A line below with such a label: then labels are how the text is made."""

OFFERING = re.compile(
    # English
    r"(?:please |just |do |and )*(?:let me know|tell me) (?:if|what|whether|how|should|which)\b.*"
    r"\b(?:you|any|else|further|more|adjust\w*|changes?|need\w*)\b"
    r"|feel free to (?:ask|let me know|tell me|reach out (?:to me|if))\b"
    r"|(?:i )?hope (?:this|that|it|the) .*\b(?:helps?|helpful|meets?|useful|requirements?"
    r"|looking for)\b"
    r"|if you (?:have|need|want|would like|['’]d like)\b.*\b(?:let me know|i(?:['’]m| am| can"
    r"|['’]d)\b"
    r"|feel free to ask|just ask|tell me)"
    r"|(?:would you like|do you want) me to\b|is there anything else\b.*\b(?:i|help)\b"
    r"|i(?:['’]m| am) here (?:to help|if you)"
    # German, French, Spanish, Italian, Portuguese
    r"|(?:lassen sie mich|lass(?:t)? (?:es )?mich|sag(?:en sie)? mir)\b.*\b(?:wissen|bescheid)\b"
    r"|ich hoffe,? (?:das|dies|es|der|die)\b.*\b(?:hilft|hilfreich|weiter|entspricht)\b"
    r"|wenn (?:du|sie) (?:noch|weitere)\b.*\bmich\b"
    r"|n['’]hésitez? pas à (?:me|m['’])|n['’]hésite pas à (?:me|m['’])|j['’]espère que (?:cela|ce"
    r"|cette)\b"
    r"|si (?:vous avez|tu as) d['’]autres questions|dites-moi si\b|faites-moi savoir\b"
    r"|(?:avísame|dime|hazme saber|házmelo saber|déjame saber) si\b|espero que (?:esto|te|le|la"
    r"|este)\b"
    r"|si (?:necesitas|tienes|quieres)\b.*\b(?:avísame|dímelo|házmelo saber|decirme"
    r"|preguntar(?:me)?)\b"
    r"|fammi sapere\b|spero che (?:questo|questa|ti)\b|me avise se\b|espero que (?:isso|ajude)\b"
    # Chinese, Japanese, Russian
    r"|(?:希望|但愿)(?:这|以上|对|能).*(?:帮助|有用|满意|要求)|如(?:果|有|需).*(?:告诉我|告知我?|随时|提问|联系我)"
    r"|(?:ご不明|何か(?:あれば|ございましたら|質問)|さらに|他に|ご質問|ご要望).*(?:ください|下さい)"
    r"|お役に立て(?:れば|たら)|дайте (?:мне )?знать\b|надеюсь,? (?:это|что)\b"
    r"|если (?:у вас|вам)\b.*\bмне\b",
    _I,
)
"""How assistants take their leave, with an offer of more."""

LETTER = re.compile(
    r"(?:\W{0,4}subject\W{0,4}:|\W{0,4}betreff\W{0,4}:|\W{0,4}objet\W{0,4}:|dear\b|hi\b|hello\b"
    r"|hey\b|good (?:morning|day)"
    r"|liebe[rs]?\b|hallo\b|sehr geehrte|cher\b|chère\b|bonjour\b|estimad[oa]|querid[oa]|hola\b"
    r"|尊敬的|亲爱的|你好|您好|拝啓|уважаем|здравствуйте)",
    _I,
)
"""How letters begin, which may well end with such an offer."""

COUNTED = re.compile(
    r"[(\[*_（【]*\s*(?:(?:total )?word count|words|wörter|wortzahl|nombre de mots|字数)"
    r"\s*[:：]?\s*\d+"
    r"(?:\s*words)?\s*[)\]*_）】.]*|[(\[（]\s*(?:about |approx(?:\.|imately)? |~)?\d+\s*(?:words"
    r"|wörter|mots|palabras"
    r"|字|語)\s*[)\]）]",
    _I,
)
"""How many words there are, as models add where a limit was set."""

ABOUT = re.compile(r"about|approx|~", _I)
"""What makes such a number a demand."""
