"""``lte-edit eval`` from the command line, with a tiny model and the encoder of the tests."""

from __future__ import annotations

import json

import pytest

ROWS = [
    {
        "prompt": f"Where does {name} go?", "target_new": target, "subject": name,
        "rephrase_prompt": f"{name} goes where?",
        "portability": {"Reasoning": [{"prompt": f"Is {name} wet?", "ground_truth": "Yes"}]},
        "locality": {"Relation_Specificity": [{"prompt": "Say yes.", "ground_truth": [["Yes"]]},
                                              {"prompt": "Why?", "ground_truth": []}]},
    }
    for name, target in [("the river", "To the sea."), ("Ada", "Home"), ("a cat", "Up")]
]  # fmt: skip


@pytest.fixture
def evaluated(command, tmp_path, tiny_model_dir):
    (tmp_path / "facts.json").write_text(json.dumps(ROWS))
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "edit.j2").write_text("{{ facts | join(' ') }} {{ question }}")

    def run(*arguments, data="facts.json", model=tiny_model_dir, prompts="prompts"):
        return command(
            "eval", "--data", data, "--model", model, "--prompts", prompts, "--device", "cpu",
            *arguments,
        )  # fmt: skip

    return run


@pytest.mark.parametrize("protocol", ["paper", "released"])
@pytest.mark.parametrize("setting", ["single", "mass", "sequential"])
def test_the_contract(evaluated, protocol, setting):
    done = evaluated("--protocol", protocol, "--setting", setting, "--edits", 2, "--json")
    assert done.code == 0, done.err
    scores = done.json
    assert set(scores["portability"]) == {"Reasoning"}
    assert set(scores["locality"]) == {"Relation_Specificity"}
    assert 0 <= scores["edit_success"] <= 100
    assert scores["fluency"] > 0
    assert scores["retrieval"]["at_1"] == scores["retrieval"]["at_k"] == 100
    assert scores["n"]["records"] == 2
    assert "left out: 3 questions without an answer" in done.err


def test_dry_run(evaluated, tmp_path):
    arguments = ("--methods", "icl,lte", "--setting", "single,mass", "--edits", 2, "--dry-run")
    done = evaluated(*arguments, "--json", model="no/such/model")
    questions = {"edit_success": 2, "rephrase": 2, "portability": 2, "locality": 2}
    assert done.json == [
        {"method": method, "setting": setting, "records": 2, "edits": edits,
         "questions": questions, "open_questions": 0}
        for setting, edits in (("single", 1), ("mass", 2)) for method in ("icl", "lte")
    ]  # fmt: skip
    lines = [line.split() for line in evaluated(*arguments).out.splitlines()]
    assert ["lte", "mass", "2", "2", "2", "2", "2", "2"] in lines
    assert not (tmp_path / "runs").exists()
    assert evaluated("--methods", "nothing", "--dry-run").code == 2
    assert evaluated("--edits", 9, "--dry-run").code == 2


def test_methods_and_numbers_side_by_side(evaluated, tmp_path):
    done = evaluated(
        "--methods", "none,lte", "--setting", "mass", "--edits", "2,3", "--no-generate",
        "--run-dir", "out", "--json",
    )  # fmt: skip
    assert set(done.json) == {"none", "lte"}
    assert set(done.json["lte"]) == {"2", "3"}
    assert done.json["lte"]["3"]["n"]["records"] == 3
    assert done.json["lte"]["3"]["fluency"] is None
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "run.json", "results.json", "rows.jsonl", "report.html",
    }  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "out/rows.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * (2 + 3) * 4
    assert {"prompt", "asked", "predicted", "score", "facts", "answers"} <= set(rows[0])


def test_a_table_for_people_and_nothing_twice(evaluated):
    first = evaluated("--methods", "none,icl,lte", "--limit", 2)
    assert first.code == 0
    assert "single edits, 2 records" in first.out
    lines = [line.split("  ")[1] for line in first.out.splitlines() if line.startswith("  ")]
    assert "edit success" in lines
    assert "locality, Relation_Specificity" in lines
    assert "lte: 16 in" in first.err
    assert "all methods start from --model" in first.err
    again = evaluated("--methods", "none,icl,lte", "--limit", 2)
    assert again.out == first.out
    assert "lte: " not in again.err


def test_names_of_a_file_do_not_steer_the_terminal(evaluated, tmp_path):
    aspects = {"a\x1b[2J": [{"prompt": "Is it wet?", "ground_truth": "Yes"}]}
    (tmp_path / "facts.json").write_text(json.dumps([{**ROWS[0], "portability": aspects}]))
    done = evaluated("--no-generate")
    assert (done.code, "\x1b" in done.out) == (0, False), done.err
    assert "portability, a\u241b[2J" in done.out


def test_another_chat_template_has_another_folder(evaluated, tmp_path):
    for name, text in (
        ("one", "{{ messages[-1].content }}:"),
        ("two", "{{ messages[-1].content }}"),
    ):
        (tmp_path / name).write_text(text)
        done = evaluated("--limit", 1, "--no-generate", "--chat-template", name)
        assert done.code == 0, done.err
    assert evaluated("--limit", 1, "--no-generate").code == 0
    assert len(list((tmp_path / "runs").iterdir())) == 3


def test_another_type_has_another_folder(evaluated, tmp_path, monkeypatch):
    def runs(*arguments):
        done = evaluated("--limit", 1, "--no-generate", *arguments)
        assert done.code == 0, done.err
        return {
            json.loads((folder / "results.json").read_text())["dtype"]
            for folder in (tmp_path / "runs").iterdir()
        }

    assert runs() == runs("--dtype", "float32") == {"float32"}
    assert len(list((tmp_path / "runs").iterdir())) == 1
    # The same command where "auto" comes to 16 bits, as on a GPU.
    for module in ("subjects", "models"):
        monkeypatch.setattr(f"lte_edit.evaluation.{module}.dtype_of", lambda *_: "bfloat16")
    assert runs() == {"float32", "bfloat16"}


def test_no_way_to_the_papers_encoder(evaluated, monkeypatch, make_encoder, tmp_path):
    from lte_edit.encoder import DEFAULT
    from truing_core.errors import ModelError

    reachable = False

    def load(spec):
        if spec == DEFAULT and reachable:
            return make_encoder(f"{DEFAULT}#1")
        if spec != "demo":
            raise ModelError(f"the encoder '{spec}' cannot be loaded")
        return make_encoder("demo#1")

    monkeypatch.setattr("lte_edit.encoder.load_encoder", load)
    done = evaluated("--no-generate", "--run-dir", "out")
    assert done.code == 0
    assert "dot-v1' cannot be loaded; edits are looked up by the demo encoder" in done.err
    named = evaluated("--encoder", "mine", "--no-generate")
    assert (named.code, "the encoder 'mine' cannot be loaded" in named.err) == (1, True)
    # Once there is a way, the same command is another run.
    assert evaluated("--no-generate", "--limit", 1).code == 0
    reachable = True
    again = evaluated("--no-generate", "--limit", 1)
    assert again.code == 0, again.err
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_an_adapter_brings_its_base(evaluated, tiny_model_dir, tmp_path):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    base.config.name_or_path = str(tiny_model_dir)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adapter = get_peft_model(base, LoraConfig(r=2, init_lora_weights=False))
        adapter.save_pretrained(tmp_path / "adapter")
    done = evaluated("--methods", "none,lte", "--no-generate", "--json", model="adapter")
    assert done.code == 0, done.err
    assert "locality_original" in done.json["lte"]
    assert done.json["none"]["locality"] == {"Relation_Specificity": 100}
    (tmp_path / "adapter/adapter_config.json").write_text("{}")
    lost = evaluated("--no-generate", model="adapter")
    assert (lost.code, "names no base_model_name_or_path" in lost.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--edits", "9", "--setting", "mass"], 2, "--edits is 9, but there are 3 records"),
        (["--edits", "0", "--setting", "mass"], 2, "--edits is 0; expected 1 or more"),
        (["--edits", "many"], 2, "--edits is 'many'; expected numbers, as 10,100,1000"),
        (["--setting", "both"], 2, "the setting is 'both'; expected single, mass, sequential"),
        (["--protocol", "mine"], 2, "--protocol is 'mine'; expected paper or released"),
        (["--methods", "rome"], 2, "there is no method 'rome'; known: none, icl, lte, ft, lora"),
        (["--methods", ","], 2, "--methods names nothing"),
        (["--unaligned", "./nowhere"], 1, "there is no model folder ./nowhere"),
        (["--unaligned", "openai/gpt-4o"], 1, "scoring by token needs the weights here"),
        (["--device", "cuda:9"], 2, "there is no device 'cuda:9'"),
    ],
)
def test_misuse(evaluated, arguments, code, said):
    done = evaluated("--no-generate", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_models_and_data_that_cannot_be(evaluated, tmp_path, tiny_model_dir):
    assert "there is no model folder ./none" in evaluated(model="./none").err
    (tmp_path / "empty.json").write_text("[]")
    empty = evaluated(data="empty.json")
    assert (empty.code, "empty.json: " in empty.err) == (1, True)
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(tiny_model_dir, bare)
    (bare / "chat_template.jinja").unlink()
    refused = evaluated(model="./bare")
    assert (refused.code, "has no chat template" in refused.err) == (1, True)
    assert evaluated("--protocol", "released", "--no-generate", model="./bare").code == 0


def test_wrong_models_leave_no_run_that_is_in_the_way(evaluated):
    assert evaluated("--run-dir", "out", model="./none").code == 1
    assert evaluated("--run-dir", "out", "--no-generate").code == 0
