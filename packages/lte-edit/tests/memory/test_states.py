"""The memory against a plain model of it, through any sequence of changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory
from truing_core.errors import InputError

QUERY = "aab"


class Letters:
    """An encoder that costs nothing and whose dot products are whole numbers."""

    identity, dimension = "letters#1", 4

    def encode(self, texts):
        rows = [[text.count(letter) for letter in "abpq"] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 4)


def score(edit):
    texts = [edit.descriptor, *(f"{each} {edit.target}" for each in edit.rephrasings)]
    vectors = Letters().encode([QUERY, *texts])
    return max(float(vectors[0] @ each) for each in vectors[1:])


WANTED = st.tuples(
    st.sampled_from(["p", "q", "pq"]),
    st.sampled_from(["a", "b", "aab"]),
    st.sampled_from([(), ("ab",), ("aa", "b")]),
    st.sampled_from(["default", "other"]),
)


class Memories(RuleBasedStateMachine):
    """Two handles on one memory, and what should be in force after each change."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        # The second searches by graph from three vectors on.
        self.limits = [100_000, 2]
        self.handles = [self.opened(which) for which in (0, 1)]
        self.states = [{}]  # after change n: id -> edit
        self.ever = {}  # id -> edit, in the order they were written

    def opened(self, which):
        return EditMemory.open(self.path, Letters(), exact_up_to=self.limits[which])

    def teardown(self):
        for handle in self.handles:
            handle.close()

    @property
    def now(self):
        return self.states[-1]

    def expect_added(self, handle, edits):
        state, changed = dict(self.now), False
        for edit in edits:
            if edit.id in state:
                continue
            about = (edit.namespace, edit.key)
            old = next((e for e in state.values() if (e.namespace, e.key) == about), None)
            if old is not None and old.says_what(edit):
                continue
            if old is not None:
                del state[old.id]
            self.ever.setdefault(edit.id, edit)
            state[edit.id] = edit
            changed = True
        result = self.handles[handle].add(edits)
        assert (result.change is not None) == changed
        if changed:
            self.states.append(state)
            assert result.change == len(self.states) - 1

    @rule(handle=st.integers(0, 1), wanted=st.lists(WANTED, max_size=3))
    def add(self, handle, wanted):
        edits = [
            Edit(id=f"e{len(self.states)}.{n}", prompt=p, target=t, rephrasings=r, namespace=name)
            for n, (p, t, r, name) in enumerate(wanted)
        ]
        self.expect_added(handle, edits)

    @precondition(lambda self: self.ever)
    @rule(handle=st.integers(0, 1), data=st.data())
    def add_again(self, handle, data):
        self.expect_added(handle, [self.ever[data.draw(st.sampled_from(sorted(self.ever)))]])

    @precondition(lambda self: self.now)
    @rule(handle=st.integers(0, 1), data=st.data())
    def remove(self, handle, data):
        gone = data.draw(st.sampled_from(sorted(self.now)))
        self.handles[handle].remove([gone])
        self.states.append({k: v for k, v in self.now.items() if k != gone})

    @rule(handle=st.integers(0, 1), data=st.data(), namespace=st.sampled_from([None, "other"]))
    def rollback(self, handle, data, namespace):
        to = data.draw(st.integers(0, len(self.states) - 1))
        known = {edit.namespace for edit in self.ever.values()}
        if namespace is not None and known and namespace not in known:
            with pytest.raises(InputError, match="no namespace"):
                self.handles[handle].rollback(to_change=to, namespace=namespace)
            return
        self.handles[handle].rollback(to_change=to, namespace=namespace)
        state = {k: v for k, v in self.now.items() if namespace not in (None, v.namespace)}
        then = self.states[to].items()
        self.states.append(state | {k: v for k, v in then if namespace in (None, v.namespace)})

    @rule(handle=st.integers(0, 1))
    def reopen(self, handle):
        self.handles[handle].close()
        self.handles[handle] = self.opened(handle)

    @invariant()
    def both_handles_tell_the_same(self):
        for handle in self.handles:
            assert {edit.id: edit for edit in handle.edits()} == self.now
            assert len(handle.history()) == len(self.states) - 1
            assert handle.stats()["edits"] == len(self.ever)

    @invariant()
    def what_is_in_force_is_found(self):
        for namespace in {edit.namespace for edit in self.ever.values()}:
            order = list(self.ever)
            mine = [edit for edit in self.now.values() if edit.namespace == namespace]
            mine.sort(key=lambda edit: (-score(edit), order.index(edit.id)))
            for k in (2, 100):
                (hits,) = self.handles[0].search(QUERY, k, namespace=namespace)
                expected = [(edit.id, score(edit)) for edit in mine[:k]]
                assert [(hit.edit.id, hit.score) for hit in hits] == expected
            # A graph need not find all, but never what is not in force.
            (near,) = self.handles[1].search(QUERY, 100, namespace=namespace)
            assert {hit.edit.id for hit in near} <= {edit.id for edit in mine}
            assert bool(near) == bool(mine)

    @invariant()
    def the_past_does_not_change(self):
        for at in {0, len(self.states) // 2, len(self.states) - 1}:
            assert {edit.id for edit in self.handles[0].edits(at=at)} == set(self.states[at])


def test_any_sequence_of_changes(place, request):
    fresh = (place(f"memory{n}") for n in itertools.count())
    examples = 25 if request.node.callspec.params["place"] == "sqlite" else 10  # it takes longer
    run_state_machine_as_test(
        lambda: Memories(next(fresh)),
        settings=settings(max_examples=examples, stateful_step_count=20, deadline=None),
    )
