import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from truing_core.errors import ModelError, UsageError
from truing_core.models import ChatModel, ChatReply, ChatRequest, LoadOptions, Sampling, load_model
from truing_core.models.hf import HFModel
from truing_core.testing.tiny import ANSWERS, CONTEXT

pytest.importorskip("torch", reason="torch is not installed (extra 'hf')")
pytest.importorskip("transformers", reason="transformers is not installed (extra 'hf')")

QUESTIONS = list(ANSWERS)
EXACT = LoadOptions(dtype="float32", device="cpu")


def ask(question: str, name: str | None = None, *, sample: int = 0, **sampling: Any) -> ChatRequest:
    return ChatRequest(
        name or question, ({"role": "user", "content": question},), Sampling(**sampling), sample
    )


def by_id(replies: Iterator[ChatReply]) -> dict[str, ChatReply]:
    found: dict[str, ChatReply] = {}
    for reply in replies:
        assert reply.id not in found, "answered twice"
        found[reply.id] = reply
    return found


def load(folder: Path, options: LoadOptions = EXACT) -> HFModel:
    model = load_model(f"hf/{folder}", options)
    assert isinstance(model, HFModel)
    assert isinstance(model, ChatModel)
    return model


@pytest.fixture(scope="module")
def model(tiny_model_dir: Path) -> Iterator[HFModel]:
    model = load(tiny_model_dir)
    yield model
    model.close()


@pytest.fixture(scope="module")
def wild_dir(tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large random weights: answers do not end by themselves, and no two are alike."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("models") / "wild"
    shutil.copytree(tiny_model_dir, folder)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
        for parameter in model.parameters():
            parameter.mul_(3.0)
    model.save_pretrained(folder)
    return folder


def test_answers_come_with_their_ends_and_their_usage(model: HFModel) -> None:
    replies = by_id(model.complete(map(ask, QUESTIONS)))
    assert {name: reply.text for name, reply in replies.items()} == ANSWERS
    assert {reply.finish_reason for reply in replies.values()} == {"stop"}
    short, long = replies["Say yes."].usage, replies[QUESTIONS[-1]].usage
    assert short.completion_tokens == 2  # the word and the end of the turn
    assert long.completion_tokens > 32  # more than a slice
    assert long.prompt_tokens > short.prompt_tokens > 10


def test_greedy_text_is_the_same_alone_and_among_others(wild_dir: Path) -> None:
    model = load(wild_dir)
    requests = [ask(" ".join(QUESTIONS[: 1 + i % 5]), str(i), max_tokens=70) for i in range(15)]
    requests += [ask(QUESTIONS[i], f"short {i}", max_tokens=9) for i in range(7)]
    alone = {request.id: next(model.complete([request])) for request in requests}
    assert by_id(model.complete(requests)) == alone
    assert "length" in {reply.finish_reason for reply in alone.values()}
    assert len({reply.text for reply in alone.values()}) >= 10


def test_rows_that_finish_leave_and_are_yielded_first(model: HFModel) -> None:
    order = [reply.id for reply in model.complete(map(ask, reversed(QUESTIONS)))]
    assert order[-1] == QUESTIONS[-1]  # the only one beyond the first slice
    assert sorted(order) == sorted(QUESTIONS)


def test_stop_strings_end_their_row_only(model: HFModel) -> None:
    requests = [ask(question, stop=(" pear", " kept")) for question in QUESTIONS]
    replies = by_id(model.complete(requests))
    assert replies["Name three fruits."].text == "An apple, a"
    assert replies[QUESTIONS[-1]].text == "An old woman and her cat keep it; they have"
    assert replies["Say yes."].text == "Yes"
    assert {reply.finish_reason for reply in replies.values()} == {"stop"}


def test_the_limit_cuts(model: HFModel) -> None:
    reply = next(model.complete([ask("Name three fruits.", max_tokens=3)]))
    assert reply.finish_reason == "length"
    assert reply.usage.completion_tokens == 3
    assert ANSWERS["Name three fruits."].startswith(reply.text)
    assert 0 < len(reply.text) < len(ANSWERS["Name three fruits."])


def test_seeds_decide_whatever_the_batch(wild_dir: Path) -> None:
    model = load(wild_dir)
    warm: dict[str, Any] = {"temperature": 1.0, "top_p": 0.95, "max_tokens": 40}
    requests = [ask(QUESTIONS[0], str(seed), seed=seed, **warm) for seed in range(6)]
    requests += [ask(QUESTIONS[0], f"3/{n}", sample=n, seed=3, **warm) for n in range(3)]
    requests += [ask(QUESTIONS[2], "other", seed=3, **warm)]
    together = by_id(model.complete(requests))
    alone = {request.id: next(model.complete([request])) for request in reversed(requests)}
    assert together == alone
    assert together["3"].text == together["3/0"].text
    assert len({reply.text for reply in together.values()}) == 9
    unseeded = [ask(QUESTIONS[0], str(n), **warm) for n in range(3)]
    assert len({reply.text for reply in model.complete(unseeded)}) == 3


@pytest.mark.parametrize("temperature", [0.0, 1e-40, 1e-4])
def test_no_temperature_is_greedy_whatever_the_seed(model: HFModel, temperature: float) -> None:
    reply = next(model.complete([ask("Count to five.", seed=5, temperature=temperature)]))
    assert reply.text == ANSWERS["Count to five."]


def test_bad_requests_are_answered_with_why_and_hold_up_nobody(model: HFModel) -> None:
    requests = [
        ask("word " * 400, "long"),
        ask("Say yes."),
        ChatRequest("empty", ()),
        ask("Say yes.", "none", max_tokens=0),
        ChatRequest("torn", ({"role": "user", "content": "\ud800"},)),
    ]
    replies = by_id(model.complete(requests))
    assert replies["Say yes."].text == "Yes"
    assert replies["long"].error is not None
    assert f"the model's context only {CONTEXT}; shorten it" in replies["long"].error
    assert replies["empty"].error == "there are no messages"
    assert replies["none"].error == "max_tokens is 0; at least 1 is needed"
    assert "the chat template refuses it" in str(replies["torn"].error)
    assert not any(replies[name].text for name in ("long", "empty", "none", "torn"))


def test_a_reply_ends_where_the_context_does(wild_dir: Path) -> None:
    model = load(wild_dir)
    prompts = {str(n): "river " * n for n in (1, 20, 30)}
    replies = by_id(model.complete(ask(text, name) for name, text in prompts.items()))
    for reply in replies.values():
        assert reply.finish_reason == "length"
        assert reply.usage.prompt_tokens + reply.usage.completion_tokens == CONTEXT
    assert replies["1"].usage.completion_tokens > replies["30"].usage.completion_tokens


def test_room_is_what_the_context_leaves(model: HFModel) -> None:
    request = ask("Say yes.")
    [reply] = model.complete([request])
    assert model.room(request.messages) == CONTEXT - reply.usage.prompt_tokens
    assert (model.room(ask("Say yes. " * CONTEXT).messages) or 0) < 0


def test_endless_requests_are_drawn_only_as_far_as_needed(model: HFModel) -> None:
    drawn = 0

    def endless() -> Iterator[ChatRequest]:
        nonlocal drawn
        for drawn in itertools.count(1):
            yield ask(QUESTIONS[drawn % 3], str(drawn), max_tokens=20)

    first = list(itertools.islice(model.complete(endless()), 600))
    assert len({reply.id for reply in first}) == 600
    assert drawn <= 600 + 512 + 400  # answered, waiting, and one batch


def test_no_request_no_load(tiny_model_dir: Path) -> None:
    model = load(tiny_model_dir)
    assert list(model.complete([])) == []
    assert model._engine is None
    model.close()
    with pytest.raises(ModelError, match="is closed"):
        next(model.complete([ask("Say yes.")]))


def test_a_small_budget_means_many_batches_with_the_same_answers(tiny_model_dir: Path) -> None:
    model = load(tiny_model_dir, LoadOptions(batch_tokens=1, dtype="float32", device="cpu"))
    replies = by_id(model.complete(map(ask, QUESTIONS)))
    assert {name: reply.text for name, reply in replies.items()} == ANSWERS


@pytest.fixture
def hungry(tiny_model_dir: Path) -> Iterator[tuple[HFModel, list[int]]]:
    """A model that needs more memory than there is for more than two rows at once."""
    import torch

    model, sizes = load(tiny_model_dir), []

    def need_memory(module: object, args: object, kwargs: dict[str, Any]) -> None:
        rows = kwargs["input_ids"].shape[0]
        sizes.append(rows)
        if rows > 2:
            torch.empty(1 << 60, dtype=torch.uint8)  # the allocator's own complaint

    hook = model._loaded()._model.register_forward_pre_hook(need_memory, with_kwargs=True)
    yield model, sizes
    hook.remove()


def test_out_of_memory_halves_the_batch_and_goes_on(
    hungry: tuple[HFModel, list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    model, sizes = hungry
    requests = [ask(question, f"{n}{question}") for n in range(3) for question in QUESTIONS]
    replies = by_id(model.complete(requests))
    assert {name: reply.text for name, reply in replies.items()} == {
        f"{n}{question}": answer for n in range(3) for question, answer in ANSWERS.items()
    }
    too_large = [size for size in sizes if size > 2]
    assert too_large[0] > 8
    assert len(too_large) <= 12  # learned once, not found out anew for every batch
    assert "out of memory with a batch of" in caplog.text


def test_a_row_that_does_not_fit_alone_is_told_so(tiny_model_dir: Path) -> None:
    import torch

    model = load(tiny_model_dir)

    def need_memory(module: object, args: object, kwargs: dict[str, Any]) -> None:
        if kwargs["input_ids"].shape[1] > 30:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    model._loaded()._model.register_forward_pre_hook(need_memory, with_kwargs=True)
    replies = by_id(model.complete(map(ask, QUESTIONS)))
    failed = {name for name, reply in replies.items() if reply.error}
    assert failed == {QUESTIONS[3], QUESTIONS[-1]}  # the two long prompts
    assert "out of memory, alone, with a prompt of" in str(replies[QUESTIONS[3]].error)
    assert replies["Say yes."].text == "Yes"


def test_other_trouble_is_not_taken_for_lack_of_memory(tiny_model_dir: Path) -> None:
    model = load(tiny_model_dir)

    def break_down(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    model._loaded()._model.register_forward_pre_hook(break_down)
    with pytest.raises(RuntimeError, match="mat1"):
        list(model.complete([ask("Say yes.")]))


def test_an_overriding_template_is_used_and_named(tiny_model_dir: Path, tmp_path: Path) -> None:
    template = tmp_path / "deaf.jinja"
    template.write_text(
        "<|im_start|>user\nSay yes.<|im_end|>\n<|im_start|>assistant\n{# {{ messages }} #}"
        "{% if false %}{{ messages[0].content }}{% endif %}"
    )
    with pytest.raises(Exception, match="leaves out what was asked"):
        list(load(tiny_model_dir, LoadOptions(chat_template=template)).complete([ask("?")]))
    template.write_text(
        "<|im_start|>user\n{{ messages[-1].content }} yes.<|im_end|>\n"
        "<|im_start|>assistant{{ '\\n' }}"
    )
    model = load(tiny_model_dir, LoadOptions(chat_template=template, dtype="float32"))
    assert next(model.complete([ask("Say")])).text == "Yes"
    assert model.identity.startswith(load(tiny_model_dir).identity + "+template-")


def test_a_models_own_sampling_defaults_are_not_applied(
    tiny_model_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "opinionated"
    shutil.copytree(tiny_model_dir, folder)
    file = folder / "generation_config.json"
    settings = json.loads(file.read_text())
    own = {"do_sample": True, "temperature": 9.0, "repetition_penalty": 5.0, "max_new_tokens": 1}
    file.write_text(json.dumps({**settings, **own}))
    replies = by_id(load(folder).complete(map(ask, QUESTIONS)))
    assert {name: reply.text for name, reply in replies.items()} == ANSWERS


def test_nothing_but_errors_reaches_the_terminal(tiny_model_dir: Path) -> None:
    code = (
        "import sys\n"
        "from truing_core.models import *\n"
        "requests = [ChatRequest(str(warmth), ({'role': 'user', 'content': 'Say yes.'},),\n"
        "            Sampling(temperature=warmth, seed=0)) for warmth in (0.0, 0.01)]\n"
        "print([reply.text for reply in load_model(sys.argv[1]).complete(requests)])\n"
    )
    run = [sys.executable, "-c", code, f"hf/{tiny_model_dir}"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("['Yes', 'Yes']\n", "")


def test_dtypes_and_devices_that_are_none(tiny_model_dir: Path) -> None:
    with pytest.raises(UsageError, match="'float8' is no dtype; use auto, float32"):
        load(tiny_model_dir, LoadOptions(dtype="float8"))
    for device in ("gpu", "cuda:99"):
        model = load(tiny_model_dir, LoadOptions(device=device))
        with pytest.raises(UsageError, match=f"there is no device '{device}'"):
            next(model.complete([ask("Say yes.")]))


@pytest.mark.parametrize("dtype", ["auto", "bfloat16", "float16"])
def test_sixteen_bits_answer_too(tiny_model_dir: Path, dtype: str) -> None:
    model = load(tiny_model_dir, LoadOptions(dtype=dtype))
    assert next(model.complete([ask("Count to five.")])).text == ANSWERS["Count to five."]
