"""Generation: new instructions from hard and easy ones (METHODS 3, step 3)."""

from lion_distill.generation.generate import generate

__all__ = ["generate"]
