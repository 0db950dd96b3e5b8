"""Killed without warning, again and again: nothing is lost, nothing is paid for twice."""

import random
import signal
import subprocess
import sys
import textwrap
import time

from truing_core.journal import Journal, request_key
from truing_core.models import ChatRequest

REQUESTS, KILLS = 1000, 20

RUN = """
    import sys
    from truing_core.journal import Journal, JournaledModel
    from truing_core.models import ChatRequest, LoadOptions, load_model

    url, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    requests = (
        ChatRequest(f"row {n}", ({"role": "user", "content": f"question {n}"},))
        for n in range(count)
    )
    with Journal(path) as journal:
        model = JournaledModel(load_model(f"openai/m@{url}", LoadOptions(concurrency=16)), journal)
        print("begun", flush=True)
        replies = list(model.complete(requests))
        model.close()
    assert sorted(reply.id for reply in replies) == sorted(f"row {n}" for n in range(count))
    assert all(reply.text == "echo: question " + reply.id[4:] for reply in replies)
    print(sum(reply.cached for reply in replies))
"""


def keys(identity):
    for number in range(REQUESTS):
        prompt = f"question {number}"
        yield prompt, request_key(identity, ChatRequest("", ({"role": "user", "content": prompt},)))


def wait_for(server, total, process):
    deadline = time.monotonic() + 60
    while server.total < total:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline, "it asks nothing"
        time.sleep(0.001)


def test_killed_twenty_times_in_one_run(chat_server, tmp_path):
    server, path = chat_server(latency=0.05), tmp_path / "journal.sqlite"
    identity = f"openai/m@{server.url}"
    command = [sys.executable, "-c", textwrap.dedent(RUN), server.url, str(path), str(REQUESTS)]
    moments = random.Random(20)
    kept: set[str] = set()
    asked_when_kept: dict[str, int] = {}
    sizes = []
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "begun\n"
        # A kill falls anywhere: while connecting, between replies, in the middle of a commit.
        wait_for(server, server.total + moments.randint(0, 60), process)
        time.sleep(moments.uniform(0.0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.1)  # the server may still be reading what the dead process has sent
        with Journal(path) as journal:
            now = {prompt for prompt, key in keys(identity) if journal.get(key) is not None}
            assert len(journal) == len(now)
        assert kept <= now, "a journaled reply is gone"
        for prompt in now - kept:
            asked_when_kept[prompt] = server.asked[prompt]
        kept = now
        sizes.append(len(kept))
        for prompt in kept:
            assert server.asked[prompt] == asked_when_kept[prompt], "asked although journaled"
    assert 0 < sizes[-1] < REQUESTS, f"no kill hit a run under way: {sizes}"
    assert len(set(sizes)) > 5

    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) == sizes[-1]
    with Journal(path) as journal:
        assert len(journal) == REQUESTS
        for prompt, key in keys(identity):
            assert journal.get(key).text == f"echo: {prompt}"
    for prompt in kept:
        assert server.asked[prompt] == asked_when_kept[prompt]
    # Only what was handed over and not journaled was asked again: at each kill at most the 16
    # slots, the 4 spare requests that keep them busy, and the reply that is being journaled.
    assert server.total <= REQUESTS + KILLS * (16 + 4 + 1)
