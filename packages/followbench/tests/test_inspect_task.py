"""The Inspect task against the command's own scoring, on real evals without a network."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from followbench.answers import Answers
from followbench.results import evaluate
from followbench.sources import load_benchmark
from truing_core.errors import UsageError

pytest.importorskip("inspect_ai", reason="needs the extra followbench[inspect]")

from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from followbench.inspect_task import constraints, followbench

# Inspect calls tenacity by a parameter's old name, and leaves streams to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

MINI = load_benchmark("mini", "en").select(limit=2)
REFERENCES = {item.instruction: group.reference for group in MINI.groups for item in group.items()}
MUMBLE = "I would rather not say."


def luck(text, sides):
    return hashlib.sha256(text.encode()).digest()[0] % sides


def model_of(reply):
    """An Inspect model that answers with ``reply(the last message, the whole conversation)``."""

    def answer(messages, tools, tool_choice, config):
        texts = [message.text for message in messages]
        output = ModelOutput.from_content("mock", reply(texts[-1], texts))
        # Otherwise Inspect counts tokens, with a vocabulary from the network.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


def pupil(prompt, _):
    return REFERENCES[prompt] if luck(prompt, 3) else "A small red house, that is all."


def grader(_, conversation):
    question = conversation[0]
    wanted = int(re.search(r"brackets of exactly (\d+)", question)[1])
    if not luck(question, 4):
        return MUMBLE
    return json.dumps(["YES" if luck(f"{question}{k}", 5) else "NO" for k in range(wanted)])


def run(folder, *, arguments=None, **options):
    task = followbench(**{"limit": 2, **(arguments or {})})
    options.setdefault("model", model_of(pupil))
    [log] = inspect_eval(task, log_dir=str(folder), display="none", **options)
    gc.collect()  # the streams, while their warnings are filtered
    assert log.status == "success", log.error
    return log


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    return run(tmp_path_factory.mktemp("judged"), model_roles={"grader": model_of(grader)})


def scores_of(log):
    return {(sample.id, sample.epoch): sample.scores["constraints"] for sample in log.samples}


def metrics_of(log):
    [score] = log.results.scores
    return {name: metric.value for name, metric in score.metrics.items()}


def result_of(log, mode="fixed", *, judged, epoch=1):
    """What ``followbench score`` makes of the answers and judgements in a log."""
    answers, judgements = {}, {}
    for sample in log.samples:
        category, example_id, level = sample.id.split("/")
        words = sample.scores["constraints"].metadata["judgement"]
        if sample.epoch == epoch:
            answers[category, example_id, int(level)] = sample.output.completion
            judgements[category, example_id, int(level)] = words
    known = Answers({key: words for key, words in judgements.items() if words is not None})
    assert bool(known.texts) == judged
    return evaluate(MINI, Answers(answers), known if judged else None, mode)


def values_of(result):
    average = result.summary["average"]
    values = {"csl": average["csl"]}
    for name in ("hsr", "ssr"):
        values[name] = sum(average[name]) / 5
        values |= {f"{name}_l{n}": value for n, value in enumerate(average[name], start=1)}
    return values


def test_without_a_judge_the_checks_alone_are_scored(tmp_path):
    log = run(tmp_path)
    result = result_of(log, judged=False)
    assert result.summary["constraints"] == "checks-only"
    assert metrics_of(log) == pytest.approx(values_of(result), abs=1e-9)
    assert 0 < metrics_of(log)["hsr"] < metrics_of(log)["ssr"] < 100
    scores = scores_of(log)
    assert len(scores) == len(result.items) == 60
    for row in result.items:
        score = scores[f"{row['category']}/{row['example_id']}/{row['level']}", 1]
        assert score.metadata["status"] == row["status"]
        if row["status"] == "scored":
            assert score.value == {"hard": row["hard"], "soft": row["soft"]}
        else:
            assert math.isnan(score.value)
        for constraint in row["constraints"]:
            sign = {True: "✓", False: "✗", None: "?"}[constraint["ok"]]
            assert f"- {sign} {constraint['text']}: {constraint['message']}" in score.explanation
    assert log.eval.metadata["fingerprint"] == MINI.fingerprint
    assert log.eval.task == "followbench/followbench"


def test_the_role_grader_judges_and_what_it_mumbles_is_not_scored(judged):
    log, result = judged, result_of(judged, judged=True)
    assert result.summary["constraints"] == "all"
    assert metrics_of(log) == pytest.approx(values_of(result), abs=1e-9)
    unread = [s for s in scores_of(log).values() if s.metadata["status"] == "unread"]
    assert len(unread) == result.summary["coverage"]["unparsed"] > 0
    for score in unread:
        assert math.isnan(score.value)
        assert score.metadata["judgement"] == MUMBLE
        assert "no list of YES and NO" in score.explanation
    [summary] = log.results.scores
    assert summary.unscored_samples == len(unread)
    calls = [event for sample in log.samples for event in sample.events if event.event == "model"]
    wanted = sum(item.judged > 0 for item in MINI.items)
    # An answer each, a judgement each, and two more requests for each that cannot be read.
    assert len(calls) == 60 + wanted + 2 * len(unread)


def test_a_log_can_be_scored_anew_by_the_released_rules(judged):
    before = scores_of(judged)  # reads the log, which must not happen inside Inspect's loop
    anew = constraints(judge=model_of(grader), checks="released")
    again = inspect_score(judged, anew, action="overwrite", display="none")
    result = result_of(again, "released", judged=True)
    assert result.summary["coverage"]["unparsed"] > 0
    assert metrics_of(again) == pytest.approx(values_of(result), abs=1e-9)
    assert metrics_of(again)["hsr"] < metrics_of(judged)["hsr"]
    assert scores_of(again).keys() == before.keys()
    assert -1 in [s.value["hard"] for s in scores_of(again).values()]


def test_the_tasks_own_judge_comes_before_the_role(tmp_path):
    judge = model_of(lambda _, texts: "YES" if "exactly 1 " in texts[0] else "[YES, NO]")
    forbidden = model_of(lambda *_: pytest.fail("the role was asked"))
    chosen = {"judge": judge, "categories": "content", "retries": 0}
    log = run(tmp_path, arguments=chosen, model_roles={"grader": forbidden})
    words = {score.metadata["judgement"] for score in scores_of(log).values()} - {None}
    assert words == {"YES", "[YES, NO]"}
    assert {sample.metadata["category"] for sample in log.samples} == {"content"}


def test_epochs_are_runs_of_their_own(tmp_path):
    asked = set()

    def fickle(prompt, _):
        again = prompt in asked
        asked.add(prompt)
        return "Neither this nor that." if again else REFERENCES[prompt]

    log = run(tmp_path, model=model_of(fickle), epochs=2)
    [first, second] = [values_of(result_of(log, judged=False, epoch=n)) for n in (1, 2)]
    assert first["csl"] != second["csl"] or first["hsr"] != second["hsr"]
    halves = {name: (first[name] + second[name]) / 2 for name in first}
    assert metrics_of(log) == pytest.approx(halves, abs=1e-9)


def test_a_benchmark_that_only_a_judge_could_score(tmp_path):
    levels = [{"instruction": f"Sing {n}.", "criterion": "It is a song."} for n in range(1, 6)]
    group = {"id": "s", "category": "style", "lang": "en", "instruction": "Sing."}
    data = tmp_path / "songs.jsonl"
    data.write_text(json.dumps(group | {"levels": levels}))
    log = run(
        tmp_path, arguments={"data": str(data)}, model=model_of(lambda *_: "La la la.")
    )  # no judge
    assert {s.metadata["status"] for s in scores_of(log).values()} == {"no_judgement"}
    assert all(math.isnan(value) for value in metrics_of(log).values())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"checks": "strict"}, "expected fixed or released"),
        ({"categories": "content,poetry"}, "no category 'poetry'"),
        ({"categories": ["poetry"]}, "no category 'poetry'"),
        ({"lang": "fr"}, "expected en or zh"),
    ],
)
def test_misuse(arguments, problem):
    with pytest.raises(UsageError, match=problem):
        followbench(**arguments)


def test_the_command_finds_the_task_and_a_judge_by_name(tmp_path, chat_server):
    def reply(body):
        prompt = body["messages"][-1]["content"]
        return REFERENCES[prompt] if body["model"] == "pupil" else "Verdicts: [YES]"

    server = chat_server(reply=reply)
    secret = "sk-do-not-write-me-down"
    command = [
        *(str(Path(sys.executable).with_name("inspect")), "eval", "followbench/followbench"),
        *("--model", "openai-api/local/pupil", "-T", "judge=openai-api/local/judge"),
        *("-T", "limit=2", "-T", "categories=content,style", "-T", "retries=0"),
        *("--log-dir", str(tmp_path / "logs"), "--log-format", "json", "--display", "none"),
    ]
    environment = {"LOCAL_BASE_URL": server.url, "LOCAL_API_KEY": secret, "HOME": str(tmp_path)}
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = (tmp_path / "logs").glob("*.json")
    log = read_eval_log(str(path))
    assert log.status == "success", log.error
    assert {sample.id.split("/")[0] for sample in log.samples} == {"content", "style"}
    asked = [body["model"] for body in server.bodies]
    judged = [s for s in scores_of(log).values() if s.metadata["judgement"] is not None]
    assert asked.count("pupil") == 20
    assert asked.count("judge") == len(judged) > 0
    assert {s.metadata["judge"] for s in judged} == {"openai-api/local/judge"}
    assert secret not in path.read_text()
    one = [s for s in judged if s.metadata["status"] == "scored"]
    assert one
    assert all(score.value == {"hard": 1.0, "soft": 1.0} for score in one)
