"""Novelty: how near a new text is to the nearest of those that are there (METHODS 3, step 3)."""

from lion_distill.novelty.index import Nearest, NoveltyIndex, Screened

__all__ = ["Nearest", "NoveltyIndex", "Screened"]
