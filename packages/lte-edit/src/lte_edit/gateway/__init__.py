"""The gateway: OpenAI's API in front of a model, with the edits of a memory in between."""
