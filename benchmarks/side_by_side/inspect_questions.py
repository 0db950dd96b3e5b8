"""The questions as an Inspect task, which ``eval_retry`` finds again by this file."""

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.solver import generate


@task
def questions(count: int) -> Task:
    samples = [Sample(input=f"question {number}", id=number) for number in range(count)]
    return Task(dataset=MemoryDataset(samples), solver=generate())
