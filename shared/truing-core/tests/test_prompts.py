from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import InputError, UsageError
from truing_core.prompts import Prompts

TEMPLATES = {
    "ask.j2": "Ask: {{ question }}\n{% for item in items %}\n  - {{ item }}\n{% endfor %}\nEnd.\n",
    "judge/base.j2": "[{% block middle %}{% endblock %}]",
    "judge/en/content.j2": (
        "{% extends 'judge/base.j2' %}{% block middle %}{{ n }} lists{% endblock %}"
    ),
    "judge/en/style.j2": "{% include 'judge/base.j2' %}!",
    "notes.txt": "no template",
}


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import sys

    folder = tmp_path_factory.mktemp("site")
    root = folder / "sample_prompt_package"
    for name, text in TEMPLATES.items():
        path = root / "prompts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "__init__.py").write_text("")
    sys.path.insert(0, str(folder))
    yield root.name
    sys.path.remove(str(folder))


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return folder


def test_names_are_relative_and_without_suffix(package: str) -> None:
    assert Prompts(package).names() == ["ask", "judge/base", "judge/en/content", "judge/en/style"]


def test_rendering_trims_block_lines(package: str) -> None:
    prompts = Prompts(package)
    assert prompts.render("ask", question="why?", items=["a", "b"]) == (
        "Ask: why?\n  - a\n  - b\nEnd."
    )
    assert prompts.render("judge/en/content", n=3) == "[3 lists]"
    assert prompts.render("judge/en/content.j2", n=3) == "[3 lists]"


@given(st.text())
def test_values_are_inert_and_not_escaped(package: str, text: str) -> None:
    prompts = Prompts(package)
    for value in (text, "{{ 7 * 7 }}" + text, "{% include 'ask.j2' %}", '<b> & "q"', "{# x #}"):
        shown = prompts.render("ask", question=value, items=[])
        assert shown == f"Ask: {value}\nEnd."


def test_every_value_must_be_given(package: str) -> None:
    with pytest.raises(InputError) as caught:
        Prompts(package).render("ask", items=[])
    assert str(caught.value) == (
        "sample_prompt_package/prompts/ask.j2: cannot be filled: 'question' is undefined"
    )


def test_unknown_templates_name_the_known(package: str) -> None:
    prompts = Prompts(package)
    for call in (prompts.render, prompts.hash):
        with pytest.raises(UsageError, match="there is no template 'asc'; known: ask, judge/base"):
            call("asc")


def test_an_override_wins_by_name(package: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        "judge/en/content.j2",
        "{% extends 'judge/base.j2' %}{% block middle %}mine{% endblock %}",
    )
    prompts = Prompts(package, override=tmp_path)
    assert prompts.render("judge/en/content", n=1) == "[mine]"
    assert prompts.render("judge/en/style") == "[]!"
    assert prompts.names() == Prompts(package).names()
    assert prompts.hash("judge/en/content") != Prompts(package).hash("judge/en/content")
    assert prompts.hash("ask") == Prompts(package).hash("ask")


def test_an_override_may_replace_what_is_included_or_add_to_it(
    package: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "judge/base.j2", "({% include 'tone.j2' %})")
    write(tmp_path, "tone.j2", "kindly")
    with caplog.at_level(logging.WARNING):
        prompts = Prompts(package, override=tmp_path)
    assert prompts.render("judge/en/style") == "(kindly)!"
    assert caplog.messages == []


def test_stray_templates_are_mentioned(
    package: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "ask.j2", "mine")
    write(tmp_path, "judge/en/contents.j2", "typo")
    with caplog.at_level(logging.WARNING):
        Prompts(package, override=tmp_path)
    [message] = caplog.messages
    assert message.endswith("contents.j2 is used by none of ours")


def test_overrides_that_cannot_be_meant(package: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        Prompts(package, override=tmp_path / "none")
    write(tmp_path, "asc.j2", "typo")
    with pytest.raises(UsageError) as caught:
        Prompts(package, override=tmp_path)
    assert "holds none of the templates it could replace: ask.j2, judge/base.j2," in str(
        caught.value
    )


def test_malformed_templates_are_located(package: str, tmp_path: Path) -> None:
    write(tmp_path, "judge/base.j2", "one\ntwo {{ oops\n")
    with pytest.raises(InputError) as caught:
        Prompts(package, override=tmp_path)
    assert caught.value.row in (2, 3)
    assert caught.value.path == str(tmp_path / "judge/base.j2")


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{% include 'gone.j2' %}", "includes 'gone.j2', which does not exist"),
        ("{{ 1 / 0 }}", "cannot be filled: division by zero"),
        ("{{ question + 1 }}", "cannot be filled: can only concatenate str"),
        ("{{ ''.__class__.__mro__ }}", "cannot be filled: "),
        ("{{ items.append(1) }}", "cannot be filled: "),
        ("{% for x in range(10 ** 9) %}{% endfor %}", "cannot be filled: "),
        ("{% include 'ask.j2' %}", "cannot be filled: "),
    ],
)
def test_what_goes_wrong_in_a_users_template_is_told(
    package: str, tmp_path: Path, template: str, part: str
) -> None:
    write(tmp_path, "ask.j2", template)
    prompts = Prompts(package, override=tmp_path)
    with pytest.raises(InputError) as caught:
        prompts.render("ask", question="q", items=[])
    assert str(caught.value).startswith(f"{tmp_path / 'ask.j2'}: ")
    assert part in str(caught.value)


def test_an_override_in_another_encoding(package: str, tmp_path: Path) -> None:
    (tmp_path / "ask.j2").write_bytes("é".encode("latin-1"))
    with pytest.raises(InputError, match="is no UTF-8 text"):
        Prompts(package, override=tmp_path)


def test_hash_of_a_plain_template_is_that_of_its_source(package: str) -> None:
    expected = hashlib.sha256(TEMPLATES["ask.j2"].encode()).hexdigest()[:12]
    assert Prompts(package).hash("ask") == expected
    assert Prompts(package).hashes()["ask"] == expected
    assert list(Prompts(package).hashes()) == Prompts(package).names()


def test_hash_covers_what_is_included_but_not_line_endings(package: str, tmp_path: Path) -> None:
    plain = Prompts(package)
    write(tmp_path / "a", "judge/base.j2", "({% block middle %}{% endblock %})")
    changed = Prompts(package, override=tmp_path / "a")
    assert changed.hash("judge/en/content") != plain.hash("judge/en/content")
    assert changed.hash("judge/en/style") != plain.hash("judge/en/style")
    assert changed.hash("ask") == plain.hash("ask")
    write(tmp_path / "b", "ask.j2", TEMPLATES["ask.j2"].replace("\n", "\r\n"))
    assert Prompts(package, override=tmp_path / "b").hash("ask") == plain.hash("ask")
