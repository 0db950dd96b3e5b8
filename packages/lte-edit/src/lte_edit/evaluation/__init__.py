"""Evaluation as KnowEdit does it: edit success, portability, locality, fluency, retrieval."""
