import sqlite3
import threading
from contextlib import closing
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.errors import ModelError, TruingError
from truing_core.journal import Journal, JournaledModel, request_key
from truing_core.models import (
    ChatModel,
    ChatReply,
    ChatRequest,
    LoadOptions,
    Sampling,
    Usage,
    load_model,
)


def request(prompt, **fields):
    fields.setdefault("id", prompt)
    return ChatRequest(messages=({"role": "user", "content": prompt},), **fields)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        yield journal


@pytest.fixture
def ask(chat_server, journal):
    """Asks a fresh journaled model of one server; gives the replies and the server."""
    server = chat_server()
    models = []

    def run(requests, **options):
        options.setdefault("concurrency", 4)
        models.append(load_model(f"openai/m@{server.url}", LoadOptions(**options)))
        return JournaledModel(models[-1], journal).complete(requests)

    run.server = server
    yield run
    for model in models:
        model.close()


class TestRequestKey:
    def test_it_is_a_sha256_that_no_version_may_change(self):
        # A change here would make every existing journal worthless.
        canonical = b'["openai/m",[{"content":"Hi","role":"user"}],[0.0,1.0,1024,null,[]],0,null]'
        assert request_key("openai/m", request("Hi")) == sha256(canonical).hexdigest()

    def test_the_id_does_not_count(self):
        assert request_key("m", request("Hi", id="a")) == request_key("m", request("Hi", id="b"))

    @pytest.mark.parametrize(
        "other",
        [
            request("Hi!"),
            ChatRequest("Hi", ({"role": "system", "content": "Hi"},)),
            ChatRequest("Hi", ({"role": "user", "content": "Hi"},) * 2),
            request("Hi", sample=1),
            request("Hi", schema={}),
            request("Hi", sampling=Sampling(temperature=0.1)),
            request("Hi", sampling=Sampling(top_p=0.9)),
            request("Hi", sampling=Sampling(max_tokens=1)),
            request("Hi", sampling=Sampling(seed=0)),
            request("Hi", sampling=Sampling(stop=("x",))),
        ],
    )
    def test_everything_else_counts(self, other):
        assert request_key("m", other) != request_key("m", request("Hi"))

    def test_the_model_counts(self):
        assert request_key("m", request("Hi")) != request_key("n", request("Hi"))

    def test_the_order_of_a_schema_s_names_and_a_whole_temperature_do_not(self):
        one = request("Hi", schema={"a": 1, "b": 2}, sampling=Sampling(temperature=1))
        two = request("Hi", schema={"b": 2, "a": 1}, sampling=Sampling(temperature=1.0))
        assert request_key("m", one) == request_key("m", two)

    @given(st.text(), st.text())
    def test_different_texts_have_different_keys(self, one, two):
        assert (request_key("m", request(one)) == request_key("m", request(two))) == (one == two)

    def test_a_lone_surrogate_has_a_key(self):
        assert len(request_key("m", request("\ud83d"))) == 64


class TestJournal:
    def test_what_is_put_can_be_got(self, journal):
        reply = ChatReply("row 1", "text", "length", Usage(3, 4))
        journal.put("k", reply, model="m")
        assert journal.get("k") == ChatReply("row 1", "text", "length", Usage(3, 4), cached=True)
        assert journal.get("other") is None
        assert len(journal) == 1

    def test_the_first_reply_stays(self, journal):
        journal.put("k", ChatReply("1", "first"), model="m")
        journal.put("k", ChatReply("1", "second"), model="m")
        assert journal.get("k").text == "first"
        assert len(journal) == 1

    def test_a_failed_reply_is_refused(self, journal):
        with pytest.raises(ValueError, match="failed reply"):
            journal.put("k", ChatReply("1", error="no"), model="m")
        assert len(journal) == 0

    def test_usage_by_model(self, journal):
        for key, model, usage in (("a", "m", (1, 2)), ("b", "m", (10, 20)), ("c", "n", (5, 5))):
            journal.put(key, ChatReply(key, "x", usage=Usage(*usage)), model=model)
        assert journal.usage() == {"m": (2, Usage(11, 22)), "n": (1, Usage(5, 5))}

    def test_it_outlives_its_object(self, tmp_path):
        with Journal(tmp_path / "j") as first:
            first.put("k", ChatReply("1", "kept"), model="m")
        with Journal(tmp_path / "j") as second:
            assert second.get("k").text == "kept"

    @given(st.text(), st.text(min_size=1))
    def test_any_text_survives(self, text, request_id):
        with Journal(":memory:") as journal:
            journal.put("k", ChatReply(request_id, text), model="m")
            assert journal.get("k").text == text
            assert journal.get("k").id == request_id

    def test_half_a_character_does_not_stop_a_run(self, journal):
        journal.put("k", ChatReply("1", "a\ud83db"), model="m")
        assert journal.get("k").text == "a?b"

    def test_threads_may_share_it(self, journal):
        def put(part):
            for number in range(50):
                journal.put(f"{part}-{number}", ChatReply("1", f"{part}"), model="m")

        threads = [threading.Thread(target=put, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(journal) == 200

    def test_any_tool_can_read_it(self, journal):
        journal.put("k", ChatReply("row 1", "text", usage=Usage(1, 2)), model="m")
        with sqlite3.connect(journal.path) as other:
            rows = other.execute("SELECT key, id, model, text, completion_tokens FROM reply")
            assert rows.fetchall() == [("k", "row 1", "m", "text", 2)]
        other.close()


class TestJournaledModel:
    def test_it_is_a_chat_model_with_the_identity_of_the_one_behind(self, journal, chat_server):
        model = load_model(f"openai/m@{chat_server().url}")
        journaled = JournaledModel(model, journal)
        assert isinstance(journaled, ChatModel)
        assert journaled.identity == model.identity
        journaled.close()
        with pytest.raises(RuntimeError):
            next(model.complete([request("x")]))

    def test_the_second_run_asks_nothing(self, ask):
        asked = [request(f"q{n}") for n in range(50)]
        first = {reply.id: reply for reply in ask(asked)}
        assert not any(reply.cached for reply in first.values())
        second = {reply.id: reply for reply in ask(asked)}
        assert all(reply.cached for reply in second.values())
        assert {k: r.text for k, r in second.items()} == {k: r.text for k, r in first.items()}
        assert ask.server.total == 50

    def test_a_hit_carries_the_id_of_this_request(self, ask):
        list(ask([request("same", id="then")]))
        (reply,) = ask([request("same", id="now")])
        assert (reply.id, reply.text, reply.cached) == ("now", "echo: same", True)

    def test_only_what_is_missing_is_asked(self, ask):
        list(ask([request(f"q{n}") for n in range(0, 1000, 2)]))
        assert ask.server.total == 500
        replies = list(ask(request(f"q{n}") for n in range(1000)))
        assert sorted(reply.id for reply in replies) == sorted(f"q{n}" for n in range(1000))
        assert all(reply.text == f"echo: {reply.id}" for reply in replies)
        assert sum(reply.cached for reply in replies) == 500
        assert set(ask.server.asked.values()) == {1}

    def test_each_reply_is_in_the_journal_before_it_is_yielded(self, ask, journal):
        other = sqlite3.connect(journal.path)
        for number, _ in enumerate(ask([request(f"q{n}") for n in range(30)]), 1):
            (count,) = other.execute("SELECT count(*) FROM reply").fetchone()
            assert count >= number
        other.close()

    def test_twins_ask_once(self, ask, journal):
        ask.server.latency = 0.05
        twins = [request("same", id=f"row {n}") for n in range(10)]
        replies = list(ask([*twins, request("other")]))
        assert sorted(reply.id for reply in replies) == sorted(
            [f"row {n}" for n in range(10)] + ["other"]
        )
        assert {r.text for r in replies if r.id != "other"} == {"echo: same"}
        assert sum(reply.cached for reply in replies) == 9
        assert ask.server.asked == {"same": 1, "other": 1}
        assert len(journal) == 2

    def test_samples_of_one_prompt_are_asked_apart(self, ask):
        replies = list(ask([request("same", id=f"{n}", sample=n) for n in range(5)]))
        assert len(replies) == 5
        assert ask.server.asked == {"same": 5}

    def test_a_failed_reply_is_yielded_and_asked_again_next_time(self, ask, journal):
        ask.server.faults = {"q1": ["400"]}
        first = {reply.id: reply for reply in ask([request("q0"), request("q1")])}
        assert first["q0"].ok
        assert not first["q1"].ok
        assert len(journal) == 1
        second = {reply.id: reply for reply in ask([request("q0"), request("q1")])}
        assert second["q0"].cached
        assert second["q1"].ok
        assert not second["q1"].cached

    def test_twins_of_a_failed_reply_fail_with_it(self, ask):
        ask.server.latency, ask.server.faults = 0.05, {"same": ["400"] * 5}
        replies = list(ask([request("same", id="a"), request("same", id="b")]))
        assert [reply.ok for reply in replies] == [False, False]
        assert not any(reply.cached for reply in replies)
        assert ask.server.total == 1

    def test_hits_do_not_wait_for_the_server(self, ask):
        list(ask([request("known")]))
        ask.server.latency = 5.0
        replies = ask([request("known"), request("new")])
        assert next(replies).id == "known"
        replies.close()

    def test_an_endless_run_of_hits_comes_through(self, ask):
        list(ask([request("known")]))

        def endless():
            yield request("new")
            number = 0
            while True:
                number += 1
                yield request("known", id=f"{number}")

        taken = list(islice(ask(endless()), 2000))
        assert sum(reply.cached for reply in taken) >= 1999
        assert len({reply.id for reply in taken}) == 2000

    def test_a_fatal_error_comes_after_the_hits(self, ask):
        list(ask([request("known")]))
        ask.server.faults = lambda prompt, attempt: "401"
        replies = ask([request("new"), request("known")])
        assert next(replies).id == "known"
        with pytest.raises(ModelError, match="OPENAI_API_KEY"):
            next(replies)

    def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(self, ask, journal):
        (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
        journal._db.execute(f"PRAGMA max_page_count={pages + 2}")
        asked = [request(f"q{n} " + "x" * 200) for n in range(200)]
        seen = []
        with pytest.raises(TruingError, match="no space left on device"):
            seen.extend(ask(asked))
        kept = len(journal)
        assert 0 < kept < 200
        journal._db.execute("PRAGMA max_page_count=1000000")
        replies = list(ask(asked))
        assert len(replies) == 200
        assert sum(reply.cached for reply in replies) == kept
        assert all(ask.server.asked[reply.id] == 1 for reply in seen)

    def test_two_requests_under_way_with_one_id_are_a_mistake(self, ask):
        ask.server.latency = 0.05
        with pytest.raises(ValueError, match="two requests under way have the id 'x'"):
            list(ask([request("a", id="x"), request("b", id="x")]))

    def test_leaving_early_closes_what_is_under_way(self, ask):
        ask.server.latency = 0.02
        replies = ask(request(f"q{n}") for n in range(10_000))
        taken = list(islice(replies, 10))
        replies.close()
        assert len(taken) == 10
        total = ask.server.total
        assert total < 60


def test_an_exclusive_journal_shares_no_memory_and_keeps_others_out(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path, exclusive=True) as journal:
        journal.put("k", ChatReply("a", "text"), model="m")
        assert not path.with_name("journal.sqlite-shm").exists()
        with (
            closing(sqlite3.connect(path, timeout=0.05)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("SELECT count(*) FROM reply").fetchone()
    with Journal(path) as journal:
        assert len(journal) == 1
