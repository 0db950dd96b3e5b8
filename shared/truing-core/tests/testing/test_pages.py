"""A page is taken apart, and what no page of ours may be is an error."""

from __future__ import annotations

import pytest

from truing_core.testing.pages import Page


def test_elements_attributes_and_texts():
    page = Page('<p>One <b>two<br></b> three <a href="#x">x</a></p><img src="y"/><p>&lt;4</p>')
    assert page.tags == ["p", "b", "br", "a", "img", "p"]
    assert page.attributes == [("a", "href", "#x"), ("img", "src", "y")]
    assert page.links == ["#x", "y"]
    assert page.texts_of("p") == ["One ", " three ", "<4"]
    assert page.within("p") == ["One ", "two", " three ", "x", "<4"]
    assert page.within("b") == ["two"]
    assert page.text() == "One  two  three  x <4"


@pytest.mark.parametrize("html", ["<p><b></p></b>", "<p>", '<p onclick="x()"></p>'])
def test_what_does_not_nest_or_would_run_is_an_error(html):
    with pytest.raises(AssertionError):
        Page(html)
