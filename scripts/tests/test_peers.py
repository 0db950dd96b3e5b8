import json
import subprocess
import sys
from pathlib import Path

import pytest

import bench
import peers

HAS_UV = subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True)
PEER = peers.Peer("own", "own", "own", ("./own",), ("race",))


@pytest.fixture
def environments(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path / "peers")
    return tmp_path / "peers"


def written(tmp_path, text):
    (tmp_path / "peers.toml").write_text(text)
    return tmp_path / "peers.toml"


def test_an_entry_says_what_differs_from_the_usual(tmp_path):
    short, long = peers.load(
        written(
            tmp_path,
            '[semhash]\nrequirements = ["semhash==0.5.0"]\nfor = ["dedup"]\n'
            '[inspect-too]\npeer = "inspect-ai"\npackage = "inspect_ai"\npython = "3.12"\n'
            'installer = "pip"\nrequirements = ["a==1", "-e ./b"]\nwithout = ["c"]\nfor = ["x"]\n',
        )
    )
    assert (short.name, short.package, short.installer) == ("semhash", "semhash", "uv")
    assert short.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (long.environment, long.name, long.package) == (
        "inspect-too",
        "inspect-ai",
        "inspect_ai",
    )
    assert (long.python, long.without) == ("3.12", ("c",))
    assert long.option() == f"--peer=inspect-ai={long.interpreter}"
    assert long.interpreter.is_relative_to(peers.ENVIRONMENTS / "inspect-too")
    command = peers.installing(long)
    assert command[1:4] == ["-m", "pip", "--python"]
    assert command[-3:] == ["a==1", "-e", "./b"]
    assert peers.installing(short)[1:4] == ["-m", "uv", "pip"]


@pytest.mark.parametrize(
    ("entry", "trouble"),
    [
        ('for = ["x"]', r"\[a\] lacks 'requirements'"),
        ('requirements = []\nfor = ["x"]\nfrom = "y"', r"\[a\] does not know 'from'"),
        ('requirements = []\nfor = []\ninstaller = "conda"', "installer is one of uv, pip"),
    ],
)
def test_an_entry_that_means_nothing(tmp_path, entry, trouble):
    with pytest.raises(ValueError, match=trouble):
        peers.load(written(tmp_path, f"[a]\n{entry}\n"))


def test_the_peers_have_exact_versions_and_a_benchmark_each():
    known, seen = bench.scripts(), set()
    for peer in peers.load():
        bought = [each for each in peer.requirements if not each.startswith("-e ./")]
        assert bought, peer.environment
        assert all("==" in each for each in bought), peer.environment
        for name in peer.benchmarks:
            assert f'"{peer.name}"' in _source(known[name]), (name, peer.name)
            assert (name, peer.name) not in seen
            seen.add((name, peer.name))


def _source(script: Path) -> str:
    """A benchmark with what it shares with others, where the names of peers may stand."""
    shared = script.parent / "side_by_side" / "chat_clients.py"
    return script.read_text("utf-8") + shared.read_text("utf-8")


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (
            "  × No solution found when resolving dependencies:\n"
            "  ╰─▶ Because there is no version of rensa==99 and you require rensa==99, we can\n"
            "      conclude that your requirements are unsatisfiable.\n"
            "hint: try another\n",
            "Because there is no version of rensa==99 and you require rensa==99, we can",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement x\n"
            "ERROR: No matching distribution found for x==1\n\n[notice] A new release of pip\n",
            "No matching distribution found for x==1",
        ),
        ("/usr/bin/python: No module named uv\n", "/usr/bin/python: No module named uv"),
        ("\n", "no word of why"),
    ],
)
def test_why_in_one_line(output, why):
    assert peers.reason(output) == why


def test_an_environment_is_made_once_and_again_from_another_recipe(environments, monkeypatch):
    ran = []

    def run(command):
        ran.append(command)
        PEER.folder.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(peers, "_run", run)
    assert peers.prepare(PEER)
    assert ran == [
        peers.uv("venv", "--quiet", "--clear", "--python", PEER.python, str(PEER.folder)),
        peers.installing(PEER),
    ]
    assert not peers.prepare(PEER)
    assert len(ran) == 2
    assert peers.prepare(peers.Peer("own", "own", "own", ("./own",), ("race",), without=("x",)))
    assert ran[-1][1:4] == ["-m", "uv", "pip"]
    assert ran[-1][-1] == "x"


def test_what_cannot_be_made_is_named_in_one_line_and_the_rest_goes_on(
    environments, monkeypatch, capsys
):
    def run(command):
        if command[-1] == "./bad":
            raise peers.NotInstalled("no ./bad anywhere")
        environments.joinpath("good").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(peers, "_run", run)
    good = peers.Peer("good", "good", "good", ("./good",), ("race",))
    bad = peers.Peer("bad", "bad", "bad", ("./bad",), ("race",))
    installed, missing = peers.ready([bad, good])
    assert installed == [good]
    assert missing == {"bad": "no ./bad anywhere"}
    assert not bad.folder.joinpath("recipe.json").exists()
    assert capsys.readouterr().err == "not installed: bad (no ./bad anywhere)\n"


@pytest.mark.skipif(HAS_UV.returncode != 0, reason="uv is not installed")
def test_a_real_environment(environments, tmp_path):
    project = tmp_path / "own"
    project.mkdir()
    peer = peers.Peer("own", "own", "own", (str(tmp_path / "nowhere"),), ("race",))
    with pytest.raises(peers.NotInstalled, match="nowhere"):
        peers.prepare(peer)
    assert peer.interpreter.exists()
    assert not peer.folder.joinpath("recipe.json").exists()


def test_a_command_that_fails_says_why():
    with pytest.raises(peers.NotInstalled, match=r"^ValueError: three$"):
        peers._run([sys.executable, "-c", "raise ValueError('three')"])
    with pytest.raises(peers.NotInstalled, match="no-such-program"):
        peers._run(["no-such-program"])


def test_a_benchmark_without_peers_is_a_misuse_here(capsys):
    assert peers.main(["edit_memory"]) == 2
    assert "'edit_memory' measures no peer; these do: cli_startup," in capsys.readouterr().err


def test_what_takes_long_is_left_out_unless_it_is_named():
    known = bench.scripts()
    usual = bench.chosen([], known)
    assert {"dispatch", "resume", "cli_startup"} <= usual.keys()
    assert not [name for name in usual if name.endswith("_effect")]
    assert list(bench.chosen(["lte_effect", "dispatch"], known)) == ["lte_effect", "dispatch"]
    with pytest.raises(ValueError, match="'race' is no benchmark: "):
        bench.chosen(["race"], known)


def test_a_misspelt_benchmark_is_a_misuse(capsys):
    with pytest.raises(SystemExit) as error:
        bench.main(["dispach"])
    assert error.value.code == 2
    assert "'dispach' is no benchmark" in capsys.readouterr().err


SCRIPT = """
import json, pathlib, sys
peers = dict(each.removeprefix("--peer=").split("=") for each in sys.argv[1:])
result = pathlib.Path(__file__).parent / "results" / "race.json"
result.write_text(json.dumps({"peers": peers}))
sys.exit("bad" in peers)
"""


@pytest.fixture
def race(tmp_path, monkeypatch, environments):
    """A benchmark of its own, with one peer that is there and one that is not to be had."""
    folder = tmp_path / "benchmarks"
    (folder / "results").mkdir(parents=True)
    (folder / "race.py").write_text(SCRIPT)
    monkeypatch.setattr(bench, "BENCHMARKS", folder)
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "scripts", lambda: {"race": folder / "race.py"})
    there = peers.Peer("there", "there", "there", ("there==1",), ("race",))
    gone = peers.Peer("gone", "gone", "gone", ("gone==1",), ("race",))
    monkeypatch.setattr(peers, "load", lambda: [there, gone])

    def prepare(peer):
        if peer is gone:
            raise peers.NotInstalled("no such version")
        return False

    monkeypatch.setattr(peers, "prepare", prepare)
    return lambda: json.loads((folder / "results" / "race.json").read_text())


def test_a_benchmark_gets_its_peers_and_the_result_says_who_was_missing(race, capfd):
    assert bench.main(["race"]) == 0
    result = race()
    assert result["peers"].keys() == {"there"}
    assert result["peers"]["there"].endswith(("/there/bin/python", "\\there\\Scripts\\python.exe"))
    assert result["not_installed"] == {"gone": "no such version"}
    assert "not installed: gone (no such version)" in capfd.readouterr().err


def test_without_peers_ours_is_measured_alone(race):
    assert bench.main(["race", "--no-peers"]) == 0
    assert race() == {"peers": {}}


def test_a_benchmark_that_fails_is_named_in_the_end(race, monkeypatch, capfd):
    bad = peers.Peer("bad", "bad", "bad", ("bad==1",), ("race",))
    monkeypatch.setattr(peers, "load", lambda: [bad])
    assert bench.main(["race"]) == 1
    assert "failed: race" in capfd.readouterr().err
