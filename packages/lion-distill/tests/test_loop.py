"""The whole loop on a real server, a real tiny student and TRL."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lion_distill.choices import (
    EvaluationChoice,
    GeneratorChoice,
    LionChoice,
    RefereeChoice,
    StopChoice,
    StudentChoice,
)
from lion_distill.loop import distil
from lion_distill.opening import opened
from lion_distill.rows import Answers, Instruction, Response, Verdict, instruction_id
from lion_distill.stages import Stages
from lion_distill.workspace import Iteration, cache_pool, load, save, train_pool
from truing_core.budget import Budget
from truing_core.errors import BudgetError, InputError, ModelError, ResumeError, UsageError
from truing_core.models import ChatReply, LoadOptions, Sampling
from truing_core.prompts import Prompts
from truing_core.roles import ModelChoice
from truing_core.run import Run
from truing_core.testing.server import ChatServer

THINGS = ("rivers", "bridges", "owls", "clocks", "ferries", "lamps", "gardens", "maps")
SEEDS = [
    Instruction(id=instruction_id(text), instruction=text)
    for text in (f"Tell me something that is true about all {thing}." for thing in THINGS)
]
TRAINING = {"max_steps": 2, "per_device_train_batch_size": 2, "learning_rate": 1e-3}


@contextmanager
def quiet(label: str, total: int) -> Iterator[Callable[[ChatReply], None]]:
    yield lambda reply: None


@pytest.fixture
def make(tiny_model_dir: Path) -> Callable[..., LionChoice]:
    def make(server: ChatServer, *, iterations: int = 1, **changed: Any) -> LionChoice:
        prompts = Prompts("lion_distill")
        budget = changed.pop("budget", None) or Budget()
        model = ModelChoice(
            f"openai/m@{server.url}", Sampling(temperature=0.5, max_tokens=64),
            LoadOptions(max_retries=0), budget=budget,
        )  # fmt: skip
        student = StudentChoice(
            str(tiny_model_dir), TRAINING, sampling=Sampling(temperature=0.7, max_tokens=8)
        )
        fields: dict[str, Any] = {
            "generator": GeneratorChoice(model, prompts, num=4),
            "stop": StopChoice(iterations=iterations),
            **changed,
        }
        return LionChoice(model, student, RefereeChoice("model", model, prompts), **fields)

    return make


def test_seeds_become_a_student_and_the_same_command_does_nothing_more(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
    is_hard: Callable[[str], bool],
) -> None:
    server = chat_server(reply=lion_reply)
    root = tmp_path / "run"
    result = distil(root, SEEDS, make(server), watch=quiet)
    assert result["iterations"] == 1
    assert result["stopped"] == "all is done"
    assert result["pool"] == 12
    assert Path(result["student"], "config.json").is_file()
    first, second = Iteration(root, 0), Iteration(root, 1)
    hard = {each.id for each in SEEDS if is_hard(each.text)}
    assert 0 < len(hard) < len(SEEDS), "the seeds should hold both kinds"
    verdicts = {each.id: each for each in load(first.split, Verdict)}
    assert {id for id, each in verdicts.items() if each.kind == "hard"} == hard
    assert {verdicts[id].gap for id in hard} == {6.0}
    made = load(first.generated, Instruction)
    assert sorted(each.kind for each in made) == ["easy", "easy", "hard", "hard"]
    assert all((each.parent in hard) == (each.kind == "hard") for each in made)
    assert [each.id for each in train_pool(second, "new")] == [each.id for each in made]
    assert len(cache_pool(second)) == 12
    assert [each.id for each in load(second.responses, Response)] == [each.id for each in made]
    assert not second.answers.exists(), "nobody needs to be compared after the last training"
    # The teacher was asked about each instruction once, the referee about each seed twice.
    asked = server.total
    assert asked >= 12 + 2 * 8 + 4
    assert {server.asked[each.text] for each in [*SEEDS, *made]} == {1}
    assert distil(root, SEEDS, make(server), watch=quiet) == result
    assert server.total == asked
    again = distil(root, SEEDS, make(server, iterations=2), watch=quiet)
    assert again["iterations"] == 2
    assert again["pool"] == 16
    assert {server.asked[each.text] for each in cache_pool(Iteration(root, 2))} == {1}
    assert len(load(second.answers, Answers)) == 12


def test_another_threshold_on_the_same_folder_is_refused(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    distil(tmp_path / "run", SEEDS, make(server, iterations=0), watch=quiet)
    with pytest.raises(ResumeError, match=r"threshold"):
        distil(tmp_path / "run", SEEDS, make(server, threshold=2.0), watch=quiet)
    with pytest.raises(ResumeError, match=r"seeds"):
        distil(tmp_path / "run", SEEDS[1:], make(server), watch=quiet)


def test_it_stops_when_too_little_is_hard(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    choice = make(chat_server(reply=lion_reply), stop=StopChoice(3, min_hard_share=0.9))
    result = distil(tmp_path / "run", SEEDS, choice, watch=quiet)
    assert result["iterations"] == 0
    assert re.fullmatch(r"only \d+\.\d% of the pool are hard, below 90\.0%", result["stopped"])
    assert not Iteration(tmp_path / "run", 0).generated.exists()


def test_it_stops_when_the_generator_repeats_itself(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    def repeats(body: Any) -> str:
        if "Reply with one JSON object" in body["messages"][-1]["content"]:
            return json.dumps({"instruction": SEEDS[0].instruction, "input": ""})
        return lion_reply(body)

    result = distil(tmp_path / "run", SEEDS, make(chat_server(reply=repeats)), watch=quiet)
    assert result["stopped"].startswith("the generator gave nothing new (")
    assert result["iterations"] == 0


def test_what_is_new_is_imitated_even_if_it_is_too_little_to_go_on(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    def half(body: Any) -> str:
        said = lion_reply(body)
        repeats = said.startswith("{") and len(body["messages"][-1]["content"]) % 2
        return json.dumps({"instruction": SEEDS[0].instruction}) if repeats else said

    server = chat_server(reply=half)
    choice = make(server, stop=StopChoice(3, min_acceptance=1.0))
    result = distil(tmp_path / "run", SEEDS, choice, watch=quiet)
    assert re.match(r"only \d+\.\d% of the candidates were kept", result["stopped"])
    second = Iteration(tmp_path / "run", 1)
    made = load(Iteration(tmp_path / "run", 0).generated, Instruction)
    assert made
    assert [each.id for each in load(second.responses, Response)] == [each.id for each in made]
    assert Path(result["student"]) == second.student
    assert not second.answers.exists()
    assert (result["iterations"], result["pool"]) == (1, 8 + len(made))


def test_a_budget_that_is_spent_ends_it_and_a_higher_one_goes_on(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    with pytest.raises(BudgetError, match="10 of 10 requests"):
        distil(tmp_path / "run", SEEDS, make(server, budget=Budget(10)), watch=quiet)
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    assert manifest["facts"]["stopped"] == "budget spent"
    result = distil(tmp_path / "run", SEEDS, make(server), watch=quiet)
    assert result["iterations"] == 1
    # The generator may draw a parent again, which is another question in the same words.
    once = [prompt for prompt in server.answered if "Reply with one JSON object" not in prompt]
    assert {server.answered[prompt] for prompt in once} == {1}


def test_a_teacher_that_is_gone_costs_nothing_that_was_paid(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply, faults=lambda prompt, attempt: "400")
    with pytest.raises(ModelError, match="all 8 requests"):
        distil(tmp_path / "run", SEEDS, make(server), watch=quiet)
    with Run.open(
        tmp_path / "run", tool="lion-distill", version="0", config={}, extend=True
    ) as run:
        assert run.stage("iteration-0/respond") is None


def test_a_file_that_was_deleted_is_named_with_the_stage_that_makes_it(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    distil(tmp_path / "run", SEEDS, make(server, iterations=0), watch=quiet)
    Iteration(tmp_path / "run", 0).responses.unlink()
    with opened(tmp_path / "run", SEEDS, make(server)) as run:
        with pytest.raises(InputError, match="run 'lion-distill answer --iteration 0' first"):
            Stages(run, Iteration(run.folder, 0), make(server), quiet).do("referee")
        with pytest.raises(InputError, match="run 'lion-distill generate --iteration 0' first"):
            Stages(run, Iteration(run.folder, 1), make(server), quiet).do("respond")


def test_what_failed_is_asked_again_as_long_as_nothing_was_built_on_it(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    broken = {SEEDS[0].text}
    server = chat_server(
        reply=lion_reply, faults=lambda prompt, attempt: "400" if prompt in broken else None
    )
    with opened(tmp_path / "run", SEEDS, make(server)) as run:
        stages = Stages(run, Iteration(run.folder, 0), make(server), quiet)
        assert stages.do("respond")["kept"] == 7
        broken.clear()
        assert stages.do("respond")["kept"] == 8
        assert server.answered[SEEDS[0].text] == 1
        assert server.total == 9, "the others were asked twice"
        broken.add(SEEDS[1].text)
        assert stages.do("respond")["kept"] == 8
        assert server.total == 9


def test_a_run_is_begun_with_a_student_and_questions_that_can_be(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    good = make(server, iterations=0)
    root = tmp_path / "run"

    def begun(**student: Any) -> None:
        distil(root, SEEDS, replace(good, student=replace(good.student, **student)), watch=quiet)

    with pytest.raises(UsageError, match="no setting 'learning_rte'; did you mean learning_rate"):
        begun(training={"learning_rte": 1})
    with pytest.raises(UsageError, match="cosinus is not a valid SchedulerType"):
        begun(training={"lr_scheduler_type": "cosinus"})
    with pytest.raises(UsageError, match="no setting 'speed'"):
        begun(training={"speed": 1}, launcher="accelerate launch")
    with pytest.raises(ModelError, match="there is no model folder"):
        begun(base="./nowhere")
    with pytest.raises(InputError, match="no-such-owner/model: is no student that can be trained"):
        begun(base="no-such-owner/model")
    bad = replace(good, evaluation=EvaluationChoice(tmp_path / "none.jsonl"))
    with pytest.raises(InputError, match=r"none\.jsonl"):
        distil(root, SEEDS, bad, watch=quiet)
    assert server.total == 0
    assert distil(root, SEEDS, good, watch=quiet)["iterations"] == 0


def test_a_student_of_another_machine_is_no_hindrance_to_ask_the_teacher(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    good, root = make(server), tmp_path / "run"

    def respond(number: int, **student: Any) -> int:
        choice = replace(good, student=replace(good.student, **student))
        with opened(root, SEEDS, choice) as run:
            kept: int = Stages(run, Iteration(run.folder, number), choice, quiet).do("respond")[
                "kept"
            ]
        return kept

    with pytest.raises(UsageError, match="no setting 'learning_rte'"):
        respond(0, base="/models/of-the-gpu-box", training={"learning_rte": 1})
    assert server.total == 0
    assert respond(0, base="/models/of-the-gpu-box") == 8
    new = Instruction(id="new", instruction="Tell me something that is true about all mills.")
    save(Iteration(root, 0).generated, [new])
    assert respond(1, base="/models/of-the-gpu-box") == 1, "the student before is elsewhere, too"


def test_what_was_gone_on_from_is_no_place_to_lose_patience(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    """Of three students, trained before it was patience that counted, the last one is the best."""
    server = chat_server(reply=lion_reply)
    path, root = tmp_path / "q.jsonl", tmp_path / "run"
    path.write_text('{"question": "Is it 1?", "answer": 1}\n')

    def stopped(**stop: Any) -> str:
        choice = make(server, stop=StopChoice(2, **stop), evaluation=EvaluationChoice(path))
        reason: str = distil(root, SEEDS, choice, watch=quiet)["stopped"]
        return reason

    assert stopped() == "all 2 iterations are done"
    manifest = json.loads((root / "run.json").read_text())
    for number, score in enumerate((20.0, 10.0, 30.0)):
        manifest["stages"][f"iteration-{number}/evaluate"]["score"] = score
    (root / "run.json").write_text(json.dumps(manifest))
    assert stopped(patience=1) == "all 2 iterations are done"


def test_other_questions_are_asked_of_every_student(
    tmp_path: Path,
    chat_server: Any,
    make: Callable[..., LionChoice],
    lion_reply: Callable[[Any], str],
) -> None:
    server = chat_server(reply=lion_reply)
    path, root = tmp_path / "q.jsonl", tmp_path / "run"
    reasons: list[str] = []

    def measured(*numbers: int, iterations: int, patience: int = 9, **more: Any) -> list[int]:
        path.write_text("".join(f'{{"question": "Is it {n}?", "answer": {n}}}\n' for n in numbers))
        evaluation = EvaluationChoice(path, **more)
        stop = StopChoice(iterations, patience=patience)
        choice = make(server, stop=stop, evaluation=evaluation)
        reasons.append(distil(root, SEEDS, choice, watch=quiet)["stopped"])
        with opened(root, SEEDS, choice) as run:
            stages = [run.stage(f"iteration-{k}/evaluate") for k in range(2)]
        return [each["questions"] if each else 0 for each in stages]

    distil(root, SEEDS, make(server, iterations=0), watch=quiet)
    assert measured(1, 2, iterations=0) == [2, 0], "questions may come later"
    asked = server.total
    assert measured(1, 2, iterations=0) == [2, 0]
    assert server.total == asked, "the same questions are not asked again"
    assert measured(1, 2, 3, iterations=1) == [3, 3]
    assert server.asked["Is it 1?"] == 1
    assert measured(1, 2, 3, iterations=1, limit=1) == [1, 1]
    assert measured(1, 2, iterations=0) == [2, 2], "also of those that come after its end"
    assert measured(1, iterations=3, patience=1) == [1, 1]
    assert reasons[-2:] == ["all is done", "no better evaluation than 0.0 in 1 iteration"]
