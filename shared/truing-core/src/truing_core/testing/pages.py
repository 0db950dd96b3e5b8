"""A report's page as a browser would take it apart."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "link", "meta"}
_LINKS = {"action", "data", "href", "src", "xlink:href"}


class Page(HTMLParser):
    """Elements, attributes and texts of a document; elements must nest, and none may run code.

    Attributes:
        tags: Of all elements, in order.
        attributes: Element, name and value of all attributes, in order.
        texts: The texts, in order, each with the elements around it, the innermost last.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} has {name}"
            self.attributes.append((tag, name, value))

    def handle_endtag(self, tag: str) -> None:
        """Closes the innermost element."""
        if tag not in _VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Notes a text."""
        if self._open:
            self.texts.append((tuple(self._open), data))

    @property
    def links(self) -> list[str]:
        """What the page points at or loads."""
        return [value or "" for _, name, value in self.attributes if name in _LINKS]

    def texts_of(self, tag: str) -> list[str]:
        """The texts directly in elements of a name."""
        return [text for around, text in self.texts if around[-1] == tag]

    def within(self, tag: str) -> list[str]:
        """The texts in elements of a name, or in what is in them."""
        return [text for around, text in self.texts if tag in around]

    def text(self) -> str:
        """All texts, with a space between them."""
        return " ".join(text for _, text in self.texts)
