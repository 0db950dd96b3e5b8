"""Gate by gate: what is stopped, and what passes that looks like it."""

from __future__ import annotations

import time

import pytest

from webr_synth.synthesis.gates import (
    GATES,
    Limits,
    check_author,
    check_request,
    check_response,
)

LIMITS = Limits()
DOCUMENT = (
    "Bread needs flour, water, salt and time. Mix the flour with the water and let it rest for an "
    "hour before you add the salt. Fold the dough four times over the next three hours, and keep "
    "it in a warm corner of the kitchen. Shape it in the evening, leave it in the cold over night, "
    "and bake it in a very hot oven in the morning. The crust should be dark and sing when it "
    "cools. Old dough makes better bread than young dough, and patience makes the best of all."
)
CHINESE = "面包需要面粉、水、盐和时间。先把面粉和水混合，静置一个小时，然后再加盐。" * 2
ANSWER = (
    "To make a good loaf, begin in the afternoon: wet the flour, wait, and season it later. "
    "Several rounds of folding give it strength. A long cool rest brings out flavour, and a "
    "fierce oven gives the loaf its colour. Those who can wait are rewarded."
)


def author(text, finish_reason="stop", limits=LIMITS):
    stopped = check_author(text, finish_reason, limits)
    return stopped and stopped.gate


def request(text, perspective="wi_whole", document=DOCUMENT, language="en", word_limit=50, **more):
    stopped = check_request(
        text, more.get("finish_reason", "stop"), more.get("limits", LIMITS),
        word_limit=word_limit, document=document, language=language, perspective=perspective,
    )  # fmt: skip
    return stopped and stopped.gate


def response(text, perspective="wr_whole", document=DOCUMENT, language="en", asked="Go.", **more):
    stopped = check_response(
        text, more.get("finish_reason", "stop"), more.get("limits", LIMITS),
        document=document, request=asked, language=language, perspective=perspective,
    )  # fmt: skip
    return stopped and stopped.gate


def test_what_is_good_passes():
    assert author("A baker from Lyon who teaches evening classes and writes a blog.") is None
    assert request("Rewrite the text above as a letter to a friend, in 80 words.") is None
    assert request("How do I bake bread with a dark crust?", "wr_whole") is None
    assert response(ANSWER) is None
    assert response(ANSWER, "wi_part") is None


@pytest.mark.parametrize("text", ["", "  \n", "...", "**", "```\n```"])
def test_empty(text):
    assert author(text) == request(text) == response(text) == "empty"


def test_truncated():
    assert author("A baker", "length") == "truncated"
    assert request("How do", "wr_whole", finish_reason="length") == "truncated"
    assert response("To make", finish_reason="length") == "truncated"
    assert response("", finish_reason="length") == "truncated"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot fulfill this request as it violates the guidelines.",
        "Unfortunately, I am unable to rewrite it.",
        "As an AI language model, I do not have personal experiences.",
        "**I apologize, but I cannot create content of this kind.** Is there something else?",
        "I must respectfully decline.",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Als KI-Modell habe ich dazu keine Meinung.",
        "Je suis désolé, mais je ne peux pas répondre à cette demande.",
        "En tant qu'IA, je n'ai pas d'avis.",
        "Lo siento, pero no puedo ayudar con eso.",
        "Mi dispiace, ma non posso aiutarti con questa richiesta.",
        "Desculpe, mas não posso ajudar com isso.",
        "抱歉，我无法满足这个请求。",
        "作为一个人工智能语言模型，我没有个人观点。",
        "申し訳ありませんが、そのご要望にはお応えできません。",
        "Извините, но я не могу помочь с этим.",
    ],
)
def test_refusals(text):
    assert response(text, language=None) == "refusal"
    assert request(text, language=None) == "refusal"


@pytest.mark.parametrize(
    "text",
    [
        "I can't believe it has been ten years since we left the farm.",
        "I can't write essays well. How do I begin one about my holidays?",
        "I can't help my son with his homework. What should I do?",
        "I'm sorry to hear about your loss, and wish you strength.",
        "Sorry for the delay! The parcel left on Monday.",
        "As an AI researcher from Leeds, she writes about machines.",
        "Als Kind war ich oft am See.",
        "对不起这个词在汉语里很常见。",
        "\"I'm sorry, but I can't stay,\" she said. " + ANSWER * 4,
        "He said: I cannot help you. Then he left.",
        "Как языковая школа мы работаем с 1990 года.",
    ],
)
def test_no_refusals(text):
    assert response(text, language=None) is None
    if len(text) < 200:
        assert author(text) is None


def test_a_long_text_that_begins_like_a_refusal_is_none():
    assert response("I'm sorry, but I can't make it on Sunday. " + ANSWER * 4) is None


def test_a_response_that_asks_for_the_text():
    said = "It seems you haven't provided the text. Please share it."
    assert response(said, "wi_whole") == "refusal"
    assert request("Please provide the text with headings, one for each step.") is None


@pytest.mark.parametrize(
    "text",
    [
        "Summarize the passage in three sentences.",
        "According to the article, why is patience important?",
        "Using the information in the text above, list the steps.",
        "What does the provided document say about salt?",
        "Rewrite the following text for children.",
        "Welche Schritte nennt der obige Text?",
        "Fasse diesen Artikel zusammen.",
        "Selon le texte, pourquoi attendre ?",
        "Resume el texto anterior en una frase.",
        "根据文章，为什么要等待？",
        "请总结这篇文章的要点。",
        "上記の文章を要約してください。",
    ],
)
def test_a_request_for_web_as_response_must_not_point_at_a_text(text):
    assert request(text, "wr_part", language=None) == "gives_away"
    assert request(text, "wi_part", language=None) is None


@pytest.mark.parametrize(
    "text",
    [
        "Write an article about bread for a local paper.",
        "Explain what the text of the first amendment protects.",
        "How do I add a table to a document?",
        "Write the text of a birthday card.",
        "Mend the grammar of the following text: me and him has went to the shop where they was "
        "selling of old bread.",
        "写一篇关于面包的文章。",
        "Schreibe einen Artikel über Brot.",
    ],
)
def test_other_requests_about_texts(text):
    assert request(text, "wr_whole", language=None) is None


def test_a_request_that_quotes_the_document():
    quoted = " ".join(DOCUMENT.split()[8:32])
    assert request(f"Continue: {quoted}", "wr_whole") == "gives_away"
    assert request(f"Continue: {quoted}", "wi_whole") is None
    few = " ".join(DOCUMENT.split()[8:20])
    assert request(f"Continue: {few}", "wr_whole") is None
    assert request(f"Mend it: {DOCUMENT}", "wi_whole", word_limit=200) == "gives_away"
    assert request(CHINESE[:60], "wr_whole", CHINESE, "zh") == "gives_away"
    assert request(CHINESE[:30], "wr_whole", CHINESE, "zh") is None


@pytest.mark.parametrize(("count", "gate"), [(72, None), (73, "too_long")])
def test_over_the_limit(count, gate):
    # 50 words, a quarter more, and ten.
    text = " ".join(f"word{number}" for number in range(count))
    assert request(text, language=None) == gate
    assert (
        request("好" + "".join(map(chr, range(0x4E00, 0x4E00 + count - 1))), language=None) == gate
    )


def test_a_profile_that_tells_a_story():
    assert author(" ".join(f"word{number}" for number in range(121))) == "too_long"
    assert author(" ".join(f"word{number}" for number in range(120))) is None


@pytest.mark.parametrize(
    "text",
    [
        "He " + "aaaa" * 20,
        "The cat sat on the mat. " * 9,
        "A start that is fine.\n" + "very " * 60,
        "\n".join(f"{number}. Be kind to others" for number in range(9)),
        "哈哈哈好" * 20,
        "ha" * 60,
        "=" * 500 + " text",
        "".join(f"w{number} " for number in range(200)) * 5,
    ],
)
def test_loops(text):
    assert response(text, language=None) == "loop"


@pytest.mark.parametrize(
    "text",
    [
        "| a | b |\n|---|---|\n" + "| 1 | 0 |\n" * 30,
        "Row, row, row your boat,\ngently down the stream.\nMerrily, merrily, merrily, merrily,\n"
        "life is but a dream.\n" * 3,
        "Title\n" + "-" * 120 + "\ntext",
        "\n".join(f"- item number {number} costs {number * 7} pounds" for number in range(40)),
        "Ha ha ha ha ha ha ha ha ha ha, he laughed.",
        "def f():\n    return 1\n\n\n" * 3,
    ],
)
def test_no_loops(text):
    assert response(text, language=None) is None


def test_copies():
    assert response(DOCUMENT, "wi_whole") == "copies"
    assert response(DOCUMENT, "wr_whole") == "copies"
    some = " ".join(DOCUMENT.split()[:50])
    # An extract is no copy where it was asked for; an answer of its own must be more.
    assert response(some, "wi_whole") is None
    assert response(some, "wr_whole") == "copies"
    assert response(f"{some} {ANSWER}", "wr_whole") is None
    assert response(" ".join(DOCUMENT.split()[:30]), "wr_whole") is None
    changed = " ".join(word if place % 5 else "so" for place, word in enumerate(DOCUMENT.split()))
    assert response(changed, "wi_whole") is None
    assert response(CHINESE, "wi_whole", CHINESE, "zh", limits=Limits(loop_words=400)) == "copies"


def test_language():
    german = "Gutes Brot braucht Zeit, und wer warten kann, der wird am Ende reich belohnt."
    assert response(german) == "language"
    assert response(german, language="de") is None
    assert response(german, language="de-AT") is None
    assert response(german, language=None) is None
    assert response(german, asked="Translate it into German.") is None
    assert response(german, asked="Write a summary in German.") is None
    assert request(german) == "language"
    assert request("Übersetze den Text bitte ins Deutsche, und zwar so frei wie möglich.") is None
    # The document's label may be wrong: its own language is asked, too.
    assert response(german, document=german * 2, language="nl", perspective="wi_part") is None
    coded = "So geht es ganz einfach und schnell, auch ohne Vorwissen:\n\n```python\n" + (
        "for item in items:\n    print('the next item of this list is', item)\n" * 2
    ) + "```\n\nDanach ist alles fertig, und du kannst dich endlich ausruhen."  # fmt: skip
    assert response(coded, language="de", document=german) is None


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_can_be_opened(gate):
    off = Limits(off=frozenset({gate}))
    german = "Gutes Brot braucht Zeit, und wer warten kann, der wird am Ende reich belohnt."
    checks = {
        "empty": lambda limits: author("", limits=limits),
        "refusal": lambda limits: response("I'm sorry, but I can't help.", limits=limits),
        "gives_away": lambda limits: request("Sum up the above text.", "wr_part", limits=limits),
        "too_long": lambda limits: request("Do it again and again.", word_limit=-20, limits=limits),
        "loop": lambda limits: response("very " * 60, language=None, limits=limits),
        "truncated": lambda limits: author("A baker", "length", limits=limits),
        "copies": lambda limits: response(DOCUMENT, limits=limits),
        "language": lambda limits: response(german, limits=limits),
    }
    assert checks[gate](LIMITS) == gate
    assert checks[gate](off) is None


@pytest.mark.parametrize(
    "piece",
    ["a", "very ", "x\n", "the cat sat. ", " ", "ab", "I can't help ", "0 ", "-", "你好吗", "\n",
     "the above ", "diese ", "```\n", "text: ", f"{DOCUMENT} ", "I'm sorry "],
)  # fmt: skip
def test_time_is_in_line_with_length(piece):
    text = piece * (300_000 // len(piece))
    no_loops = Limits(off=frozenset({"loop"}), author_words=10**7)
    begun = time.process_time()
    author(text, limits=no_loops)
    request(text, "wr_part", DOCUMENT, word_limit=10**7, limits=no_loops)
    response(text, "wi_part", text, limits=no_loops)
    assert time.process_time() - begun < 8


@pytest.mark.parametrize(
    "asked",
    [
        "Write it in plain English.", "Give a French version.", "Bitte auf Englisch.",
        "Übersetze es.", "Traduis en anglais.", "Escríbelo al inglés.", "Scrivi in inglese.",
        "Escreva em inglês.", "翻译成英文。", "用英语写。", "英語で書いてください。",
        "Переведи на русский.",
    ],
)  # fmt: skip
def test_a_request_for_another_language(asked):
    german = "Gutes Brot braucht Zeit, und wer warten kann, der wird am Ende reich belohnt."
    assert response(german, asked=asked) is None
    assert response(german, asked="Write about the history of the region.") == "language"
