"""Generation: new instructions from hard and easy ones (step 3 of a round)."""

from lion_distill.generation.generate import generate

__all__ = ["generate"]
