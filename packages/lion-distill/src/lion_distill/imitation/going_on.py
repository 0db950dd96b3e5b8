"""What to do when a student's training cannot go on from where it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lion_distill.workspace import Iteration
from truing_core.errors import ResumeError, TruingError
from truing_core.training.resuming import ADVICE


@contextmanager
def own_advice(at: Iteration) -> Iterator[None]:
    """Puts in place of what ``train`` advises what costs the run nothing that was paid for.

    The loop goes on only with the settings, the model and the answers it had; so what differs is
    the number of devices, which is known in the training alone.

    Raises:
        ResumeError: The training was begun in another way.
    """
    try:
        yield
    except TruingError as error:
        said = str(error)
        if ADVICE not in said:
            raise
        ours = (
            "use the --launcher and as many devices as it had, or remove "
            f"'{at.student}' to train that student again"
        )
        raise ResumeError(said.replace(ADVICE, ours)) from error
