"""Headings, sections, separated parts, title, postscript."""

from __future__ import annotations

import pytest

from followbench.checks import parse_check, run_check
from truing_core.errors import InputError


@pytest.mark.parametrize(
    ("spec", "text", "ok", "message"),
    [
        ({"type": "headings", "exactly": 2}, "# a\n## b", True, "2 headings, exactly 2 wanted"),
        ({"type": "headings", "level": 2}, "# a", False,
         "0 headings of level 2, at least 1 wanted"),
        ({"type": "sections", "titles": ["Cause", "Cure"]}, "Cause: a\nCure: b", True,
         "has the sections 'Cause' and 'Cure' in this order, as wanted"),
        ({"type": "sections", "titles": ["Cause", "Cure"]}, "# Cure\n# Cause", False,
         "no section 'Cure' after 'Cause', sections 'Cause' and 'Cure' in this order wanted"),
        ({"type": "sections", "titles": ["Cause"]}, "The cause of it", False,
         "no section 'Cause', sections 'Cause' in this order wanted"),
        ({"type": "sections", "titles": ["Cause"], "negate": True}, "Cause\nRain", False,
         "has the sections 'Cause' in this order, which was not allowed"),
        ({"type": "sections", "marker": "Section", "exactly": 2},
         "SECTION 1\na\n**Section 2:** b\nSection of c", True,
         "2 'Section' sections, exactly 2 wanted"),
        ({"type": "separator", "text": "***", "parts": 2}, "a\n***\nb", True,
         "2 parts separated by '***', exactly 2 wanted"),
        ({"type": "separator", "text": "***", "parts": 2}, "a ***b*** c", False,
         "1 part separated by '***', exactly 2 wanted"),
        ({"type": "separator", "text": "***", "parts": 2, "negate": True}, "a\n***\nb", False,
         "2 parts separated by '***', any number but 2 wanted"),
        ({"type": "separator", "text": "******", "parts": 2, "different": True}, "a ****** a",
         False, "2 parts separated by '******', two of them the same, 2 different wanted"),
        ({"type": "separator", "text": "|", "parts": 3}, "|a|b||c|", True,
         "3 parts separated by '|', exactly 3 wanted"),
        ({"type": "title"}, "# <<Rain>>\n\nIt fell.", True,
         "title 'Rain' between '<<' and '>>', as wanted"),
        ({"type": "title"}, "<< >>", False, "no title between '<<' and '>>', one wanted"),
        ({"type": "title", "open": "《", "close": "》"}, "我读过书。\n《雨》很好。", False,
         "no title between '《' and '》', one wanted"),
        ({"type": "title", "open": "《", "close": "》"}, "好的。\n《雨》\n下雨了。", True,
         "title '雨' between '《' and '》', as wanted"),
        ({"type": "title", "negate": True}, "<<Rain>>", False,
         "title 'Rain' between '<<' and '>>', which was not allowed"),
        ({"type": "postscript"}, "Come.\n\n**P.S.** Bring rain.", True,
         "postscript '**P.S.**', as wanted"),
        ({"type": "postscript"}, "P.S. Bring rain.", False,
         "no postscript 'P.S.', one after the text wanted"),
        ({"type": "postscript", "negate": True}, "Come.\nPS: rain", False,
         "postscript 'PS:', which was not allowed"),
    ],
)  # fmt: skip
def test_messages(said, spec, text, ok, message):
    assert said(spec, text) == (ok, message)


@pytest.mark.parametrize(
    ("line", "is_title"),
    [
        ("## Cause", True),
        ("**CAUSE**", True),
        ("1. Cause", True),
        ("**1. Cause:**", True),
        ("二、Cause", True),
        ("【Cause】", True),
        ("Cause: rain", True),
        ("- Cause：rain", True),
        ("### III. Cause", True),
        ("Causes", False),
        ("Cause and effect", False),
        ("The Cause", False),
        ("```\nCause\n```", False),
    ],
)
def test_what_opens_a_section(line, is_title):
    spec = {"type": "sections", "titles": ["Cause"]}
    assert run_check(spec, f"Text.\n\n{line}\n\nMore.").ok is is_title


@pytest.mark.parametrize(
    ("marker", "line", "counts"),
    [
        ("Section", "Section A", True),
        ("Section", "## Section IV", True),
        ("Section", "section two:", True),
        ("Section", "Sections 1", False),
        ("Section", "Section about it", False),
        ("第", "第三部分", True),
        ("第", "第一天", True),
        ("Day", "- Day 12", True),
    ],
)
def test_what_opens_a_marked_section(marker, line, counts):
    assert run_check({"type": "sections", "marker": marker, "exactly": 1}, line).ok is counts


@pytest.mark.parametrize(
    ("marker", "text", "found"),
    [
        ("P.S.", "a\nP. S. b", True),
        ("P.S.", "a\nps b", True),
        ("P.S.", "a\npsalm b", False),
        ("P.P.S", "a\nP.S. b", False),
        ("P.P.S", "a\nP.P.S. b", True),
        ("附言：", "信。\n附言：雨", True),
        ("附言：", "信。\n附言：", False),
    ],
)
def test_markers_of_postscripts(marker, text, found):
    assert run_check({"type": "postscript", "marker": marker}, text).ok is found


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({}, "one of 'titles' and 'marker' is needed"),
        ({"titles": ["a"], "marker": "b"}, "one of 'titles' and 'marker' is needed"),
        ({"titles": ["a"], "min": 2}, "'min', 'max', 'exactly' go with 'marker'"),
    ],
)
def test_bad_sections(spec, problem):
    with pytest.raises(InputError, match=problem):
        parse_check({"type": "sections", **spec})
