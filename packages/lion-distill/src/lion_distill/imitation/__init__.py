"""Imitation: the teacher answers the train pool, and the student is fine-tuned on it."""

from lion_distill.imitation.checking import check, check_names
from lion_distill.imitation.imitate import imitate
from lion_distill.imitation.respond import respond
from lion_distill.imitation.settings import training_values
from lion_distill.imitation.student import student_choice, student_folder

__all__ = [
    "check",
    "check_names",
    "imitate",
    "respond",
    "student_choice",
    "student_folder",
    "training_values",
]
