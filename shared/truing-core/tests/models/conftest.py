"""Models behind a server, closed at the end of a test, and nobody's key."""

from __future__ import annotations

import pytest

from truing_core.models import LoadOptions, ModelSpec


@pytest.fixture(autouse=True)
def _no_real_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connect():
    """A factory of models: of a server, or of a base URL."""
    from truing_core.models.openai import OpenAIModel

    models = []

    def load(server, *, name="test-model", outage=60.0, **options):
        url = server if isinstance(server, str) else server.url
        spec = ModelSpec.parse(f"openai/{name}@{url}")
        models.append(OpenAIModel(spec, LoadOptions(**options), outage=outage))
        return models[-1]

    yield load
    for model in models:
        model.close()
