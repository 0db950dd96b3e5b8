"""No API key in a journal, a log, an error, a manifest or a repr, whatever the server says."""

import subprocess
import sys
import textwrap

import pytest

from truing_core.testing.faults import Fault

KEY = "tk-7d3e9b1c5f20a846"

RUN = """
    import logging, sys, traceback
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    from pathlib import Path
    from truing_core.errors import TruingError
    from truing_core.models import ChatRequest, LoadOptions, load_model
    from truing_core.journal import JournaledModel
    from truing_core.run import Run

    url, folder = sys.argv[1], Path(sys.argv[2])
    spec = f"openai/m@{url}"
    with Run.open(folder, tool="test", version="1", config={"model": spec}) as run:
        model = load_model(spec, LoadOptions(max_retries=1))
        journaled = JournaledModel(model, run.journal)
        requests = [
            ChatRequest(str(n), ({"role": "user", "content": f"question {n}"},)) for n in range(20)
        ]
        try:
            for reply in journaled.complete(requests):
                print(reply)
        except TruingError as error:
            traceback.print_exc()
            print(repr(error), error.args)
        print(repr(model), repr(journaled), model.identity, vars(model).keys())
        run.note(model=model.identity)
        journaled.close()
"""


@pytest.mark.parametrize("script", ["all is well", "faults", "wrong key", "no server"])
def test_grep_for_the_key(chat_server, tmp_path, monkeypatch, script):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_LOG", "debug")
    echo = Fault("400", message="your header was 'Bearer {key}'")
    broken = Fault("500", message="{key} broke me")
    server = chat_server(
        reply=lambda body: f"The key is {KEY}.",
        api_key="another" if script == "wrong key" else None,
        faults={
            "question 1": [echo, echo],
            "question 2": [broken, broken],
            "question 3": ["malformed", "drop"],
            "question 4": [Fault("429", retry_after="0.1", message="{key} is too fast")],
        }
        if script == "faults"
        else None,
    )
    if script == "no server":
        server.stop()
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(RUN), server.url, str(folder)],
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if script != "no server":
        assert server.keys_seen == {KEY}, "the key was not even used"
    if script == "all is well":
        assert done.stdout.count("The key is ***.") == 20
    if script == "faults":
        assert "your header was 'Bearer ***'" in done.stdout
    if script == "wrong key":
        assert "does not accept the key in OPENAI_API_KEY" in done.stdout
    for half in (KEY, KEY[: len(KEY) // 2], KEY[len(KEY) // 2 :]):
        assert half not in done.stdout
        assert half not in done.stderr
        written = [path for path in folder.rglob("*") if path.is_file()]
        assert {"run.json", "journal.sqlite"} <= {path.name for path in written}
        for path in written:
            assert half.encode() not in path.read_bytes(), path
