"""Discrimination: a referee scores teacher and student, and the split tells hard from easy."""

from lion_distill.discrimination.agreement import summarise
from lion_distill.discrimination.referee import referee, review
from lion_distill.discrimination.scores import read_scores
from lion_distill.discrimination.split import split, split_stage

__all__ = ["read_scores", "referee", "review", "split", "split_stage", "summarise"]
