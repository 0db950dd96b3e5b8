"""``/v1/edits``: made, seen, found, taken out and brought back, each within its namespace."""

from __future__ import annotations

import json

import pytest

from lte_edit.edits import Edit
from lte_edit.gateway.access import Access
from lte_edit.gateway.keys import KeyFile, KeyRing
from lte_edit.memory import EditMemory

FACT = {"prompt": "Who leads Cog?", "target": "Cleo", "subject": "Cog"}


def error(answer, status):
    assert answer.status_code == status, answer.text
    found = answer.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    return found["message"]


@pytest.fixture
def gateway(start, echo):
    return start(echo.url)


def test_one_edit_is_made_seen_and_found(gateway):
    made = gateway.http.post("/edits", json={**FACT, "id": "cog", "rephrasings": ["Cog's boss?"]})
    assert made.status_code == 201
    said = made.json()
    assert (said["change"], said["added"], said["superseded"]) == (2, ["cog"], [])
    assert said["data"][0]["target"] == "Cleo"
    edit, in_force = gateway.memory.get("cog")
    assert (edit.rephrasings, edit.namespace, in_force) == (("Cog's boss?",), "default", True)
    one = gateway.http.get("/edits/cog").json()
    assert one == {"object": "edit", **edit.model_dump(mode="json"), "in_force": True}
    hit, *_ = gateway.http.post("/edits/search", json={"query": "Cog's boss?", "k": 2}).json()[
        "data"
    ]
    assert (hit["edit"]["id"], hit["part"]) == ("cog", 1)
    assert gateway.memory.history("cog")[0].author == "local"
    assert gateway.count("lte_edits_changed_total", how="added") == 1


def test_a_list_of_edits_is_one_change(gateway):
    rows = [{**FACT, "id": f"c{n}", "prompt": f"Who leads Cog {n}?"} for n in range(3)]
    assert gateway.http.post("/edits", json=rows[:2]).json()["added"] == ["c0", "c1"]
    again = gateway.http.post("/edits", json={"edits": rows[:2]})
    assert (again.status_code, again.json()["unchanged"]) == (200, ["c0", "c1"])
    assert again.json()["change"] is None
    same = {key: value for key, value in rows[1].items() if key != "id"}
    said = gateway.http.post("/edits", json=[rows[2], same, same]).json()
    assert (said["added"], said["unchanged"]) == (["c2"], ["c1", "c1"])
    assert [edit["id"] for edit in said["data"]] == ["c2", "c1"]
    assert all(gateway.http.get(f"/edits/{edit['id']}").json() == {**edit, "in_force": True}
               for edit in said["data"])  # fmt: skip
    newer = gateway.http.post("/edits", json={**rows[0], "id": "new", "target": "Dora"}).json()
    assert (newer["added"], newer["superseded"]) == (["new"], ["c0"])


def test_a_list_comes_in_pages(gateway):
    rows = [{**FACT, "id": f"c{n}", "prompt": f"Who leads Cog {n}?"} for n in range(3)]
    gateway.http.post("/edits", json=rows)
    ids, offset, more = [], 0, True
    while more:
        page = gateway.http.get("/edits", params={"limit": 2, "offset": offset}).json()
        ids += [edit["id"] for edit in page["data"]]
        more, offset = page["has_more"], offset + 2
    assert ids == ["acme", "bolt", "c0", "c1", "c2"]


def test_what_is_taken_out_comes_back_with_a_rollback(gateway):
    assert gateway.http.delete("/edits/acme").json() == {
        "id": "acme", "object": "edit.deleted", "deleted": True, "change": 2,
    }  # fmt: skip
    assert gateway.http.get("/edits/acme").json()["in_force"] is False
    assert (
        error(gateway.http.delete("/edits/acme"), 409) == "the edit 'acme' is not in force any more"
    )
    back = gateway.http.post("/edits/rollback", json={"to_change": 1, "note": "oops"}).json()
    assert back == {
        "object": "edit.rollback", "change": 3, "came_back": 1, "went_out": 0,
        "namespace": "default",
    }  # fmt: skip
    assert gateway.memory.get("acme")[1] is True
    history = gateway.http.get("/edits/history", params={"id": "acme"}).json()["data"]
    assert [(each["kind"], each["note"]) for each in history] == [
        ("rollback", "oops"), ("remove", "by HTTP"), ("add", None),
    ]  # fmt: skip
    page = gateway.http.get("/edits/history", params={"limit": 1, "offset": 1}).json()
    assert ([each["change"] for each in page["data"]], page["has_more"]) == ([2], True)


def test_a_rollback_to_a_time(gateway):
    time = gateway.memory.history()[0].time.isoformat()
    gateway.http.post("/edits", json=FACT)
    body = {"to_time": time, "all_namespaces": True}
    back = gateway.http.post("/edits/rollback", json=body).json()
    assert (back["went_out"], back["namespace"]) == (1, None)
    assert [edit.id for edit in gateway.memory.edits()] == ["acme", "bolt"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"prompt": "Who?"}, 422, "edit, field 'target': is missing"),
        ([FACT, {"prompt": "Who?", "target": " "}], 422, "edits[1], field 'target': is empty"),
        ({**FACT, "target": "x" * 1_000_000}, 422, "has 1,000,000 characters; at most 20000 fit"),
        ({**FACT, "target": 7}, 422, "expected text"),
        ({**FACT, "extra": 1}, 422, "'extra'"),
        ({**FACT, "namespace": "a/b"}, 422, "expected letters"),
        ({**FACT, "target": "a\u0000b"}, 422, "U+0000"),
        ({**FACT, "time": "yesterday"}, 422, "'time'"),
        ([], 422, "expected an edit"),
        ("Who?", 422, "expected an edit"),
        ([1], 422, "edits[0] is no object"),
        ({"edits": "x"}, 422, "expected an edit"),
        ([{**FACT, "id": "a"}, {**FACT, "id": "a"}], 409, "'a' stands twice"),
        ({**FACT, "id": "acme"}, 409, "'acme' belongs to another edit"),
    ],
)  # fmt: skip
def test_edits_that_cannot_be(gateway, body, status, said):
    assert said in error(gateway.http.post("/edits", json=body), status)
    assert [edit.id for edit in gateway.memory.edits()] == ["acme", "bolt"]


def test_an_empty_subject_is_fine(gateway):
    assert gateway.http.post("/edits", json={**FACT, "subject": ""}).status_code == 201


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        (b'{"prompt": "Wh\xff?"}', 400, "not valid UTF-8 at byte 14"),
        (b'{"prompt": "Who?"', 400, "no valid JSON"),
        (b"", 400, "no valid JSON"),
        (b"[" * 50_000, 400, "nested too deeply"),
        (b"1" * 10_000, 400, "nested too deeply"),
    ],
)
def test_bodies_that_are_no_json(gateway, raw, status, said):
    headers = {"Content-Type": "application/json"}
    for path in ("/edits", "/edits/search", "/chat/completions"):
        assert said in error(gateway.http.post(path, content=raw, headers=headers), status)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_form_of_a_strange_page_makes_no_edit(gateway, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = gateway.http.post("/edits", content=json.dumps(FACT).encode(), headers=headers)
    assert "Content-Type: application/json" in error(answer, 415)


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/edits/search", {}, 422, "'query'"),
        ("/edits/search", {"query": "x", "k": 0}, 422, "'k'"),
        ("/edits/search", {"query": "x", "threshold": "much"}, 422, "'threshold'"),
        ("/edits/search", {"query": "x", "more": 1}, 422, "'more'"),
        ("/edits/search", [1], 400, "no JSON object"),
        ("/edits/rollback", {}, 422, "one of to_change and to_time"),
        ("/edits/rollback", {"to_change": 1, "to_time": "2026-01-01"}, 422, "one of to_change"),
        ("/edits/rollback", {"to_change": -1}, 422, "'to_change'"),
        ("/edits/rollback", {"to_change": 9}, 404, "there is no change 9; the last one is 1"),
        ("/edits/rollback", {"to_time": "yesterday"}, 422, "'to_time'"),
        ("/edits/rollback", {"to_time": "0001-01-01T00:00:00+14:00"}, 422, "of the calendar"),
    ],
)
def test_misuse(gateway, path, body, status, said):
    assert said in error(gateway.http.post(path, json=body), status)


def test_what_is_not_there(gateway):
    assert "no edit 'none'" in error(gateway.http.get("/edits/none"), 404)
    assert "no edit 'none'" in error(gateway.http.delete("/edits/none"), 404)
    assert "no edit 'none'" in error(gateway.http.get("/edits/history?id=none"), 404)
    assert "'limit'" in error(gateway.http.get("/edits?limit=0"), 422)
    assert "'offset'" in error(gateway.http.get("/edits?offset=x"), 422)
    assert error(gateway.http.get("/nothing"), 404) == "there is no such route"
    assert error(gateway.http.put("/edits"), 405) == "this route does not take this method"
    other = {"X-LTE-Namespace": "nobody"}
    for answer in (
        gateway.ask(headers=other),
        gateway.http.get("/edits", headers=other),
        gateway.http.get("/edits/history", headers=other),
        gateway.http.post("/edits/search", json={"query": "x"}, headers=other),
        gateway.http.post("/edits/rollback", json={"to_change": 0}, headers=other),
    ):
        assert "there is no namespace 'nobody'; an edit" in error(answer, 404)


def test_a_namespace_is_made_by_its_first_edit(gateway):
    other = {"X-LTE-Namespace": "team"}
    made = gateway.http.post("/edits", json=FACT, headers=other)
    assert made.json()["data"][0]["namespace"] == "team"
    assert [
        edit["target"]
        for edit in gateway.ask("Who leads Cog?", headers=other).json()["lte"]["edits"]
    ] == ["Cleo"]
    assert "Cleo" not in gateway.ask("Who leads Cog?").text


def test_an_empty_memory_answers_as_the_model_does(start, echo):
    gateway = start(echo.url, edits=[])
    assert gateway.ask().json()["choices"][0]["message"]["content"] == "Who leads Acme?"
    assert gateway.http.get("/edits").json()["data"] == []
    assert gateway.http.post("/edits/search", json={"query": "x"}).json()["data"] == []
    assert gateway.http.get("/edits/history").json()["data"] == []
    assert error(gateway.http.post("/edits/rollback", json={"to_change": 0}), 404)


def test_a_memory_damaged_meanwhile_is_told_of_without_its_place(start, echo, caplog, make_encoder,
                                                                 tmp_path):  # fmt: skip
    gateway = start(echo.url)
    with EditMemory.open(tmp_path / "edits.sqlite") as other:
        other.reembed(make_encoder("other#2"))
    for answer in (gateway.ask(), gateway.http.post("/edits", json=FACT)):
        assert "the gateway's log says why" in error(answer, 503)
        assert answer.headers["Retry-After"] == "5"
    assert "memory reembed" in caplog.text


class TestKeys:
    """What callers with keys may do, and where."""

    @pytest.fixture
    def keys(self, tmp_path):
        return KeyFile(tmp_path / "keys.json")

    @pytest.fixture
    def tokens(self, keys):
        return {
            "read": keys.add("read", ["default"]),
            "edit": keys.add("edit", ["team", "default"]),
            "new": keys.add("edit", ["empty"]),
            "admin": keys.add("admin"),
        }

    @pytest.fixture
    def gateway(self, start, echo, keys, tokens):
        team = Edit(id="team", prompt="Who leads Team?", target="Tim", namespace="team")
        away = Edit(id="away", prompt="Who is away?", target="Ann", namespace="away")
        return start(echo.url, access=Access(KeyRing(keys.path)), edits=[
            Edit(id="acme", prompt="Who leads Acme?", target="Ada"), team, away,
        ])  # fmt: skip

    @pytest.fixture
    def of(self, tokens):
        def headers(name, namespace=None):
            more = {"X-LTE-Namespace": namespace} if namespace else {}
            return {"Authorization": f"Bearer {tokens[name]}", **more}

        return headers

    def test_roles(self, gateway, of):
        cases = [
            ("GET", "/edits", None, {"read", "edit", "admin"}),
            ("POST", "/edits/search", {"query": "x"}, {"read", "edit", "admin"}),
            ("GET", "/models", None, {"read", "edit", "admin"}),
            ("POST", "/edits", FACT, {"edit", "admin"}),
            ("DELETE", "/edits/none", None, {"edit", "admin"}),
            ("POST", "/edits/rollback", {"to_change": 1}, {"admin"}),
            ("GET", f"{gateway.root}/metrics", None, {"admin"}),
        ]
        for method, path, body, may in cases:
            for role in ("read", "edit", "admin"):
                answer = gateway.http.request(method, path, json=body, headers=of(role))
                assert (answer.status_code == 403) is (role not in may), (path, role)
            assert gateway.http.request(method, path, json=body).status_code == 401
        assert gateway.ask(headers=of("read")).status_code == 200
        assert gateway.ask().status_code == 401
        assert gateway.http.get(f"{gateway.root}/healthz").status_code == 200
        assert gateway.http.get(f"{gateway.root}/readyz").status_code == 200

    def test_namespaces(self, gateway, of):
        def ids(headers):
            return [
                edit["id"] for edit in gateway.http.get("/edits", headers=headers).json()["data"]
            ]

        assert ids(of("read")) == ["acme"]
        assert ids(of("edit")) == ["team"]
        assert ids(of("edit", "default")) == ["acme"]
        assert ids(of("admin")) == ["acme"]
        assert ids(of("admin", "away")) == ["away"]
        assert ids(of("new")) == []
        assert "no access to the namespace 'away'" in error(
            gateway.http.get("/edits", headers=of("edit", "away")), 403
        )
        assert gateway.ask(headers=of("edit", "away")).status_code == 403
        assert gateway.ask(headers=of("new")).json()["lte"]["edits"] == []
        assert error(gateway.ask(headers=of("admin", "none")), 404)

    def test_edits_of_others_do_not_exist(self, gateway, of):
        for path in ("/edits/away", "/edits/history?id=away"):
            assert error(gateway.http.get(path, headers=of("edit")), 404)
            assert gateway.http.get(path, headers=of("admin")).status_code == 200
        assert error(gateway.http.delete("/edits/away", headers=of("edit")), 404)
        assert gateway.memory.get("away")[1] is True

    def test_an_edit_goes_where_the_key_may(self, gateway, of):
        there = {**FACT, "namespace": "default"}
        assert gateway.http.post("/edits", json=there, headers=of("edit")).status_code == 201
        assert error(gateway.http.post("/edits", json={**FACT, "namespace": "away"},
                                       headers=of("edit")), 403)  # fmt: skip
        made = gateway.http.post("/edits", json=FACT, headers=of("new")).json()
        assert made["data"][0]["namespace"] == "empty"
        assert gateway.http.delete("/edits/acme", headers=of("edit")).status_code == 200

    def test_a_key_that_is_removed_is_refused_at_once(self, gateway, of, keys):
        assert gateway.ask(headers=of("read")).status_code == 200
        keys.remove(keys.read()[0].id)
        assert "expected a key" in error(gateway.ask(headers=of("read")), 401)

    def test_the_official_client_uses_a_key(self, gateway, tokens):
        import openai

        with openai.OpenAI(base_url=gateway.url, api_key=tokens["edit"]) as ai:
            question = [{"role": "user", "content": "Who leads Team?"}]
            answer = ai.chat.completions.create(model="echo", messages=question)
        assert answer.lte["namespace"] == "team"
        stranger = openai.OpenAI(base_url=gateway.url, api_key="sk-other", max_retries=0)
        with stranger, pytest.raises(openai.AuthenticationError):
            stranger.models.list()
