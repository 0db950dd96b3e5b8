from importlib.metadata import PathDistribution

import pytest

from licences import Licence, licence_of, licence_of_text, report

BSD = """Redistribution and use in source and binary
forms, with or without modification, are permitted.
"""


def installed(folder, *fields, files=()):
    """A distribution as it lies in site-packages, with these metadata and licence files."""
    info = folder / "a_thing-1.0.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.4", "Name: a-thing", "Version: 1.0", *fields]
    (info / "METADATA").write_text("\n".join([*lines, "", "A thing."]))
    (info / "RECORD").write_text("".join(f"{info.name}/{name},,\n" for name in dict(files)))
    for name, text in dict(files).items():
        (info / name).parent.mkdir(exist_ok=True)
        (info / name).write_text(text)
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        (["License-Expression: MIT", "Classifier: License :: Public Domain"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License", "License: see it"], "BSD License"),
        (
            [
                "Classifier: License :: OSI Approved :: MIT License",
                "Classifier: License :: OSI Approved :: ISC License (ISCL)",
            ],
            "MIT License; ISC License (ISCL)",
        ),
        (["Classifier: License :: OSI Approved", "License: Apache 2.0"], "Apache 2.0"),
    ],
)
def test_as_declared(tmp_path, fields, licence):
    assert licence_of(installed(tmp_path, *fields)) == Licence("a-thing", "1.0", licence)


def test_told_from_the_field_that_holds_the_text(tmp_path):
    field = "License: " + BSD.replace("\n", "\n        ") + "Neither the name of anyone"
    assert licence_of(installed(tmp_path, field)) == Licence("a-thing", "1.0", "BSD-3-Clause", True)


def test_told_from_the_file(tmp_path):
    found = licence_of(installed(tmp_path, files={"licenses/LICENSE.txt": BSD}))
    assert found == Licence("a-thing", "1.0", "BSD-2-Clause", True)


def test_texts_that_differ_say_nothing(tmp_path):
    mit = "Permission is hereby granted, free of charge"
    texts = {"LICENSE": mit, "licenses/COPYING": "Apache License Version 2.0"}
    assert not licence_of(installed(tmp_path, files=texts)).known


def test_the_same_text_twice(tmp_path):
    texts = {"LICENSE": BSD, "licenses/COPYING": BSD}
    assert licence_of(installed(tmp_path, files=texts)).licence == "BSD-2-Clause"


def test_not_stated(tmp_path):
    found = licence_of(installed(tmp_path, "License: UNKNOWN", files={"LICENSE": "All mine."}))
    assert found == Licence("a-thing", "1.0", "not stated")
    assert not found.known


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Permission is hereby\n granted, free of charge, to any person", "MIT"),
        ("  Apache License\n  Version 2.0, January 2004", "Apache-2.0"),
        ("Mozilla Public License Version 2.0", "MPL-2.0"),
        ("", None),
        ("Mozilla Public License Version 1.1", None),
    ],
)
def test_of_a_text(text, licence):
    assert licence_of_text(text) == licence


def test_report_counts_and_lists():
    rows = [Licence("b", "2", "MIT"), Licence("A", "1", "MIT"), Licence("c", "3", "X | Y", True)]
    lines = report("a-tool==1.2.0", rows).splitlines()
    assert lines[0] == "# Licences of a-tool==1.2.0"
    assert lines[6:8] == ["| MIT | 2 |", "| X \\| Y | 1 |"]
    assert lines[-3:] == [
        "| A | 1 | MIT |",
        "| b | 2 | MIT |",
        "| c | 3 | X \\| Y (told from its text) |",
    ]
