import os
import time

import pytest

import example_running
from example_running import Count, Place, run_page
from examples import main, pages_of

RULES = {"background": {"serve": "ready", "--watch": "here"}, "typed": {"chat": "hello\n"}}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path, dict(os.environ), RULES, {"BIG": "small"})


def run(place, text):
    count = Count()
    run_page(text, "", place, count)
    return count


def console(*lines):
    return "\n".join(["```console", *(f"$ {line}" for line in lines), "```", ""])


def test_steps_share_a_folder_and_texts_are_replaced(place, capsys):
    text = "<!-- file: a.txt -->\n```\nBIG\n```\n" + console("cat a.txt > b", "echo BIG >> b")
    count = run(place, f"{text}\n```python\nopen('b', 'a').write('BIG')\n```\n")
    assert (place.folder / "b").read_text() == "small\nsmall\nsmall"
    assert (count.commands, count.programs, count.left_out) == (2, 1, [])
    assert "$ echo small >> b\n(0." in capsys.readouterr().out


def test_what_is_typed_into_a_command_that_asks(place):
    run(place, console("cat > said  # chat", "cat > nothing"))
    assert (place.folder / "said").read_text() == "hello\n"
    assert (place.folder / "nothing").read_text() == ""


@pytest.mark.parametrize(
    ("command", "amiss"),
    [
        ("echo why >&2; exit 3", "ended with 3:\nwhy"),
        ("echo 'Traceback (most recent call last):'", "ended with 0:\nTraceback"),
        ("echo no; exit 1  # serve", "was not ready:\nno"),
    ],
)
def test_the_first_failure_ends_the_page(place, command, amiss):
    with pytest.raises(ValueError, match=amiss):
        run(place, console(command, "touch after"))
    assert not (place.folder / "after").exists()


def test_a_command_that_does_not_end(place, monkeypatch):
    monkeypatch.setattr(example_running, "LIMIT", 0.2)
    with pytest.raises(ValueError, match="did not end within"):
        run(place, console("exec sleep 20"))


SERVER = """import sys, time
print("ready", flush=True)
try:
    time.sleep(30)
except KeyboardInterrupt:
    open("ended-" + sys.argv[1], "w")
"""


@pytest.mark.usefixtures("interruptible")
def test_a_server_runs_beside_its_section(place):
    (place.folder / "serve.py").write_text(SERVER)
    started = time.monotonic()
    run(place, "# A\n" + console("python serve.py a", "test ! -e ended-a")
        + "\n# B\n" + console("test -e ended-a"))  # fmt: skip
    assert time.monotonic() - started < 20


@pytest.mark.usefixtures("interruptible")
def test_the_next_one_takes_its_place(place):
    (place.folder / "serve.py").write_text(SERVER)
    run(
        place,
        console("python serve.py a", "python serve.py b", "test -e ended-a && test ! -e ended-b"),
    )
    assert (place.folder / "ended-b").exists()


@pytest.mark.usefixtures("interruptible")
def test_a_server_that_ends_badly_is_a_failure(place):
    (place.folder / "serve.py").write_text(
        SERVER.replace('open("ended-" + sys.argv[1], "w")', "sys.exit(7)")
    )
    with pytest.raises(ValueError, match="ended with 7"):
        run(place, console("python serve.py a"))


def test_every_tool_has_its_three_pages():
    assert all(page.is_file() for page in pages_of("lte-edit"))
    assert [*pages_of("lte-edit").values()] == ["lte-edit", "", ""]


def test_a_tool_that_is_not_there(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["nonesuch"])
    assert ended.value.code == 2
    assert "nonesuch" in capsys.readouterr().err


def test_a_page_that_is_not_the_tools(capsys):
    with pytest.raises(SystemExit):
        main(["lte-edit", "docs/bmc-dpo.md"])
    assert "is no page of lte-edit" in capsys.readouterr().err


def test_a_folder_that_holds_something_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["bmc-dpo", "--folder", str(tmp_path)])
    assert ended.value.code == 2
    assert "is not empty" in capsys.readouterr().err
