"""Limits, deadlines, the log and the counters around every request."""

from __future__ import annotations

import logging
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from lte_edit.gateway.access import Access
from lte_edit.gateway.guard import route_of
from lte_edit.gateway.keys import KeyFile, KeyRing


def test_more_at_once_than_may_be_is_429(start, chat_server):
    server = chat_server(latency=0.5)
    gateway = start(server.url, most_requests=4)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: gateway.ask(f"Question {n}"), range(12)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sorted({answer.status_code for answer in answers}) == [200, 429]
    assert len(refused) == 8
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].json()["error"]["type"] == "rate_limit_error"
    assert "requests are under way" in refused[0].json()["error"]["message"]
    assert server.max_in_flight <= 4
    gateway.settle()
    assert gateway.ask().status_code == 200


def test_health_and_metrics_answer_while_all_is_busy(start, chat_server):
    gateway = start(chat_server(latency=1).url, most_requests=1)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(gateway.ask)
        gateway.wait_until(lambda: gateway.count("lte_requests_in_flight") == 1)
        assert gateway.http.get(f"{gateway.root}/healthz").status_code == 200
        page = gateway.http.get(f"{gateway.root}/metrics")
        assert page.status_code == 200
        assert "lte_requests_in_flight 2.0" in page.text
        assert gateway.ask().status_code == 429
        assert busy.result().status_code == 200


def test_a_body_too_large(start, echo):
    gateway = start(echo.url, most_body=1000)
    assert gateway.ask("x" * 800).status_code == 200
    answer = gateway.ask("x" * 1000)
    assert answer.status_code == 413
    assert "larger than the 1,000 bytes" in answer.json()["error"]["message"]

    def pieces():
        for _ in range(100):
            yield b" " * 100

    headers = {"Content-Type": "application/json"}
    answer = gateway.http.post("/edits", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert gateway.ask().status_code == 200


def test_headers_too_large(start, echo):
    gateway = start(echo.url, most_headers=2000)
    answer = gateway.ask(headers={"X-Long": "x" * 3000})
    assert answer.status_code == 431
    assert "at most 2,000 are taken" in answer.json()["error"]["message"]
    with socket.create_connection(("127.0.0.1", int(gateway.root.rpartition(":")[2]))) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 200_000)
        assert raw.recv(100).startswith(b"HTTP/1.1 4")


def test_a_body_that_never_ends_is_given_up(start, echo):
    gateway = start(echo.url, timeout=-1.5)  # which with its margin is half a second
    with socket.create_connection(("127.0.0.1", int(gateway.root.rpartition(":")[2]))) as raw:
        raw.settimeout(5)
        raw.sendall(
            b"POST /v1/edits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 504")
    gateway.settle()


def test_a_client_that_goes_in_the_middle_of_its_request(start, echo, caplog):
    gateway = start(echo.url)
    with socket.create_connection(("127.0.0.1", int(gateway.root.rpartition(":")[2]))) as raw:
        raw.sendall(
            b"POST /v1/edits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        gateway.wait_until(lambda: gateway.count("lte_requests_in_flight") == 1)
    gateway.settle()
    assert gateway.count("lte_requests_total", route="/v1/edits", status="499") == 1
    assert "unforeseen" not in caplog.text
    assert gateway.ask().status_code == 200


def test_the_log_has_no_keys_and_no_texts(start, echo, tmp_path, caplog):
    keys = KeyFile(tmp_path / "keys.json")
    token = keys.add("edit", ["default"])
    gateway = start(echo.url, access=Access(KeyRing(keys.path)))
    caplog.set_level(logging.DEBUG)
    headers = {"Authorization": f"Bearer {token}"}
    gateway.ask("Who leads Acme, my secret?", headers=headers)
    gateway.http.get("/edits/private-id?x=secret", headers=headers)
    gateway.http.get("/private/secret", headers={"Authorization": "Bearer wrong-secret"})
    gateway.settle()
    said = [each for each in caplog.records if each.name.startswith(("lte_edit", "uvicorn"))]
    ours = [each.getMessage() for each in said if each.name == "lte_edit.gateway.access"]
    key = keys.read()[0].id
    assert [line.rpartition(" ms ")[2] for line in ours] == [
        f"key={key} edits=2", f"key={key} edits=-", "key=- edits=-",
    ]  # fmt: skip
    assert ours[0].startswith("POST /v1/chat/completions 200 ")
    assert ours[1].startswith("GET /v1/edits/{id} 404 ")
    assert ours[2].startswith("GET unknown 401 ")
    page = gateway.metrics.page().body.decode()
    for text in (*(each.getMessage() for each in said), page):
        for secret in (token, token[-20:], "secret", "private", "Acme", "Ada Byron"):
            assert secret not in text


def test_what_nobody_foresaw_is_500_and_the_next_request_is_fine(start, echo, caplog):
    gateway = start(echo.url)
    good = gateway.encoder.encode
    gateway.encoder.encode = lambda texts: 1 / 0
    answer = gateway.ask("my secret text")
    gateway.settle()
    gateway.encoder.encode = good
    assert answer.status_code == 500
    assert "failed at this request" in answer.json()["error"]["message"]
    assert "unforeseen ZeroDivisionError at /v1/chat/completions" in caplog.text
    assert "my secret text" not in caplog.text
    assert gateway.ask().status_code == 200


def test_two_gateways_count_for_themselves(start, echo):
    one, two = start(echo.url, file="one.sqlite"), start(echo.url, file="two.sqlite")
    one.ask()
    one.settle()
    route = {"route": "/v1/chat/completions", "status": "200"}
    assert one.count("lte_requests_total", **route) == 1
    assert two.count("lte_requests_total", **route) is None


def test_times_are_told(start, chat_server):
    gateway = start(chat_server(latency=0.05).url)
    stages = dict(
        part.strip().split(";dur=") for part in gateway.ask().headers["Server-Timing"].split(",")
    )
    assert set(stages) == {"embed", "search", "upstream", "gateway"}
    assert float(stages["upstream"]) >= 50
    assert float(stages["search"]) <= float(stages["gateway"])
    gateway.settle()
    assert gateway.count("lte_gateway_overhead_seconds_count") == 1
    total = gateway.count("lte_request_seconds_sum", route="/v1/chat/completions")
    assert total > gateway.count("lte_stage_seconds_sum", stage="upstream") >= 0.05


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/edits/search", "/v1/edits/search"), ("/v1/edits/Ada", "/v1/edits/{id}"),
     ("/v1/models/a/b", "/v1/models/{id}"), ("/v1/editsx", "unknown"), ("/", "unknown")],
)  # fmt: skip
def test_routes_by_name(path, name):
    assert route_of(path) == name
