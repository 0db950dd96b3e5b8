"""What was acknowledged is there, whoever dies; two who write at once lose nothing."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from lte_edit.memory import EditMemory

WRITER = textwrap.dedent("""
    import sys
    import numpy as np
    from lte_edit.edits import Edit
    from lte_edit.memory import EditMemory

    class Ones:
        identity, dimension = "ones#1", 2
        def encode(self, texts):
            return np.ones((len(texts), 2), dtype=np.float32)

    path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with EditMemory.open(path, Ones()) as memory:
        for number in range(count):
            ids = [f"{name}{number}.{part}" for part in range(3)]
            memory.add([Edit(id=each, prompt=f"What is {each}?", target="x") for each in ids])
            print(number, flush=True)
""")


def start(path, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_every_acknowledged_edit_survives_a_kill(place):
    path = place()
    writer = start(path, "w", 100_000)
    acknowledged = [writer.stdout.readline().strip() for _ in range(20)]
    writer.kill()
    acknowledged += writer.stdout.read().split()
    writer.stdout.close()
    writer.wait()
    with EditMemory.open(path, create=False) as memory:
        ids = {edit.id for edit in memory.edits()}
        assert len(acknowledged) >= 20
        for number in acknowledged:
            assert {f"w{number}.{part}" for part in range(3)} <= ids
        # A call is kept whole or not at all.
        assert len(ids) % 3 == 0
        assert len(ids) - 3 * len(acknowledged) <= 3


def test_two_writers_at_once_lose_nothing(place):
    path = place()
    writers = [start(path, name, 40) for name in ("a", "b")]
    for writer in writers:
        out, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        assert len(out.split()) == 40
    with EditMemory.open(path, create=False) as memory:
        stats = memory.stats()
        assert stats["in_force"] == stats["vectors"] == 2 * 40 * 3
        assert [change.id for change in memory.history()] == list(range(1, 81))
