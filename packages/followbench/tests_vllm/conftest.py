import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The folder of the demo model, converted if need be."""
    command = [sys.executable, "-m", "truing_core.models.demo", "--path"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())
