"""lm-eval on the tiny model, with a task of our own; and what is told where it cannot run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from lion_distill.cli import app
from lion_distill.evaluation.harness import (
    HarnessChoice,
    engine_of,
    harness_measures,
    run_harness,
    tasks_of,
)
from truing_core.errors import ModelError, UsageError
from truing_core.models import LoadOptions

INSTALLED = find_spec("lm_eval") is not None
needs_harness = pytest.mark.skipif(not INSTALLED, reason="lm-eval is not installed")

# The harness and what it loads warn of much that is not ours.
pytestmark = pytest.mark.filterwarnings("default")

TASK = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files: {data}
test_split: train
output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "{{{{answer}}}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 16
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""
ROWS = [
    {"question": "Say yes.", "answer": "Yes"},
    {"question": "Where does the river go?", "answer": "To the sea."},
    {"question": "Name three fruits.", "answer": "A chair."},
]


@pytest.fixture
def tasks(tmp_path):
    """A folder with the task ``lion_tiny``: the tiny model knows two of its three answers."""
    folder = tmp_path / "tasks"
    folder.mkdir()
    data = tmp_path / "tiny.json"
    data.write_text(json.dumps(ROWS))
    (folder / "tiny.yaml").write_text(TASK.format(name="lion_tiny", data=data))
    return folder


@needs_harness
def test_a_task_of_our_own(tiny_model_dir, tasks):
    options = LoadOptions(device="cpu", dtype="float32")
    found = run_harness(f"hf/{tiny_model_dir}", HarnessChoice(("lion_t*",), tasks), options)
    own = found["tasks"]["lion_tiny"]
    assert (own["n"], own["shots"]) == (3, 0)
    assert own["metrics"]["exact_match"]["value"] == pytest.approx(2 / 3)
    assert own["metrics"]["exact_match"]["stderr"] == pytest.approx(1 / 3)
    assert found["version"]
    json.dumps(found, allow_nan=False)


@needs_harness
def test_its_numbers_are_in_the_result_and_not_made_twice(
    command_line, tiny_model_dir, tasks, tmp_path
):
    command = command_line(app, "lion-distill")
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "Say yes.", "answer": "Yes"}\n')
    arguments = (
        "evaluate", "--student", f"hf/{tiny_model_dir}", "--questions", questions,
        "--lm-eval", "lion_tiny", "--lm-eval-tasks", tasks, "--lm-eval-limit", 2,
        "--device", "cpu", "--dtype", "float32", "--max-tokens", 20, "--run-dir", "r",
    )  # fmt: skip
    code, out, err = command(*arguments, "--json")
    assert code == 0, err
    result = json.loads(out)
    assert result["score"] == 100.0
    assert result["lm_eval"]["tasks"]["lion_tiny"]["n"] == 2
    assert result["lm_eval"]["tasks"]["lion_tiny"]["metrics"]["exact_match"]["value"] == 1.0
    assert json.loads((tmp_path / "r" / "evaluation.json").read_text()) == result
    (tmp_path / "tiny.json").write_text(json.dumps(ROWS[1:]))
    code, out, err = command(*arguments)
    assert code == 0, err
    assert "lm-eval: was done before" in err
    assert "lion_tiny" in out
    assert "1.0000" in out
    with (tasks / "tiny.yaml").open("a") as file:
        file.write("# Other rows now.\n")
    code, out, err = command(*arguments)
    assert code == 0, err
    assert "was done before" not in err.partition("lm-eval: lion_tiny")[2]
    assert "0.5000" in out


@needs_harness
def test_tasks_that_cannot_run(tiny_model_dir, tasks, command_line):
    command = command_line(app, "lion-distill")
    student = ("evaluate", "--student", f"hf/{tiny_model_dir}", "--device", "cpu")
    code, _, err = command(*student, "--lm-eval", "lion_nothing", "--run-dir", "a")
    assert code == 2
    assert "lm-eval knows no task 'lion_nothing'" in err
    code, _, err = command(*student, "--lm-eval", "bbh_zeroshot_boolean_expressions",
                           "--run-dir", "b")  # fmt: skip
    assert code == 1
    assert "lm-eval cannot fetch what bbh_zeroshot_boolean_expressions needs" in err
    assert "run it once where the hub can be reached" in err
    code, _, err = command(*student, "--lm-eval", "lion_tiny", "--lm-eval-tasks", "nowhere",
                           "--run-dir", "c")  # fmt: skip
    assert code == 2
    assert "there is no folder 'nowhere' of tasks" in err


def test_only_local_models_can_be_run(monkeypatch):
    monkeypatch.setattr("lion_distill.evaluation.harness.need_harness", lambda: None)
    with pytest.raises(UsageError, match="runs the student itself, which 'openai/m' does not"):
        run_harness("openai/m", HarnessChoice(("x",)), LoadOptions())


def test_a_chat_template_of_the_users_is_refused(
    command_line, tiny_model_dir, tmp_path, monkeypatch
):
    monkeypatch.setattr("lion_distill.evaluation.harness.need_harness", lambda: None)
    (tmp_path / "t.jinja").write_text("{{ messages }}")
    outcome = command_line(app, "lion-distill")(
        "evaluate", "--student", f"hf/{tiny_model_dir}", "--lm-eval", "x",
        "--chat-template", tmp_path / "t.jinja", "--run-dir", "r",
    )  # fmt: skip
    assert outcome.code == 2
    assert "lm-eval takes the chat template that the model comes with" in outcome.err
    assert not (tmp_path / "r").exists()


def test_numbers_hang_on_weights_and_tasks(tiny_model_dir, tmp_path):
    folder = tmp_path / "tasks"
    folder.mkdir()
    (folder / "a.yaml").write_text("task: a")
    model = shutil.copytree(tiny_model_dir, tmp_path / "model")
    own = HarnessChoice(("a",), folder)
    before = harness_measures(f"hf/{model}", own)
    assert harness_measures(f"hf/{model}", own) == before
    (folder / "a.py").write_text("x = 1")
    other = harness_measures(f"hf/{model}", own)
    assert other["model"] == before["model"]
    assert other["tasks"] != before["tasks"]
    for name in ("__pycache__", ".git"):
        (folder / name).mkdir()
        (folder / name / "a.cpython-313.pyc").write_bytes(b"compiled")
    assert harness_measures(f"hf/{model}", own) == other
    (model / "trained.json").write_text('{"training": "b"}')
    assert harness_measures(f"hf/{model}", own)["model"] != before["model"]
    assert harness_measures(f"hf/{model}", HarnessChoice(("a",)))["tasks"] is None


def test_where_it_is_not_installed(tmp_path):
    # A fresh interpreter in which it cannot be found, whether or not it is installed.
    script = (
        "import importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda n, p=None: None if n == 'lm_eval' else find(n, p);"
        "from lion_distill.cli import main; import sys; sys.argv[1:] = ['evaluate', '--student',"
        " 'hf/x', '--lm-eval', 'ifeval', '--run-dir', 'r']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        'error: lm-eval is not installed here: pip install "lion-distill[lm-eval]", or leave out '
        "--lm-eval"
    )
    assert not (tmp_path / "r").exists(), "nothing is begun that cannot be ended"


def test_how_the_harness_loads_a_model(tiny_model_dir, tmp_path):
    options = LoadOptions(dtype="float32")
    engine, arguments = engine_of(f"hf/{tiny_model_dir}", options)
    assert engine == "hf"
    assert arguments == {
        "pretrained": str(tiny_model_dir), "tokenizer": str(tiny_model_dir), "dtype": "float32",
        "trust_remote_code": False,
    }  # fmt: skip
    assert engine_of(f"vllm/{tiny_model_dir}", options) == ("vllm", arguments)
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    config = {"base_model_name_or_path": str(tiny_model_dir)}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    (adapter / "adapter_model.safetensors").write_bytes(b"\0" * 16)
    engine, arguments = engine_of(f"hf/{adapter}", options)
    assert (arguments["pretrained"], arguments["peft"]) == (str(tiny_model_dir), str(adapter))
    assert engine_of(f"vllm/{adapter}", options)[1]["lora_local_path"] == str(adapter)
    with pytest.raises(ModelError, match="there is no model folder"):
        engine_of("hf/./nowhere", options)


def test_results_by_task_and_metric():
    # As lm-eval 0.4.13 gives them: a task with two filters, and a group over it.
    found = {
        "results": {
            "sums": {
                "name": "sums", "alias": " - sums", "sample_len": 20,
                "exact_match,strict-match": 0.25, "exact_match_stderr,strict-match": 0.1,
                "exact_match,flexible-extract": 0.5, "exact_match_stderr,flexible-extract": "N/A",
            },
            "group": {"alias": "group", "acc,none": 0.4, "acc_stderr,none": 0.05},
            "empty": {"alias": "empty", " ": " "},
        },
        "n-samples": {"sums": {"original": 40, "effective": 20}},
        "n-shot": {"sums": 3},
    }  # fmt: skip
    assert tasks_of(found) == {
        "sums": {
            "n": 20, "shots": 3,
            "metrics": {
                "exact_match (strict-match)": {"value": 0.25, "stderr": 0.1},
                "exact_match (flexible-extract)": {"value": 0.5, "stderr": None},
            },
        },
        "group": {"n": None, "shots": None, "metrics": {"acc": {"value": 0.4, "stderr": 0.05}}},
    }  # fmt: skip
    assert tasks_of({}) == {}
