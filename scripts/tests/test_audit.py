import pytest

import audit as audit_script
from audit import FOUND, NOT_AUDITED, Audit, main, pins, read, told

PINS = "# The versions\naiohttp==3.1\nJinja2==3.0\nruamel.yaml==1.0\n"
HOLE = {"id": "PYSEC-1", "fix_versions": ["3.2", "4.0"], "aliases": ["GHSA-x", "CVE-1"]}


def test_pins():
    assert pins(PINS, []) == ["aiohttp==3.1", "Jinja2==3.0", "ruamel.yaml==1.0"]
    assert pins(PINS, ["ruamel_yaml", "jinja2"]) == ["ruamel.yaml==1.0", "Jinja2==3.0"]
    with pytest.raises(ValueError, match=r"constraints\.txt has no yaml"):
        pins(PINS, ["aiohttp", "yaml"])


def test_reads_an_answer():
    answer = {
        "dependencies": [
            {"name": "aiohttp", "version": "3.1", "vulns": [HOLE, {**HOLE, "fix_versions": []}]},
            {"name": "jinja2", "version": "3.0", "vulns": []},
            {"name": "own", "skip_reason": "Dependency not found on PyPI"},
        ]
    }
    audit = read(answer)
    assert audit.vulnerable == [
        "aiohttp 3.1: PYSEC-1 CVE-1 GHSA-x; mended in 3.2, 4.0",
        "aiohttp 3.1: PYSEC-1 CVE-1 GHSA-x; mended in no release yet",
    ]
    assert (audit.sound, audit.unknown) == (["jinja2"], ["own"])


@pytest.mark.parametrize(
    ("audit", "asked", "words", "status"),
    [
        (None, 3, "NOT AUDITED: the vulnerability service does not answer", NOT_AUDITED),
        (Audit(unknown=["a", "b"]), 2, "NOT AUDITED: the vulnerability service knows", NOT_AUDITED),
        (Audit(sound=["a"], unknown=["b"]), 2, "unknown to the service: b", NOT_AUDITED),
        (Audit(["a"], ["b: PYSEC-1"], ["c"]), 3, "b: PYSEC-1\n1 of 3", FOUND),
        (Audit(sound=["a", "b"]), 2, "2 of 2 packages have no known one", 0),
    ],
)
def test_only_what_was_looked_up_is_sound(audit, asked, words, status):
    text, code = told(audit, asked)
    assert words in text
    assert code == status


def test_command_refuses_a_package_that_is_not_pinned(capsys):
    assert main(["no-such-package"]) == 2
    assert "constraints.txt has no no-such-package" in capsys.readouterr().err


@pytest.mark.parametrize("first", ["a==1", "c==3"])
def test_one_unknown_package_hides_no_other(monkeypatch, capsys, tmp_path, first):
    (tmp_path / "constraints.txt").write_text("a==1\nb==2\nc==3\n")
    monkeypatch.setattr(audit_script, "ROOT", tmp_path)
    asked = []

    def run(lines):
        asked.append(lines)
        return Audit(vulnerable=["b 2: X; mended in 3"] * ("b==2" in lines), unknown=["a"])

    monkeypatch.setattr(audit_script, "run", run)
    name = first.partition("=")[0]
    assert main([name, "b"]) == FOUND
    assert asked == [[first], [first, "b==2"]]
    assert "b 2: X" in capsys.readouterr().err


def test_a_service_that_does_not_answer_is_asked_once(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(audit_script, "run", asked.append)
    assert main([]) == NOT_AUDITED
    assert len(asked) == 1
    assert "does not answer" in capsys.readouterr().err
