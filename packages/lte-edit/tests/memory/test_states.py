"""The memory against a plain model of it, through any sequence of changes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lte_edit.edits import Edit
from lte_edit.memory import EditMemory


class Lengths:
    """An encoder that costs nothing."""

    identity, dimension = "lengths#1", 3

    def encode(self, texts):
        import numpy as np

        rows = [[len(text), text.count("a"), 1] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 3)


class Memories(RuleBasedStateMachine):
    """Two handles on one file, and what should be in force after each change."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "edits.sqlite"
        self.handles = [self.opened(), self.opened()]
        self.states = [{}]  # after change n: id -> (key, target)
        self.ever = {}

    def opened(self):
        return EditMemory.open(self.path, Lengths(), exact_up_to=4)

    def teardown(self):
        for handle in self.handles:
            handle.close()
        self.folder.cleanup()

    @property
    def now(self):
        return self.states[-1]

    @rule(
        handle=st.integers(0, 1),
        wanted=st.lists(
            st.tuples(st.sampled_from("pqr"), st.sampled_from("ab"), st.booleans()), max_size=3
        ),
    )
    def add(self, handle, wanted):
        edits, state, changed = [], dict(self.now), False
        for prompt, target, other in wanted:
            edit = Edit(
                id=f"e{len(self.ever) + len(edits)}", prompt=prompt, target=target * 3,
                namespace="other" if other else "default",
            )  # fmt: skip
            edits.append(edit)
            key = (edit.namespace, prompt)
            old = next((each for each, (k, _) in state.items() if k == key), None)
            if old is not None and state[old][1] == edit.target:
                continue
            state.pop(old, None)
            state[edit.id] = (key, edit.target)
            changed = True
        result = self.handles[handle].add(edits)
        self.ever |= {edit.id: edit for edit in edits}
        assert (result.change is not None) == changed
        if changed:
            self.states.append(state)
            assert result.change == len(self.states) - 1

    @precondition(lambda self: self.now)
    @rule(handle=st.integers(0, 1), data=st.data())
    def remove(self, handle, data):
        gone = data.draw(st.sampled_from(sorted(self.now)))
        self.handles[handle].remove([gone])
        self.states.append({k: v for k, v in self.now.items() if k != gone})

    @rule(handle=st.integers(0, 1), data=st.data(), namespace=st.sampled_from([None, "other"]))
    def rollback(self, handle, data, namespace):
        to = data.draw(st.integers(0, len(self.states) - 1))
        self.handles[handle].rollback(to_change=to, namespace=namespace)
        if namespace is None:
            state = dict(self.states[to])
        else:
            state = {k: v for k, v in self.now.items() if v[0][0] != namespace}
            state |= {k: v for k, v in self.states[to].items() if v[0][0] == namespace}
        self.states.append(state)

    @rule(handle=st.integers(0, 1))
    def reopen(self, handle):
        self.handles[handle].close()
        self.handles[handle] = self.opened()

    @invariant()
    def both_handles_tell_the_same(self):
        for handle in self.handles:
            assert {edit.id for edit in handle.edits()} == set(self.now)
            assert len(handle.history()) == len(self.states) - 1
            for namespace, count in handle.namespaces().items():
                mine = {k for k, v in self.now.items() if v[0][0] == namespace}
                assert count == len(mine)
                (hits,) = handle.search(["aaa"], k=100, namespace=namespace)
                # Above four vectors a graph searches, which need not find the last one.
                found = {hit.edit.id for hit in hits}
                assert found <= mine
                assert found == mine or len(mine) > 4

    @invariant()
    def the_past_does_not_change(self):
        for at in (0, len(self.states) // 2, len(self.states) - 1):
            assert {edit.id for edit in self.handles[0].edits(at=at)} == set(self.states[at])


TestMemories = Memories.TestCase
TestMemories.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
