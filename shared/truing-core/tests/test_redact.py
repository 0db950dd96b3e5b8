from __future__ import annotations

import pytest

from truing_core.redact import guarded, is_secret, is_secret_name, redact


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "api-key",
        "apiKey",
        "OPENAI_API_KEY",
        "judge.api_key",
        "hf_token",
        "hf-token",
        "access_token",
        "secret",
        "client_secret",
        "password",
        "Authorization",
        "credentials",
        "token",
        "key",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "api_key_env",
        "max_tokens",
        "batch_tokens",
        "pad_token",
        "eos_token",
        "stop_token",
        "prompt_tokens",
        "keywords",
        "sort_key",
        "monkey",
        "model",
    ],
)
def test_names_that_may_be_shown(name: str) -> None:
    assert not is_secret_name(name)


def test_guarded_blanks_by_name_at_any_depth() -> None:
    config = {
        "model": "openai/m?api_key_env=MY_KEY",
        "api_key": "wonderland",
        "servers": [{"url": "http://h", "password": "alice-in-w"}],
        "max_tokens": 7,
        "hf_token": None,
        "keys": {"token": ["one-two", "three"]},
        "limits": (1, 2.5, True),
    }
    assert guarded(config) == {
        "model": "openai/m?api_key_env=MY_KEY",
        "api_key": "***",
        "servers": [{"url": "http://h", "password": "***"}],
        "max_tokens": 7,
        "hf_token": None,
        "keys": {"token": ["***", "***"]},
        "limits": [1, 2.5, True],
    }


def test_secrets_of_the_environment_are_blanked_in_any_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_SERVER_KEY", "wonderland-42")
    monkeypatch.setenv("SHORT_KEY", "abc")
    monkeypatch.setenv("PLAIN_SETTING", "looking-glass")
    text = "401 for 'wonderland-42' (abc, looking-glass)"
    assert redact(text) == "401 for '***' (abc, looking-glass)"
    assert guarded({"note": ["header: wonderland-42"]}) == {"note": ["header: ***"]}


@pytest.mark.parametrize(
    "key", ["sk-proj-AbC_123-def456ghi", "hf_AbCdEfGhIjKlMnOpQr", "ghp_0123456789abcdefABCD"]
)
def test_well_known_shapes_are_blanked_though_no_variable_holds_them(key: str) -> None:
    assert redact(f"Incorrect API key provided: {key}.") == "Incorrect API key provided: ***."


def test_ordinary_words_stay() -> None:
    text = "sk-learn, hf_hub, a risk-averse task-specific sketch"
    assert redact(text) == text


@pytest.mark.parametrize(
    "value", ["ollama", "EMPTY", "token", "1234567", "lm-studio", "Not-Needed"]
)
def test_what_is_no_secret(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    assert not is_secret(value)
    assert redact(f"Run {value} serve") == f"Run {value} serve"


def test_a_secret_that_holds_another_leaves_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "wonderland")
    monkeypatch.setenv("B_KEY", "wonderland-4711")
    assert redact("wonderland-4711 and wonderland") == "*** and ***"
