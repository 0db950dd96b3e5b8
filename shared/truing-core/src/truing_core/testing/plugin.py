"""pytest fixtures shared by the packages (registered through the pytest11 entry point).

Everything heavy is imported inside the fixture that needs it: this file is loaded by every
pytest run in an environment that has the package.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from truing_core.testing.commands import Outcome
    from truing_core.testing.server import ChatServer


@pytest.fixture
def chat_server() -> Iterator[Callable[..., ChatServer]]:
    """A factory: ``chat_server(reply=…, faults=…)`` gives a running server, stopped at the end."""
    from truing_core.testing.server import ChatServer

    with ExitStack() as stack:

        def start(*args: Any, **options: Any) -> ChatServer:
            return stack.enter_context(ChatServer(*args, **options))

        yield start


@pytest.fixture
def command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Callable[..., Outcome]]:
    """A factory: ``command_line(app, "bmc-dpo", "bridge")`` calls ``bmc-dpo bridge …``.

    In this process, from an empty folder, without anybody's settings.
    """
    from truing_core.testing.commands import call

    def make(app: Any, name: str, *first: str) -> Callable[..., Outcome]:
        own = f"{name.upper().replace('-', '_')}_"
        for variable in list(os.environ):
            if variable.startswith((own, "OPENAI_")):
                monkeypatch.delenv(variable)
        monkeypatch.chdir(tmp_path)
        return lambda *arguments: call(app, name, capsys, *first, *arguments)

    return make


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Child processes mind Ctrl-C, also where the tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def test_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real data: ``TRUING_TEST_DATA``, or ``../shared/data`` beside the checkout."""
    named = os.environ.get("TRUING_TEST_DATA")
    if named:
        folder = Path(named)
        if not folder.is_dir():
            pytest.fail(f"TRUING_TEST_DATA names {folder}, which is no folder")
        return folder.resolve()
    for parent in (pytestconfig.rootpath, *pytestconfig.rootpath.parents):
        if (parent / "noxfile.py").is_file():
            folder = parent.parent / "shared" / "data"
            if folder.is_dir():
                return folder
    pytest.skip("no real data here: set TRUING_TEST_DATA to the folder that holds it")


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real, tiny chat model; see :mod:`truing_core.testing.tiny`."""
    for module in ("torch", "transformers", "tokenizers"):
        pytest.importorskip(module, reason=f"{module} is not installed (extra 'hf')")
    from truing_core.testing.tiny import save_tiny_model

    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
