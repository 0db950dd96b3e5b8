"""How good a student is: against a reference model, on tasks with answers, on benchmarks."""

from lion_distill.evaluation.pipeline import evaluate, evaluate_student, measured_on

__all__ = ["evaluate", "evaluate_student", "measured_on"]
