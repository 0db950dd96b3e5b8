"""Test helpers: a real local OpenAI-compatible server, tiny models, pytest fixtures."""
