"""Raw records as the web has them, made byte by byte."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

_WORDS = (
    "river stone garden window morning teacher captain village science market engine harbour "
    "letter winter music forest doctor kitchen station picture mountain history journey captain "
    "weather island painter language problem answer company question friend machine"
)
WORDS = _WORDS.split()


def _prose(seed: int, sentences: int = 30) -> str:
    rng = random.Random(seed)
    lines = []
    for _ in range(sentences):
        words = [rng.choice(WORDS) for _ in range(rng.randrange(8, 16))]
        for at in range(2, len(words), 4):
            words[at] = rng.choice(("the", "of", "and", "with", "that", "to"))
        lines.append(" ".join(words).capitalize() + ".")
    return "\n".join(" ".join(lines[at : at + 5]) for at in range(0, sentences, 5))


def _page(text: str, title: str = "A page") -> str:
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head><body>"
        f"<nav><a href='/'>Home</a> <a href='/about'>About</a></nav><article><h1>{title}</h1>"
        f"{body}</article><footer>All rights reserved.</footer></body></html>"
    )


def _warc(
    content: bytes,
    url: str = "http://example.com/a",
    kind: str = "response",
    mime: str = "text/html; charset=utf-8",
    status: str = "200 OK",
    extra: str = "",
    length: int | None = None,
) -> bytes:
    if kind == "response":
        head = f"HTTP/1.1 {status}\r\nContent-Type: {mime}\r\n{extra}\r\n"
        block, mime = head.encode() + content, "application/http; msgtype=response"
    else:
        block = content
    size = len(block) if length is None else length
    return (
        (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
            "WARC-Date: 2024-05-06T07:08:09Z\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
            f"Content-Type: {mime}\r\nContent-Length: {size}\r\n\r\n"
        ).encode()
        + block
        + b"\r\n\r\n"
    )


@pytest.fixture(scope="session")
def prose() -> Callable[..., str]:
    """``prose(seed, sentences=30)``: text that passes every filter, different for each seed."""
    return _prose


@pytest.fixture(scope="session")
def page() -> Callable[..., str]:
    """``page(text, title)``: HTML around a text."""
    return _page


@pytest.fixture(scope="session")
def warc() -> Callable[..., bytes]:
    """``warc(content, url=…, kind=…, …)``: one WARC record."""
    return _warc
