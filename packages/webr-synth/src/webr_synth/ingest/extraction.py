"""HTML to text, by a maintained extractor.

Two are offered. Measured on pages built around 400 news texts with menus, cookie notices, teasers
and comments (token F1 against the text) and on 45 pages of the Rust book and error index:

============  ====  =================  =======================================
extractor     F1    pages/s, one core  on the Rust pages
============  ====  =================  =======================================
trafilatura   0.99  168 (73 on Rust)   only the chapter
resiliparse   0.99  2,586 (858)        lets a hidden help pop-up through
============  ====  =================  =======================================

Trafilatura is the default: one request to a model costs more than extracting a thousand pages,
so a cleaner text is worth the time, and the larger comparisons (Bevendorff et al., SIGIR 2023) put
it first too. Resiliparse is for those who filter whole crawls; it is some ten times as fast. Both
can be kept busy for minutes by a page of a few megabytes (a hundred thousand nested elements, or
as many attributes), hence the time limit in :mod:`webr_synth.ingest.pool`.
"""

from __future__ import annotations

from collections.abc import Callable

from webr_synth.ingest.settings import ExtractorName

Extractor = Callable[[str], str]


def load_extractor(name: ExtractorName) -> Extractor:
    """The function that makes text of a page; what it cannot read at all gives no text."""
    return {"trafilatura": _trafilatura, "resiliparse": _resiliparse}[name]()


def _trafilatura() -> Extractor:
    import logging

    from trafilatura import extract

    # It reports every odd page; here pages are odd by the thousand, and are counted.
    for noisy in ("trafilatura", "htmldate", "courlan", "readability", "justext"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)

    def text(page: str) -> str:
        return extract(page, include_comments=False, include_tables=True) or ""

    return text


def _resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    def text(page: str) -> str:
        # Older parsers stop at a NUL, and the text behind it is lost.
        page = page.replace("\0", "")
        return str(extract_plain_text(page, main_content=True, comments=False, alt_texts=False))

    return text
