"""The student's training: once, whole, from the right model, and with sentences for what fails."""

from __future__ import annotations

import gc
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import yaml

from lion_distill.imitation import imitate, student_choice, student_folder
from lion_distill.imitation.student import read_mark
from lion_distill.rows import Response
from lion_distill.workspace import Iteration, save
from truing_core.errors import InputError, TruingError, UsageError

pytest.importorskip("trl", reason="needs the training stack")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from lion_distill.training import parse


def weights(folder):
    return dict(AutoModelForCausalLM.from_pretrained(folder).named_parameters())


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def times(folder):
    """When each file of a folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_student_learns_and_is_not_trained_again(at, responses, student, tiny_model_dir):
    choice = student(learning_rate=5e-3, num_train_epochs=60, lr_scheduler_type="constant")
    facts = imitate(at, choice)
    assert (facts["method"], facts["examples"], facts["steps"]) == ("full", 4, 120)
    assert facts["learning_rate"] == 5e-3
    assert facts["loss"] < 0.1
    assert facts["seconds"] > 0
    assert facts["tokens_per_second"] > 0
    assert "too_long" not in facts
    folder = student_folder(at)
    assert folder == at.student / "."
    assert not same(weights(tiny_model_dir), weights(folder))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    asked = tokenizer.apply_chat_template(
        responses[0].messages[:1], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.inference_mode():
        whole = AutoModelForCausalLM.from_pretrained(folder).generate(
            **asked, max_new_tokens=12, do_sample=False
        )
    said = tokenizer.decode(whole[0, asked["input_ids"].size(1) :], skip_special_tokens=True)
    assert said == "On roofs."
    before = times(at.student)
    assert imitate(at, choice) == facts
    assert times(at.student) == before
    assert not list(at.student.glob("checkpoint-*"))


def test_the_file_is_what_train_takes(at, responses, student):
    imitate(at, student(max_steps=1))
    wanted = yaml.safe_load(at.training.read_text("utf-8"))
    data, config, model, command = parse(["--config", str(at.training)])
    assert data.dataset_name == str(at.responses)
    assert config.output_dir == str(at.student)
    assert (config.max_steps, config.num_train_epochs, config.max_length) == (1, 1, 1024)
    assert (config.report_to, config.train_sampling_strategy) == ([], "batch_rebalance")
    assert (model.use_peft, command.save_merged) == (False, False)
    assert wanted["save_steps"] == 1


def test_an_adapter_is_merged_and_the_next_iteration_goes_on_from_it(
    run, at, responses, student, tiny_model_dir
):
    lora = student(use_peft=True, learning_rate=1e-2, num_train_epochs=2)
    facts = imitate(at, lora)
    assert (facts["method"], facts["learning_rate"]) == ("lora", 1e-2)
    first = student_folder(at)
    assert first == at.student / "merged"
    assert not same(weights(tiny_model_dir), weights(first))
    after = Iteration(run.folder, 1)
    save(after.responses, responses[:2])
    assert imitate(after, lora)["examples"] == 2
    wanted = yaml.safe_load(after.training.read_text("utf-8"))
    assert wanted["model_name_or_path"] == str(first)
    assert not same(weights(first), weights(student_folder(after)))
    assert student_choice(after, lora).spec == f"hf/{student_folder(after)}"


def test_other_answers_are_another_training(at, responses, student):
    choice = student()
    imitate(at, choice)
    mark = read_mark(at)
    save(at.responses, responses[:3])
    facts = imitate(at, choice)
    assert facts["examples"] == 3
    assert read_mark(at).training != mark.training
    old = list(at.folder.glob("student.old-*"))
    assert len(old) == 1
    assert (old[0] / "model.safetensors").is_file()


def test_nothing_of_a_training_stays_in_memory(at, responses, student):
    imitate(at, student())
    assert not [each for each in gc.get_objects() if issubclass(type(each), PreTrainedModel)]


def test_a_retrained_student_is_another_one_to_the_journal(at, responses, student):
    from truing_core.models import load_model

    choice = student(learning_rate=1e-12)  # too low to change a weight
    imitate(at, choice)
    names = {load_model(student_choice(at, choice).spec).identity}
    save(at.responses, responses[:3])
    imitate(at, choice)
    names.add(load_model(student_choice(at, choice).spec).identity)
    assert len(names) == 2
    assert all(name.startswith("hf/student#") for name in names)


def test_a_launcher(at, responses, student, capfd):
    from dataclasses import replace

    choice = replace(student(), launcher=shlex.quote(sys.executable))
    facts = imitate(at, choice)
    assert (facts["examples"], facts["steps"]) == (4, 2)
    said = capfd.readouterr()
    assert "2 steps; the model is in" in said.err
    assert said.out == ""
    assert imitate(at, choice) == facts
    at.responses.write_text('{"id": "a", "messages": []}\n', "utf-8")
    with pytest.raises(TruingError, match=r"the training failed .*row 1.*expected a list of mess"):
        imitate(at, choice)


def test_students_that_cannot_be_trained(at, responses, student, tiny_model_dir, tmp_path):
    from dataclasses import replace

    bare = shutil.copytree(tiny_model_dir, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(InputError, match="bare: has no chat template"):
        imitate(at, replace(student(), base=str(bare)))
    other = shutil.copytree(tiny_model_dir, tmp_path / "other")
    tokenizer = AutoTokenizer.from_pretrained(other)
    tokenizer.add_tokens([f"<{each}>" for each in range(99)])
    tokenizer.save_pretrained(other)
    with pytest.raises(InputError, match=r"other: its tokenizer has \d+ tokens, its model embedd"):
        imitate(at, replace(student(), base=str(other)))
    with pytest.raises(UsageError, match="speed"):
        imitate(at, student(speed=3))
    with pytest.raises(TruingError, match="no answer fits into max_length 3"):
        imitate(at, student(max_length=3))
    with pytest.raises(InputError, match="run 'lion-distill imitate --iteration 0' first"):
        student_folder(at)


def test_no_answers(at, student):
    with pytest.raises(InputError, match="run 'lion-distill respond --iteration 0' first"):
        imitate(at, student())


def test_answers_that_are_too_long_are_counted(at, responses, student, capsys):
    question = [{"role": "user", "content": "Why? " * 50}]
    answer = [{"role": "assistant", "content": "So."}]
    save(at.responses, [*responses, Response(id="long", messages=[*question, *answer])])
    facts = imitate(at, student(max_length=64))
    assert (facts["examples"], facts["too_long"]) == (4, 1)
    assert "1 answers do not fit into max_length" in capsys.readouterr().err


def test_out_of_memory(at, responses, student, room_for):
    said = "out of memory: lower per_device_train_batch_size"
    with room_for(0), pytest.raises(TruingError, match=said):
        imitate(at, student())
    assert imitate(at, student())["steps"] == 2


def test_with_smaller_parts_it_goes_on_from_the_last_checkpoint(
    at, responses, student, room_for, capfd
):
    with room_for(3), pytest.raises(TruingError, match="raise gradient_accumulation_steps"):
        imitate(at, student(num_train_epochs=2))
    capfd.readouterr()
    less = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 2,
            "gradient_checkpointing": True, "save_steps": 2}  # fmt: skip
    assert imitate(at, student(num_train_epochs=2, **less))["steps"] == 4
    assert "going on from" in capfd.readouterr().err
    assert json.loads((at.student / "lion_run.json").read_text())["resumed_from"].endswith("-3")
    assert not list(at.folder.glob("student.old-*"))


def test_another_number_of_answers_in_a_step_is_told(run, at, responses, student, capfd):
    """As with a launcher that uses fewer devices than before."""
    assert imitate(at, student())["answers_a_step"] == 2
    after, next_ = Iteration(run.folder, 1), Iteration(run.folder, 2)
    save(after.responses, responses)
    save(next_.responses, responses)
    assert imitate(after, student())["answers_a_step"] == 2
    assert "a step was of" not in capfd.readouterr().err
    assert imitate(next_, student(gradient_accumulation_steps=2))["answers_a_step"] == 4
    told = capfd.readouterr().err
    assert "a step was of 4 answers, and of 2 in the iteration before" in told


def test_a_student_that_is_gone(run, at, responses, student):
    choice = student()
    imitate(at, choice)
    after = Iteration(run.folder, 1)
    save(after.responses, responses)
    (at.student / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"student of iteration 0 is gone or damaged .*no weights"):
        imitate(after, choice)
    assert imitate(at, choice)["steps"] == 2  # its own stage, asked again, trains it anew
    assert imitate(after, choice)["steps"] == 2
    shutil.rmtree(at.student)
    with pytest.raises(InputError, match="run 'lion-distill imitate --iteration 0' first"):
        student_folder(at)


SCRIPT = """
    import json, sys
    from pathlib import Path
    from lion_distill.choices import StudentChoice
    from lion_distill.imitation import imitate
    from lion_distill.workspace import Iteration

    root, base = sys.argv[1:]
    training = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 1,
                "num_train_epochs": 30, "save_steps": 1, "learning_rate": 1e-3}
    print(json.dumps(imitate(Iteration(Path(root), 0), StudentChoice(base, training))))
"""


def test_killed_and_started_again(run, at, responses, tiny_model_dir, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT), "utf-8")
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}

    def command(root):
        return [sys.executable, str(script), str(root), str(tiny_model_dir)]

    process = subprocess.Popen(
        command(run.folder), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None and not list(at.student.glob("*/trainer_state.json")):
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert read_mark(at).model is None
    with pytest.raises(InputError, match="run 'lion-distill imitate --iteration 0' first"):
        student_folder(at)
    done = subprocess.run(
        command(run.folder), env=environment, capture_output=True, text=True, check=True
    )
    assert "going on from" in done.stderr
    facts = json.loads(done.stdout)
    assert facts["steps"] == 120
    assert "seconds" not in facts  # those of the first half are not known
    assert json.loads((at.student / "lion_run.json").read_text())["resumed_from"]
    # The same as without a kill, to the last bit.
    straight = Iteration(tmp_path / "straight", 0)
    save(straight.responses, responses)
    subprocess.run(command(straight.root), env=environment, capture_output=True, check=True)
    assert same(weights(student_folder(straight)), weights(student_folder(at)))
