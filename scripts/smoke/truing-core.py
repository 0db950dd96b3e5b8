"""Use the installed core once: a reply goes through the journal and a file, and comes back."""

import tempfile
from pathlib import Path

from truing_core.journal import Journal, request_key
from truing_core.models.base import ChatReply, ChatRequest, Message, Sampling, Usage
from truing_core.models.spec import ModelSpec
from truing_core.records import read_rows, write_rows

MODEL = "openai/some-model@http://127.0.0.1:8000/v1"

with tempfile.TemporaryDirectory() as folder:
    request = ChatRequest(
        "row-1", (Message(role="user", content="Say yes."),), Sampling(temperature=0.0)
    )
    reply = ChatReply("row-1", text="Yes. 好的。", finish_reason="stop", usage=Usage(9, 4))
    key = request_key(MODEL, request)
    with Journal(Path(folder, "journal.sqlite")) as journal:
        assert journal.get(key) is None
        journal.put(key, reply, model=MODEL)
    with Journal(Path(folder, "journal.sqlite")) as journal:
        kept = journal.get(key)
        assert kept is not None
        assert (kept.text, kept.cached, len(journal)) == (reply.text, True, 1)
    rows = Path(folder, "rows.jsonl")
    assert write_rows(rows, [{"id": kept.id, "text": kept.text}]) == 1
    assert list(read_rows(rows)) == [(1, {"id": "row-1", "text": "Yes. 好的。"})]
    assert ModelSpec.parse(MODEL).name == "some-model"
print("truing-core: a reply was journaled, read again, written and read")
