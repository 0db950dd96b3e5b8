"""The edit memory: one SQLite file of edits, their history and their vectors."""

from lte_edit.memory.edit_memory import EditMemory
from lte_edit.memory.results import AddResult, Change, Hit

__all__ = ["AddResult", "Change", "EditMemory", "Hit"]
