from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from truing_core.errors import UsageError
from truing_core.models.spec import ModelSpec

NAME_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"], exclude_characters="?"
)
NAMES = st.text(NAME_CHARACTERS, min_size=1, max_size=40)
HOSTS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5}){0,2}", fullmatch=True),
    st.just("[::1]"),
    st.just("127.0.0.1"),
)
URLS = st.builds(
    lambda scheme, host, port, path: f"{scheme}://{host}{port}{path}",
    st.sampled_from(["http", "https"]),
    HOSTS,
    st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}")),
    st.sampled_from(["", "/v1", "/api/openai/v1"]),
)
VARIABLES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("demo", ModelSpec("demo", "demo")),
        ("  openai/gpt-4o-mini\n", ModelSpec("openai", "gpt-4o-mini")),
        (
            "openai/Qwen/Qwen3-8B@http://127.0.0.1:8000/v1/",
            ModelSpec("openai", "Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1"),
        ),
        (
            "openai/m@https://h/v1?api_key_env=MY_KEY",
            ModelSpec("openai", "m", "https://h/v1", "MY_KEY"),
        ),
        ("openai/claude@20240620", ModelSpec("openai", "claude@20240620")),
        (
            "openai/claude@20240620@HTTPS://h/v1",
            ModelSpec("openai", "claude@20240620", "HTTPS://h/v1"),
        ),
        ("hf/HuggingFaceTB/SmolLM2-135M", ModelSpec("hf", "HuggingFaceTB/SmolLM2-135M")),
        ("hf/./models/a?b", ModelSpec("hf", "./models/a?b")),
        ("hf//data/models/a@b", ModelSpec("hf", "/data/models/a@b")),
        (r"vllm/C:\models\tiny @ home", ModelSpec("vllm", r"C:\models\tiny @ home")),
        ("hf/C:/models/tiny", ModelSpec("hf", "C:/models/tiny")),
    ],
)
def test_parses_every_form(text: str, expected: ModelSpec) -> None:
    assert ModelSpec.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no model spec"),
        ("gpt-4o-mini", "no model spec"),
        ("openai", "no model spec"),
        ("openai/", "no model spec"),
        ("OpenAI/gpt-4o", "no model spec"),
        ("anthropic/claude", "no model spec"),
        ("demo/other", "no model spec"),
        ("openai/@http://127.0.0.1:8000/v1", "names no model"),
        ("openai/?api_key_env=MY_KEY", "names no model"),
        ("openai/m@http://", "no http(s) address"),
        ("openai/m@http://h:0/v1", "no http(s) address"),
        ("openai/m@http://h:99999/v1", "no http(s) address"),
        ("openai/m@http://[::1/v1", "no http(s) address"),
        ("openai/m@localhost:8000/v1", "must start with http://"),
        ("openai/m@10.0.0.1:8000", "must start with http://"),
        ("openai/m@ftp://h/v1", "must start with http://"),
        ("openai/m@http://h/v1?api-version=1", "api_key_env=VARIABLE"),
        ("openai/m?api_key_env=", "api_key_env=VARIABLE"),
    ],
)
def test_refuses_what_is_no_spec(text: str, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelSpec.parse(text)
    assert part in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "openai/m@https://user:wonderland@h.example/v1",
        "openai/m@https://user:wonderland@httphost/v1",
        "openai/m@http://user:wonderland@h:0/v1",
        "openai/m@https://h/v1?api_key=wonderland",
        "openai/m?api_key_env=won-derland-wonderland",
    ],
)
def test_credentials_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        ModelSpec.parse(text)
    assert "wonderland" not in str(caught.value)


def test_says_how_to_pass_a_key_instead() -> None:
    with pytest.raises(UsageError, match=r"'openai/m@https://h:8/v1\?api_key_env=MY_KEY'"):
        ModelSpec.parse("openai/m@https://user:wonderland@h:8/v1")


@given(name=NAMES, url=st.none() | URLS, variable=st.just("OPENAI_API_KEY") | VARIABLES)
def test_openai_specs_survive_a_round_trip(name: str, url: str | None, variable: str) -> None:
    assume("://" not in name and "@" not in name)
    spec = ModelSpec("openai", name, url, variable)
    assert ModelSpec.parse(str(spec)) == spec


@given(backend=st.sampled_from(["hf", "vllm"]), name=NAMES | st.just("a?b") | st.just(r"C:\a b"))
def test_local_specs_survive_a_round_trip(backend: str, name: str) -> None:
    spec = ModelSpec(backend, name)  # type: ignore[arg-type]
    assert ModelSpec.parse(str(spec)) == spec


@given(st.text(max_size=60) | NAMES.map(lambda name: f"openai/{name}"))
def test_any_text_gives_a_stable_spec_or_a_usage_error(text: str) -> None:
    try:
        spec = ModelSpec.parse(text)
    except UsageError:
        return
    assert ModelSpec.parse(str(spec)) == spec
