"""The edit memory: edits, their history and their vectors, in SQLite or PostgreSQL."""

from lte_edit.memory.edit_memory import EditMemory
from lte_edit.memory.results import AddResult, Change, Hit

__all__ = ["AddResult", "Change", "EditMemory", "Hit"]
