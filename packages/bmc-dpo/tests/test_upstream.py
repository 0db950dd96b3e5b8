"""A canary: what BMC builds on in TRL's trainer, as it was when it was last read.

When this fails, TRL has changed a part that BMC leans on. Read the change, follow it where it
matters (does the loss still call the model once, with ``fused_lm_head=True``, and read the
reference's sums from the inputs after that?), run the tests, then set the new hash.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap

import pytest
from trl import DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

READ = {
    "_compute_loss": "e1e96899b3b07d10",
    "compute_ref_log_probs": "aa54ce72d34bb090",
    "_precompute_ref_logps": "71343be2c7d311c9",
    "_prepare_dataset": "a67b11aa59bef925",
    "torch_call": "b1ea2e4930d6348d",
}


def fingerprint(function):
    """Changes with the code, not with comments and layout."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", READ)
def test_upstream_is_as_it_was_read(name):
    owner = DataCollatorForPreference if name == "torch_call" else DPOTrainer
    assert fingerprint(getattr(owner, name)) == READ[name], (
        f"TRL has changed {owner.__name__}.{name}: see this module's docstring"
    )
