"""The memory: what is in force, what was, and what is found."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lte_edit.edits import LONGEST
from lte_edit.memory import AddResult
from truing_core.errors import InputError, UsageError


def ids(hits):
    return [[hit.edit.id for hit in each] for each in hits]


def test_what_is_added_is_found(memory, fact):
    result = memory.add([fact("a"), fact("b", "Where is Rome?", "Italy", "Rome")])
    assert result == AddResult(1, ("a", "b"))
    ((hit, other),) = memory.search(["Who is it that leads Acme?"])
    assert (hit.edit.id, other.edit.id) == ("a", "b")
    assert 1 >= hit.score > other.score
    assert hit.part == 0
    assert memory.search([]) == []
    assert ids(memory.search(["Rome?", "Acme?"], k=1)) == [["b"], ["a"]]


def test_the_longest_text_is_read_again(memory, fact):
    longest = "\u0958" * (LONGEST // 2)  # each is stored as two characters
    memory.add([fact("a", target=longest)])
    ((hit,),) = memory.search(["Who leads Acme?"])
    assert memory.get("a") == (hit.edit, True)
    assert hit.edit.target == "\u0915\u093c" * (LONGEST // 2)


def test_rephrasings_are_found_and_count_once(memory, fact):
    memory.add([fact("a", rephrasings=("Name the boss of the firm",)), fact("b", "x", "y", "z")])
    ((hit, other),) = memory.search(["Name the boss of the firm Ada"])
    assert (hit.edit.id, hit.part, other.edit.id) == ("a", 1, "b")
    assert hit.score == pytest.approx(1, abs=1e-6)


def test_an_edit_about_the_same_supersedes(memory, fact):
    memory.add([fact("a")])
    result = memory.add([fact("b", "who leads  ACME?", "Bob", "acme")])
    assert result == AddResult(2, ("b",), ("a",))
    assert [edit.id for edit in memory.edits()] == ["b"]
    assert ids(memory.search(["Who leads Acme?"])) == [["b"]]
    assert memory.get("a") == (
        fact("a").model_copy(update={"time": memory.get("a")[0].time}),
        False,
    )
    # Another subject, prompt or namespace is another fact.
    memory.add([fact("c", subject="Other"), fact("d", namespace="team"), fact("e", "Who?")])
    assert [edit.id for edit in memory.edits()] == ["b", "c", "d", "e"]


def test_of_two_in_one_call_the_later_one_holds(memory, fact):
    result = memory.add([fact("a"), fact("b", target="Bob")])
    assert result == AddResult(1, ("b",), ("a",))
    assert [edit.id for edit in memory.edits()] == ["b"]


def test_the_same_again_changes_nothing(memory, fact):
    memory.add([fact("a")])
    assert memory.add([fact("a")]) == AddResult(None, (), (), ("a",))
    # Also under another id: a file without ids may be imported twice.
    assert memory.add([fact("b", "Who leads  ACME?")]) == AddResult(None, (), (), ("a",))
    assert memory.stats()["changes"] == 1


def test_one_that_was_taken_out_comes_back(memory, fact):
    memory.add([fact("a")])
    memory.remove(["a"])
    assert memory.edits() == []
    assert memory.search(["Acme?"]) == [[]]
    assert memory.add([fact("a")]).added == ("a",)
    assert ids(memory.search(["Acme?"])) == [["a"]]
    assert memory.stats()["edits"] == 1


def test_ids_belong_to_one_edit(memory, fact):
    memory.add([fact("a")])
    with pytest.raises(InputError, match="'a' belongs to another edit"):
        memory.add([fact("b", "x"), fact("a", target="Bob")])
    with pytest.raises(InputError, match="'c' stands 2 times"):
        memory.add([fact("c"), fact("c", target="Bob")])
    assert [edit.id for edit in memory.edits()] == ["a"]
    with pytest.raises(InputError, match="there is no edit 'x'"):
        memory.remove(["a", "x"])
    with pytest.raises(InputError, match="there is no edit 'x'"):
        memory.get("x")
    memory.remove(["a"])
    with pytest.raises(InputError, match="'a' is not in force"):
        memory.remove(["a"])


def test_rollback_to_a_change_is_itself_a_change(memory, fact):
    memory.add([fact("a")])  # 1
    memory.add([fact("b", target="Bob")])  # 2: instead of a
    memory.remove(["b"])  # 3
    assert memory.rollback(to_change=1) == (4, 1, 0)
    assert [edit.id for edit in memory.edits()] == ["a"]
    assert memory.rollback(to_change=2) == (5, 1, 1)
    assert ids(memory.search(["Acme?"])) == [["b"]]
    assert memory.rollback(to_change=0) == (6, 0, 1)
    assert memory.edits() == []
    assert [[edit.id for edit in memory.edits(at=at)] for at in range(7)] == [
        [], ["a"], ["b"], [], ["a"], ["b"], [],
    ]  # fmt: skip
    told = [(each.kind, each.began, each.ended) for each in memory.history()]
    assert told == [
        ("add", ("a",), ()),
        ("add", ("b",), ("a",)),
        ("remove", (), ("b",)),
        ("rollback", ("a",), ()),
        ("rollback", ("b",), ("a",)),
        ("rollback", (), ("b",)),
    ]
    assert [each.id for each in memory.history("a")] == [1, 2, 4, 5]


def test_rollback_to_a_time_in_one_namespace(memory, fact):
    memory.add([fact("a")], author="me", note="first")
    middle = datetime.now(UTC)
    memory.add([fact("b", target="Bob"), fact("c", namespace="team")])
    assert memory.rollback(to_time=middle, namespace="default")[1:] == (1, 1)
    assert [edit.id for edit in memory.edits()] == ["a", "c"]
    assert memory.rollback(to_time=middle - timedelta(days=1))[1:] == (0, 2)
    first = memory.history()[0]
    assert (first.author, first.note) == ("me", "first")
    assert first.time <= middle


def test_rollbacks_that_cannot_be(memory, fact):
    memory.add([fact("a")])
    with pytest.raises(UsageError, match="there is no change 7; the last one is 1"):
        memory.rollback(to_change=7)
    with pytest.raises(UsageError, match="the time 0001-01-01T00:00:00\\+14:00 is outside"):
        memory.rollback(to_time=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
    with pytest.raises(UsageError, match="give one of the two"):
        memory.rollback()
    assert memory.stats()["changes"] == 1


def test_namespaces_are_apart(memory, fact):
    memory.add([fact("a"), fact("b", namespace="team")])
    assert ids(memory.search(["Acme?"])) == [["a"]]
    assert ids(memory.search(["Acme?"], namespace="team")) == [["b"]]
    assert memory.namespaces() == {"default": 1, "team": 1}
    with pytest.raises(InputError, match=r"no namespace 'other'.*known: default, team"):
        memory.search(["Acme?"], namespace="other")
    with pytest.raises(InputError, match="no namespace 'other'"):
        memory.edits("other")


def test_a_new_memory_finds_nothing(memory):
    assert memory.search(["Acme?"]) == [[]]
    assert memory.edits("default") == []


def test_thresholds(memory, fact):
    memory.add([fact("a"), fact("b", "Where is Rome?", "Italy", "Rome")])
    ((best, _),) = memory.search(["Who leads Acme?"])
    assert ids(memory.search(["Who leads Acme?"], threshold=best.score - 0.01)) == [["a"]]
    memory.set_threshold(best.score + 0.01)
    assert memory.search(["Who leads Acme?"]) == [[]]
    assert ids(memory.search(["Who leads Acme?"], threshold=-1)) == [["a", "b"]]
    memory.set_threshold(None)
    assert memory.threshold is None


def test_opening_embeds_nothing_and_sees_others(open_memory, encoder, fact):
    first, second = open_memory(), open_memory()
    first.add([fact("a")])
    asked = encoder.asked
    assert ids(second.search(["Acme?"])) == [["a"]]
    third = open_memory()
    assert ids(third.search(["Acme?"])) == [["a"]]
    assert encoder.asked == asked + 2  # the queries
    second.add([fact("b", "Where?", "Rome", "Rome")])
    assert ids(first.search(["Where? Rome"], k=1)) == [["b"]]
    first.remove(["b"])
    assert ids(second.search(["Where? Rome"])) == [["a"]]


def test_another_encoder_is_refused_until_all_is_embedded_anew(open_memory, make_encoder, fact):
    memory = open_memory()
    memory.add([fact("a"), fact("b", "x", "y", "z")])
    memory.remove(["b"])
    memory.set_threshold(0.5)
    other = make_encoder("others#2", 32)
    with pytest.raises(UsageError, match=r"encoder triples.*memory reembed --memory"):
        open_memory(with_encoder=other)
    blank = open_memory(with_encoder=None)
    with pytest.raises(UsageError, match="without an encoder"):
        blank.search(["Acme?"])
    assert blank.reembed(other) == 2
    assert (blank.encoder_identity, blank.threshold) == ("others#2", None)
    assert ids(open_memory(with_encoder=other).search(["Acme?"])) == [["a"]]
    # Whoever still has the old encoder must not search the new vectors.
    with pytest.raises(UsageError, match="come from the encoder others"):
        memory.search(["Acme?"])


def test_stats(memory, place, fact):
    memory.add([fact("a", rephrasings=("Boss?",)), fact("b", namespace="team")])
    memory.remove(["b"])
    stats = memory.stats()
    assert stats.pop("bytes") > 4096
    assert stats.pop("path") == str(memory.path) == re.sub(":[^:/]+@", "@", str(place()))
    assert datetime.fromisoformat(stats.pop("created")) <= datetime.now(UTC)
    assert stats == {
        "edits": 2, "in_force": 1, "vectors": 3, "changes": 2,
        "namespaces": {"default": 1, "team": 0}, "encoder": "triples#1", "threshold": None,
        "dimension": 64,
    }  # fmt: skip
