from __future__ import annotations

import signal

import pytest
from hypothesis import settings

# Machines are shared: how long one example takes says nothing about the code.
settings.register_profile("truing", deadline=None)
settings.load_profile("truing")


@pytest.fixture
def interruptible():
    """Child processes mind Ctrl-C, also where the tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
