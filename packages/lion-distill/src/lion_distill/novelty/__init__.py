"""Novelty: how near a new text is to the nearest of those that are there (step 3 of a round)."""

from lion_distill.novelty.index import Nearest, NoveltyIndex, Screened

__all__ = ["Nearest", "NoveltyIndex", "Screened"]
