from generated import cell, settle, table


def test_writes_what_differs(tmp_path, capsys):
    pages = {"a.md": "one\n", "deep/b.md": "two\n"}
    assert settle(pages, ["--check"], docs=tmp_path) == 1
    assert "docs/deep/b.md is out of date: `nox -s generate` writes it" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert settle(pages, [], docs=tmp_path) == 0
    assert (tmp_path / "deep/b.md").read_text() == "two\n"
    assert capsys.readouterr().out == "docs/a.md: written\ndocs/deep/b.md: written\n"
    assert settle(pages, ["--check"], docs=tmp_path) == settle(pages, [], docs=tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_a_cell_is_one_line():
    assert cell("a |\n  b") == "a \\| b"
    assert table(["x", "y"], [["1", "2"]]) == "| x | y |\n| --- | --- |\n| 1 | 2 |\n"
