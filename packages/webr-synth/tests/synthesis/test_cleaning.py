"""Wrappers come off where they are wrappers; no text loses a byte of its own."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from webr_synth.synthesis.cleaning import clean_author, clean_request, clean_response

CLEANERS = (clean_author, clean_request, clean_response)

LEADS = (
    "Here is the rewritten text:\n\n",
    "Here's a revised version of the passage that keeps to 100 words:\n\n",
    "Sure! Here is the rewritten text:\n\n",
    "Sure!\n\n",
    "Certainly, here's the improved version:\n\n",
    "Of course! I'd be happy to help with that. Here is the response:\n",
    "**Rewritten text:**\n\n",
    "## Response\n\n",
    "<think>\nWhat do they want?\n\nA rewrite.\n</think>\n\n",
    "Let us see.\n</think>\n\n",
    "Gerne! Hier ist die überarbeitete Fassung:\n\n",
    "Voici la version réécrite :\n\n",
    "Bien sûr ! Voici le texte demandé :\n\n",
    "¡Claro! Aquí tienes el texto reescrito:\n\n",
    "当然！以下是改写后的文本：\n\n",
    "以下是改写后的版本：\n\n",
    "はい、以下が書き直した文章です：\n\n",
    "Sure, here is the rewritten text:\n\n---\n\n",
)
TAILS = (
    "\n\nLet me know if you need any changes!",
    "\n\n---\n\nI hope this helps! Let me know if you would like me to adjust anything.",
    "\n\nIf you have any other questions, feel free to ask.",
    "\n\nWould you like me to make it shorter?",
    "\n\nIch hoffe, das hilft dir weiter!",
    "\n\nN'hésitez pas à me dire si vous voulez des changements.",
    "\n\nEspero que esto te sea útil.",
    "\n\n希望这对你有帮助！",
    "\n\n他にご質問があればお知らせください。",
    "\n\n(Word count: 87)",
    "\n\n(48 words)",
)

words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"
    ),
    min_size=1,
)
hostile = st.sampled_from(
    ("Here is", "Sure!", "Sure", "```", "```markdown", "\n", "\n\n", '"', "“", "”", "'", "**", "#",
     ":", "Request:", "<think>", "</think>", "---", "(48 words)", "Let me know if you need more.",
     "    ", "- a", "the text", "Of course", "：", "「", "」", ".", "Here is the rewritten text:")
)  # fmt: skip
texts = st.lists(st.one_of(words, hostile), max_size=12).map(" ".join) | st.lists(
    st.one_of(words, hostile), max_size=12
).map("".join)

BODIES = (
    "The dog barked at the moon.",
    "# A heading\n\nText with \"quotes\" in it.\n\n```python\nprint('Sure!')\n```\n\n- one\n- two",
    'He said "no" and left.\n\n"Why?" she asked, "why now?"',
    '"Stop!" she cried. "Here is where it ends."',
    "Here is where the story begins. Once upon a time there was a king.",
    "Here is why:\n\nlight scatters.",
    "Here are five tips for a better garden:\n\n1. Water it.\n2. Weed it.",
    "```python\ndef f():\n    return 1\n```",
    "```\n├── src\n│   └── main.py\n└── README.md\n```",
    "    indented = code()\n\nand text",
    "Dear Tom,\n\nwe meet at noon.\n\nLet me know if you need anything else.",
    "Feel free to contact us at the desk.\n\nOpening hours: 9 to 5",
    "Surely this is fine. Sure, it may rain.",
    "Certainly the most loved of his books, it sold well.",
    "Question: Who?\nAnswer: Ada.",
    "Summary:\n\nAll is well.",
    "Models close their thoughts with `</think>`\nbefore they answer.",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "---\ntitle: Front matter\n---\n\nText",
    "> A quotation\n\nand text",
    "我们来看一个例子：\n\n“你好”，他说。",
    "**Bold start** and more, with an **end**",
    "1. **Here is** the first\n2. the second",
)


@pytest.mark.parametrize("body", BODIES)
def test_a_response_without_wrapper_is_unchanged(body):
    assert clean_response(body) == body


@pytest.mark.parametrize("body", BODIES)
def test_a_wrapped_response_is_the_response(body):
    for lead in ("", *LEADS):
        if "</think>" in lead and "</think>" in body:
            continue
        for tail in ("", *TAILS):
            if not (body.startswith("Dear") and tail):
                assert clean_response(lead + body + tail) == body


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        ("Sure! Write a poem.", "Write a poem."),
        ('**Request:** "Write a poem."', "Write a poem."),
        ("Request: Rewrite the text.\n\n- Tone: formal\n- Length: 100 words",
         "Rewrite the text.\n\n- Tone: formal\n- Length: 100 words"),
        ("Here's a potential user request:\n\n\"Rewrite it.\n\nKeep it short.\"",
         "Rewrite it.\n\nKeep it short."),
        ("Here is the request: How do I bake bread?", "How do I bake bread?"),
        ("**Write a poem about rain.**", "Write a poem about rain."),
        ("```\nWrite a poem.\n```", "Write a poem."),
        ("“Write a poem.” (3 words)", "Write a poem."),
        ("Sum up the text below for patients. (8 words)", "Sum up the text below for patients."),
        ("请写一首关于秋天的诗。（10字）", "请写一首关于秋天的诗。"),
        ("Sum it up for patients.\n\n(100 words)", "Sum it up for patients."),
        # What is demanded stays.
        ("Sum it up for patients (about 120 words)", "Sum it up for patients (about 120 words)"),
        ("Write a short summary. (100 words)", "Write a short summary. (100 words)"),
        ("Find a title for it (5 words)", "Find a title for it (5 words)"),
        ("Write a poem. (about 3 words)", "Write a poem. (about 3 words)"),
        ("Fasse den Text zusammen (80 Wörter)", "Fasse den Text zusammen (80 Wörter)"),
        ("写一篇文章。（字数：800）", "写一篇文章。（字数：800）"),
        ("Anfrage: „Schreibe ein Gedicht.“", "Schreibe ein Gedicht."),
        ("Demande : « Écris un poème. »", "Écris un poème."),
        ("用户请求：「写一首诗。」", "写一首诗。"),
        ("依頼：詩を書いてください。", "詩を書いてください。"),
        ("当然！请求：写一首诗。", "写一首诗。"),
        # Not wrappers.
        ("Here is my essay: it is short. Please mend it.",
         "Here is my essay: it is short. Please mend it."),
        ("Here is a list of fruits:\n\napple, pear\n\nSort it.",
         "Here is a list of fruits:\n\napple, pear\n\nSort it."),
        ('Explain "to be" and "not to be"', 'Explain "to be" and "not to be"'),
        ("Instruction: add\nInput: 1 2\nOutput: 3", "Instruction: add\nInput: 1 2\nOutput: 3"),
        ("Fix this:\n```python\nx = \n```", "Fix this:\n```python\nx = \n```"),
    ],
)  # fmt: skip
def test_requests(said, request_):
    assert clean_request(said) == request_
    assert clean_request(request_) == request_


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("**Author Profile:** A teacher in Leeds.", "A teacher in Leeds."),
        ("Here is a possible author profile:\n\nA teacher.", "A teacher."),
        ("Author: A nurse. (2 words)", "A nurse."),
        ('"A nurse from Kyoto who paints."', "A nurse from Kyoto who paints."),
        ("The author is a nurse.", "The author is a nurse."),
        ("Profil de l'auteur : une infirmière.", "une infirmière."),
        ("作者简介：一名护士。", "一名护士。"),
    ],
)
def test_authors(said, author):
    assert clean_author(said) == author


def test_quotes_around_a_response():
    long = "This is a sentence of seven words. " * 5 + "It ends."
    assert clean_response(f'"{long}"') == long
    assert clean_response('"Imagination is all."') == '"Imagination is all."'
    announced = 'Here is the rewritten text:\n\n"Imagination is all."'
    assert clean_response(announced) == "Imagination is all."


def test_fences_around_a_response():
    text = "# Title\n\nSome text.\n\n```python\nx = 1\n```\n\nThe end of it."
    assert clean_response(f"```markdown\n{text}\n```") == text
    assert clean_response(f"````md\n{text}\n````") == text
    prose = "This is a text of more than a few words."
    assert clean_response(f"```\n{prose}\n```") == prose
    two = "```markdown\n# A\n```\n\nbecomes\n\n```markdown\n# B\n```"
    assert clean_response(two) == two


def test_what_follows_an_announcement():
    lead = "Here is the rewritten text:"
    for body in ("# Title\n\nText", "> quoted", "```python\nx = 1\n```"):
        assert clean_response(f"{lead}\n{body}") == body
    assert clean_response(f"{lead} \n \r\nText") == "Text"
    # Without a blank line it may be how the text itself begins.
    list_ = "Here are the revised rules:\n1. Be kind.\n2. Be brief."
    assert clean_response(list_) == list_
    assert clean_response("Sure, here is the rewritten text: All is well.") == "All is well."
    assert clean_response("Sure! All is well.") == "Sure! All is well."
    assert (
        clean_request("Sure! I have created a request for you.\nWrite a poem.") == "Write a poem."
    )


def test_labels_that_are_how_a_response_speaks():
    for text in (
        "Response: it was cold.",
        "Response\n\nIt was cold.",
        "**Response** time is short.",
    ):
        assert clean_response(text) == text
    assert clean_response("Response:\n\nIt was cold.") == "It was cold."
    assert clean_response("**Response:** It was cold.") == "It was cold."


def test_quotes_of_other_kinds():
    assert clean_request("'Don't stop: write a poem.'") == "Don't stop: write a poem."
    assert clean_request("‘Write the dogs’ song’") == "‘Write the dogs’ song’"
    assert clean_request("«Écris un poème.»") == "Écris un poème."
    assert clean_request("“Write a poem.") == "“Write a poem."


def test_a_loop_of_fences_is_left_alone():
    for depth, inner in ((5, True), (6, False)):
        text = "```md\n" * depth + "Text." + "\n```" * depth
        assert clean_response(text) == ("Text." if inner else text)


def test_thoughts():
    assert clean_response("<think>never closed") == ""
    assert clean_response("<think></think>") == ""
    assert clean_response("<think>a</think>Yes.") == "Yes."
    code = "Use it so:\n\n```\n<think>\nwell\n</think>\n```"
    assert clean_response(code) == code


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("text", ["", "  \n ", "Sure!", "Request:", '""', "```\n```", "**"])
def test_a_wrapper_alone_is_kept_as_the_text(clean, text):
    assert clean(text) == text.strip()


@given(texts)
def test_cleaning_twice_is_cleaning_once(text):
    for clean in CLEANERS:
        once = clean(text)
        assert clean(once) == once
        assert once in text


@given(texts)
def test_a_body_is_never_lost(text):
    assume("think" not in text.lower())
    for clean in CLEANERS:
        assert bool(clean(text).strip("\u200b\ufeff")) == bool(
            text.strip(" \u200b\ufeff\n").strip()
        )


@given(texts, st.sampled_from(LEADS[:-1]), st.sampled_from(("", *TAILS)))
def test_wrapping_and_cleaning_gives_the_text(text, lead, tail):
    body = clean_response(text)
    assume(body.strip("\u200b\ufeff \n"))
    # What quotes, rules and offers at the edges of a text are, an announcement decides; and a
    # letter keeps its offers.
    assume(clean_response(f"Here is the rewritten text:\n\n{body}") == body)
    assume(clean_response(f"{body}{TAILS[0]}") == body)
    if "</think>" in lead:
        assume("think" not in body)
    assert clean_response(lead + body + tail) == body


@given(
    words.map(lambda text: " ".join(text.split())),
    st.sampled_from(('"{}"', "“{}”", "「{}」", "**{}**", "**Request:** {}")),
)
def test_what_surrounds_a_whole_request(text, around):
    body = clean_request(text)
    assume(body and not set(body) & set("\"“”「」*_:：()[]（）'") and body[0].isalnum())
    assert clean_request(around.format(body)) == body


@pytest.mark.parametrize(
    "piece",
    ["Sure!\n\n", "<think>a</think>", '"“', "Request: ", "\n\nLet me know if you need more!",
     "```md\n", "---\n", " ", "x\n</think>\n", "Here is the request:\n", "\u200b", "**",
     "(48 words)\n\n", "Of course! Here is the rewritten text: "],
)  # fmt: skip
def test_many_wrappers_take_time_in_line_with_their_number(piece):
    text = piece * (300_000 // len(piece))
    for clean in CLEANERS:
        begun = time.process_time()
        cleaned = clean(text)
        assert time.process_time() - begun < 4
        assert clean(cleaned) == cleaned
