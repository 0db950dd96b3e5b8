"""The demo's runner, with small commands; and the commands that it really runs, parsed."""

import shlex
import sys

import pytest
from page import index_html
from run import Demo, readable
from steps import Command, Outcome, Step, read_steps

from commands import commands_of, tools
from docs_commands import amiss

SERVER = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.path == "/v1/models"
        self.answer({"data": [{"id": "m"}]} if known else {}, 200 if known else 404)
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = asked["model"] + " was asked: " + asked["messages"][0]["content"]
        self.answer({"choices": [{"message": {"content": text}}],
                     "lte": {"edits": [{"target": "Ada"}]}})
    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_):
        pass
print("listening", flush=True)
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def python(code):
    return shlex.join([sys.executable, "-c", code])


def step(*lines, report="report.html"):
    lines = (line if isinstance(line, Command) else Command(line) for line in lines)
    return Step("a-tool", "What it does.", tuple(lines), report)


def test_every_command_is_one_of_the_tools():
    steps = read_steps()
    assert [each.tool for each in steps] == [
        "webr-synth", "lion-distill", "bmc-dpo", "lte-edit", "followbench",
    ]  # fmt: skip
    lines = [command.line for each in steps for command in each.commands]
    text = "\n".join(["```console", *(f"$ {line}" for line in lines), "```"])
    assert list(amiss(text, {tool.name: commands_of(tool) for tool in tools()}, set())) == []
    for each in steps:
        assert all(command.line.startswith(f"{each.tool} ") for command in each.commands)


def test_it_goes_on_where_it_failed(tmp_path, capfd):
    first = python("print('one'); open('first', 'a').write('x')")
    second = python("import os, sys; print('two'); sys.exit(0 if os.path.exists('ready') else 3)")
    demo = Demo(tmp_path, [step(first, second)])
    assert demo.run() == 3
    assert "failed with 3: " in capfd.readouterr().out
    assert list(demo.done()) == [first]
    assert (tmp_path / "pages" / "compost.html").is_file()

    (tmp_path / "ready").touch()
    (tmp_path / "report.html").touch()
    assert Demo(tmp_path, [step(first, second)]).run() == 0
    out = capfd.readouterr().out
    assert "done before: " in out
    assert "all done in 0 min" in out
    assert (tmp_path / "first").read_text() == "x"
    assert demo.done()[second].tail == ["two"]
    assert (tmp_path / "logs" / "02-a-tool.txt").read_text().endswith("two\n")
    index = (tmp_path / "index.html").read_text()
    assert '<a href="report.html">' in index
    assert "2 of 2" in index


def test_a_star_is_the_newest_folder(tmp_path):
    command = Command("show out-*/model --name 'a b'")
    with pytest.raises(FileNotFoundError, match=r"there is no out-\*/model in "):
        command.resolved(tmp_path)
    for number in range(2):
        (tmp_path / f"out-{number}" / "model").mkdir(parents=True)
    assert command.resolved(tmp_path) == ["show", "out-1/model", "--name", "a b"]


def test_a_server_is_asked_and_ended(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    line = shlex.join([sys.executable, "server.py"])
    demo = Demo(tmp_path, [step(Command(line, "Who leads?"))])
    assert demo.run() == 0
    said = demo.done()[line].tail
    assert said[0] == "listening"
    assert said[1].startswith("$ curl http://127.0.0.1:")
    assert said[2:] == ["m was asked: Who leads?", "(edits shown to it: Ada)"]


def test_a_server_that_ends_is_told(tmp_path):
    demo = Demo(tmp_path, [step(Command(python("print('no')"), "Who?"))])
    with pytest.raises(RuntimeError, match=r"the server ended with 0; see .*01-a-tool.txt"):
        demo.run()


def test_progress_bars_are_no_lines():
    text = "a\n 0%| | 0/3\r 33%|#| 1/3 [00:01<00:02, 1.0s/it]\n{'loss': 1}\n\nb  \n"
    assert readable(text) == ["a", "{'loss': 1}", "b"]


def test_what_a_command_says_is_escaped(tmp_path):
    one = step("say <b>")
    html = index_html(tmp_path, [one], {"say <b>": Outcome("say <b>", 2.4, ["<script>"])})
    assert "<script>" not in html.partition("<main>")[2]
    assert "&lt;script&gt;" in html
    assert "2 s; what it said last" in html
    assert "Not run yet." in index_html(tmp_path, [one], {})
