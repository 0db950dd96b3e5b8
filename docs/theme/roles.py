"""Sphinx roles of docstrings, :class:`~a.b.C`, as mkdocs should show them: C."""

import re

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):<code>(~?)([^<]*)</code>")


def on_page_content(html: str, **_: object) -> str:
    """The page's HTML with the names alone."""
    return _ROLE.sub(lambda m: f"<code>{m[2].rpartition('.')[2] if m[1] else m[2]}</code>", html)
