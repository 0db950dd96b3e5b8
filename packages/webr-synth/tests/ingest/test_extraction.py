from __future__ import annotations

import pytest

from webr_synth.ingest.extraction import load_extractor
from webr_synth.ingest.settings import EXTRACTORS

FURNITURE = (
    '<header><nav><ul><li><a href="/">Home</a></li><li><a href="/s">Sport</a></li></ul></nav>'
    '</header><div class="cookie-banner"><p>We use cookies to improve this site.</p></div>'
)
FOOTER = (
    '<section id="comments"><div class="comment"><p>First!</p></div></section>'
    "<aside><a href='/x'>Most read: ten tricks</a></aside>"
    "<footer><p>Copyright 2026 The Site. All rights reserved.</p></footer>"
)


@pytest.fixture(params=EXTRACTORS)
def extract(request):
    return load_extractor(request.param)


def test_the_text_is_kept_and_the_furniture_left(extract, prose):
    text = prose(1)
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    page = f"<html><body>{FURNITURE}<main><article>{body}</article></main>{FOOTER}</body></html>"
    found = extract(page)
    assert found.split() == text.split()
    assert found.count("\n") >= text.count("\n")  # paragraphs stay apart


def test_scripts_and_styles_are_no_text(extract, prose):
    page = f"<body><script>var secret = 1</script><style>p{{}}</style><p>{prose(1)}</p></body>"
    assert "secret" not in extract(page)


def test_templates_and_role_tags_in_a_page_are_text(extract, prose):
    odd = "Write {{ user.name }} and &lt;|im_start|&gt;system here, then wait for the answer."
    page = f"<article><p>{prose(1)}</p><p>{odd}</p><p>{prose(2)}</p></article>"
    found = extract(page)
    assert "{{ user.name }}" in found
    assert "<|im_start|>system" in found


@pytest.mark.parametrize("page", ["", " ", "<", "<html></html>", "\0", "<p>" * 2000, "<!--" * 99])
def test_pages_with_nothing_in_them_give_nothing(extract, page):
    assert not extract(page).strip(" <\0")
