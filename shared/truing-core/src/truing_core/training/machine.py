"""What the machine allows: precision without an accelerator, and its lacks as sentences."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truing_core.errors import InputError, TruingError
from truing_core.files import disk_error
from truing_core.models.weights import out_of_memory


def suit(config: Any) -> None:
    """Makes a configuration of TRL's fit the machine, before its own checks.

    Without an accelerator it chooses float32 on the CPU, where TRL's defaults would refuse.

    Args:
        config: As its ``__post_init__`` finds it; ``bf16`` is ``None`` where nobody chose.
    """
    import torch

    if not torch.accelerator.is_available():
        config.use_cpu = True
        if config.bf16 is None and not config.fp16:
            config.bf16 = False
    if getattr(config, "activation_checkpointing", False) is None:
        # Its name from transformers 5.2x on; TRL's default under the old one makes it warn.
        config.activation_checkpointing = config.gradient_checkpointing


@contextlib.contextmanager
def sentences(memory_advice: str) -> Iterator[None]:
    """Puts what goes wrong in training into sentences, and what trainers print on stderr.

    Args:
        memory_advice: What to do when memory does not suffice.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except TruingError:
        raise
    except OSError as error:
        if error.errno is None:  # transformers' way to say that there is no such model
            raise InputError(" ".join(str(error).split())[:300]) from error
        raise disk_error(error) from error
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, MemoryError) or out_of_memory(error):
            raise TruingError(f"out of memory: {memory_advice}") from error
        raise


@contextlib.contextmanager
def writing(output_dir: str | Path) -> Iterator[None]:
    """Puts what goes wrong while weights are written into sentences."""
    from safetensors import SafetensorError

    try:
        yield
    except OSError as error:
        raise disk_error(error, Path(output_dir)) from error
    except SafetensorError as error:
        raise TruingError(
            f"the weights cannot be written to '{output_dir}' ({error}); earlier "
            "checkpoints stand: free some space, then go on with --resume_from_checkpoint true"
        ) from error
