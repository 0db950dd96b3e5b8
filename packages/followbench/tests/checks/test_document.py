"""The scanner of lists, tables, headings and code, compared with a Markdown parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from followbench.checks.document import CodeBlock, Heading, ListItem, Table, document

MARKDOWN = MarkdownIt("commonmark").enable("table").disable(["code", "lheading", "html_block"])


def as_parsed(text):
    """Headings, code, top-level items by kind and tables, as markdown-it finds them."""
    headings, code, tables, bullets, numbers = [], [], [], 0, 0
    nest: list[str] = []
    tokens = MARKDOWN.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            headings.append((int(token.tag[1]), tokens[place + 1].content))
        elif token.type == "fence":
            code.append((token.info.split()[0] if token.info else "", token.content.rstrip("\n")))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            nest.append(token.type)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            nest.pop()
        elif token.type == "list_item_open":
            bullets += nest.count(nest[-1]) == 1 and nest[-1] == "bullet_list_open"
            numbers += nest.count(nest[-1]) == 1 and nest[-1] == "ordered_list_open"
        elif token.type == "table_open":
            tables.append(0)
        elif token.type == "tr_open":
            tables[-1] += 1
    return headings, code, bullets, numbers, [rows - 1 for rows in tables]


def as_scanned(text):
    parts = document(text)
    return (
        [tuple(heading) for heading in parts.headings],
        [tuple(block) for block in parts.code],
        sum(item.top and not item.numbered for item in parts.items),
        sum(item.top and item.numbered for item in parts.items),
        [len(table.rows) for table in parts.tables],
    )


words = st.lists(st.sampled_from(["rain", "wind", "a-b", "**hail**", "3", "it's"]), min_size=1)
phrase = words.map(lambda parts: "x " + " ".join(parts))
bullets = st.builds(
    lambda mark, items: "\n".join(
        f"{mark} {text}" + "".join(f"\n  {mark} {inner}" for inner in nested)
        for text, nested in items
    ),
    st.sampled_from("-*+"),
    st.lists(st.tuples(phrase, st.lists(phrase, max_size=2)), min_size=1, max_size=4),
)
numbers = st.builds(
    lambda mark, items: "\n".join(
        f"{place}{mark} {text}" + "".join(f"\n   - {inner}" for inner in nested)
        for place, (text, nested) in enumerate(items, start=1)
    ),
    st.sampled_from(".)"),
    st.lists(st.tuples(phrase, st.lists(phrase, max_size=2)), min_size=1, max_size=4),
)
code = st.builds(
    "{0}{1}\n{2}\n{0}".format,
    st.sampled_from(["```", "~~~~"]),
    st.sampled_from(["", "python"]),
    st.sampled_from(["x = 1", "# no heading\n- no item", "| a |\n|---|\n| b |"]),
)
tables = st.builds(
    lambda columns, rows: "\n".join(
        ["| " + " | ".join("h" * columns) + " |", "|" + ":--|" * columns]
        + ["| " + " | ".join("c" * columns) + " |"] * rows
    ),
    st.integers(1, 4),
    st.integers(0, 3),
)
headings = st.builds("{0} {1}".format, st.sampled_from(["#", "##", "######"]), phrase)
blocks = st.one_of(phrase, bullets, numbers, code, tables, headings, st.just("---"))


@given(st.lists(blocks, max_size=6).map("\n\n".join))
def test_plain_markdown_is_read_as_a_parser_reads_it(text):
    assert as_scanned(text) == as_parsed(text)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Bring:\n- a\n- b", ["a", "b"]),
        ("• a\n•b\n· c\n– d", ["a", "b", "c", "d"]),
        ("- a\n  - b\n    - c\n- d", ["a", "d"]),
        ("- a\n\n  more of a\n\n- b", ["a", "b"]),
        ("> - a\n> - b", ["a", "b"]),
        ("1. a\n   - b\n   - c\n2. d", ["b", "c"]),
        ("- - -\n* * *\n---\n-a\n-\n**b** c", []),
        ("```\n- a\n```", []),
        ("- [ ] a\n- [x] b", ["[ ] a", "[x] b"]),
        ("\t- a\n\t\t- b", ["a"]),
    ],
)
def test_top_level_bullets(text, items):
    found = [item.text for item in document(text).items if item.top and not item.numbered]
    assert found == items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1. a\n2) b\n(3) c\n4、d\n（5）e\n６．f", ["a", "b", "c", "d", "e", "f"]),
        ("1.苹果\n二、梨", ["苹果", "梨"]),
        ("**1. a**\n__2.__ b", ["a**", "__ b"]),
        ("1. a\n\nSome text.\n\n2. b", ["a", "b"]),
        ("3.14 is pi\n2024. It was\n1.5 in\n42.", []),
        ("1. a\n   1. b\n2. c", ["a", "c"]),
        ("- a\n  1. b\n  2. c", ["b", "c"]),
    ],
)
def test_top_level_numbers(text, items):
    found = [item.text for item in document(text).items if item.top and item.numbered]
    assert found == items


def test_items_know_their_marker():
    assert document("* a\n7) b").items == [
        ListItem(False, "*", "a", True),
        ListItem(True, "7)", "b", True),
    ]


def test_headings():
    text = "# A #\n#no\n##\n ### B\n> ## C\n# \nText\n---"
    assert document(text).headings == [Heading(1, "A"), Heading(3, "B"), Heading(2, "C")]


def test_code_blocks():
    text = "```Py title=x\na\n``\n```\n~~~\n```\nb\n~~~\n````md\n```\n````\n```js\nopen"
    assert document(text).code == [
        CodeBlock("py", "a\n``"),
        CodeBlock("", "```\nb"),
        CodeBlock("md", "```"),
        CodeBlock("js", "open"),
    ]
    assert document("```a```").code == []


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            "a | b\n:-|-:\n1 | 2\n3 \\| 4 | 5\nend",
            [Table(("a", "b"), (("1", "2"), ("3 | 4", "5")))],
        ),
        ("|a|\n|-|", [Table(("a",), ())]),
        ("|a|b|\n|-|\n|1|2|", []),
        ("a|b\nc|d", []),
        ("|a|\n|---|\n```\n|b|\n```", [Table(("a",), ())]),
        ("|a|\n|-|\n|b|\n\n|c|\n|-|", [Table(("a",), (("b",),)), Table(("c",), ())]),
    ],
)
def test_tables(text, tables):
    assert document(text).tables == tables
