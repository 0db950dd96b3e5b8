"""The page: whole, self-contained, and nothing in it that an answer could run."""

from __future__ import annotations

import json
import shutil

import pytest

from lion_distill.reporting.figures import shares_of
from lion_distill.reporting.material import gather
from lion_distill.reporting.pipeline import report, report_json
from lion_distill.reporting.terminal_text import report_lines
from truing_core.budget import Price
from truing_core.errors import InputError
from truing_core.journal import Journal
from truing_core.models.base import ChatReply, Usage
from truing_core.testing.pages import Page

SECTIONS = ["Overview", "Iterations", "Progress", "Discrimination", "Generation", "Training",
            "Evaluation", "Tokens", "What stopped it", "Examples"]  # fmt: skip


def test_a_run_under_way(invented_run):
    path = report(invented_run)
    assert path == invented_run / "report.html"
    html = path.read_text("utf-8")
    found = Page(html)
    assert found.texts_of("h2") == SECTIONS
    text = found.text()
    assert "small-135m learns from openai/big@http://localhost:8000/v1" in text
    assert "The run is not over: iteration 2, imitate done." in text
    for figure in (
        "Mean score of the referee (1 to 10) on the cache pool, with 95 % intervals",
        "Score on questions of its own, in percent, with 95 % intervals",
        "Instructions in the cache pool of each iteration",
        "Iteration 1: scores given, both orders",
        "Training loss of the student",
        "What became of the candidates, in percent",
    ):
        assert ("svg", "aria-label", figure) in found.attributes
    assert "hard from τ = 1 on" in text
    assert "too short" in text


def test_it_loads_nothing_and_runs_nothing_of_an_answer(invented_run):
    html = report(invented_run).read_text("utf-8")
    found = Page(html)
    assert "script" not in found.tags
    assert "em" not in found.tags
    assert "&lt;em&gt;complete&lt;/em&gt;" in html
    for _, name, value in found.attributes:
        if name in ("src", "href", "xlink:href"):
            assert value.startswith("#"), value


def test_examples_with_lineage_answers_and_words(invented_run):
    material = gather(invented_run)
    assert set(material.examples) == {0, 1}
    kinds = [each.verdict.kind for each in material.examples[0]]
    assert kinds == ["hard"] * 4 + ["easy", "undecided"]
    assert all(each.answers and each.review for each in material.examples[0])
    assert sum(len(each.line) > 1 for each in material.examples[1]) >= 2
    again = gather(invented_run)
    assert again.examples == material.examples, "the seed draws the same ones"
    text = Page(report(invented_run).read_text("utf-8")).text()
    one = material.examples[1][0]
    assert f"First, look at what {one.instruction.id} asks." in text
    assert "Referee, student's answer first" in text
    assert "asked 3 times" in text


def test_losses_of_a_training_that_is_done_and_of_one_under_way(invented_run):
    losses = gather(invented_run).losses
    assert [len(losses[k]) for k in (0, 1, 2)] == [30, 30, 30]
    assert losses[0][0] == (1, pytest.approx(2.4 / 1.1 + 0.4))
    assert losses[2][-1] == (30, pytest.approx(2.4 / 4 + 0.2))


@pytest.mark.parametrize("stage", ["begun", "seeds", "responses", "trained", "answers", "reviews"])
def test_however_far_a_run_is(invented_run, stage):
    keep = {"begun": (), "seeds": (), "responses": ("responses.jsonl",),
            "trained": ("responses.jsonl", "student"),
            "answers": ("responses.jsonl", "student", "answers.jsonl"),
            "reviews": ("responses.jsonl", "student", "answers.jsonl", "reviews.jsonl"),
            }[stage]  # fmt: skip
    for folder in sorted(invented_run.glob("iteration-*")):
        for path in folder.iterdir():
            if folder.name != "iteration-0" or path.name not in keep:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not keep or folder.name != "iteration-0":
            folder.rmdir()
    if stage == "begun":
        (invented_run / "seeds.jsonl").unlink()
    manifest = json.loads((invented_run / "run.json").read_text())
    manifest["stages"] = {}
    (invented_run / "run.json").write_text(json.dumps(manifest))
    html = report(invented_run).read_text("utf-8")
    found = Page(html)
    assert found.texts_of("h2")[:2] == SECTIONS[:2]
    assert ("Discrimination" in found.texts_of("h2")) == (stage == "reviews")
    assert list(report_lines(gather(invented_run)))


def test_a_run_that_ended(invented_run):
    manifest = json.loads((invented_run / "run.json").read_text())
    manifest["facts"]["stopped"] = "only 4.0% of the pool are hard, below 5.0%"
    (invented_run / "run.json").write_text(json.dumps(manifest))
    text = Page(report(invented_run).read_text("utf-8")).text()
    assert "Stopped: only 4.0% of the pool are hard, below 5.0%." in text
    assert "Only 4.0% of the pool are hard" in text
    assert "imitate done, stopped" in text
    assert "stopped: only 4.0%" in "\n".join(report_lines(gather(invented_run)))


def test_tokens_and_cost_by_model(invented_run):
    identity = "openai/big@http://localhost:8000/v1"
    path = invented_run / "journal.sqlite"
    with Journal(path) as journal:
        for n, (model, read, written) in enumerate(
            [(identity, 1_000_000, 500_000), (identity, 0, 500_000), ("hf/merged#0a", 10, 20)]
        ):
            reply = ChatReply(str(n), "So.", usage=Usage(read, written))
            journal.put(f"key-{n}", reply, model=model)
    manifest = json.loads((invented_run / "run.json").read_text())
    manifest["facts"]["identities"] = [
        {"spec": identity, "identity": identity},
        {"spec": f"hf/{invented_run}/iteration-1/student/merged", "identity": "hf/merged#0a"},
    ]
    (invented_run / "run.json").write_text(json.dumps(manifest))
    html = report(invented_run, price=Price(0.5, 2.0)).read_text("utf-8")
    assert ">2.5000</td>" in html
    text = [text for _, text in Page(html).texts]
    assert "teacher, referee, generator" in text
    assert "1,000,000" in text
    assert "student of iteration 1" in text
    assert "hf/merged#0a" in text
    assert str(invented_run) not in html
    plain = report(invented_run).read_text("utf-8")
    assert "2.5000" not in plain


def test_a_damaged_file_is_named(invented_run):
    (invented_run / "iteration-0" / "reviews.jsonl").write_text('{"id": "s001", "teacher": [1]}\n')
    with pytest.raises(InputError, match=r"reviews\.jsonl, row 1, field 'teacher'"):
        report(invented_run)


def test_in_figures(invented_run):
    found = report_json(gather(invented_run))
    json.dumps(found, allow_nan=False)
    first, _, last = found["iterations"]
    assert first["referee"]["n"]["all"] == 120
    assert first["referee"]["position_bias"]["mean"] == pytest.approx(1.0, abs=0.2)
    assert last["referee"] is None


def test_a_parent_that_is_nowhere_takes_nothing_else_away(invented_run):
    path = invented_run / "iteration-0" / "generated.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**row, "parent": "gone"}) + "\n" for row in rows))
    examples = gather(invented_run).examples[1]
    made = [each for each in examples if each.instruction.parent == "gone"]
    assert made
    assert all(each.line == [each.instruction] for each in made)


def test_tasks_and_benchmarks_of_an_evaluation(invented_run):
    share = {"n": 5, "correct": 2, "accuracy": 40.0, "interval": [11.8, 76.9]}
    evaluation = {
        "score": 40.0, "interval": [11.8, 76.9], "open": None,
        "tasks": {"student": {**share, "categories": {"dates": share}}, "reference": share},
        "lm_eval": {"version": "0.4.13", "tasks": {
            "ifeval": {"n": 3, "shots": 0, "metrics": {"acc": {"value": 0.25, "stderr": None}}},
        }},
    }  # fmt: skip
    path = invented_run / "iteration-0" / "evaluation.json"
    path.write_text(json.dumps(evaluation))
    text = Page(report(invented_run).read_text("utf-8")).text()
    for said in ("Tasks with an answer", "11.8\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}76.9", "dates",
                 "ifeval", "0.2500"):  # fmt: skip
        assert said in text


def test_a_referee_that_was_not_needed_has_no_words(invented_run):
    path = invented_run / "iteration-0" / "reviews.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**row, "replies": [], "asked": []}) + "\n" for row in rows))
    text = Page(report(invented_run).read_text("utf-8")).text()
    assert "First, look at what" in text


def test_a_share_of_nothing_is_drawn():
    entries = [
        {"iteration": 0, "hard_share": 0.5},
        {"iteration": 1, "hard_share": 0.0},
        {"iteration": 2, "hard_share": None},
    ]
    assert shares_of(entries, "hard_share") == [(0, 0.5), (1, 0.0)]
