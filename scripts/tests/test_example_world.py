import gzip
import json
import re

from example_world import _write_like_official, prose, write_inputs


def test_the_prose_of_the_docs_is_running_text():
    found = prose()
    assert len(found) > 20
    assert all(len(told) >= 400 and "```" not in told and "|" not in told for _, told in found)


def test_a_folder_of_headings_and_short_text_has_no_prose(tmp_path):
    (tmp_path / "docs").mkdir()
    told = "A lock lifts a boat. " * 30
    (tmp_path / "docs/a.md").write_text(
        f"# A\n\nShort.\n\n## B\n\n{told}\n\n- An item\n\n| a | b |\n"
    )
    assert prose(tmp_path) == [("B", told)]


def test_the_inputs_have_the_forms_that_are_read(tmp_path):
    write_inputs(tmp_path, tmp_path / "official")
    crawl = gzip.decompress((tmp_path / "crawl.warc.gz").read_bytes())
    lengths = [int(each) for each in re.findall(rb"Content-Length: (\d+)", crawl)]
    bodies = re.findall(rb"\r\n\r\n(HTTP/1.1 200.*?</html>)\r\n\r\n", crawl, re.DOTALL)
    assert [len(body) for body in bodies] == lengths
    assert len(bodies) > 10
    [case, *_] = json.loads((tmp_path / "zsre_test.json").read_text())
    assert case["target_new"] in case["portability"]["Reasoning"][0]["ground_truth"]


def test_our_groups_in_the_authors_form(tmp_path):
    _write_like_official(tmp_path / "official/en", "en")
    (tmp_path / "here").mkdir()
    write_inputs(tmp_path / "here", tmp_path / "official")
    files = sorted((tmp_path / "here/path/to/FollowBench/data").iterdir())
    assert len(files) == 6
    for file in files:
        rows = json.loads(file.read_text())
        assert [row["level"] for row in rows] == [0, 1, 2, 3, 4, 5] * (len(rows) // 6)
        assert len({(row["example_id"], row["level"]) for row in rows}) == len(rows)
