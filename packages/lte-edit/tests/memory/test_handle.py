"""What handles, threads and processes see of each other; encoders; what must be there."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from lte_edit.edits import Edit
from lte_edit.memory.embedding import embed_texts
from truing_core.errors import InputError, ModelError, UsageError


def ids(hits):
    return [hit.edit.id for hit in hits]


def test_threads_share_a_memory(memory, fact):
    trouble = []

    def work(name):
        try:
            for n in range(10):
                memory.add([fact(f"{name}{n}", f"What is {name} {n}?")])
                assert memory.search(f"What is {name} {n}? Ada", 100)[0][0].score > 0.9
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert memory.stats()["in_force"] == 40
    assert [change.id for change in memory.history()] == list(range(1, 41))


def test_what_another_process_does_is_seen_at_once(memory, place, fact):
    memory.add([fact("a"), fact("b", "Where is Rome?", "Italy", "Rome")])
    assert ids(memory.search("Rome?")[0]) == ["b", "a"]
    code = "import sys; from lte_edit import EditMemory; m = EditMemory.open(sys.argv[1]); "
    code += "m.remove(['b']); m.close()"
    subprocess.run([sys.executable, "-c", code, str(place())], check=True)
    assert ids(memory.search("Rome?")[0]) == ["a"]


def test_the_graph_of_a_memory_is_hardly_ever_wrong(open_memory, make_encoder):
    encoder = make_encoder(dimension=32)
    exact = open_memory(with_encoder=encoder)
    exact.add([Edit(prompt=f"What is {n * 7919 % 10007}?", target=f"x{n}") for n in range(2000)])
    graph = open_memory(with_encoder=encoder, exact_up_to=100)
    queries = [f"What is {n * 31}? x" for n in range(60)]
    pairs = zip(exact.search(queries, 10), graph.search(queries, 10), strict=True)
    # Many vectors are equal or nearly so; what counts is how near the hits are.
    least = [(one[-1].score, [hit.score for hit in two]) for one, two in pairs]
    assert np.mean([np.mean(np.array(b) >= a - 1e-5) for a, b in least]) >= 0.95
    assert all(len(b) == 10 for _, b in least)


def test_many_rephrasings_leave_room_for_other_edits(open_memory, fact):
    for limit in (100, 1):
        memory = open_memory(f"edits{limit}", exact_up_to=limit)
        wordings = tuple(f"Who leads Acme, {n}?" for n in range(40))
        memory.add([fact("a", rephrasings=wordings), fact("b", "x", "y", "z"), fact("c", "q", "y")])
        assert {hit.edit.id for hit in memory.search("Who leads Acme, 7?")[0]} == {"a", "b", "c"}


def test_reembedding_takes_in_what_others_add_meanwhile(open_memory, make_encoder, fact):
    memory, other = open_memory(), open_memory()
    memory.add([fact("a")])
    told = []

    def on_done(count):
        told.append(count)
        if len(told) == 1:
            other.add([fact("b", "Where is Rome?", "Italy", "Rome")])

    fresh = make_encoder("fresh#2", 32)
    assert memory.reembed(fresh, on_done) == 2
    assert told == [1, 1]
    assert ids(memory.search("Where is Rome?", k=1)[0]) == ["b"]
    assert memory.stats()["dimension"] == 32


def test_reembedding_that_fails_changes_nothing(memory, make_encoder, fact):
    memory.add([fact("a")])
    memory.set_threshold(0.1)
    broken = make_encoder("broken#9", 32)
    broken.encode = lambda texts: np.zeros((len(texts), 31))
    with pytest.raises(ModelError, match=r"broken gave vectors of shape \(1, 31\)"):
        memory.reembed(broken)
    assert ids(memory.search("Acme?")[0]) == ["a"]
    assert memory.threshold == 0.1


def test_a_moved_encoder_is_the_same_encoder(open_memory, make_encoder, fact):
    open_memory(with_encoder=make_encoder("/old/place#abc")).add([fact("a")])
    moved = open_memory(with_encoder=make_encoder("/new/place#abc"))
    assert ids(moved.search("Acme?")[0]) == ["a"]
    with pytest.raises(UsageError, match="its weights have changed since"):
        open_memory(with_encoder=make_encoder("/old/place#def"))


def test_numbers_that_are_none(make_encoder):
    encoder = make_encoder()
    encoder.encode = lambda texts: np.full((len(texts), 64), np.nan)
    with pytest.raises(ModelError, match="not finite"):
        embed_texts(encoder, ["x"])


def test_bytes_that_are_no_text(memory, fact):
    memory.add([fact("a")], author="\udcff", note="n\udcffote")
    (change,) = memory.history()
    assert (change.author, change.note) == ("?", "n?ote")
    assert ids(memory.search("Acme\udcff?")[0]) == ["a"]


def test_names_that_cannot_be(memory, fact):
    for _ in range(2):
        for name in ("x\udcff", "x\0"):
            for ask in (
                lambda name: memory.edits(name),
                lambda name: memory.history(namespace=name),
                lambda name: memory.search("Acme?", namespace=name)[0],
            ):
                if memory.namespaces():
                    with pytest.raises(InputError, match="no namespace 'x"):
                        ask(name)
                else:
                    assert ask(name) == []
            with pytest.raises(InputError, match="no edit 'x"):
                memory.get(name)
        memory.add([fact("a")])


def test_what_is_asked_for_must_be_there(memory, fact):
    memory.add([fact("a")])
    with pytest.raises(InputError, match="no namespace 'team'"):
        memory.history(namespace="team")
    with pytest.raises(InputError, match="no edit 'b'"):
        memory.history("b")
    with pytest.raises(InputError, match="no namespace 'team'"):
        memory.rollback(to_change=0, namespace="team")
    with pytest.raises(UsageError, match="no change 2; the last one is 1"):
        memory.edits(at=2)
    with pytest.raises(UsageError, match="expected a finite number"):
        memory.set_threshold(float("nan"))
    assert memory.stats()["changes"] == 1
    assert memory.clashing([fact("a"), fact("b")]) == set()
    assert memory.clashing([fact("a", target="Bob")]) == {"a"}
