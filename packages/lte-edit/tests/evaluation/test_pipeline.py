"""From records to scores: against a plain reading of both protocols, settings, resuming."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from lte_edit.cases import EDIT, Case, Probe
from lte_edit.edits import Edit
from lte_edit.evaluation import Setting, evaluate
from lte_edit.evaluation.models import Loading, Models
from lte_edit.evaluation.subjects import Subject
from truing_core.errors import InputError, ResumeError, UsageError


@pytest.fixture
def run(make_subject, make_encoder, choose, cases):
    def go(methods=("lte",), settings=("single",), *, records=cases, subject=None, **options):
        choice = options.pop("choice", None) or choose(generate=False)
        return evaluate(
            records, methods, settings, model=subject or make_subject(choice.protocol),
            encoder=make_encoder(), choice=choice, **options,
        )  # fmt: skip

    return go


def reference(weights, tokenizer, case, released):
    """The scores of one record, one forward a question, as METHODS has it."""

    def predicted(question, target):
        if released:
            text = f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{target}"
            ids = tokenizer(f"{text}<|im_end|>", return_tensors="pt")["input_ids"]
        else:
            turn = [{"role": "user", "content": question}]
            text = tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
            ids = tokenizer(f"{text}{target}", return_tensors="pt")["input_ids"]
        wanted = tokenizer(target)["input_ids"]
        with torch.no_grad():
            best = weights(input_ids=ids).logits.argmax(dim=-1)[0].tolist()
        size = len(wanted)
        return (best[-(size + 2) : -2] if released else best[-(size + 1) : -1]), wanted

    def share(one, two):
        return sum(a == b for a, b in zip(one, two, strict=True)) / len(one)

    fact = f"{case.edits[0].prompt} {case.edits[0].target}\n"
    scores = {}
    for probe in case.probes:
        shown, wanted = predicted(fact + probe.prompt, probe.answers[0])
        if probe.scope == "out":
            wanted, _ = predicted(probe.prompt, probe.answers[0])
        scores.setdefault(probe.aspect, []).append(share(shown, wanted))
    kept = {aspect: own[:1] if released else own for aspect, own in scores.items()}
    return {aspect: sum(own) / len(own) for aspect, own in kept.items()}


@pytest.mark.parametrize("protocol", ["paper", "released"])
def test_scores_are_those_of_one_forward_a_question(
    run, choose, cases, weights, tokenizer, protocol
):
    found = run(choice=choose(protocol=protocol, generate=False)).get("lte").scores
    each = [reference(weights, tokenizer, case, protocol == "released") for case in cases]
    means = {aspect: 100 * sum(one[aspect] for one in each) / len(each) for aspect in each[0]}
    assert found["edit_success"] == pytest.approx(means["Edit"])
    assert found["rephrase"] == pytest.approx(means["Rephrase"])
    assert found["portability"] == pytest.approx({"Reasoning": means["Reasoning"]})
    assert found["locality"] == pytest.approx(
        {"Relation_Specificity": means["Relation_Specificity"]}
    )
    assert 0 < means["Edit"] < 100
    assert found["questions"] == len(cases) * (4 if protocol == "released" else 6)


def test_mass_shows_the_nearest_of_all_and_single_only_its_own(run, choose):
    found = run(settings=["single", Setting("mass", 2), "mass"], choice=choose(generate=False))
    assert [len(row["facts"]) for row in found.get("lte", "single").rows] == [1] * 30
    two, all_of_them = found.get("lte", "mass", 2), found.get("lte", "mass", 5)
    assert {row["record"] for row in two.rows} == {0, 1}
    assert {len(row["facts"]) for row in two.rows} == {2}
    assert {len(row["facts"]) for row in all_of_them.rows} == {3}
    assert all_of_them.scores["retrieval"]["edit_success"] == {"at_1": 100, "at_k": 100}
    assert all_of_them.scores["retrieval"]["locality"]["any_edit"] == 100


def test_a_threshold_lets_other_questions_pass(run, choose):
    scores = run(settings=["mass"], choice=choose(generate=False, threshold=0.6)).get("lte").scores
    assert scores["retrieval"]["locality"] == {"own_edit": 0, "any_edit": 0}
    assert scores["locality"] == {"Relation_Specificity": 100}


def test_released_shows_one_edit(run, choose):
    found = run(settings=["mass"], choice=choose(protocol="released", generate=False))
    assert {len(row["facts"]) for row in found.get("lte").rows} == {1}


def test_what_is_written_is_scored(run, choose, make_subject, cases):
    text = "Where does the river go?"
    found = run(["none"], records=cases[:1], choice=choose(max_tokens=20)).get("none")
    first = found.rows[0]
    assert (first["prompt"], first["asked"]) == (text, text)
    assert (first["generated"], first["exact"], first["contains"]) == ("To the sea.", True, True)
    assert found.scores["generation"]["exact"]["edit_success"] == 100
    local = {row["prompt"]: row for row in found.rows if row["metric"] == "locality"}
    assert local["Say yes."]["generated"] == "Yes"
    assert all(row["same"] for row in local.values())
    # "To the sea ." has three bigrams and two trigrams, each once.
    assert first["written"] == "To the sea."
    assert first["fluency"] == pytest.approx((2 / 3 * 1.584962500721156 + 4 / 3 * 1.0) / 2)
    assert found.scores["fluency"] == pytest.approx(100 * first["fluency"])


def test_released_writes_for_fluency_without_the_edit(run, choose, cases, make_subject):
    choice = choose(protocol="released", fluency_tokens=40)
    row = run(records=cases[1:2], choice=choice).get("lte").rows[0]
    assert "To an old town." in row["asked"]
    assert row["written"].startswith("Where does Ada go?")
    subject = make_subject("released")
    assert len(subject.asked("Where does Ada go?")) < 40
    bare = run(["none"], records=cases[1:2], choice=choice).get("none").rows[0]
    assert bare["written"] == row["written"]


def test_locality_against_the_model_before_its_alignment(run, weights, tokenizer, choose):
    import copy

    changed = copy.deepcopy(weights)
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in changed.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    aligned = Subject(changed, tokenizer, "aligned")
    before = Subject(weights, tokenizer, "before")
    both = run(["none", "lte", "icl"], subject=aligned, unaligned=before)
    # No edit is ever shown to this one, and yet it is not what it was.
    quiet = run(
        subject=aligned, unaligned=before, choice=choose(generate=False, threshold=2.0)
    ).get("lte").scores  # fmt: skip
    assert quiet["locality"] == {"Relation_Specificity": 100}
    assert quiet["locality_original"]["Relation_Specificity"] < 100
    assert "locality_original" not in both.get("icl").scores
    assert both.get("icl").scores["edit_success"] != both.get("lte").scores["edit_success"]
    assert both.facts["unaligned"] == "before"


def test_models_with_other_tokens_are_not_compared(run, weights, tokenizer):
    import copy

    other = copy.deepcopy(tokenizer)
    other.add_tokens(["<new>"])
    found = run(unaligned=Subject(weights, other, "other"))
    assert "locality_original" not in found.get("lte").scores


def test_a_fact_that_is_made_anew_supersedes(run, cases):
    again = replace(
        cases[0], id="d-9",
        edits=(cases[0].edits[0].model_copy(update={"id": "d-9", "target": "To the hill."}),),
    )  # fmt: skip
    found = run(settings=["sequential"], records=[*cases, again])
    scores = found.get("lte").scores
    assert scores["superseded"] == 1
    assert [each["age"] for each in scores["retention"]] == [[0, 1], [2, 3], [4, 5]]
    first = found.get("lte").rows[0]
    assert all("To the sea." not in fact["fact"] for fact in first["facts"])
    assert (first["at_1"], first["at_k"]) == (False, False)


def test_edits_are_dropped_until_the_context_has_room(run, choose, tokenizer):
    long = "word " * 40
    records = [
        Case(
            f"d-{n}",
            (Edit(id=f"d-{n}", prompt=f"Who leads {n}?", target=f"{n} {long}", subject=str(n)),),
            (Probe(f"Who leads {n}?", ("Ada",), "in", EDIT),),
            "d",
        )
        for n in range(3)
    ]
    scores = run(settings=["mass"], records=records).get("lte").scores
    assert scores["edits_dropped"] > 0
    assert scores["n"]["edit_success"] == 3
    assert scores["retrieval"]["at_k"] == 100
    huge = replace(records[0], probes=(Probe("Who leads? " + long * 5, ("Ada",), "in", EDIT),))
    skipped = run(records=[huge, records[1]]).get("lte").scores
    assert skipped["skipped"] == {"too long": 1}
    assert skipped["n"] == {
        "records": 2, "edit_success": 1, "retrieval": skipped["n"]["retrieval"],
    }  # fmt: skip
    assert run(records=[huge], choice=choose()).get("lte").scores["edit_success"] is None


def test_training_methods_take_part_in_every_setting(run, weights):
    import copy

    from lte_edit.evaluation.methods.tuning import FineTuning, LoraTuning

    before = copy.deepcopy(weights.state_dict())
    methods = {
        "ft": FineTuning(learning_rate=1e-2, steps=60),
        "lora": LoraTuning(learning_rate=1e-2, steps=60),
    }
    settings = ["single", Setting("mass", 2), Setting("sequential", 2)]
    bare = run(["none"], settings)
    found = run(methods, settings)
    assert found.get("ft", "single").scores["edit_success"] == 100
    for name in methods:
        for setting in ("single", "mass"):
            gained = found.get(name, setting).scores["edit_success"]
            assert gained > bare.get("none", setting).scores["edit_success"]
        assert len(found.get(name, "sequential").scores["retention"]) == 2
        assert found.get(name, "single").scores["locality"]["Relation_Specificity"] < 100
        assert found.get(name, "single").scores["retrieval"] == {"at_1": None, "at_k": None}
    after = weights.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_killed_run_goes_on(run, tmp_path, monkeypatch, choose):
    monkeypatch.setattr("lte_edit.evaluation.pipeline._AT_ONCE", 2)
    whole = run(settings=["single", "mass"], choice=choose())
    asked = []

    class Killed(BaseException):
        pass

    def watch(label, total):
        from contextlib import contextmanager

        @contextmanager
        def context():
            asked.append(total)

            def on_rows(count):
                if label.startswith("lte, mass"):
                    raise Killed

            yield on_rows

        return context()

    folder = tmp_path / "run"
    with pytest.raises(Killed):
        run(settings=["single", "mass"], folder=folder, watch=watch, choice=choose())
    lines = (folder / "rows.jsonl").read_text().splitlines()
    assert len(lines) == 30  # the single edits
    (folder / "rows.jsonl").write_text("\n".join(lines[:20]))
    asked.clear()
    done = run(settings=["single", "mass"], folder=folder, choice=choose(), watch=_counting(asked))
    # Three whole records stood there; their 18 questions are not asked again.
    assert asked == [2 * 12, 2 * 30]
    for one, two in zip(whole.outcomes, done.outcomes, strict=True):
        assert one.scores == two.scores
    asked.clear()
    again = run(settings=["single", "mass"], folder=folder, choice=choose(), watch=_counting(asked))
    assert asked == []
    assert again.outcomes[1].scores == whole.outcomes[1].scores
    written = json.loads((folder / "results.json").read_text())
    assert [each["setting"] for each in written["results"]] == ["single", "mass"]
    assert written["results"][0]["edit_success"] == whole.outcomes[0].scores["edit_success"]


def _counting(asked):
    from contextlib import contextmanager

    @contextmanager
    def watch(label, total):
        asked.append(total)
        yield lambda count: None

    return watch


def test_methods_may_join_a_run_but_its_protocol_stays(run, tmp_path, choose):
    folder = tmp_path / "run"
    run(["lte"], folder=folder)
    both = run(["none", "lte"], folder=folder)
    assert [each.method for each in both.outcomes] == ["none", "lte"]
    with pytest.raises(ResumeError, match=r"eval\.k: 3 → 2"):
        run(["lte"], folder=folder, choice=choose(generate=False, k=2))


def test_another_subject_or_aspect_is_another_data_set(run, tmp_path, cases):
    folder = tmp_path / "run"
    run(records=cases[:1], folder=folder)
    edit = cases[0].edits[0].model_copy(update={"subject": "another"})
    probe = replace(cases[0].probes[2], aspect="Other")
    for changed in (
        replace(cases[0], edits=(edit,)),
        replace(cases[0], probes=(*cases[0].probes[:2], probe, *cases[0].probes[3:])),
    ):
        with pytest.raises(ResumeError, match=r"data\.fingerprint"):
            run(records=[changed], folder=folder)


@pytest.mark.parametrize(
    ("given", "device", "protocol", "taken"),
    [
        ("auto", "cuda", "paper", "bfloat16"),
        ("auto", "cuda", "released", "float32"),
        ("auto", "cpu", "paper", "float32"),
        ("float16", "cpu", "paper", "float16"),
    ],
)
def test_the_type_that_is_computed_in_is_recorded(
    tiny_model_dir, make_subject, choose, monkeypatch, given, device, protocol, taken
):
    monkeypatch.setattr(
        "truing_core.models.weights.pick_device", lambda wanted: torch.device(device)
    )
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **options: True)
    model, choice = str(tiny_model_dir), choose(protocol=protocol)
    models = Models(model, None, choice, Loading(dtype=given))
    assert models.config() == {"dtype": taken}
    assert Models(make_subject(), None, choice, Loading(dtype=given)).config() == {
        "dtype": "float32"
    }


def test_bare_answers_are_computed_once(run, make_subject, monkeypatch):
    subject = make_subject()
    scored = []

    def counting(model, rows, **options):
        scored.extend(rows)
        return real(model, rows, **options)

    from lte_edit.evaluation import subjects

    real = subjects.argmax_tokens
    monkeypatch.setattr(subjects, "argmax_tokens", counting)
    run(["none", "icl", "lte"], ["single", "mass"], subject=subject)
    assert len(scored) == len(set(scored))


def test_impossible_wishes(run, cases):
    with pytest.raises(UsageError, match="--edits is 9, but there are 5 records"):
        run(settings=[Setting("mass", 9)])
    with pytest.raises(UsageError, match="the setting is 'double'; expected single, mass"):
        run(settings=["double"])
    with pytest.raises(InputError, match="there are no records"):
        run(records=[])
    with pytest.raises(KeyError):
        run(records=cases[:1]).get("ft")


def test_memory_that_runs_out_is_told(run, monkeypatch):
    from truing_core.errors import ModelError

    def full(*arguments, **options):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr("lte_edit.evaluation.subjects.argmax_tokens", full)
    with pytest.raises(ModelError, match="smaller --batch-tokens"):
        run()
