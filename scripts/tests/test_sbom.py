import copy

import pytest

from licences import Licence
from sbom import complete, problems
from workspace import packages

INSTALLED = [
    Licence("a-tool", "1.2.0", "Apache-2.0"),
    Licence("Typing_Things", "3.0", "PSF-2.0"),
    Licence("plain", "0.1", "BSD-3-Clause", from_text=True),
]
BILL = {
    "metadata": {"component": {"name": "a-tool", "bom-ref": "root"}},
    "components": [
        {"name": "typing-things", "version": "3.0", "licenses": [{"expression": "PSF-2.0"}]},
        {"name": "plain", "version": "0.1"},
    ],
    "dependencies": [{"ref": "root", "dependsOn": ["plain"]}],
}


@pytest.fixture
def tool(workspace_root):
    return packages(workspace_root)[1]


def bill():
    return copy.deepcopy(BILL)


def test_completes_the_root_and_licences(tool):
    done = complete(bill(), tool, INSTALLED)
    root = done["metadata"]["component"]
    assert (root["version"], root["purl"]) == ("1.2.0", "pkg:pypi/a-tool@1.2.0")
    typing, plain = done["components"]
    assert typing["licenses"] == [{"expression": "PSF-2.0"}]
    concluded = {"id": "BSD-3-Clause", "acknowledgement": "concluded"}
    assert plain["licenses"] == [{"license": concluded}]
    assert problems(done, tool, INSTALLED) == []


def test_says_what_is_missing(tool):
    short = bill()
    del short["components"][0]
    assert problems(short, tool, INSTALLED) == ["it lists no typing-things"]


def test_says_what_is_too_much(tool):
    assert problems(bill(), tool, INSTALLED[:2]) == ["plain is not installed"]


def test_says_what_has_another_version(tool):
    other = bill()
    other["components"][1]["version"] = "0.2"
    assert problems(other, tool, INSTALLED) == ["it says plain 0.2, installed is 0.1"]


def test_says_that_edges_are_missing(tool):
    loose = bill()
    loose["dependencies"] = []
    assert problems(loose, tool, INSTALLED) == ["it does not say what a-tool depends on"]


def test_names_no_place_on_this_machine(tool):
    local = bill()
    local["components"][1]["externalReferences"] = [{"url": "file:///home/me/plain.whl"}]
    assert problems(local, tool, INSTALLED) == ["it names a place on this machine"]
