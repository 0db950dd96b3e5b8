"""Ways to edit, side by side."""

from lte_edit.evaluation.methods.base import Edited, Lab, Method

__all__ = ["Edited", "Lab", "Method"]
