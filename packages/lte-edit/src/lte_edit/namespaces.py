"""The namespace of edits that name none; by itself, so that commands start without pydantic."""

DEFAULT_NAMESPACE = "default"
