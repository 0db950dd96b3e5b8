"""Lion: adversarial distillation as a whole loop (arXiv 2305.12870)."""

from lion_distill.__about__ import __version__

__all__ = ["__version__"]
